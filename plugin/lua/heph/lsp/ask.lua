--- Questions of the language server to the daemon: each is answered once, within a limit, whatever the daemon does.
---
--- A daemon that is away or hung gives no answer instead of an error: who types does not want to be told at each key.
--- After a question ran out of time none is sent for a while, so that nothing piles up before a daemon that hangs.
local M = {}

--- What somebody who types waits for at most.
M.TIMEOUT_MS = 1500

--- How long nothing is asked after a question was not answered.
M.PAUSE_MS = 5000

local paused_until = 0
local told = false

---@param method string
local function ran_out(method)
  paused_until = vim.uv.now() + M.PAUSE_MS
  -- That the daemon is away is told where the connection is kept.
  if not told and require('heph.rpc').status().state == 'connected' then
    told = true
    require('heph.message').warn(
      ('the daemon did not answer %s in time; completion and links rest until it does'):format(method)
    )
  end
end

local function answered()
  paused_until = 0
  told = false
end

---Asks the daemon; `callback` gets the result, or nothing and the error.
---@param method string
---@param params table
---@param callback fun(result?: table, err?: heph.Error)
---@param timeout? integer Milliseconds.
function M.ask(method, params, callback, timeout)
  if vim.uv.now() < paused_until then
    callback(nil, { code = 'busy', message = 'the daemon did not answer the last question in time' })
    return
  end
  local limit = timeout or M.TIMEOUT_MS
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
    limit,
    0,
    vim.schedule_wrap(function()
      if not done then
        ran_out(method)
        finish(nil, { code = 'busy', message = 'the daemon did not answer in time' })
      end
    end)
  )
  require('heph.rpc').request(method, params, function(err, result)
    if not err then
      answered()
    end
    finish(result, err)
  end, { timeout = limit })
end

---@class heph.lsp.Lane
---@field ask fun(method: string, params: table, is_stale: fun(): boolean, callback: fun(result?: table, err?: heph.Error))

---Makes a lane on which one question is on its way at a time; of those that wait only the newest is asked. The others
---get no answer.
---@return heph.lsp.Lane
function M.lane()
  local on_its_way = false
  ---@type {method: string, params: table, is_stale: fun(): boolean, callback: function}?
  local waiting

  local function send(question)
    on_its_way = true
    M.ask(question.method, question.params, function(result, err)
      on_its_way = false
      local following = waiting
      waiting = nil
      if following and following.is_stale() then
        following.callback(nil)
        following = nil
      end
      if following then
        send(following)
      end
      question.callback(result, err)
    end)
  end

  return {
    ask = function(method, params, is_stale, callback)
      local question = { method = method, params = params, is_stale = is_stale, callback = callback }
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
