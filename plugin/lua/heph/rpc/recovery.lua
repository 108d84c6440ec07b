--- What to do when a call fails: the protocol's rules, without IO.
local M = {}

---@alias heph.Failure 'write_failed'|'reply_lost'|'busy'

---@class (exact) heph.Tally How often each failure happened to a call, the one being judged among them.
---@field write_failed integer
---@field reply_lost integer
---@field busy integer

--- How often each failure is answered with the same request.
local REPEATS = { write_failed = 1, reply_lost = 2, busy = 5 }

---@return heph.Tally
function M.tally()
  return { write_failed = 0, reply_lost = 0, busy = 0 }
end

--- Whether a call has failed before.
---@param tally heph.Tally
---@return boolean
function M.has_failed(tally)
  return tally.write_failed + tally.reply_lost + tally.busy > 0
end

---@param kind heph.MethodKind
---@param failure heph.Failure
---@param tally heph.Tally
---@return 'send_again'|'pause'|'ask_outcome'|'give_up'
function M.after_failure(kind, failure, tally)
  if failure == 'reply_lost' and kind == 'mutation' then
    return 'ask_outcome'
  elseif failure == 'reply_lost' and kind == 'bulk' then
    return 'give_up'
  elseif tally[failure] > REPEATS[failure] then
    return 'give_up'
  end
  return failure == 'busy' and 'pause' or 'send_again'
end

---@alias heph.Learnt 'applied'|'not_applied'|'other_store'|'nothing_yet'|'nothing'

--- What follows from what was learnt about a mutation whose reply was lost.
---@param learnt heph.Learnt
---@param tally heph.Tally
---@return 'take_reply'|'send_under_new_id'|'ask_again'|'give_up_not_applied'|'give_up_unknown'
function M.after_question(learnt, tally)
  if learnt == 'applied' then
    return 'take_reply'
  elseif learnt == 'not_applied' then
    return tally.reply_lost <= 1 and 'send_under_new_id' or 'give_up_not_applied'
  elseif learnt == 'nothing_yet' then
    return 'ask_again'
  end
  return 'give_up_unknown'
end

--- The next pause of a series that doubles from 0.2 s to 5 s, between half its step and the whole.
---@param step integer How many pauses there were.
---@param fraction number Of chance, 0 up to 1.
---@return integer milliseconds
function M.pause(step, fraction)
  local whole = math.min(5000, 400 * 2 ^ math.min(step, 10))
  return math.max(200, math.floor(whole / 2 + whole / 2 * fraction))
end

--- A pause of a call that is repeated while somebody waits: 20 ms to 640 ms.
---@param step integer
---@param fraction number
---@return integer milliseconds
function M.short_pause(step, fraction)
  return math.floor(math.min(640, 20 * 2 ^ math.min(step, 5)) * (0.5 + fraction / 2)) + 1
end

return M
