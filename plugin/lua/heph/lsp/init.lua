--- Language features in pages, through one language server that runs inside the editor.
---
--- Whatever shows completions or jumps to definitions asks it as it asks any other server. It starts with the first
--- page that is opened, and a page's buffer is attached by |BufReadPost|.
local M = {}

M.NAME = 'heph'

---Starts the server, if need be, and attaches a page's buffer to it.
---@param buf integer
---@return integer? client_id
function M.start(buf)
  if not require('heph.config').get().lsp or not require('heph.page').node_id(buf) then
    return nil
  end
  return vim.lsp.start({
    name = M.NAME,
    cmd = function(dispatchers)
      return require('heph.lsp.server').new(dispatchers)
    end,
    on_attach = function(client, attached)
      -- The buffer may have become a file meanwhile; it is let go of when it is attached whole.
      vim.schedule(function()
        if vim.api.nvim_buf_is_valid(attached) and not require('heph.page').node_id(attached) then
          vim.lsp.buf_detach_client(attached, client.id)
        end
      end)
      require('heph.lsp.accept').watch(attached, client)
    end,
    -- There is one store, so there is one server, whatever folder one is in.
    root_dir = nil,
  }, {
    bufnr = buf,
    silent = true,
    reuse_client = function(client)
      return client.name == M.NAME and not client:is_stopped()
    end,
  })
end

---The server's client, where it runs.
---@return vim.lsp.Client?
function M.client()
  return vim.lsp.get_clients({ name = M.NAME })[1]
end

return M
