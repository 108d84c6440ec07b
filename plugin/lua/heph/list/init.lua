--- Lists as buffers: tasks, an agenda, what a search found. They follow the store, and the cursor stays on its row.
local M = {}

---@class heph.ListState
---@field uri heph.Uri
---@field rows heph.Row[]
---@field limit integer
---@field asked integer Counts the questions, so that a late answer is known as one.
---@field dirty boolean Something changed while the list was in no window.

---@type table<integer, heph.ListState>
local lists = {}

local FIRST_LIMIT = 100
local SETTLE = 50
local listening = false
local scheduled = false

---@param buf integer
---@return heph.ListState?
function M.get(buf)
  return lists[buf]
end

--- Asks anew.
---@param buf integer
function M.refresh(buf)
  local list = lists[buf]
  if not list or not vim.api.nvim_buf_is_loaded(buf) then
    return
  end
  list.asked = list.asked + 1
  list.dirty = false
  local asked = list.asked
  require('heph.list.source').of[list.uri.kind](list.uri, list.limit, function(err, rows)
    if lists[buf] ~= list or list.asked ~= asked or not vim.api.nvim_buf_is_loaded(buf) then
      return
    end
    if err then
      list.dirty = true
      -- What is shown stays; an empty list says why it is one.
      if #list.rows == 0 then
        require('heph.list.render').show(buf, list, { { chunks = { { 'not read yet', 'HephDim' } } } })
      end
      return require('heph.message').error(err)
    end
    require('heph.list.render').show(buf, list, rows or {})
  end)
end

--- Forgets a buffer that is a list no more.
---@param buf integer
function M.forget(buf)
  lists[buf] = nil
end

--- Shows more rows.
---@param buf integer
function M.more(buf)
  local list = lists[buf]
  if list then
    list.limit = math.min(1000, list.limit * 4)
    M.refresh(buf)
  end
end

local function settle()
  scheduled = false
  for buf, list in pairs(lists) do
    if #vim.fn.win_findbuf(buf) > 0 then
      M.refresh(buf)
    else
      list.dirty = true
    end
  end
end

local function soon()
  if not scheduled then
    scheduled = true
    vim.defer_fn(settle, SETTLE)
  end
end

local function listen()
  if listening then
    return
  end
  listening = true
  require('heph.rpc').on('changed', soon)
  require('heph.rpc').on('connected', soon)
end

---@param buf integer
---@param uri heph.Uri
function M.read(buf, uri)
  listen()
  require('heph.highlight').ensure()
  lists[buf] = { uri = uri, rows = {}, limit = FIRST_LIMIT, asked = 0, dirty = false }
  vim.b[buf].heph_list = uri.kind
  vim.bo[buf].undolevels = -1
  vim.bo[buf].modifiable = false
  vim.bo[buf].modified = false
  vim.bo[buf].filetype = 'heph-list'
  require('heph.list.actions').maps(buf)
  local group = vim.api.nvim_create_augroup('heph-list-' .. buf, {})
  vim.api.nvim_create_autocmd({ 'BufUnload', 'BufWipeout' }, {
    group = group,
    buffer = buf,
    callback = function()
      lists[buf] = nil
    end,
  })
  vim.api.nvim_create_autocmd('BufWinEnter', {
    group = group,
    buffer = buf,
    callback = function()
      if lists[buf] and lists[buf].dirty then
        M.refresh(buf)
      end
    end,
  })
  M.refresh(buf)
end

return M
