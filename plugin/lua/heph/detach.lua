--- Lets go of a buffer that was given the name of a file: `:saveas file` and `:file name` make it one.
local M = {}

local SPACES = { 'heph-tasks', 'heph-list', 'heph_extract' }

---@param buf integer
local function take_keys(buf)
  for _, mode in ipairs({ 'n', 'x' }) do
    for _, map in ipairs(vim.api.nvim_buf_get_keymap(buf, mode)) do
      if (map.desc or ''):match('^heph') then
        vim.api.nvim_buf_del_keymap(buf, mode, map.lhs or '')
      end
    end
  end
end

---@param buf integer
function M.now(buf)
  for _, name in ipairs({ 'heph-page-', 'heph-undone-', 'heph-list-' }) do
    pcall(vim.api.nvim_del_augroup_by_name, name .. buf)
  end
  require('heph.page.state').forget(buf)
  require('heph.page.marks').forget(buf)
  require('heph.page.undone').forget(buf)
  require('heph.list').forget(buf)
  for _, client in ipairs(vim.lsp.get_clients({ bufnr = buf, name = 'heph' })) do
    vim.lsp.buf_detach_client(buf, client.id)
  end
  local spaces = vim.api.nvim_get_namespaces()
  for _, name in ipairs(SPACES) do
    if spaces[name] then
      vim.api.nvim_buf_clear_namespace(buf, spaces[name], 0, -1)
    end
  end
  take_keys(buf)
  for _, name in ipairs({ 'heph_page', 'heph_status', 'heph_list', 'editorconfig', 'EditorConfig_disable' }) do
    vim.b[buf][name] = nil
  end
  vim.bo[buf].buftype = ''
  vim.bo[buf].modifiable = true
  vim.bo[buf].readonly = false
  vim.bo[buf].swapfile = vim.go.swapfile
  vim.bo[buf].undolevels = vim.go.undolevels
end

--- A buffer of heph's has another name.
---@param event {buf: integer}
function M.renamed(event)
  local name = vim.api.nvim_buf_get_name(event.buf)
  if vim.api.nvim_buf_is_loaded(event.buf) and not name:match('^heph://') then
    M.now(event.buf)
  end
end

return M
