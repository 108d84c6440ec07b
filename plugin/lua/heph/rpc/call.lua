--- One call: what is asked, how often it failed, and who hears of its end.
local methods = require('heph.rpc.methods')
local recovery = require('heph.rpc.recovery')

local M = {}

---@class (exact) heph.CallOptions
---@field timeout? integer Milliseconds until the reply has to be there.
---@field patience? integer Milliseconds to learn what a mutation did whose reply was lost.
---@field mutation? boolean The method changes the store, though this plugin does not know it.

---@class heph.Call
---@field method string
---@field params? table
---@field kind heph.MethodKind
---@field timeout? integer
---@field patience integer
---@field tally heph.Tally
---@field mutation_id? string
---@field asking boolean Its outcome is asked for.
---@field done boolean
---@field written boolean
---@field sent_at integer
---@field store_id? string Of the daemon it was sent to.
---@field reconnect_until integer Until when a daemon that is away is waited for.
---@field pauses integer
---@field timer? any
---@field callback fun(err?: heph.Error, result: any)

local DEADLINE = { read = 5000, mutation = 10000 }
local PATIENCE = 10000

--- Sixteen bytes of chance as hex.
---@return string
function M.mutation_id()
  local bytes = assert(vim.uv.random(16))
  return (bytes:gsub('.', function(byte)
    return ('%02x'):format(byte:byte())
  end))
end

---@param method string
---@param params? table
---@param callback fun(err?: heph.Error, result: any)
---@param options? heph.CallOptions
---@return heph.Call
function M.new(method, params, callback, options)
  options = options or {}
  local kind = options.mutation and 'mutation' or methods.kind(method)
  return {
    method = method,
    params = params,
    kind = kind,
    timeout = options.timeout or DEADLINE[kind],
    patience = options.patience or PATIENCE,
    tally = recovery.tally(),
    mutation_id = kind == 'mutation' and M.mutation_id() or nil,
    asking = false,
    done = false,
    written = false,
    sent_at = 0,
    reconnect_until = 0,
    pauses = 0,
    callback = callback,
  }
end

---@param call heph.Call
local function stop(call)
  if call.timer then
    call.timer:stop()
    call.timer:close()
    call.timer = nil
  end
end

--- Sets the call's one deadline anew.
---@param call heph.Call
---@param timeout? integer None for a call that may take as long as it likes.
---@param expired fun(call: heph.Call)
function M.deadline(call, timeout, expired)
  stop(call)
  if timeout then
    call.timer = assert(vim.uv.new_timer())
    call.timer:start(timeout, 0, function()
      expired(call)
    end)
  end
end

--- Ends it; a second end is none.
---@param call heph.Call
---@param err? heph.Error
---@param result any
function M.finish(call, err, result)
  if call.done then
    return
  end
  call.done = true
  stop(call)
  if err and call.mutation_id and call.written then
    err = vim.tbl_extend('force', {}, err, { mutation_id = call.mutation_id }) --[[@as heph.Error]]
  end
  call.callback(err, result)
end

return M
