--- What is done to tasks, from lines, lists and commands alike.
local M = {}

---@param reply table `TasksChanged`.
local function tell(reply)
  require('heph.autocmds').fire('HephTaskChanged', { tasks = reply.tasks })
  for _, note in ipairs(reply.notes or {}) do
    require('heph.message').info(note)
  end
end

---@param method string
---@param params table
---@param said? string
local function change(method, params, said)
  require('heph.rpc').request(method, params, function(err, reply)
    if err then
      return require('heph.message').error(err)
    end
    tell(reply)
    if said then
      require('heph.message').info(said:format(reply.count))
    end
  end)
end

local SAID = {
  done = '%d tasks are done',
  start = '%d tasks are started',
  stop = '%d tasks are stopped',
  cancel = '%d tasks are cancelled',
  reopen = '%d tasks are open again',
  skip = '%d tasks are skipped',
}

--- Changes the status of tasks, all or none, as one undo step.
---@param references string[]
---@param to 'done'|'start'|'stop'|'cancel'|'reopen'|'skip'
function M.transition(references, to)
  change('task.transition', { references = references, to = to }, #references > 1 and SAID[to] or nil)
end

--- Hides tasks until a date.
---@param references string[]
---@param till string Empty takes the deferral away.
function M.defer(references, till)
  change('task.defer', { references = references, ['until'] = till })
end

return M
