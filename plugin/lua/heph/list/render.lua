--- Puts rows into a list's buffer; the cursor stays on its row, wherever that went.
local M = {}

local space = vim.api.nvim_create_namespace('heph-list')

---@param row? heph.Row
---@return string?
local function key_of(row)
  return row and row.id and (row.id .. (row.occasion or ''))
end

---@param rows heph.Row[]
---@param key string
---@param fallback string Id alone.
---@return integer?
local function find(rows, key, fallback)
  local by_id
  for number, row in ipairs(rows) do
    if key_of(row) == key then
      return number
    elseif row.id == fallback then
      by_id = by_id or number
    end
  end
  return by_id
end

--- The first row there is something to do with.
---@param rows heph.Row[]
---@return integer
local function first_row(rows)
  for number, row in ipairs(rows) do
    if row.id then
      return number
    end
  end
  return 1
end

---@param rows heph.Row[]
---@return string[]
local function lines_of(rows)
  return vim.tbl_map(function(row)
    local parts = {}
    for _, chunk in ipairs(row.chunks) do
      table.insert(parts, chunk[1])
    end
    return table.concat(parts)
  end, rows)
end

---@param buf integer
---@param rows heph.Row[]
local function paint(buf, rows)
  vim.api.nvim_buf_clear_namespace(buf, space, 0, -1)
  for number, row in ipairs(rows) do
    local column = 0
    for _, chunk in ipairs(row.chunks) do
      local finish = column + #chunk[1]
      if chunk[2] and finish > column then
        vim.api.nvim_buf_set_extmark(buf, space, number - 1, column, { end_col = finish, hl_group = chunk[2] })
      end
      column = finish
    end
  end
end

---@param buf integer
---@param list heph.ListState
---@param rows heph.Row[]
function M.show(buf, list, rows)
  local before = list.rows
  local places = {} ---@type table<integer, integer[]>
  for _, window in ipairs(vim.fn.win_findbuf(buf)) do
    local cursor = vim.api.nvim_win_get_cursor(window)
    local row = before[cursor[1]]
    local place = row and row.id and find(rows, key_of(row) or '', row.id) or nil
    if #before == 0 then
      place = first_row(rows)
    end
    places[window] = { math.max(1, math.min(place or cursor[1], #rows)), cursor[2] }
  end
  local lines = lines_of(rows)
  vim.bo[buf].modifiable = true
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.bo[buf].modifiable = false
  vim.bo[buf].modified = false
  list.rows = rows
  paint(buf, rows)
  for window, cursor in pairs(places) do
    vim.api.nvim_win_set_cursor(window, { cursor[1], math.min(cursor[2], #(lines[cursor[1]] or '')) })
  end
end

return M
