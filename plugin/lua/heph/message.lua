--- What the user is told: one line, never a stack trace.
local M = {}

---@param text string
---@return string
local function one_line(text)
  return (text:gsub('%s*[\r\n]+%s*', ' '))
end

--- The sentence of an error: what happened, and what to do.
---@param err heph.Error|string
---@return string
function M.sentence(err)
  if type(err) == 'string' then
    return one_line(err)
  end
  local text = err.message or err.code or 'unknown error'
  if err.hint and err.hint ~= '' then
    text = text .. ' (' .. err.hint .. ')'
  end
  return one_line(text)
end

--- A title, short enough that what is said of it is seen as well.
---@param title string
---@return string
function M.title(title)
  local most = math.max(12, math.min(30, M.room() - 50))
  return vim.fn.strchars(title) > most and vim.fn.strcharpart(title, 0, most - 1) .. '…' or title
end

--- So many cells a message may take without making people press a key to go on.
---@return integer
function M.room()
  return vim.v.echospace + math.max(0, vim.o.cmdheight - 1) * vim.o.columns
end

--- Says a line where messages are shown. One that has no room there loses its middle, and is whole in `:messages`.
---@param text string
---@param group? string
local function echo(text, group)
  local flags = vim.o.shortmess
  if not flags:find('T', 1, true) then
    vim.o.shortmess = flags .. 'T'
  end
  vim.cmd.echohl(group or 'None')
  -- Not `nvim_echo()`, which never shortens.
  vim.api.nvim_cmd({ cmd = 'echomsg', args = { vim.fn.string(text) } }, {})
  vim.cmd.echohl('None')
  vim.o.shortmess = flags
end

local GROUPS = { [vim.log.levels.ERROR] = 'ErrorMsg', [vim.log.levels.WARN] = 'WarningMsg' }

---@param text string
---@param level integer
local function notify(text, level)
  vim.schedule(function()
    -- A plugin that shows notifications has room for all of it.
    if debug.getinfo(vim.notify, 'S').source:match('^@vim/') then
      return echo(one_line(text), GROUPS[level])
    end
    vim.notify(one_line(text), level, { title = 'heph' })
  end)
end

--- Tells of an error.
---@param err heph.Error|string
function M.error(err)
  notify('heph: ' .. M.sentence(err), vim.log.levels.ERROR)
end

local failed_at = -math.huge

--- Whether a command failed within so many milliseconds: what is said of that should stay to be read.
---@param time integer
---@return boolean
function M.failed_within(time)
  return vim.uv.now() - failed_at < time
end

--- Tells of an error at once, for a command that has to fail before it returns, such as `:w`.
---@param text string
function M.fail(text)
  failed_at = vim.uv.now()
  text = 'heph: ' .. one_line(text)
  if vim.fn.strdisplaywidth(text) <= M.room() then
    return vim.api.nvim_echo({ { text, 'ErrorMsg' } }, true, {})
  end
  -- Nothing is shortened while a command runs.
  local most = M.room() - 1
  local shown = vim.fn.strcharpart(text, 0, most)
  while vim.fn.strdisplaywidth(shown) > most do
    shown = vim.fn.strcharpart(shown, 0, vim.fn.strchars(shown) - 1)
  end
  vim.api.nvim_echo({ { shown .. '…', 'ErrorMsg' } }, false, {})
  vim.schedule(function()
    echo(text, 'ErrorMsg')
  end)
end

---@param text string
function M.warn(text)
  notify('heph: ' .. text, vim.log.levels.WARN)
end

---@param text string
function M.info(text)
  notify('heph: ' .. text, vim.log.levels.INFO)
end

---@type table<string, boolean>
local told = {}

--- Warns once a session.
---@param text string
function M.warn_once(text)
  if not told[text] then
    told[text] = true
    M.warn(text)
  end
end

return M
