--- The language server, as Neovim's client sees a server: requests come in as calls, replies go out as callbacks.
---
--- It runs inside the editor and only passes on what the daemon says. Each request is answered once and never by an
--- error of Lua; a cancelled one is not answered at all, as |vim.lsp.rpc| does it for servers outside.
local M = {}

local METHOD_NOT_FOUND = -32601
local INTERNAL_ERROR = -32603

---@class heph.lsp.Context
---@field encoding heph.lsp.Encoding What places are counted in.
---@field snippets boolean Whether the client expands snippets.
---@field dispatchers vim.lsp.rpc.Dispatchers How the server speaks without being asked.
---@field is_stale fun(): boolean Whether nobody waits for the answer any more.

---@alias heph.lsp.Reply fun(err?: lsp.ResponseError, result?: any)
---@alias heph.lsp.Handler fun(params: table, reply: heph.lsp.Reply, context: heph.lsp.Context)

---Which module answers which request.
local handlers = {
  ['textDocument/completion'] = 'completion',
  ['completionItem/resolve'] = 'completion',
  ['textDocument/definition'] = 'definition',
  ['textDocument/references'] = 'references',
  ['textDocument/prepareRename'] = 'rename',
  ['textDocument/rename'] = 'rename',
  ['textDocument/hover'] = 'hover',
  ['textDocument/documentSymbol'] = 'symbols',
  ['textDocument/foldingRange'] = 'symbols',
  ['textDocument/codeAction'] = 'actions',
  ['workspace/executeCommand'] = 'actions',
}

local function capabilities(encoding)
  return {
    positionEncoding = encoding,
    -- The server reads the buffer itself, so no text has to be sent.
    textDocumentSync = { openClose = true, change = 0 },
    completionProvider = { triggerCharacters = { '[', '#', '^', '/' }, resolveProvider = true },
    definitionProvider = true,
    referencesProvider = true,
    renameProvider = { prepareProvider = true },
    hoverProvider = true,
    documentSymbolProvider = true,
    foldingRangeProvider = true,
    codeActionProvider = { codeActionKinds = { 'quickfix', 'refactor.extract', 'refactor.rewrite' } },
    executeCommandProvider = { commands = require('heph.lsp.actions').commands() },
  }
end

---Answers `initialize`.
---@param params lsp.InitializeParams
---@param context heph.lsp.Context
local function initialize(params, context)
  local general = vim.tbl_get(params, 'capabilities', 'general', 'positionEncodings')
  local item = vim.tbl_get(params, 'capabilities', 'textDocument', 'completion', 'completionItem') or {}
  context.encoding = require('heph.lsp.position').negotiate(general)
  context.snippets = item.snippetSupport == true
  return { capabilities = capabilities(context.encoding), serverInfo = { name = 'heph' } }
end

---@param method string
---@return heph.lsp.Handler?
local function handler_of(method)
  local module = handlers[method]
  return module and require('heph.lsp.' .. module)[method]
end

---Makes the server; what `cmd` of |vim.lsp.start()| is to return.
---@param dispatchers vim.lsp.rpc.Dispatchers
---@return vim.lsp.rpc.PublicClient
function M.new(dispatchers)
  local closing = false
  local last_id = 0
  ---@type table<integer, fun()> What ends the wait for a request without an answer.
  local waiting = {}
  ---@type heph.lsp.Context
  local shared = {
    encoding = 'utf-16',
    snippets = false,
    dispatchers = dispatchers,
    is_stale = function()
      return false
    end,
  }

  local client = {}

  function client.request(method, params, callback, notify_reply)
    if closing then
      return false
    end
    last_id = last_id + 1
    local id = last_id
    local ended = false

    local function finish()
      ended = true
      waiting[id] = nil
      if notify_reply then
        notify_reply(id)
      end
    end
    waiting[id] = finish

    ---@param err? lsp.ResponseError
    ---@param result? any
    local function reply(err, result)
      -- Scheduled, so that no client meets an answer before it knows the request's id.
      vim.schedule(function()
        if not ended then
          finish()
          callback(err, result)
        end
      end)
    end

    if method == 'initialize' then
      reply(nil, initialize(params, shared))
      return true, id
    elseif method == 'shutdown' then
      reply(nil, nil)
      return true, id
    end

    local handler = handler_of(method)
    if not handler then
      reply({ code = METHOD_NOT_FOUND, message = 'heph does not answer ' .. method })
      return true, id
    end
    local context = setmetatable({
      is_stale = function()
        return ended
      end,
    }, { __index = shared })
    local ok, problem = pcall(handler, params, reply, context)
    if not ok then
      reply({ code = INTERNAL_ERROR, message = tostring(problem) })
    end
    return true, id
  end

  function client.notify(method, params)
    if closing then
      return false
    end
    if method == '$/cancelRequest' then
      local finish = waiting[params.id]
      if finish then
        finish()
      end
    elseif method == 'textDocument/didOpen' then
      require('heph.lsp.diagnostics').watch(vim.uri_to_bufnr(params.textDocument.uri), shared)
    elseif method == 'textDocument/didClose' then
      require('heph.lsp.diagnostics').close(params.textDocument.uri)
    elseif method == 'exit' then
      client.terminate()
    end
    return true
  end

  function client.is_closing()
    return closing
  end

  function client.terminate()
    if closing then
      return
    end
    closing = true
    require('heph.lsp.diagnostics').unwatch_all()
    for _, finish in pairs(waiting) do
      finish()
    end
    vim.schedule(function()
      dispatchers.on_exit(0, 0)
    end)
  end

  return client
end

return M
