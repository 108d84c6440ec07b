--- Places of the protocol between client and server, and bytes of Neovim's lines.
---
--- The daemon and Neovim count bytes; an LSP client may count UTF-16 or UTF-32 units instead. What was agreed on at
--- `initialize` is passed in; a place outside of its line is clamped, never an error.
local M = {}

---@alias heph.lsp.Encoding 'utf-8'|'utf-16'|'utf-32'

---Says which encoding the server speaks with a client: UTF-8 where it is offered, since nothing has to be converted.
---@param offered string[]? `general.positionEncodings` of the client.
---@return heph.lsp.Encoding
function M.negotiate(offered)
  for _, encoding in ipairs(offered or {}) do
    if encoding == 'utf-8' then
      return 'utf-8'
    end
  end
  -- What every client has to understand.
  return 'utf-16'
end

---@param line string
---@param byte integer Bytes from 0.
---@param encoding heph.lsp.Encoding
---@return integer character
function M.character(line, byte, encoding)
  byte = math.max(0, math.min(byte, #line))
  if encoding == 'utf-8' then
    return byte
  end
  if vim.fn.has('nvim-0.11') == 1 then
    return vim.str_utfindex(line, encoding, byte, false)
  end
  ---@diagnostic disable-next-line: param-type-mismatch
  local utf32, utf16 = vim.str_utfindex(line, byte)
  return encoding == 'utf-32' and utf32 or utf16
end

---@param line string
---@param character integer Units of the encoding from 0.
---@param encoding heph.lsp.Encoding
---@return integer byte
function M.byte(line, character, encoding)
  if encoding == 'utf-8' then
    return math.max(0, math.min(character, #line))
  end
  if vim.fn.has('nvim-0.11') == 1 then
    return vim.str_byteindex(line, encoding, character, false)
  end
  ---@diagnostic disable-next-line: missing-parameter
  local units, utf16 = vim.str_utfindex(line)
  local last = encoding == 'utf-32' and units or utf16
  ---@diagnostic disable-next-line: param-type-mismatch
  return vim.str_byteindex(line, math.max(0, math.min(character, last)), encoding == 'utf-16')
end

---@param buf integer
---@param row integer From 0.
---@return string line Empty for a row that is not there.
function M.line(buf, row)
  return vim.api.nvim_buf_get_lines(buf, row, row + 1, false)[1] or ''
end

---Makes a range of one line.
---@param line string
---@param row integer From 0.
---@param from integer First byte, from 0.
---@param to integer One past the last byte.
---@param encoding heph.lsp.Encoding
---@return lsp.Range
function M.range(line, row, from, to, encoding)
  return {
    start = { line = row, character = M.character(line, from, encoding) },
    ['end'] = { line = row, character = M.character(line, to, encoding) },
  }
end

---A range without any extent, at the beginning of a line.
---@param row integer From 0.
---@return lsp.Range
function M.at_line(row)
  return { start = { line = row, character = 0 }, ['end'] = { line = row, character = 0 } }
end

---Where the lines of a text begin, to turn bytes of the whole text into rows.
---@param lines string[]
---@return integer[] starts Byte, from 0, at which each line begins; one more than there are lines.
function M.starts(lines)
  local starts, at = {}, 0
  for row, line in ipairs(lines) do
    starts[row] = at
    at = at + #line + 1
  end
  starts[#lines + 1] = at
  return starts
end

---@param starts integer[] Of `starts`.
---@param byte integer Byte of the whole text, from 0.
---@return integer row From 0.
---@return integer column Byte of the line, from 0.
function M.row_of(starts, byte)
  local low, high = 1, #starts - 1
  while low < high do
    local middle = math.floor((low + high + 1) / 2)
    if starts[middle] <= byte then
      low = middle
    else
      high = middle - 1
    end
  end
  return low - 1, byte - (starts[low] or 0)
end

return M
