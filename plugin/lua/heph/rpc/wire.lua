--- Frames and values: a big-endian u32 length, then one MessagePack value.
---
--- Everything here may be called in a fast context.
local M = {}

--- The longest payload of a frame, in bytes.
M.MAX_PAYLOAD = 16 * 1024 * 1024

--- Integers from here on abort Neovim's encoder.
local MAX_NUMBER = 2 ^ 53

--- Deepest nesting that is sent.
local MAX_DEPTH = 64

--- Looks for what the encoder cannot take: it would abort Neovim, not raise an error.
---@param value any
---@param depth integer
---@return string? problem
local function problem_of(value, depth)
  local kind = type(value)
  if kind == 'number' then
    if value ~= value or value >= MAX_NUMBER or value <= -MAX_NUMBER then
      return 'a number that cannot be sent'
    end
  elseif kind == 'table' then
    if depth > MAX_DEPTH then
      return 'too deep a nesting'
    end
    for key, inner in pairs(value) do
      local problem = problem_of(key, depth + 1) or problem_of(inner, depth + 1)
      if problem then
        return problem
      end
    end
  elseif kind ~= 'string' and kind ~= 'boolean' and kind ~= 'nil' and value ~= vim.NIL then
    return 'a ' .. kind
  end
  return nil
end

---@param length integer
---@return string
local function header(length)
  local floor = math.floor
  return string.char(
    floor(length / 16777216) % 256,
    floor(length / 65536) % 256,
    floor(length / 256) % 256,
    length % 256
  )
end

--- Encodes a message as a frame.
---@param message any[]
---@return string? frame
---@return string? problem
function M.encode(message)
  local problem = problem_of(message, 0)
  if problem then
    return nil, 'the request holds ' .. problem
  end
  local payload = vim.mpack.encode(message)
  if #payload > M.MAX_PAYLOAD then
    return nil, ('a frame of %d bytes is over the limit of %d'):format(#payload, M.MAX_PAYLOAD)
  end
  return header(#payload) .. payload
end

--- A request's frame. `params` is not changed.
---@param id integer
---@param method string
---@param params? table
---@param extra? table Fields beside the method's own.
---@return string? frame
---@return string? problem
function M.request(id, method, params, extra)
  local map = vim.empty_dict()
  for key, value in pairs(params or {}) do
    map[key] = value
  end
  for key, value in pairs(extra or {}) do
    map[key] = value
  end
  return M.encode({ 0, id, method, map })
end

--- Takes `vim.NIL` out of a decoded value, in place.
---@param value any
---@return any
function M.normalise(value)
  if value == vim.NIL then
    return nil
  end
  if type(value) == 'table' then
    for key, inner in pairs(value) do
      if inner == vim.NIL then
        value[key] = nil
      elseif type(inner) == 'table' then
        M.normalise(inner)
      end
    end
  end
  return value
end

--- Decodes one value.
---@param payload string
---@return boolean ok
---@return any value_or_problem
function M.decode(payload)
  local ok, value = pcall(vim.mpack.decode, payload)
  return ok, value
end

---@class heph.Decoder
---@field private chunks string[]
---@field private held integer
local Decoder = {}
Decoder.__index = Decoder

--- Cuts payloads out of a stream; holds only bytes that arrived.
---@return heph.Decoder
function M.decoder()
  return setmetatable({ chunks = {}, held = 0 }, Decoder)
end

---@param bytes string
function Decoder:push(bytes)
  self.chunks[#self.chunks + 1] = bytes
  self.held = self.held + #bytes
end

---@private
--- Joins the chunks once, when there is enough of them.
---@return string
function Decoder:joined()
  if #self.chunks ~= 1 then
    self.chunks = { table.concat(self.chunks) }
  end
  return self.chunks[1]
end

--- The next whole payload; nil until it has arrived. The length is checked as soon as it is there.
---@return string? payload
---@return string? problem
function Decoder:next()
  if self.held < 4 then
    return nil
  end
  if #self.chunks[1] < 4 then
    self:joined()
  end
  local head = self.chunks[1] or ''
  local a, b, c, d = head:byte(1, 4)
  local length = ((a * 256 + b) * 256 + c) * 256 + d
  if length > M.MAX_PAYLOAD then
    return nil, ('the daemon announced a frame of %d bytes, over the limit of %d'):format(length, M.MAX_PAYLOAD)
  end
  if self.held < 4 + length then
    return nil
  end
  local bytes = self:joined()
  local payload = bytes:sub(5, 4 + length)
  local rest = bytes:sub(5 + length)
  self.chunks, self.held = rest == '' and {} or { rest }, #rest
  return payload
end

return M
