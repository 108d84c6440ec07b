--- One way to choose from a list, whichever picker the user has.
---
--- `select()` takes a list that is there, `live()` asks a source anew as the user types. Which picker shows them is
--- found at the first use, from the option `picker`.
local M = {}

---@alias heph.picker.How 'edit'|'split'|'vsplit'|'tab'
---@alias heph.picker.OnChoice fun(item?: any, how?: heph.picker.How)

---@class heph.picker.Action
---@field desc string What it does, in a word.
---@field run fun(item: any)

---@class heph.picker.Options
---@field prompt string
---@field format fun(item: any): string The row of an item, without line breaks.
---@field preview? fun(item: any, show: fun(lines: string[], filetype?: string)) Finds what is shown beside an item.
---@field actions? table<string, heph.picker.Action> By key (`<C-d>`); pickers that have none leave them out.

---@class heph.picker.LiveOptions : heph.picker.Options
---@field source fun(query: string, show: fun(items: any[])) Finds the items of a query.
---@field debounce? integer Milliseconds of rest before the source is asked; 60 if absent.
---@field query? string What is typed already.

---@class heph.picker.Backend
---@field select fun(items: any[], options: heph.picker.Options, on_choice: heph.picker.OnChoice)
---@field live fun(options: heph.picker.LiveOptions, on_choice: heph.picker.OnChoice)
---@field is_ready fun(): boolean Whether its plugin is there and switched on.

---@type string[] In the order in which they are tried; the last is always there.
M.NAMES = { 'snacks', 'telescope', 'fzf-lua', 'mini', 'native' }

local MODULES = {
  snacks = 'heph.picker.snacks',
  telescope = 'heph.picker.telescope',
  ['fzf-lua'] = 'heph.picker.fzf_lua',
  mini = 'heph.picker.mini',
  native = 'heph.picker.native',
}

M.DEBOUNCE_MS = 60

---@type string? What was found at the first use.
local resolved

---@param name string
---@return heph.picker.Backend?
local function backend(name)
  return MODULES[name] and require(MODULES[name])
end

---@param name string
---@return boolean
function M.is_ready(name)
  local found = backend(name)
  if not found then
    return false
  end
  local ok, ready = pcall(found.is_ready)
  return ok and ready
end

---Says which picker is used.
---@return string name
---@return string? problem Why it is not the one that was asked for.
function M.resolve()
  local wanted = require('heph.config').get().picker
  if wanted == 'auto' then
    for _, name in ipairs(M.NAMES) do
      if M.is_ready(name) then
        return name
      end
    end
    return 'native'
  end
  if not MODULES[wanted] then
    return 'native', ('there is no picker %q; there are auto, %s'):format(wanted, table.concat(M.NAMES, ', '))
  end
  if not M.is_ready(wanted) then
    return 'native', ('the picker %q is not installed, or not set up'):format(wanted)
  end
  return wanted
end

---Forgets which picker was found, so that the next use looks again.
function M.reset()
  resolved = nil
end

---@return heph.picker.Backend
local function chosen()
  if not resolved then
    local name, problem = M.resolve()
    if problem then
      require('heph.message').warn(problem .. "; Neovim's own is used")
    end
    resolved = name
  end
  return assert(backend(resolved))
end

---Runs `on_choice` once, on the main loop, after the picker has closed its windows.
---@param on_choice heph.picker.OnChoice
---@return heph.picker.OnChoice
function M.once(on_choice)
  local done = false
  return function(item, how)
    if done then
      return
    end
    done = true
    vim.schedule(function()
      on_choice(item, how)
    end)
  end
end

---A row of an item: one line, whatever the item holds.
---@param options heph.picker.Options
---@param item any
---@return string
function M.row(options, item)
  return (options.format(item):gsub('[%c]', ' '))
end

---Lets the user choose one of some items; `nil` is given when nothing was chosen.
---@param items any[]
---@param options heph.picker.Options
---@param on_choice heph.picker.OnChoice
function M.select(items, options, on_choice)
  if #items == 0 then
    require('heph.message').info('nothing to choose from')
    on_choice(nil)
    return
  end
  chosen().select(items, options, M.once(on_choice))
end

---Lets the user choose one of what a source finds while typing.
---@param options heph.picker.LiveOptions
---@param on_choice heph.picker.OnChoice
function M.live(options, on_choice)
  chosen().live(options, M.once(on_choice))
end

return M
