--- The picker of mini.nvim (mini.pick).
local M = {}

function M.is_ready()
  return rawget(_G, 'MiniPick') ~= nil
end

---@param options heph.picker.Options
---@param on_choice heph.picker.OnChoice
local function source(options, on_choice)
  local preview = options.preview
  return {
    name = options.prompt,
    choose = function(item)
      on_choice(item and item.value, 'edit')
    end,
    preview = preview and function(buf, item)
      preview(item.value, function(lines, filetype)
        if vim.api.nvim_buf_is_valid(buf) then
          vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
          vim.bo[buf].syntax = filetype or ''
        end
      end)
    end or nil,
  }
end

---mini.pick opens what is chosen in a split by its own keys; here they choose.
local function mappings(options, on_choice)
  local function choose(how)
    return function()
      local item = (MiniPick.get_picker_matches() or {}).current
      on_choice(item and item.value, how)
      return true
    end
  end
  local keys = {
    choose_in_split = '',
    choose_in_vsplit = '',
    choose_in_tabpage = '',
    heph_split = { char = '<C-s>', func = choose('split') },
    heph_vsplit = { char = '<C-v>', func = choose('vsplit') },
    heph_tab = { char = '<C-t>', func = choose('tab') },
  }
  for key, action in pairs(options.actions or {}) do
    keys['heph_' .. action.desc:gsub('%W', '_')] = {
      char = key,
      func = function()
        local item = (MiniPick.get_picker_matches() or {}).current
        if item then
          vim.schedule(function()
            action.run(item.value)
          end)
        end
        return true
      end,
    }
  end
  return keys
end

local function as_items(options, items)
  return vim.tbl_map(function(item)
    return { text = require('heph.picker').row(options, item), value = item }
  end, items)
end

---@param items any[]
---@param options heph.picker.Options
---@param on_choice heph.picker.OnChoice
function M.select(items, options, on_choice)
  local from = source(options, on_choice)
  from.items = as_items(options, items)
  MiniPick.start({ source = from, mappings = mappings(options, on_choice) })
  on_choice(nil)
end

---@param options heph.picker.LiveOptions
---@param on_choice heph.picker.OnChoice
function M.live(options, on_choice)
  local from = source(options, on_choice)
  local query = require('heph.picker.query').new(options, function(items)
    if MiniPick.is_picker_active() then
      MiniPick.set_picker_items(as_items(options, items), { do_match = false })
    end
  end)
  from.items = {}
  local asked
  from.match = function(_, _, typed)
    local text = table.concat(typed)
    -- Setting items matches again; only what was typed asks.
    if text ~= asked then
      asked = text
      query.ask(text)
    end
  end
  -- It waits for keys until the picker is closed.
  MiniPick.start({ source = from, mappings = mappings(options, on_choice) })
  query.stop()
  on_choice(nil)
end

return M
