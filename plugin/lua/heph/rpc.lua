--- Talks to hephd. It connects at the first request, comes back by itself, and never starts a daemon.
---
--- The socket carries data only: nothing that arrives is run.
local calls = require('heph.rpc.call')
local connections = require('heph.rpc.connection')
local fault = require('heph.rpc.fault')
local sessions = require('heph.rpc.session')

local M = {}

---@alias heph.Topic 'changed'|'sync'|'reminder'|'shutting_down'|'connected'|'disconnected'

---@class (exact) heph.Status
---@field state 'idle'|'connecting'|'connected'|'away'
---@field socket? string
---@field server_version? string
---@field protocol integer
---@field db? string
---@field store_id? string
---@field device? string
---@field since? integer When it connected, in seconds since the epoch.
---@field problem? heph.Error Why it is away.

--- A restart is over by then, and nobody need hear of it.
local NOTICE_AFTER = 1500
--- So long no second notice is given, however often the connection drops.
local NOTICE_AGAIN = 60000

local noticed_at = -NOTICE_AGAIN

local session = sessions.new()

---@type table<heph.Topic, (fun(params: table))[]>
local listeners = {}

---@param topic heph.Topic
---@param params table
local function emit(topic, params)
  vim.schedule(function()
    for _, listener in ipairs(vim.list_extend({}, listeners[topic] or {})) do
      local ok, problem = pcall(listener, params)
      if not ok then
        require('heph.message').error(('a listener to `%s` failed: %s'):format(topic, problem))
      end
    end
  end)
end

local function subscribe()
  local topics = { 'changed', 'sync' }
  if listeners.reminder and #listeners.reminder > 0 then
    table.insert(topics, 'reminders')
  end
  session:submit(calls.new('subscribe', { topics = topics }, function() end))
end

function session.on_open(hello, again)
  subscribe()
  emit('connected', { again = again, store_id = hello.store_id, server_version = hello.server_version })
  vim.schedule(function()
    require('heph.config').compare_db(hello.db)
  end)
  require('heph.autocmds').fire('HephConnected', { server_version = hello.server_version, socket = session.socket })
end

function session.on_close(err)
  emit('disconnected', { code = err.code, message = err.message })
  require('heph.autocmds').fire('HephDisconnected', { socket = session.socket, message = err.message })
  vim.defer_fn(function()
    local is_away = session.state ~= 'connected' and session.state ~= 'idle'
    local is_said = require('heph.message').failed_within(2 * NOTICE_AFTER)
    if is_away and not is_said and vim.uv.now() - noticed_at >= NOTICE_AGAIN then
      noticed_at = vim.uv.now()
      require('heph.message').info('hephd is away; the plugin reconnects by itself')
    end
  end, NOTICE_AFTER)
end

function session.on_event(name, params)
  emit(name --[[@as heph.Topic]], params)
  if name == 'sync' then
    require('heph.autocmds').fire('HephSyncChanged', params)
  end
end

--- Options may have changed since the last call; in a fast context they cannot be read.
local function point()
  if not vim.in_fast_event() then
    session:point_to((require('heph.config').socket()))
  end
end

---@type integer?
local changed_at

--- When a change that was asked for here was last answered.
---@return integer? milliseconds Of `vim.uv.now()`.
function M.changed_at()
  return changed_at
end

---@param call heph.Call
local function note(call)
  if call.kind == 'mutation' then
    changed_at = vim.uv.now()
  end
end

--- Asks, and hears the answer on the main loop.
---@param method string
---@param params? table
---@param callback fun(err?: heph.Error, result: any)
---@param options? heph.CallOptions
function M.request(method, params, callback, options)
  point()
  ---@type heph.Call
  local call
  call = calls.new(method, params, function(err, result)
    note(call)
    vim.schedule(function()
      callback(err, result)
    end)
  end, options)
  session:submit(call)
end

--- Asks, and waits for the answer; Ctrl-C ends the wait. Nothing else runs meanwhile. Not for a fast context.
---@param method string
---@param params? table
---@param options? integer|heph.CallOptions A number is the timeout in milliseconds.
---@return any result
---@return heph.Error? err
function M.call(method, params, options)
  if type(options) == 'number' then
    options = { timeout = options }
  end
  point()
  local finished, failed, reply = false, nil, nil
  ---@type heph.Call
  local call
  call = calls.new(method, params, function(err, result)
    note(call)
    finished, failed, reply = true, err, result
  end, options)
  session:submit(call)
  local longest = call.timeout and call.timeout + (call.kind == 'mutation' and call.patience or 0) + 100 or 600000
  local ok, why = vim.wait(longest, function()
    return finished
  end, 5, true)
  if ok or finished then
    return reply, failed
  end
  -- The call goes on, as nothing can call it back; nobody hears of its end.
  call.callback = function() end
  local err = why == -2 and fault.interrupted(method) or fault.timeout(method, call.kind, longest)
  err.mutation_id = call.written and call.mutation_id or nil
  return nil, err
end

--- Listens; answers a function that ends it.
---@param topic heph.Topic
---@param listener fun(params: table)
---@return fun()
function M.on(topic, listener)
  listeners[topic] = listeners[topic] or {}
  table.insert(listeners[topic], listener)
  if topic == 'reminder' and session.state == 'connected' then
    subscribe()
  end
  return function()
    for index, other in ipairs(listeners[topic]) do
      if other == listener then
        table.remove(listeners[topic], index)
        return
      end
    end
  end
end

--- How the connection stands; asks nothing.
---@return heph.Status
function M.status()
  local hello = session.hello or {}
  return {
    state = session.state,
    socket = session.socket or (not vim.in_fast_event() and require('heph.config').socket() or nil),
    server_version = hello.server_version,
    protocol = connections.PROTOCOL,
    db = hello.db,
    store_id = hello.store_id,
    device = hello.device,
    since = session.hello and session.since or nil,
    problem = session.problem,
  }
end

--- Ends the connection; the next request opens another.
function M.close()
  session:close()
end

return M
