--- The connection that stands, the calls on it, and how both come back.
---
--- All of it may run in a fast context, so that `vim.wait(…, true)` can wait for it.
local calls = require('heph.rpc.call')
local connections = require('heph.rpc.connection')
local fault = require('heph.rpc.fault')
local healing = require('heph.rpc.healing')
local recovery = require('heph.rpc.recovery')
local wire = require('heph.rpc.wire')

--- The daemon takes so many requests of a session at once.
local MAX_IN_FLIGHT = 32
--- So many more wait here.
local MAX_WAITING = 256
--- How long a call that was sent before waits for a daemon that restarts.
local RECONNECT = 2000

---@class heph.Session
---@field socket? string
---@field state 'idle'|'connecting'|'connected'|'away'
---@field hello? heph.Hello
---@field since? integer Seconds since the epoch.
---@field problem? heph.Error Why it is away.
---@field on_open fun(hello: heph.Hello, again: boolean)
---@field on_close fun(err: heph.Error)
---@field on_event fun(name: string, params: table)
---@field connection? heph.Connection
---@field private next_id integer
---@field private in_flight table<integer, heph.Call>
---@field private flying integer
---@field private waiting heph.Call[]
---@field private attempts integer
---@field private retry? any
---@field private opened boolean
local Session = {}
Session.__index = Session

local M = {}

---@return heph.Session
function M.new()
  local function ignore() end
  return setmetatable({
    state = 'idle',
    next_id = 2,
    in_flight = {},
    flying = 0,
    waiting = {},
    attempts = 0,
    opened = false,
    on_open = ignore,
    on_close = ignore,
    on_event = ignore,
  }, Session)
end

--- Takes a call in; its callback comes in a fast context, or at once.
---@param call heph.Call
function Session:submit(call)
  if #self.waiting >= MAX_WAITING then
    return calls.finish(call, fault.crowded())
  end
  self:arm(call)
  table.insert(self.waiting, call)
  self:pump()
end

---@param call heph.Call
function Session:arm(call)
  calls.deadline(call, call.timeout, function()
    healing.expire(self, call)
  end)
end

--- Takes a call out of those in flight.
---@param call heph.Call
---@return boolean was_there
function Session:forget(call)
  for id, other in pairs(self.in_flight) do
    if other == call then
      self.in_flight[id] = nil
      self.flying = self.flying - 1
      return true
    end
  end
  return false
end

--- Sends what waits, as far as there is room.
function Session:pump()
  if not self.connection then
    return self:connect()
  end
  while self.hello and self.flying < MAX_IN_FLIGHT and #self.waiting > 0 do
    local call = table.remove(self.waiting, 1)
    if not call.done then
      self:transmit(call)
    end
  end
end

---@private
---@param call heph.Call
function Session:transmit(call)
  local id = self.next_id
  self.next_id = id >= 0x7fffffff and 2 or id + 1
  local frame, problem
  if call.asking then
    if call.store_id ~= self.hello.store_id then
      return healing.learn(self, call, 'other_store')
    end
    frame, problem = wire.request(id, 'mutation.outcome', { id = call.mutation_id })
  else
    frame, problem = wire.request(id, call.method, call.params, { mutation_id = call.mutation_id })
    call.store_id = self.hello.store_id
  end
  if not frame then
    return calls.finish(call, fault.unsendable(problem or 'the request cannot be sent'))
  end
  self.in_flight[id] = call
  self.flying = self.flying + 1
  call.sent_at = vim.uv.now()
  call.written = call.asking
  self.connection:write(frame, function(ok)
    if ok then
      call.written = true
    elseif self.in_flight[id] == call and self.connection then
      self.connection:finish(fault.closed())
    end
  end)
end

---@private
---@param id integer
---@param err? heph.Error
---@param result any
function Session:reply(id, err, result)
  local call = self.in_flight[id]
  if call then
    self.in_flight[id] = nil
    self.flying = self.flying - 1
    if not call.done then
      healing.judge(self, call, err, result)
    end
  end
  self:pump()
end

--- Puts a call that was sent before at the head of those that wait.
---@param call heph.Call
function Session:requeue(call)
  call.reconnect_until = vim.uv.now() + RECONNECT
  table.insert(self.waiting, 1, call)
  -- Not from within the handler of a connection that ends.
  if self.hello then
    self:pump()
  end
end

---@private
function Session:connect()
  if self.connection or not self.socket then
    return
  end
  self:stop_retry()
  self.state = 'connecting'
  -- What a handler hears of a connection that is not the one that stands is of the past.
  local connection
  local ended = false
  connection = connections.open(self.socket, {
    open = function(hello)
      self.hello, self.state, self.since, self.problem = hello, 'connected', os.time(), nil
      self.attempts = 0
      local again = self.opened
      self.opened = true
      self.on_open(hello, again)
      self:pump()
    end,
    reply = function(id, err, result)
      self:reply(id, err, result)
    end,
    event = function(name, params)
      self.on_event(name, params)
    end,
    close = function(err, refused)
      ended = true
      self.connection = nil
      self:closed(err, refused)
    end,
  })
  if not ended then
    self.connection = connection
  end
end

---@private
---@param err heph.Error
---@param refused boolean
function Session:closed(err, refused)
  self.hello, self.state, self.problem = nil, 'away', err
  local lost = self.in_flight
  self.in_flight, self.flying = {}, 0
  local ids = vim.tbl_keys(lost)
  table.sort(ids, function(left, right)
    return left > right
  end)
  for _, id in ipairs(ids) do
    healing.fail(
      self,
      lost[id],
      lost[id].written and 'reply_lost' or 'write_failed',
      err.code == 'timeout' and fault.closed() or err
    )
  end
  if refused then
    self:turn_away(err)
  else
    self.on_close(err)
  end
  self:schedule_retry()
end

---@private
--- Nobody answers: new calls hear it at once, those that were sent before wait a little.
---@param err heph.Error
function Session:turn_away(err)
  local now = vim.uv.now()
  local waiting = self.waiting
  self.waiting = {}
  for _, call in ipairs(waiting) do
    local has_time = call.asking or recovery.has_failed(call.tally) and now < call.reconnect_until
    if has_time and err.code ~= 'version' then
      table.insert(self.waiting, call)
    else
      calls.finish(call, err)
    end
  end
end

---@private
function Session:stop_retry()
  if self.retry then
    self.retry:stop()
    self.retry:close()
    self.retry = nil
  end
end

---@private
function Session:schedule_retry()
  self:stop_retry()
  local pause = #self.waiting > 0 and recovery.short_pause(self.attempts, healing.chance())
    or recovery.pause(self.attempts, healing.chance())
  self.attempts = self.attempts + 1
  self.retry = assert(vim.uv.new_timer())
  self.retry:start(pause, 0, function()
    self:connect()
  end)
end

--- Points it to a socket; a connection to another one ends.
---@param socket string
function Session:point_to(socket)
  if self.socket ~= socket then
    self:close()
    self.socket = socket
  end
end

--- Ends the connection and all calls; the next call connects anew.
function Session:close()
  local connection = self.connection
  local waiting = self.waiting
  self.waiting = {}
  if connection then
    connection:finish(fault.closed())
  end
  self:stop_retry()
  vim.list_extend(waiting, self.waiting)
  self.waiting = {}
  self.state, self.attempts = 'idle', 0
  for _, call in ipairs(waiting) do
    calls.finish(call, fault.closed())
  end
end

return M
