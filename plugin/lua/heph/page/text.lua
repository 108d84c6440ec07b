--- A page's text as a buffer's lines, and back.
local M = {}

--- Lines of a text, and what the buffer's options have to be so that it comes back as it was.
---@param text string
---@return string[] lines
---@return {endofline: boolean, fileformat: 'unix'|'dos'} format
function M.lines(text)
  local endofline = text == '' or text:sub(-1) == '\n'
  local lines = vim.split(text, '\n', { plain = true })
  if endofline and #lines > 1 then
    lines[#lines] = nil
  end
  local _, returns = text:gsub('\r\n', '')
  local _, feeds = text:gsub('\n', '')
  if feeds == 0 or returns ~= feeds then
    return lines, { endofline = endofline, fileformat = 'unix' }
  end
  for index, line in ipairs(lines) do
    lines[index] = line:gsub('\r$', '')
  end
  return lines, { endofline = endofline, fileformat = 'dos' }
end

---@param buf integer
---@param format {endofline: boolean, fileformat: 'unix'|'dos'}
function M.set_format(buf, format)
  vim.bo[buf].fixendofline = false
  if vim.bo[buf].endofline ~= format.endofline then
    vim.bo[buf].endofline = format.endofline
  end
  if vim.bo[buf].fileformat ~= format.fileformat then
    vim.bo[buf].fileformat = format.fileformat
  end
end

--- The text of a buffer. `base` tells apart what lines cannot: an empty text, and an empty line.
---@param buf integer
---@param base? string
---@return string
function M.of(buf, base)
  local lines = vim.api.nvim_buf_get_lines(buf, 0, -1, true)
  if #lines == 1 and lines[1] == '' then
    return base == '\n' and base or ''
  end
  local feed = vim.bo[buf].fileformat == 'dos' and '\r\n' or '\n'
  return table.concat(lines, feed) .. (vim.bo[buf].endofline and feed or '')
end

local SEQUENCES = {
  '[\194-\223][\128-\191]',
  '\224[\160-\191][\128-\191]',
  '[\225-\236\238\239][\128-\191][\128-\191]',
  '\237[\128-\159][\128-\191]',
  '\240[\144-\191][\128-\191][\128-\191]',
  '[\241-\243][\128-\191][\128-\191][\128-\191]',
  '\244[\128-\143][\128-\191][\128-\191]',
}

--- The first line that holds bytes that are not UTF-8.
---@param lines string[]
---@return integer?
function M.first_foreign(lines)
  for number, line in ipairs(lines) do
    if line:find('[\128-\255]') then
      for _, sequence in ipairs(SEQUENCES) do
        -- Something stays in its place, or what stands around it would meet and make a character.
        line = line:gsub(sequence, ' ')
      end
      if line:find('[\128-\255]') then
        return number
      end
    end
  end
end

return M
