--- What tests hold to be true.
local M = {}

---@param expected any
---@param actual any
---@param what? string
function M.equal(expected, actual, what)
  if not vim.deep_equal(expected, actual) then
    local text = '%sexpected %s\n     got %s'
    error(text:format(what and (what .. ': ') or '', vim.inspect(expected), vim.inspect(actual)), 2)
  end
end

---@param text string
---@param part string Plain.
function M.contains(text, part)
  if type(text) ~= 'string' or not text:find(part, 1, true) then
    error(('expected to find %q in %s'):format(part, vim.inspect(text)), 2)
  end
end

---@param value any
---@param what? string
function M.truthy(value, what)
  if not value then
    error((what or 'a condition') .. ' does not hold', 2)
  end
end

--- Waits until a function answers something; fails with what it answered last.
---@generic T
---@param probe fun(): T
---@param what string
---@param timeout? integer
---@return T
function M.eventually(probe, what, timeout)
  local value
  local ok = vim.wait(timeout or 5000, function()
    value = probe()
    return value and value ~= vim.NIL and true or false
  end, 10)
  if not ok then
    error(('waited in vain for %s'):format(what), 2)
  end
  return value
end

return M
