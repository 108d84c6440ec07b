--- The picker of telescope.nvim.
---@diagnostic disable: unresolved-require
local M = {}

function M.is_ready()
  return (pcall(require, 'telescope')) and (pcall(require, 'telescope.pickers'))
end

---@param options heph.picker.Options
local function entry_maker(options)
  return function(item)
    local row = require('heph.picker').row(options, item)
    return { value = item, display = row, ordinal = row }
  end
end

---@param options heph.picker.Options
local function previewer(options)
  if not options.preview then
    return nil
  end
  return require('telescope.previewers').new_buffer_previewer({
    title = 'Preview',
    define_preview = function(self, entry)
      local buf = self.state.bufnr
      options.preview(entry.value, function(lines, filetype)
        if vim.api.nvim_buf_is_valid(buf) then
          vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
          vim.bo[buf].syntax = filetype or ''
        end
      end)
    end,
  })
end

---Gives keys of telescope their meaning: what is chosen is handed over, not opened as a file.
---@param options heph.picker.Options
---@param on_choice heph.picker.OnChoice
local function mappings(options, on_choice)
  return function(prompt, map)
    local actions = require('telescope.actions')
    local state = require('telescope.actions.state')
    local function choose(how)
      return function()
        local entry = state.get_selected_entry()
        -- Closing tells that nothing was chosen, so the choice goes first.
        on_choice(entry and entry.value, how)
        actions.close(prompt)
      end
    end
    actions.select_default:replace(choose('edit'))
    actions.select_horizontal:replace(choose('split'))
    actions.select_vertical:replace(choose('vsplit'))
    actions.select_tab:replace(choose('tab'))
    actions.close:enhance({
      post = function()
        on_choice(nil)
      end,
    })
    for key, action in pairs(options.actions or {}) do
      map({ 'i', 'n' }, key, function()
        local entry = state.get_selected_entry()
        actions.close(prompt)
        if entry then
          action.run(entry.value)
        end
      end, { desc = action.desc })
    end
    return true
  end
end

local function show(options, finder, sorter, on_choice)
  require('telescope.pickers')
    .new({}, {
      prompt_title = options.prompt,
      default_text = options.query,
      finder = finder,
      sorter = sorter,
      previewer = previewer(options),
      attach_mappings = mappings(options, on_choice),
    })
    :find()
end

---@param items any[]
---@param options heph.picker.Options
---@param on_choice heph.picker.OnChoice
function M.select(items, options, on_choice)
  local finder = require('telescope.finders').new_table({ results = items, entry_maker = entry_maker(options) })
  show(options, finder, require('telescope.config').values.generic_sorter({}), on_choice)
end

---A finder of telescope that asks the source; it hears of each keystroke, and shows the newest answer.
---@param options heph.picker.LiveOptions
local function live_finder(options)
  local make = entry_maker(options)
  local process_result, process_complete
  local query = require('heph.picker.query').new(options, function(items)
    for index, item in ipairs(items) do
      local entry = make(item)
      entry.index = index
      if process_result(entry) then
        return
      end
    end
    process_complete()
  end)
  return setmetatable({ close = query.stop }, {
    __call = function(_, prompt, on_result, on_complete)
      process_result, process_complete = on_result, on_complete
      query.ask(prompt or '')
    end,
  })
end

---@param options heph.picker.LiveOptions
---@param on_choice heph.picker.OnChoice
function M.live(options, on_choice)
  -- The daemon has put them in order.
  show(options, live_finder(options), require('telescope.sorters').empty(), on_choice)
end

return M
