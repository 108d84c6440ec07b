--- Finishes what Neovim's own completion leaves half done.
---
--- |i_CTRL-X_CTRL-O| inserts a word of an item but makes no edit, so a link would lack its brackets and its folder; and
--- where Neovim makes the edit it gives up when somebody types on at once. Completion plugins do their own, and what
--- they inserted is not touched.
local M = {}

---@param buf integer
---@param client vim.lsp.Client
local function finish(buf, client)
  local done = vim.v.completed_item
  local own = vim.tbl_get(done, 'user_data', 'nvim', 'lsp') or {}
  local item = own.completion_item
  local text = item and type(item.data) == 'table' and item.data.text
  local reason = vim.v.event.reason
  if own.client_id ~= client.id or not text or (reason and reason ~= 'accept') then
    return
  end
  local position = require('heph.lsp.position')
  local cursor = vim.api.nvim_win_get_cursor(0)
  local row, column = cursor[1], cursor[2]
  local line = position.line(buf, row - 1)
  local from =
    position.byte(line, item.textEdit.range.start.character, client.offset_encoding --[[@as heph.lsp.Encoding]])
  -- Something else may have finished it.
  if item.textEdit.range.start.line ~= row - 1 or line:sub(from + 1, column) ~= done.word then
    return
  end
  vim.api.nvim_buf_set_text(buf, row - 1, from, row - 1, column, { text })
  vim.api.nvim_win_set_cursor(0, { row, from + #text })
end

---@param buf integer
---@param client vim.lsp.Client
function M.watch(buf, client)
  vim.api.nvim_create_autocmd('CompleteDone', {
    group = vim.api.nvim_create_augroup('heph_lsp_accept_' .. buf, { clear = true }),
    buffer = buf,
    callback = function()
      finish(buf, client)
    end,
  })
end

return M
