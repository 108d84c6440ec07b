--- The bytes on the socket, against the protocol's golden messages.
local check = require('support.check')
local wire = require('heph.rpc.wire')

---@param hex string
---@return string
local function bytes(hex)
  return (hex:gsub('%x%x', function(pair)
    return string.char(tonumber(pair, 16))
  end))
end

---@param t heph.test.Context
---@return {name: string, frame: string, said: any}[]
local function golden(t)
  local messages = {}
  for line in io.lines(vim.fs.dirname(t.root) .. '/protocol/tests/golden/messages.txt') do
    local name, hex, json = line:match('^(%S+) (%x+) (.+)$')
    if name and line:sub(1, 1) ~= '#' then
      table.insert(messages, { name = name, frame = bytes(hex), said = vim.json.decode(json) })
    end
  end
  check.truthy(#messages > 200, 'there are golden messages')
  return messages
end

---@param frame string
---@return any
local function read(frame)
  local decoder = wire.decoder()
  -- In pieces, as a socket may cut them.
  for start = 1, #frame, 7 do
    decoder:push(frame:sub(start, start + 6))
  end
  local payload, problem = decoder:next()
  check.equal(nil, problem)
  local ok, message = wire.decode(assert(payload))
  check.truthy(ok, 'the frame is one value')
  return message
end

--- Values as a test can compare them: bytes count as the list of numbers that JSON has for them.
---@param value any
---@param said any
---@return any
local function comparable(value, said)
  if type(value) == 'string' and type(said) == 'table' then
    return { value:byte(1, -1) }
  elseif type(value) == 'table' and type(said) == 'table' then
    local made = {}
    for key, inner in pairs(value) do
      made[key] = comparable(inner, said[key])
    end
    return made
  end
  return value
end

return {
  {
    'golden messages are read as what they say',
    function(t)
      for _, message in ipairs(golden(t)) do
        local value = read(message.frame)
        t.equal(message.said, comparable(value, message.said), message.name)
      end
    end,
  },
  {
    'golden requests are written with the same bytes, whatever the order of their fields',
    function(t)
      local seen = 0
      for _, message in ipairs(golden(t)) do
        -- A Lua string goes out as text, also where the golden bytes have binary; the daemon takes both.
        local binary = message.name:find('store.restore_write', 1, true)
          or message.name:find('attachment.write', 1, true)
        if message.name:find('.request.', 1, true) and not binary then
          local value = read(message.frame)
          local frame = wire.request(value[2], value[3], value[4])
          t.equal(#message.frame, #assert(frame), message.name)
          t.equal(value, read(frame), message.name)
          seen = seen + 1
        end
      end
      t.truthy(seen > 80, 'there are requests')
    end,
  },
  {
    'every mutation and every long method of the protocol is known as such',
    function(t)
      local file = assert(io.open(vim.fs.dirname(t.root) .. '/docs/reference/protocol.md'))
      local text = file:read('*a')
      file:close()
      local kinds = { read = 0, mutation = 0, bulk = 0 }
      local name
      for line in vim.gsplit(text, '\n') do
        name = line:match('^### `([%l_.]+)`') or name
        local kind = (line:match('^(%u%l+)[:.]') or ''):lower()
        if kinds[kind] and name then
          t.equal(name == 'mutation.outcome' and 'mutation' or require('heph.rpc.methods').kind(name), kind, name)
          kinds[kind], name = kinds[kind] + 1, nil
        end
      end
      t.truthy(kinds.read > 20 and kinds.mutation > 20 and kinds.bulk > 5, vim.inspect(kinds))
    end,
  },
  {
    'what would abort the editor is refused',
    function(t)
      for _, number in ipairs({ 2 ^ 53, -2 ^ 53, math.huge, -math.huge, 0 / 0 }) do
        local frame, problem = wire.request(2, 'x', { deep = { { number } } })
        t.equal(nil, frame)
        t.contains(problem, 'a number that cannot be sent')
      end
      t.truthy(wire.request(2, 'x', { 2 ^ 53 - 1, -1, 0.5 }), 'other numbers')
      t.contains(select(2, wire.request(2, 'x', { call = print })), 'a function')
      local loop = {}
      loop.loop = loop
      t.contains(select(2, wire.request(2, 'x', loop)), 'too deep a nesting')
    end,
  },
  {
    'a length over the limit is refused before anything arrives',
    function(t)
      local decoder = wire.decoder()
      decoder:push('\1\0\0\1')
      local payload, problem = decoder:next()
      t.equal(nil, payload)
      t.contains(problem, '16777217 bytes')
      t.contains(select(2, wire.request(2, 'x', { text = ('x'):rep(wire.MAX_PAYLOAD) })), 'over the limit')
    end,
  },
  {
    'no parameters are an empty map, and nil is nothing',
    function(t)
      t.equal(bytes('0000000694' .. '0002' .. 'a178' .. '80'), (wire.request(2, 'x', {})))
      t.equal({ a = { b = 1 } }, wire.normalise({ a = { b = 1, c = vim.NIL }, d = vim.NIL }))
    end,
  },
  {
    'frames that arrive together are cut apart',
    function(t)
      local decoder = wire.decoder()
      local frame = assert(wire.request(2, 'x', { a = 1 }))
      decoder:push(frame .. frame .. frame:sub(1, 3))
      t.equal(frame:sub(5), decoder:next())
      t.equal(frame:sub(5), decoder:next())
      t.equal(nil, decoder:next())
      decoder:push(frame:sub(4))
      t.equal(frame:sub(5), decoder:next())
    end,
  },
}
