--- Reads a page into its buffer.
local M = {}

--- Pages that were asked for already when their buffer is made, by id.
---@type table<string, table>
local fetched = {}

--- Keeps an `OpenPage` for the buffer that is about to be made of it.
---@param open table
function M.keep(open)
  fetched[open.page.id] = open
end

---@param slug? string
---@return boolean
local function is_date(slug)
  return slug ~= nil and (slug:match('^%d%d%d%d%-%d%d%-%d%d$') or slug:match('^%d%d%d%d%-W%d%d$')) ~= nil
end

--- How long a read may take: a daemon that did not answer just now is not waited for again and again.
---@return integer
local function timeout()
  local problem = require('heph.rpc').status().problem
  if problem and problem.code == 'timeout' then
    return 300
  end
  return require('heph.config').get().timeout.read
end

---@param uri heph.Uri
---@return table? open
---@return heph.Error? err
function M.fetch(uri)
  local rpc = require('heph.rpc')
  if uri.kind == 'home' then
    local reply, err = rpc.call('home.open', {}, timeout())
    return reply and reply.open, err
  elseif uri.kind == 'today' then
    local reply, err = rpc.call('journal.open', { date = uri.argument or '' }, timeout())
    return reply and reply.open, err
  end
  local kept = fetched[uri.id]
  if kept then
    fetched[uri.id] = nil
    return kept
  end
  local reply, err = rpc.call('page.open', { reference = uri.id }, timeout())
  if err and err.code == 'not_found' then
    -- A journal, or home, that was opened and never written is not in the store; its name says what it is.
    if is_date(uri.slug) then
      return M.fetch({ kind = 'today', argument = uri.slug })
    elseif uri.slug == 'Home' then
      return M.fetch({ kind = 'home' })
    end
  end
  return reply and reply.open, err
end

--- Makes the text the buffer's, without a step that undo could take back.
---@param buf integer
---@param text string
local function fill(buf, text)
  local lines, format = require('heph.page.text').lines(text)
  local levels = vim.bo[buf].undolevels
  vim.bo[buf].modifiable = true
  vim.bo[buf].undolevels = -1
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.bo[buf].undolevels = levels
  require('heph.page.text').set_format(buf, format)
end

--- Gives the buffer the page's own name, whatever it was asked for under.
---@param buf integer
---@param name string
function M.rename(buf, name)
  local old = vim.api.nvim_buf_get_name(buf)
  if old == name then
    return
  end
  vim.api.nvim_buf_set_name(buf, name)
  -- Neovim keeps the old name in a buffer of its own.
  local left = require('heph.buffer').named(old, buf)
  if left and not vim.api.nvim_buf_is_loaded(left) then
    pcall(vim.api.nvim_buf_delete, left, { force = true })
  end
end

--- Shows the buffer that has the page already in all windows of another that was opened for it.
---@param buf integer
---@param known integer
local function give_way(buf, known)
  vim.schedule(function()
    for _, window in ipairs(vim.fn.win_findbuf(buf)) do
      vim.api.nvim_win_set_buf(window, known)
    end
    if vim.api.nvim_buf_is_valid(buf) and not vim.bo[buf].modified then
      pcall(vim.api.nvim_buf_delete, buf, {})
    end
  end)
end

---@param buf integer
---@param uri heph.Uri
---@param err heph.Error
local function fail(buf, uri, err)
  local state = require('heph.page.state')
  -- The page stays named in the buffer, and is read when the daemon is back.
  local known = state.get(buf)
  state.missing(buf, uri.id or '', known and known.title or uri.slug or uri.kind --[[@as string]])
  vim.bo[buf].modifiable = false
  vim.bo[buf].modified = false
  require('heph.message').fail(require('heph.message').sentence(err))
end

---@param buf integer
---@param uri heph.Uri
function M.read(buf, uri)
  require('heph.page.live').listen()
  local states = require('heph.page.state')
  local open, err = M.fetch(uri)
  if not open then
    return fail(buf, uri, err or { code = 'internal', message = 'the daemon answered nothing' })
  end
  local known = states.find(open.page.id)
  if known and known ~= buf then
    return give_way(buf, known)
  end
  fill(buf, open.text)
  local state = states.take(buf, open)
  M.rename(buf, require('heph.uri').page(state.id, state.title))
  if vim.bo[buf].filetype ~= 'markdown' then
    vim.bo[buf].filetype = 'markdown'
  end
  vim.bo[buf].modified = false
  require('heph.page.live').watch(buf)
  require('heph.page.maps').set(buf)
  vim.api.nvim_exec_autocmds('BufReadPost', { buffer = buf, modeline = false })
  require('heph.page.marks').show(buf)
  -- A name that ends like that of a program does not make the page one.
  if vim.bo[buf].filetype ~= 'markdown' then
    vim.bo[buf].filetype = 'markdown'
  end
  vim.bo[buf].modified = false
  if state.deleted then
    require('heph.message').warn(('"%s" is in the trash'):format(state.title))
  end
end

return M
