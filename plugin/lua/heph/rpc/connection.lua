--- One connection: a pipe, the frames on it, and hello. It retries nothing.
---
--- All callbacks come in a fast context.
local fault = require('heph.rpc.fault')
local wire = require('heph.rpc.wire')

---@class heph.Hello
---@field protocol integer
---@field server_version string
---@field features string[]
---@field device string
---@field store_id string
---@field db string
---@field ready boolean

---@class (exact) heph.ConnectionHandlers
---@field open fun(hello: heph.Hello) Hello was answered.
---@field reply fun(id: integer, err?: heph.Error, result: any)
---@field event fun(name: string, params: table)
---@field close fun(err: heph.Error, refused: boolean) It is over; `refused` before hello was answered. Comes once.

---@class heph.Connection
---@field hello? heph.Hello
---@field heard integer When something came last, in ms of the loop's clock.
---@field package pipe any
---@field package timer? any Ends a connection whose hello is not answered.
---@field package handlers heph.ConnectionHandlers
---@field package decoder heph.Decoder
---@field package closed boolean
---@field package last_words? heph.Error What the daemon said of the connection as such.
local Connection = {}
Connection.__index = Connection

local M = {}

M.PROTOCOL = 1
local CLIENT = 'heph.nvim'
M.VERSION = '0.1.0'
local HELLO_ID = 1
local HELLO_TIMEOUT = 5000

--- The zone in which the user lives, if the environment says so; else the daemon takes its own.
---@return string?
local function zone()
  local name = (os.getenv('TZ') or ''):gsub('^:', '')
  return name:match('^%a[%w_%-+]*/[%w_/%-+]+$') or (name == 'UTC' and name) or nil
end

--- Connects and greets.
---@param socket string
---@param handlers heph.ConnectionHandlers
---@return heph.Connection
function M.open(socket, handlers)
  local self = setmetatable({
    handlers = handlers,
    decoder = wire.decoder(),
    closed = false,
    heard = vim.uv.now(),
    pipe = assert(vim.uv.new_pipe(false)),
  }, Connection)
  local timer = assert(vim.uv.new_timer())
  self.timer = timer
  timer:start(HELLO_TIMEOUT, 0, function()
    self:finish(fault.timeout('hello', 'read', HELLO_TIMEOUT))
  end)
  -- A path that is too long for a socket is raised, not called back.
  local ok, problem = pcall(self.pipe.connect, self.pipe, socket, function(err)
    if err then
      self:finish(fault.connect(socket, err))
    else
      self:greet()
    end
  end)
  if not ok then
    self:finish(fault.connect(socket, tostring(problem)))
  end
  return self
end

---@package
function Connection:greet()
  self.pipe:read_start(function(err, bytes)
    if err or not bytes then
      self:finish(self.last_words or fault.closed())
    else
      self.heard = vim.uv.now()
      self.decoder:push(bytes)
      self:drain()
    end
  end)
  local hello = { protocol = M.PROTOCOL, client = CLIENT, client_version = M.VERSION, zone = zone() }
  self:write(assert(wire.request(HELLO_ID, 'hello', hello)), function() end)
end

--- Sends a frame; `written` hears whether it left whole.
---@param frame string
---@param written fun(ok: boolean)
function Connection:write(frame, written)
  if self.closed then
    written(false)
    return
  end
  local ok = pcall(self.pipe.write, self.pipe, frame, function(err)
    written(err == nil)
  end)
  if not ok then
    written(false)
  end
end

---@private
function Connection:drain()
  while not self.closed do
    local payload, problem = self.decoder:next()
    if problem then
      return self:finish(fault.unreadable(problem))
    elseif not payload then
      return
    end
    local ok, message = wire.decode(payload)
    if not ok or type(message) ~= 'table' then
      return self:finish(fault.unreadable('no MessagePack'))
    end
    self:take(message)
  end
end

---@private
---@param message any[]
function Connection:take(message)
  local shape = message[1]
  if shape == 1 then
    local err = wire.normalise(message[3])
    if err ~= nil and type(err) ~= 'table' then
      err = { code = 'internal', message = tostring(err) }
    end
    self:take_reply(message[2], err, err == nil and wire.normalise(message[4]) or nil)
  elseif shape == 2 and type(message[2]) == 'string' then
    self.handlers.event(message[2], wire.normalise(message[3]) or {})
  elseif shape ~= 0 then
    self:finish(fault.unreadable('a message of no known shape'))
  end
end

---@private
---@param id any
---@param err? heph.Error
---@param result any
function Connection:take_reply(id, err, result)
  if id == 0 then
    -- The id of no request: it speaks of the connection, which the daemon is about to close.
    self.last_words = err
  elseif id == HELLO_ID then
    self:take_hello(err, result)
  else
    self.handlers.reply(id, err, result)
  end
end

---@private
---@param err? heph.Error
---@param hello any
function Connection:take_hello(err, hello)
  if err then
    return self:finish(err.code == 'unsupported' and fault.version(M.PROTOCOL, nil, err) or err)
  elseif type(hello) ~= 'table' or hello.protocol ~= M.PROTOCOL then
    return self:finish(fault.version(M.PROTOCOL, type(hello) == 'table' and hello.protocol or nil))
  end
  self:stop_timer()
  self.hello = hello
  self.handlers.open(hello)
end

---@private
function Connection:stop_timer()
  if self.timer then
    self.timer:stop()
    self.timer:close()
    self.timer = nil
  end
end

--- Ends it; the handlers hear why, once.
---@param err heph.Error
function Connection:finish(err)
  if self.closed then
    return
  end
  self.closed = true
  self:stop_timer()
  if not self.pipe:is_closing() then
    self.pipe:close()
  end
  self.handlers.close(err, self.hello == nil)
end

return M
