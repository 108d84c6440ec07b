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

---@param text string
---@param level integer
local function notify(text, level)
  vim.schedule(function()
    vim.notify(one_line(text), level, { title = 'heph' })
  end)
end

--- Tells of an error.
---@param err heph.Error|string
function M.error(err)
  notify('heph: ' .. M.sentence(err), vim.log.levels.ERROR)
end

--- Tells of an error at once, for a command that has to fail before it returns, such as `:w`.
---@param text string
function M.fail(text)
  vim.api.nvim_echo({ { 'heph: ' .. one_line(text), 'ErrorMsg' } }, true, {})
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
