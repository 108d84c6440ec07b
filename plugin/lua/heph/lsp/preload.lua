--- Opens the pages of many places, a few at a time.
---
--- Neovim shows the line of each place it lists, so it opens the buffer of each, all at once, and most of what that
--- takes is their syntax. Here nobody waits: keys are heard between two pages, and syntax comes when a page is shown.
local M = {}

--- So long pages are opened before keys are heard again.
local SLICE_MS = 15

--- A page that took so long is the last: the daemon is in trouble.
local TROUBLE_MS = 1000

---@param buf integer
local function open(buf)
  local ignored = vim.o.eventignore
  vim.opt.eventignore:append('Syntax')
  local ok = pcall(vim.fn.bufload, buf)
  vim.o.eventignore = ignored
  if ok and #vim.fn.win_findbuf(buf) == 0 then
    vim.api.nvim_create_autocmd('BufWinEnter', {
      buffer = buf,
      once = true,
      callback = function()
        -- Setting it is what brings the syntax about.
        vim.bo[buf].syntax = vim.bo[buf].syntax
      end,
    })
  end
end

---@param buf integer
---@return boolean
local function is_open(buf)
  return vim.api.nvim_buf_is_loaded(buf) and require('heph.page').base_rev(buf) ~= nil
end

---Opens the pages of these places; `callback` gets the places whose pages are open then.
---@param locations lsp.Location[]
---@param is_stale fun(): boolean
---@param callback fun(locations: lsp.Location[])
function M.pages(locations, is_stale, callback)
  local index = 1
  local opened = {}

  local function slice()
    local began = vim.uv.now()
    local in_trouble = is_stale()
    while index <= #locations and not in_trouble and vim.uv.now() - began < SLICE_MS do
      local location = locations[index]
      local buf = vim.uri_to_bufnr(location.uri)
      if not is_open(buf) then
        local start = vim.uv.now()
        open(buf)
        vim.uv.update_time()
        local is_connected = require('heph.rpc').status().state == 'connected'
        in_trouble = not is_connected or vim.uv.now() - start > TROUBLE_MS
      end
      if is_open(buf) then
        table.insert(opened, location)
      end
      index = index + 1
      vim.uv.update_time()
    end
    if index > #locations or in_trouble then
      callback(opened)
    else
      vim.defer_fn(slice, 1)
    end
  end

  slice()
end

return M
