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

--- So long after a change of our own what changes in pages is taken for it.
local OWN = 500

--- Takes the page's text as the one the buffer is based on, when all that changed is in the buffer as well: a save
--- whose reply was lost, a box that was ticked here and there.
---@param buf integer
---@param state heph.PageState
---@param open table
---@return boolean
local function catch_up(buf, state, open)
  local texts = require('heph.page.text')
  local before, after = texts.lines(state.base), texts.lines(open.text)
  if not require('heph.page.hunks').holds(before, after, vim.api.nvim_buf_get_lines(buf, 0, -1, true)) then
    return false
  end
  require('heph.page.state').settle(state, open.rev, open.text)
  state.exists, state.deleted = open.exists, false
  require('heph.page.state').show(buf)
  return true
end

--- Notes that the page is another one than the buffer, which has changes of its own. What was done here is no news.
---@param buf integer
---@param state heph.PageState
---@param open table
local function set_aside(buf, state, open)
  if state.aside == open.rev or catch_up(buf, state, open) then
    return
  end
  state.stale, state.aside = true, open.rev
  require('heph.page.state').show(buf)
  local changed_at = require('heph.rpc').changed_at()
  local is_own = changed_at and vim.uv.now() - changed_at < OWN
  if not state.told and not is_own then
    state.told = true
    local text = '"%s" changed elsewhere; `:w` merges both'
    require('heph.message').info(text:format(require('heph.message').title(state.title)))
    fire(buf, state)
  end
end

---@param buf integer
---@param state heph.PageState
local function take_deletion(buf, state)
  if state.deleted then
    return
  end
  state.deleted = true
  require('heph.page.state').show(buf)
  local title = require('heph.message').title(state.title)
  if require('heph.page.state').is_foreign(state) then
    require('heph.message').warn(require('heph.page.state').foreign(title))
  else
    require('heph.message').warn(('"%s" was deleted elsewhere; `:w` brings it back'):format(title))
  end
  fire(buf, state)
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
    return set_aside(buf, state, open)
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
    local has_tasks = shows_tasks(state)
    if vim.api.nvim_buf_is_loaded(buf) and (all or nodes[state.id] or has_tasks) then
      reread(buf, state)
      if has_tasks then
        require('heph.page.marks').show(buf, not all and nodes or nil)
      end
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
      require('heph.page.marks').forget(buf)
      require('heph.page.undone').forget(buf)
    end,
  })
end

return M
