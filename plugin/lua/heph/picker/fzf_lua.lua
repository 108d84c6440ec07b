--- The picker of fzf-lua.
---
--- fzf shows lines of text, so an item is found again by the number its line begins with.
---@diagnostic disable: unresolved-require
local M = {}

local HIDDEN_NUMBER = { ['--delimiter'] = '\t', ['--with-nth'] = '2..' }

function M.is_ready()
  return (pcall(require, 'fzf-lua')) and vim.fn.executable('fzf') == 1
end

---The items behind the lines that are shown.
local function numbered(options)
  local items = {}
  return {
    line = function(item)
      items[#items + 1] = item
      return ('%d\t%s'):format(#items, require('heph.picker').row(options, item))
    end,
    item = function(line)
      local number = line and line:match('^(%d+)\t')
      return number and items[tonumber(number)]
    end,
  }
end

---@param options heph.picker.Options
local function previewer(options, known)
  if not options.preview then
    return nil
  end
  local Previewer = require('fzf-lua.previewer.builtin').base:extend()
  function Previewer:new(...)
    Previewer.super.new(self, ...)
    setmetatable(self, Previewer)
    return self
  end
  function Previewer:populate_preview_buf(line)
    local item = known.item(line)
    if not item then
      return
    end
    local buf = self:get_tmp_buffer()
    options.preview(item, function(lines, filetype)
      if vim.api.nvim_buf_is_valid(buf) then
        vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
        vim.bo[buf].syntax = filetype or ''
      end
    end)
    self:set_preview_buf(buf)
  end
  return Previewer
end

---@param options heph.picker.Options|heph.picker.LiveOptions
---@param on_choice heph.picker.OnChoice
local function settings(options, known, on_choice)
  local function choose(how)
    return function(lines)
      on_choice(known.item(lines and lines[1]), how)
    end
  end
  local actions = {
    ['default'] = choose('edit'),
    ['enter'] = choose('edit'),
    ['ctrl-s'] = choose('split'),
    ['ctrl-v'] = choose('vsplit'),
    ['ctrl-t'] = choose('tab'),
  }
  for key, action in pairs(options.actions or {}) do
    local control = key:lower():match('^<c%-(.)>$')
    if control then
      actions['ctrl-' .. control] = function(lines)
        local item = known.item(lines and lines[1])
        if item then
          action.run(item)
        end
      end
    end
  end
  return {
    prompt = options.prompt .. '> ',
    query = (options --[[@as heph.picker.LiveOptions]]).query,
    actions = actions,
    previewer = previewer(options, known),
    winopts = {
      on_close = function()
        -- The action of a key runs after the window is closed.
        vim.schedule(function()
          on_choice(nil)
        end)
      end,
    },
    fzf_opts = vim.tbl_extend('force', { ['--no-multi'] = true }, HIDDEN_NUMBER),
  }
end

---@param items any[]
---@param options heph.picker.Options
---@param on_choice heph.picker.OnChoice
function M.select(items, options, on_choice)
  local known = numbered(options)
  require('fzf-lua').fzf_exec(vim.tbl_map(known.line, items), settings(options, known, on_choice))
end

---@param options heph.picker.LiveOptions
---@param on_choice heph.picker.OnChoice
function M.live(options, on_choice)
  local known = numbered(options)
  local config = settings(options, known, on_choice)
  config.exec_empty_query = true
  config.query_delay = options.debounce or require('heph.picker').DEBOUNCE_MS
  require('fzf-lua').fzf_live(function(arguments)
    return function(write)
      vim.schedule(function()
        options.source(arguments[1] or '', function(items)
          for _, item in ipairs(items or {}) do
            write(known.line(item))
          end
          write()
        end)
      end)
    end
  end, config)
end

return M
