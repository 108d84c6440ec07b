--- The `User Heph…` events others may listen to.
local M = {}

--- Fires an event, on the main loop.
---@param name string
---@param data table
function M.fire(name, data)
  vim.schedule(function()
    vim.api.nvim_exec_autocmds('User', { pattern = name, data = data, modeline = false })
  end)
end

return M
