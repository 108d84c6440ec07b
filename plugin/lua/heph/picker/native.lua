--- Without a picker of the user: |vim.ui.select()| for lists, a floating prompt with a list for what is searched live.
local M = {}

function M.is_ready()
  return true
end

---@type table<heph.picker.How, string[]>
local KEYS = {
  edit = { '<CR>' },
  split = { '<C-s>', '<C-x>' },
  vsplit = { '<C-v>' },
  tab = { '<C-t>' },
}

---@param items any[]
---@param options heph.picker.Options
---@param on_choice heph.picker.OnChoice
function M.select(items, options, on_choice)
  vim.ui.select(items, {
    prompt = options.prompt,
    kind = 'heph',
    format_item = function(item)
      return require('heph.picker').row(options, item)
    end,
  }, function(item)
    on_choice(item, item ~= nil and 'edit' or nil)
  end)
end

---@param options heph.picker.LiveOptions
---@param on_choice heph.picker.OnChoice
function M.live(options, on_choice)
  local picker = require('heph.picker')
  local windows = require('heph.picker.window').open(options.prompt, options.preview ~= nil)
  local items, current = {}, 1

  local function preview()
    local item = items[current]
    if not options.preview or not item then
      windows.preview({})
      return
    end
    options.preview(item, function(lines, filetype)
      if items[current] == item then
        windows.preview(lines, filetype)
      end
    end)
  end

  local function mark(index)
    current = math.max(1, math.min(index, #items))
    windows.mark(current)
    preview()
  end

  local query = require('heph.picker.query').new(options, function(found)
    items = found
    windows.rows(vim.tbl_map(function(item)
      return picker.row(options, item)
    end, found))
    mark(1)
  end)

  local function finish(item, how)
    query.stop()
    windows.close()
    on_choice(item, how)
  end

  for how, keys in pairs(KEYS) do
    for _, key in ipairs(keys) do
      windows.map(key, function()
        if items[current] then
          finish(items[current], how)
        end
      end)
    end
  end
  for key, action in pairs(options.actions or {}) do
    windows.map(key, function()
      local item = items[current]
      if item then
        finish(nil)
        vim.schedule(function()
          action.run(item)
        end)
      end
    end)
  end
  local function step(keys, by)
    for _, key in ipairs(keys) do
      windows.map(key, function()
        mark(current + by)
      end)
    end
  end
  step({ '<Down>', '<C-n>', '<C-j>' }, 1)
  step({ '<Up>', '<C-p>', '<C-k>' }, -1)
  step({ '<PageDown>' }, 10)
  step({ '<PageUp>' }, -10)
  for _, key in ipairs({ '<Esc>', '<C-c>' }) do
    windows.map(key, function()
      finish(nil)
    end)
  end
  windows.on_typed(query.ask)
  windows.on_left(function()
    finish(nil)
  end)
  windows.type(options.query or '')
  query.now(options.query or '')
end

return M
