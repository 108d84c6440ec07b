--- Keeps open pages as the daemon has them.
local M = {}

--- Changes come in bursts; so many milliseconds are waited for more.
local SETTLE = 30

local listening = false
---@type table<string, boolean>
local changed = {}
local everything = false
local scheduled = false

---@param buf integer
---@param state heph.PageState
local function fire(buf, state)
  require('heph.autocmds').fire('HephPageChanged', { buf = buf, id = state.id, title = state.title, rev = state.rev })
end

--- Notes that the page is another one than the buffer, which has changes of its own.
---@param buf integer
---@param state heph.PageState
local function set_aside(buf, state)
  if not state.stale then
    state.stale = true
    require('heph.page.state').show(buf)
    local text = '"%s" changed elsewhere; `:w` merges both'
    require('heph.message').info(text:format(state.title))
    fire(buf, state)
  end
end

---@param buf integer
---@param state heph.PageState
local function take_deletion(buf, state)
  if not state.deleted then
    state.deleted = true
    require('heph.page.state').show(buf)
    local text = '"%s" was deleted elsewhere; the text is kept here, and `:w` brings the page back'
    require('heph.message').warn(text:format(state.title))
    fire(buf, state)
  end
end

---@param buf integer
---@param open table
function M.take(buf, open)
  local states = require('heph.page.state')
  local state = states.get(buf)
  if not state or not vim.api.nvim_buf_is_loaded(buf) or open.page.id ~= state.id then
    return
  end
  if open.page.trashed then
    return take_deletion(buf, state)
  end
  local same = open.text == state.base
  if not same and vim.bo[buf].modified then
    return set_aside(buf, state)
  end
  local renamed = open.page.title ~= state.title
  local unmodified = not vim.bo[buf].modified
  if same and not renamed and not state.deleted and open.rev == state.rev then
    return
  end
  if unmodified then
    local lines, format = require('heph.page.text').lines(open.text)
    require('heph.page.hunks').apply(buf, lines)
    require('heph.page.text').set_format(buf, format)
    vim.bo[buf].modified = false
  end
  state = states.take(buf, open)
  require('heph.page.marks').show(buf)
  if renamed then
    require('heph.page.load').rename(buf, require('heph.uri').page(state.id, state.title))
  end
  fire(buf, state)
end

---@param buf integer
---@param state heph.PageState
local function reread(buf, state)
  if not state.loaded then
    vim.api.nvim_buf_call(buf, function()
      vim.bo[buf].modifiable = true
      vim.cmd('silent! edit')
    end)
    return
  end
  require('heph.rpc').request('page.open', { reference = state.id }, function(err, reply)
    if reply then
      M.take(buf, reply.open)
    elseif err and err.code == 'not_found' and state.exists and vim.api.nvim_buf_is_valid(buf) then
      take_deletion(buf, state)
    end
  end)
end

--- Whether a page shows what is not its own: a line that is a task has the box of the task's status.
---@param state heph.PageState
---@return boolean
local function shows_tasks(state)
  return state.base:find('^t-', 1, true) ~= nil
end

local function settle()
  scheduled = false
  local all, nodes = everything, changed
  everything, changed = false, {}
  for buf, state in pairs(require('heph.page.state').all()) do
    if vim.api.nvim_buf_is_loaded(buf) and (all or nodes[state.id] or shows_tasks(state)) then
      reread(buf, state)
    end
  end
end

--- Rereads pages soon: those named, or all.
---@param nodes string[]?
function M.refresh(nodes)
  everything = everything or nodes == nil
  for _, id in ipairs(nodes or {}) do
    changed[id] = true
  end
  if not scheduled then
    scheduled = true
    vim.defer_fn(settle, SETTLE)
  end
end

--- Hears of changes from now on.
function M.listen()
  if listening then
    return
  end
  listening = true
  local rpc = require('heph.rpc')
  rpc.on('changed', function(event)
    M.refresh(not event.many and event.nodes or nil)
  end)
  rpc.on('connected', function(event)
    if event.again or next(require('heph.page.state').all()) then
      M.refresh(nil)
    end
  end)
end

--- Forgets a page when its buffer goes.
---@param buf integer
function M.watch(buf)
  vim.api.nvim_create_autocmd({ 'BufUnload', 'BufWipeout' }, {
    group = vim.api.nvim_create_augroup('heph-page-' .. buf, {}),
    buffer = buf,
    callback = function()
      require('heph.page.state').forget(buf)
    end,
  })
end

return M
