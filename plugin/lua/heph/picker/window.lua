--- The floating windows of the built-in picker: a prompt, the rows below it, and a preview where there is room.
local M = {}

local namespace = vim.api.nvim_create_namespace('heph_picker')

---@class heph.picker.Windows
---@field rows fun(rows: string[]) Shows these rows.
---@field mark fun(index: integer) Marks a row as the one that is meant.
---@field preview fun(lines: string[], filetype?: string)
---@field type fun(text: string) Puts text into the prompt.
---@field map fun(key: string, run: fun())
---@field on_typed fun(run: fun(query: string))
---@field on_left fun(run: fun()) When the prompt was left without a choice.
---@field close fun()

local function scratch(filetype)
  local buf = vim.api.nvim_create_buf(false, true)
  vim.bo[buf].bufhidden = 'wipe'
  vim.bo[buf].filetype = filetype
  return buf
end

---Where the windows go; the preview has a place only on a wide screen.
local function layout(wants_preview)
  local columns, lines = vim.o.columns, vim.o.lines - vim.o.cmdheight
  local width = math.max(20, math.min(wants_preview and 140 or 90, columns - 6))
  local height = math.max(3, math.min(20, lines - 8))
  local has_preview = wants_preview and columns >= 100
  local list = has_preview and math.floor(width / 2) - 1 or width
  local row = math.max(0, math.floor((lines - height - 5) / 2))
  local column = math.max(0, math.floor((columns - width) / 2))
  return {
    prompt = { row = row, col = column, width = list, height = 1 },
    rows = { row = row + 3, col = column, width = list, height = height },
    preview = has_preview and { row = row, col = column + list + 2, width = width - list - 2, height = height + 3 },
  }
end

local function open(buf, place, enter, title)
  local config = vim.tbl_extend('force', place, {
    relative = 'editor',
    style = 'minimal',
    border = 'rounded',
    title = title,
    zindex = 60,
  })
  local window = vim.api.nvim_open_win(buf, enter, config)
  vim.wo[window].wrap = false
  return window
end

---@param prompt string
---@param wants_preview boolean
---@return heph.picker.Windows
function M.open(prompt, wants_preview)
  local before = vim.api.nvim_get_current_win()
  local cursor = vim.api.nvim_win_get_cursor(before)
  local was_inserting = vim.api.nvim_get_mode().mode:sub(1, 1) == 'i'
  local places = layout(wants_preview)
  local list, input = scratch('heph-picker'), scratch('heph-prompt')
  -- Completion plugins ask this before they pop up.
  vim.b[input].completion = false
  local opened = { open(list, places.rows, false), open(input, places.prompt, true, ' ' .. prompt .. ' ') }
  local rows_window = opened[1]
  vim.wo[rows_window].cursorline = true
  local shown = places.preview and scratch('markdown')
  if shown then
    table.insert(opened, open(shown, places.preview, false))
  end

  local windows = {}
  local closed = false

  local function fill(buf, lines)
    vim.bo[buf].modifiable = true
    vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
    vim.bo[buf].modifiable = false
  end

  function windows.rows(rows)
    if closed then
      return
    end
    fill(list, rows)
    vim.api.nvim_buf_clear_namespace(input, namespace, 0, -1)
    vim.api.nvim_buf_set_extmark(input, namespace, 0, 0, {
      virt_text = { { #rows == 0 and 'nothing found' or tostring(#rows), 'Comment' } },
      virt_text_pos = 'right_align',
    })
  end

  function windows.mark(index)
    if not closed then
      pcall(vim.api.nvim_win_set_cursor, rows_window, { math.max(index, 1), 0 })
    end
  end

  function windows.preview(lines, filetype)
    if closed or not shown then
      return
    end
    fill(shown, lines)
    if filetype then
      vim.bo[shown].filetype = filetype
    end
  end

  function windows.type(text)
    vim.api.nvim_buf_set_lines(input, 0, -1, false, { text })
    vim.cmd('startinsert!')
  end

  function windows.map(key, run)
    vim.keymap.set({ 'i', 'n' }, key, run, { buffer = input, nowait = true })
  end

  function windows.on_typed(run)
    vim.api.nvim_create_autocmd({ 'TextChangedI', 'TextChangedP', 'TextChanged' }, {
      buffer = input,
      callback = function()
        run(vim.api.nvim_buf_get_lines(input, 0, 1, false)[1] or '')
      end,
    })
  end

  function windows.on_left(run)
    vim.api.nvim_create_autocmd('WinLeave', { buffer = input, once = true, callback = vim.schedule_wrap(run) })
  end

  function windows.close()
    if closed then
      return
    end
    closed = true
    for _, window in ipairs(opened) do
      pcall(vim.api.nvim_win_close, window, true)
    end
    if vim.api.nvim_win_is_valid(before) then
      vim.api.nvim_set_current_win(before)
    end
    if not was_inserting then
      vim.cmd('stopinsert')
      -- Leaving insert mode moves the cursor, which is in the user's window by then.
      vim.schedule(function()
        if vim.api.nvim_win_is_valid(before) then
          pcall(vim.api.nvim_win_set_cursor, before, cursor)
        end
      end)
    end
  end

  return windows
end

return M
