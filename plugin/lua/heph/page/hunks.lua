--- Changes of others, put into a buffer line by line, so that cursor, marks and extmarks stay where they are.
local M = {}

--- What differs, as `{ start, count, new start, new count }`; a start counts from 1, and is that of the line before
--- where the count is 0.
---@param before string[]
---@param after string[]
---@return integer[][] hunks
local function difference(before, after)
  local diff = vim.text and vim.text.diff or vim.diff
  -- Every line with its end, the last one as well: a missing end would count as a change.
  local function joined(lines)
    return table.concat(lines, '\n') .. '\n'
  end
  return diff(joined(before), joined(after), { result_type = 'indices', algorithm = 'histogram' })
end

--- Changes a line within: only what differs is touched.
---@param buf integer
---@param row integer From 0.
---@param before string
---@param after string
local function change_line(buf, row, before, after)
  local shorter = math.min(#before, #after)
  local head = 0
  while head < shorter and before:byte(head + 1) == after:byte(head + 1) do
    head = head + 1
  end
  local tail = 0
  while tail < shorter - head and before:byte(#before - tail) == after:byte(#after - tail) do
    tail = tail + 1
  end
  -- Whole characters only: neither end may stand within one.
  local function within(byte)
    return byte and byte >= 128 and byte < 192
  end
  while head > 0 and (within(before:byte(head + 1)) or within(after:byte(head + 1))) do
    head = head - 1
  end
  while tail > 0 and (within(before:byte(#before - tail + 1)) or within(after:byte(#after - tail + 1))) do
    tail = tail - 1
  end
  vim.api.nvim_buf_set_text(buf, row, head, row, #before - tail, { after:sub(head + 1, #after - tail) })
end

--- Whether all that changed from one text to the next is in a third text as well, whatever else that has.
---@param before string[]
---@param after string[]
---@param other string[]
---@return boolean
function M.holds(before, after, other)
  local own = difference(after, other)
  -- Ends of a change, as places between lines of `after`.
  local function ends(start, count)
    local first = count == 0 and start or start - 1
    return first, first + count
  end
  for _, hunk in ipairs(difference(before, after)) do
    local from, to = ends(hunk[3], hunk[4])
    for _, more in ipairs(own) do
      local first, last = ends(more[1], more[2])
      -- Lines that were added are there as long as none of them is changed or taken away. Lines that were taken away
      -- may be what is added in their place.
      local meets = from == to and first <= from and from <= last or first < last and first < to and from < last
      if meets then
        return false
      end
    end
  end
  return true
end

--- Makes the buffer's lines those given, as one undo step of its own. The buffer counts as modified afterwards, for the
--- caller to say otherwise.
---@param buf integer
---@param after string[]
---@return boolean changed
function M.apply(buf, after)
  local before = vim.api.nvim_buf_get_lines(buf, 0, -1, true)
  local hunks = difference(before, after)
  if #hunks == 0 then
    return false
  end
  local modifiable = vim.bo[buf].modifiable
  vim.bo[buf].modifiable = true
  -- An undo step keeps whether the buffer was modified before it, and undo brings that back. What was there before is
  -- not what the page holds from now on, so it has to come back as modified, and be asked about, and merged.
  vim.bo[buf].modified = true
  vim.api.nvim_buf_call(buf, function()
    -- Setting it closes the undo step that stands open.
    vim.bo.undolevels = vim.bo.undolevels
    for index = #hunks, 1, -1 do
      local hunk = hunks[index]
      local start, count, new_start, new_count = hunk[1], hunk[2], hunk[3], hunk[4]
      if count == new_count then
        for offset = 0, count - 1 do
          change_line(buf, start - 1 + offset, before[start + offset], after[new_start + offset])
        end
      else
        local first = count == 0 and start or start - 1
        local lines = vim.list_slice(after, new_start, new_start + new_count - 1)
        vim.api.nvim_buf_set_lines(buf, first, first + count, true, lines)
      end
    end
    vim.bo.undolevels = vim.bo.undolevels
  end)
  vim.bo[buf].modifiable = modifiable
  require('heph.page.undone').note(buf)
  return true
end

return M
