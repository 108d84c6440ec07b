--- Questions of the language server to the daemon: each is answered once, within a limit, whatever the daemon does.
---
--- A daemon that is away or hung gives no answer instead of an error: who types does not want to be told at each key,
--- and that it is away is told once, where the connection is kept. After a question ran out of time none is sent for a
--- while, so that nothing piles up before a daemon that hangs.
local M = {}

--- What somebody who types waits for at most. The question itself goes on, as a late answer ends the pause.
M.TIMEOUT_MS = 1500

--- How long nothing is asked after a question was not answered.
M.PAUSE_MS = 5000

local paused_until = 0

---@type heph.Error
local TOO_LATE = { code = 'timeout', message = 'the daemon did not answer in time' }

---Asks the daemon; `callback` gets the result, or nothing and the error.
---@param method string
---@param params table
---@param callback fun(result?: table, err?: heph.Error)
function M.ask(method, params, callback)
  if vim.uv.now() < paused_until then
    callback(nil, TOO_LATE)
    return
  end
  local timer = assert(vim.uv.new_timer())
  local done = false
  local function finish(result, err)
    if not done then
      done = true
      timer:stop()
      timer:close()
      callback(result, err)
    end
  end
  timer:start(
    M.TIMEOUT_MS,
    0,
    vim.schedule_wrap(function()
      if not done then
        paused_until = vim.uv.now() + M.PAUSE_MS
        finish(nil, TOO_LATE)
      end
    end)
  )
  require('heph.rpc').request(method, params, function(err, result)
    if not err then
      paused_until = 0
    end
    finish(result, err)
  end)
end

---@class heph.lsp.Question
---@field method string
---@field params table
---@field is_stale fun(): boolean Whether nobody waits for the answer any more.
---@field callback fun(result?: table, err?: heph.Error)

---@class heph.lsp.Lane
---@field ask fun(question: heph.lsp.Question)

---Makes a lane on which one question is on its way at a time; of those that wait only the newest is asked. The others
---get no answer.
---@return heph.lsp.Lane
function M.lane()
  local on_its_way = false
  ---@type heph.lsp.Question?
  local waiting

  local function send(question)
    on_its_way = true
    M.ask(question.method, question.params, function(result, err)
      on_its_way = false
      local following = waiting
      waiting = nil
      if following and not following.is_stale() then
        send(following)
      elseif following then
        following.callback(nil)
      end
      question.callback(result, err)
    end)
  end

  return {
    ask = function(question)
      if not on_its_way then
        send(question)
        return
      end
      if waiting then
        waiting.callback(nil)
      end
      waiting = question
    end,
  }
end

return M
