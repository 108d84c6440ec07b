--- Pages as buffers.
local M = {}

---@class (exact) heph.OpenOptions
---@field mods? table Modifiers of a command, as `nvim_create_user_command` hands them over.
---@field line? integer From 1.
---@field create? boolean Ask to make a page that is not there.

--- Shows a buffer's name in a window, as the modifiers say.
---@param name string
---@param mods? table
function M.show(name, mods)
  mods = mods or {}
  local splits = mods.vertical or mods.horizontal or (mods.tab or -1) >= 0 or (mods.split or '') ~= ''
  local known = require('heph.buffer').named(name)
  if not splits and known and known == vim.api.nvim_get_current_buf() and vim.bo[known].modified then
    return
  end
  local command = { cmd = splits and 'split' or 'edit', args = { name }, magic = { file = false, bar = false } }
  if known and vim.api.nvim_buf_is_loaded(known) then
    command = { cmd = splits and 'sbuffer' or 'buffer', args = { tostring(known) } }
  end
  command.mods = { vertical = mods.vertical, horizontal = mods.horizontal, tab = mods.tab, split = mods.split }
  local ok, problem = pcall(vim.api.nvim_cmd, command, {})
  if not ok then
    require('heph.message').error((tostring(problem):gsub('^.-(E%d+:)', '%1')))
  end
end

--- Shows an `OpenPage`.
---@param open table
---@param options? heph.OpenOptions
function M.show_open(open, options)
  options = options or {}
  local buf = require('heph.page.state').find(open.page.id)
  local name = buf and vim.api.nvim_buf_get_name(buf) or require('heph.uri').page(open.page.id, open.page.title)
  if not buf then
    require('heph.page.load').keep(open)
  end
  M.show(name, options.mods)
  if options.line and options.line > 0 then
    local last = vim.api.nvim_buf_line_count(0)
    vim.cmd("normal! m'")
    vim.api.nvim_win_set_cursor(0, { math.min(options.line, last), 0 })
    vim.cmd('normal! zv')
  end
end

---@param title string
---@param options? heph.OpenOptions
local function offer_to_create(title, options)
  if vim.fn.confirm(('There is no page "%s". Create it?'):format(title), '&Yes\n&No', 2) == 1 then
    M.create(title, nil, options)
  end
end

--- Makes a page and shows it.
---@param title string
---@param template? string
---@param options? heph.OpenOptions
function M.create(title, template, options)
  require('heph.rpc').request('page.new', { title = title, template = template }, function(err, reply)
    if err then
      return require('heph.message').error(err)
    end
    M.open(reply.page.id, options)
  end)
end

---@param candidates table[]
---@param options? heph.OpenOptions
local function offer(candidates, options)
  require('heph.choose').node(candidates, 'Which one?', function(node)
    M.open(node.id, options)
  end)
end

--- Opens a page, journal or task by reference: an id, a title, a short id.
---@param reference string
---@param options? heph.OpenOptions
function M.open(reference, options)
  local buf = require('heph.page.state').find(reference)
  if buf then
    return M.show_open({ page = { id = reference } }, options)
  end
  require('heph.rpc').request('page.open', { reference = reference }, function(err, reply)
    if reply then
      M.show_open(reply.open, options)
    elseif err and err.code == 'ambiguous' and err.data and err.data.candidates then
      offer(err.data.candidates, options)
    elseif err and err.code == 'not_found' and options and options.create then
      offer_to_create(reference, options)
    elseif err then
      require('heph.message').error(err)
    end
  end)
end

--- Id of the page a buffer shows; nil for other buffers.
---@param buf? integer
---@return string?
function M.node_id(buf)
  local state = require('heph.page.state').get(buf or 0)
  return state and state.id
end

--- Revision token of the text a buffer is based on.
---@param buf? integer
---@return string?
function M.base_rev(buf)
  local state = require('heph.page.state').get(buf or 0)
  return state and state.loaded and state.rev or nil
end

--- Saves a page's buffer if it has changes; false when that failed.
---@param buf? integer
---@return boolean
function M.settle(buf)
  buf = buf or vim.api.nvim_get_current_buf()
  if vim.bo[buf].modified then
    vim.api.nvim_buf_call(buf, function()
      vim.cmd.write()
    end)
  end
  return not vim.bo[buf].modified
end

return M
