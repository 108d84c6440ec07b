--- A server that says what a test wants: silence, a lost reply, another version.
---
--- It answers in the loop's own callbacks, so that it works while a test waits for its child.
local wire = require('heph.rpc.wire')

---@class heph.test.Peer
---@field number integer Which connection it is, from 1.
---@field reply fun(id: integer, result: table)
---@field refuse fun(id: integer, err: table)
---@field event fun(name: string, params: table)
---@field raw fun(bytes: string)
---@field close fun()

local M = {}

M.HELLO = {
  protocol = 1,
  server_version = 'fake',
  features = {},
  device = 'd',
  store_id = 'store-1',
  db = '/fake.db',
  ready = true,
}

--- Listens. `handle` hears every request but hello and subscribe, which are answered, unless `greet` is given.
---@param socket string
---@param handle fun(peer: heph.test.Peer, id: integer, method: string, params: table)
---@param greet? fun(peer: heph.test.Peer, id: integer)
---@return {requests: table[], connections: integer, close: fun()}
function M.listen(socket, handle, greet)
  local server = assert(vim.uv.new_pipe(false))
  local state = { requests = {}, connections = 0 }
  local pipes = {}
  assert(server:bind(socket))
  server:listen(16, function()
    local pipe = assert(vim.uv.new_pipe(false))
    server:accept(pipe)
    table.insert(pipes, pipe)
    state.connections = state.connections + 1
    local decoder = wire.decoder()
    local function send(message)
      if not pipe:is_closing() then
        pipe:write(assert(wire.encode(message)))
      end
    end
    local peer = {
      number = state.connections,
      reply = function(id, result)
        send({ 1, id, vim.NIL, result })
      end,
      refuse = function(id, err)
        send({ 1, id, err, vim.NIL })
      end,
      event = function(name, params)
        send({ 2, name, params })
      end,
      raw = function(bytes)
        pipe:write(bytes)
      end,
      close = function()
        if not pipe:is_closing() then
          pipe:close()
        end
      end,
    }
    pipe:read_start(function(err, bytes)
      if err or not bytes then
        return peer.close()
      end
      decoder:push(bytes)
      for payload in
        function()
          return (decoder:next())
        end
      do
        local _, message = wire.decode(payload)
        local id, method, params = message[2], message[3], message[4]
        if method == 'hello' and greet then
          greet(peer, id)
        elseif method == 'hello' then
          peer.reply(id, M.HELLO)
        elseif method == 'subscribe' then
          peer.reply(id, { revision = '0' })
        else
          table.insert(state.requests, { connection = peer.number, method = method, params = params })
          handle(peer, id, method, params)
        end
      end
    end)
  end)
  function state.close()
    for _, pipe in ipairs(pipes) do
      if not pipe:is_closing() then
        pipe:close()
      end
    end
    if not server:is_closing() then
      server:close()
    end
  end
  return state
end

return M
