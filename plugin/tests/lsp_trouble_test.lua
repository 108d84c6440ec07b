--- A daemon that is away, hung or slow, and requests nobody waits for any more.
local ok, language = pcall(require, 'support.language')
if not ok then
  -- Neovim sources this where the repository's root is on 'runtimepath'.
  return {}
end

---@param t heph.test.Context
local function opened(t)
  t:page('Plan', 'x\n')
  local child, page = t:opened('Here', '[[Plan]]\n')
  language.attached(child)
  return child, page
end

return {
  {
    'a daemon that hangs: no key waits, and completion comes back',
    function(t)
      local child = opened(t)
      child:lua([[vim.lsp.completion.enable(true, vim.lsp.get_clients()[1].id, 0, { autotrigger = true })]])
      t:daemon():freeze()
      local began = vim.uv.hrtime()
      child:type('Go[[pl')
      for _ = 1, 30 do
        child:type('a')
        child:lua([[return vim.fn.mode()]])
      end
      t.truthy((vim.uv.hrtime() - began) / 1e6 < 1000, 'typing is quick, which')
      child:eventually([[return vim.fn.getline('.') == '[[pl' .. ('a'):rep(30)]], 'all that was typed')
      child:type('<Esc>')
      t.equal({}, (language.complete(child)))
      t.equal(vim.NIL, language.ask(child, 'textDocument/hover').result or vim.NIL)
      t:daemon():thaw()
      language.put(child, 2, '[[pla|')
      t.eventually(function()
        return #language.complete(child) == 1
      end, 'completion to come back', 12000)
    end,
  },
  {
    'a daemon that is gone: empty answers at once, and again when it is back',
    function(t)
      local child = opened(t)
      t:daemon():kill()
      child:eventually([[return require('heph.rpc').status().state ~= 'connected']])
      language.put(child, 1, '[[pla|')
      local began = vim.uv.hrtime()
      t.equal({}, (language.complete(child)))
      for _, method in ipairs({ 'definition', 'hover' }) do
        t.equal(vim.NIL, language.ask(child, 'textDocument/' .. method).result or vim.NIL, method)
      end
      for _, method in ipairs({ 'references', 'documentSymbol', 'foldingRange' }) do
        t.equal({}, language.ask(child, 'textDocument/' .. method).result, method)
      end
      t.truthy((vim.uv.hrtime() - began) / 1e6 < 3000, 'all of it is quick, which')
      t:daemon():start()
      t.eventually(function()
        return #language.complete(child) == 1
      end, 'completion to come back', 12000)
      t.equal('', child:lua([[return vim.v.errmsg]]))
    end,
  },
  {
    'of many questions only the last is answered with items, and a cancelled one not at all',
    function(t)
      local child = opened(t)
      t:page('Plum', 'x\n')
      language.put(child, 1, '[[pl|')
      child:lua([[
        _G.answers, _G.cancelled = {}, false
        local client = vim.lsp.get_clients({ name = 'heph' })[1]
        local params = {
          textDocument = { uri = vim.uri_from_bufnr(0) },
          position = { line = 0, character = 4 },
        }
        for number = 1, 5 do
          local _, id = client.request('textDocument/completion', params, function(_, result)
            if number == 2 then _G.cancelled = true end
            _G.answers[number] = #result.items
          end, 0)
          if number == 2 then client.cancel_request(id) end
        end
      ]])
      child:eventually([[return _G.answers[5] == 2]], 'the last answer')
      -- The first was on its way; those between were overtaken.
      t.equal({ 2, 0, 0, false }, child:lua([[return { _G.answers[1], _G.answers[3], _G.answers[4], _G.cancelled }]]))
      t.equal(0, child:lua([[return vim.tbl_count(vim.lsp.get_clients({ name = 'heph' })[1].requests)]]))
    end,
  },
  {
    'diagnostics of a text that was edited meanwhile are not shown at the wrong place',
    function(t)
      local child = opened(t)
      child:set_lines({ '[[Nowhere]]' })
      language.diagnostics(child, 1)
      t:daemon():freeze()
      child:set_lines({ '[[Nowhere]]', '[[Nothing]]' })
      child:type('ggO<Esc>')
      t:daemon():thaw()
      local found = language.diagnostics(child, 2)
      t.equal({ 1, 2 }, { found[1][2], found[2][2] })
    end,
  },
  {
    'without the option there is no server',
    function(t)
      local page = t:page('Here', 'x\n')
      local child = t:child()
      child:lua([[vim.g.heph = { lsp = false } require('heph.page').open(...)]], page.id)
      child:eventually([[return vim.b.heph_page ~= nil]])
      t.equal(0, child:lua([[return #vim.lsp.get_clients()]]))
    end,
  },
  {
    'the page is let go when its buffer goes, and looked at again when it is opened again',
    function(t)
      local child, page = opened(t)
      child:set_lines({ '[[Nowhere]]' })
      language.diagnostics(child, 1)
      child:cmd('write')
      child:cmd('bwipeout')
      child:lua([[require('heph.page').open(...)]], page.id)
      child:eventually([[return vim.b.heph_page ~= nil]])
      language.attached(child)
      language.diagnostics(child, 1)
      child:cmd('edit')
      language.attached(child)
      language.diagnostics(child, 1)
    end,
  },
}
