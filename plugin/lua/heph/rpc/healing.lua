--- What becomes of a call whose attempt went wrong: sent again, asked about, or given up.
---
--- The rules are in `recovery.lua`; here they are carried out on a session. All of it may run in a fast context.
local calls = require('heph.rpc.call')
local fault = require('heph.rpc.fault')
local recovery = require('heph.rpc.recovery')
local wire = require('heph.rpc.wire')

local M = {}

--- A number of chance, from 0 up to 1.
---@return number
function M.chance()
  return assert(vim.uv.random(1)):byte() / 256
end

---@param session heph.Session
---@param call heph.Call
function M.pause(session, call)
  local timer = assert(vim.uv.new_timer())
  call.pauses = call.pauses + 1
  timer:start(recovery.short_pause(call.pauses, M.chance()), 0, function()
    timer:close()
    if not call.done then
      session:requeue(call)
      session:pump()
    end
  end)
end

--- The call's time is over. When nothing at all came since it was sent, the daemon hangs, and the connection is
--- given up.
---@param session heph.Session
---@param call heph.Call
function M.expire(session, call)
  local unknown = call.asking
  local err = unknown and fault.unknown_outcome() or fault.timeout(call.method, call.kind, call.timeout or 0)
  local connection = session.connection
  local hangs = connection and session:forget(call) and connection.heard < call.sent_at
  calls.finish(call, err)
  if hangs and connection then
    connection:finish(err)
  end
end

---@param session heph.Session
---@param call heph.Call
---@param failure heph.Failure
---@param err heph.Error
function M.fail(session, call, failure, err)
  if call.done then
    return
  elseif call.asking then
    return M.pause(session, call)
  end
  call.tally[failure] = call.tally[failure] + 1
  local follow = recovery.after_failure(call.kind, failure, call.tally)
  if follow == 'give_up' then
    calls.finish(call, err)
  elseif follow == 'pause' then
    M.pause(session, call)
  else
    if follow == 'ask_outcome' then
      call.asking = true
      calls.deadline(call, call.patience, function()
        M.expire(session, call)
      end)
    end
    session:requeue(call)
  end
end

---@param session heph.Session
---@param call heph.Call
---@param learnt heph.Learnt
---@param reply any
function M.learn(session, call, learnt, reply)
  local follow = recovery.after_question(learnt, call.tally)
  if follow == 'take_reply' then
    calls.finish(call, nil, reply)
  elseif follow == 'ask_again' then
    M.pause(session, call)
  elseif follow == 'send_under_new_id' then
    call.asking, call.written = false, false
    call.mutation_id = calls.mutation_id()
    session:arm(call)
    session:requeue(call)
  else
    calls.finish(call, follow == 'give_up_not_applied' and fault.closed() or fault.unknown_outcome())
  end
end

---@param session heph.Session
---@param call heph.Call
---@param err? heph.Error
---@param result any
function M.judge(session, call, err, result)
  if call.asking then
    if err then
      M.learn(session, call, err.code == 'busy' and 'nothing_yet' or 'nothing')
    elseif result and result.applied then
      local ok, reply = wire.decode(result.reply or '\128')
      M.learn(session, call, ok and 'applied' or 'nothing', ok and wire.normalise(reply) or nil)
    else
      M.learn(session, call, 'not_applied')
    end
  elseif err and err.code == 'busy' then
    M.fail(session, call, 'busy', err)
  else
    calls.finish(call, err, result)
  end
end

return M
