--- heph.nvim: pages, journals and tasks of heph in Neovim. `setup()` is not needed.
local M = {}

--- Keeps options; the same as `vim.g.heph`, over which they win.
---@param options? heph.Config
function M.setup(options)
  require('heph.config').setup(options)
end

local WORDS = { idle = '', connecting = 'connecting', connected = '', away = 'away' }

--- A few words for a statusline: the page's state in a page, and whether the daemon is away. Asks nothing.
---@return string
function M.status()
  local rpc = package.loaded['heph.rpc']
  local word = rpc and WORDS[rpc.status().state] or ''
  local page = vim.b.heph_status or ''
  if word == '' then
    return page
  end
  return page == '' and ('heph: ' .. word) or ('%s (heph: %s)'):format(page, word)
end

return M
