--- Plugins of others that tests run with, when their sources are there: each in a folder of `$HEPH_TEST_PLUGINS`.
local M = {}

--- Folders of plugins; nil when one of them, or the program they need, is not there.
---@param wanted {plugins: string[], program?: string}
---@return string[]?
function M.paths(wanted)
  if wanted.program and vim.fn.executable(wanted.program) == 0 then
    return nil
  end
  local found = {}
  for _, plugin in ipairs(wanted.plugins) do
    local path = (vim.env.HEPH_TEST_PLUGINS or '') .. '/' .. plugin
    if vim.fn.isdirectory(path) == 0 then
      return nil
    end
    table.insert(found, path)
  end
  return found
end

return M
