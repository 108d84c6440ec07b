--- `:Heph {sub}`: finds the subcommand, runs it, completes it.
local M = {}

---@class heph.Invocation
---@field sub string
---@field text string All arguments, as typed.
---@field bang boolean
---@field range integer How many line numbers were given.
---@field line1 integer
---@field line2 integer
---@field mods table

---@class heph.Subcommand
---@field run fun(invocation: heph.Invocation)
---@field complete? fun(typed: string): string[] Of all that stands behind the subcommand.
---@field in_page? boolean Only where a page or a list of heph's is shown.

--- Which module has a subcommand.
local HOMES = {
  pages = 'home today journals open new rename template extract toc history attach',
  lines = 'toggle done promote capture',
  links = 'follow backlinks links tags',
  lists = 'next list agenda search why',
  store = 'undo redo sync',
}

---@type table<string, string>
local home_of = {}
for home, names in pairs(HOMES) do
  for name in names:gmatch('%S+') do
    home_of[name] = home
  end
end

---@return string[]
function M.names()
  local names = vim.tbl_keys(home_of)
  table.sort(names)
  return names
end

---@param name string
---@return heph.Subcommand?
function M.find(name)
  local home = home_of[name]
  return home and require('heph.command.' .. home)[name]
end

--- Runs what `:Heph` was called with.
---@param arguments table As `nvim_create_user_command` hands them over.
function M.run(arguments)
  local sub, text = arguments.args:match('^%s*(%S*)%s*(.-)%s*$')
  if sub == '' then
    sub = 'home'
  end
  local command = M.find(sub)
  if not command then
    return require('heph.message').error(('there is no `:Heph %s`; `:Heph <Tab>` shows what there is'):format(sub))
  end
  local ok, problem = pcall(command.run, {
    sub = sub,
    text = text,
    bang = arguments.bang,
    range = arguments.range,
    line1 = arguments.line1,
    line2 = arguments.line2,
    mods = arguments.smods or {},
  })
  if not ok then
    require('heph.message').error(('`:Heph %s` failed: %s'):format(sub, tostring(problem):match('[^\n]*')))
  end
end

--- Whether a page or a list of heph's is in the current window.
---@return boolean
local function is_ours()
  return vim.api.nvim_buf_get_name(0):match('^heph://') ~= nil
end

---@param lead string
---@param line string
---@param position integer
---@return string[]
function M.complete(lead, line, position)
  local typed = line:sub(1, position):match('Heph!?%s+(.*)$') or ''
  local sub, rest = typed:match('^(%S+)%s+(.*)$')
  if not sub then
    return vim.tbl_filter(function(name)
      local command = assert(M.find(name))
      return vim.startswith(name, lead) and (not command.in_page or is_ours())
    end, M.names())
  end
  local command = M.find(sub)
  if not command or not command.complete then
    return {}
  end
  -- Only the last word is replaced, so what stands before it goes.
  rest = rest or ''
  local before = rest:sub(1, #rest - #lead)
  local found = {}
  for _, value in ipairs(command.complete(rest)) do
    if vim.startswith(value, before) then
      table.insert(found, value:sub(#before + 1))
    end
  end
  return found
end

--- Completions from the daemon, or none if they do not come at once.
---@param what string
---@return fun(typed: string): string[]
function M.candidates(what)
  return function(typed)
    local reply = require('heph.rpc').call('complete', { what = what, prefix = typed, limit = 50 }, 100)
    return vim.tbl_map(function(candidate)
      return candidate.value
    end, reply and reply.candidates or {})
  end
end

return M
