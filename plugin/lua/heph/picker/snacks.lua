--- The picker of snacks.nvim.
---@diagnostic disable: unresolved-require
local M = {}

function M.is_ready()
  local snacks = rawget(_G, 'Snacks')
  return snacks ~= nil and snacks.picker ~= nil and snacks.config.get('picker', {}).enabled == true
end

---@param options heph.picker.Options
local function as_item(options)
  return function(item)
    return { text = require('heph.picker').row(options, item), value = item }
  end
end

---@param options heph.picker.Options
local function preview(options)
  if not options.preview then
    return nil
  end
  return function(context)
    local shown = context.item
    options.preview(shown.value, function(lines, filetype)
      -- Another row may be meant by now.
      if context.picker.closed or context.picker:current() ~= shown then
        return
      end
      context.preview:reset()
      context.preview:set_lines(lines)
      context.preview:highlight({ ft = filetype or 'markdown' })
    end)
  end
end

---@param options heph.picker.Options
---@param on_choice heph.picker.OnChoice
local function pick(options, on_choice, more)
  local function choose(how)
    return function(picker, item)
      -- Closing tells that nothing was chosen, so the choice goes first.
      on_choice(item and item.value, how)
      picker:close()
    end
  end
  local config = {
    title = options.prompt,
    format = 'text',
    preview = preview(options) or 'none',
    layout = not options.preview and { preview = false } or nil,
    confirm = choose('edit'),
    on_close = function()
      on_choice(nil)
    end,
    actions = { edit_split = choose('split'), edit_vsplit = choose('vsplit'), tab = choose('tab') },
    win = { input = { keys = {} } },
  }
  for key, action in pairs(options.actions or {}) do
    local name = 'heph_' .. action.desc:gsub('%W', '_')
    config.actions[name] = function(picker, item)
      picker:close()
      if item then
        action.run(item.value)
      end
    end
    config.win.input.keys[key] = { name, mode = { 'i', 'n' }, desc = action.desc }
  end
  local snacks = require('snacks') ---@type any
  snacks.picker.pick(vim.tbl_extend('force', config, more))
end

---@param items any[]
---@param options heph.picker.Options
---@param on_choice heph.picker.OnChoice
function M.select(items, options, on_choice)
  pick(options, on_choice, { items = vim.tbl_map(as_item(options), items) })
end

---@param options heph.picker.LiveOptions
---@param on_choice heph.picker.OnChoice
function M.live(options, on_choice)
  local make = as_item(options)
  pick(options, on_choice, {
    live = true,
    search = options.query or '',
    -- The daemon has put them in order.
    sort = { fields = { 'idx' } },
    finder = function(_, context)
      local query = context.filter.search
      return function(add)
        local async = require('snacks.picker.util.async').running()
        local found
        options.source(query, function(items)
          found = items or {}
          async:resume()
        end)
        while not found do
          async:suspend()
        end
        for _, item in ipairs(found or {}) do
          add(make(item))
        end
      end
    end,
  })
end

return M
