--- Completion of links and tags, as the language server answers it and as keys bring it about.
local ok, language = pcall(require, 'support.language')
if not ok then
  -- Neovim sources this where the repository's root is on 'runtimepath'.
  return {}
end

---@param t heph.test.Context
---@param text? string
local function opened(t, text)
  t:page('Work/Plan', '---\naliases: [Road map]\n---\n# Goals\n\n## Sub goals\n\nA block ^ab12\n')
  t:page('Daily notes', 'About #garden and #garden/roses\n')
  t:page('日本語 🎉', 'text\n')
  local child, page = t:opened('Here', text or '\n')
  language.attached(child)
  return child, page
end

---@param item table
local function edit(item)
  return { item.textEdit.range.start.character, item.textEdit.range['end'].character, item.textEdit.newText }
end

return {
  {
    'pages by any part of their title, and aliases',
    function(t)
      local child = opened(t)
      language.put(child, 1, 'see [[pla|')
      local items, result = language.complete(child)
      t.equal(true, result.isIncomplete)
      t.equal('Plan', items[1].label)
      t.equal('Work', items[1].detail)
      t.equal({ 6, 9, 'Plan]]' }, edit(items[1]))
      language.put(child, 1, 'see [[road|')
      items = language.complete(child)
      t.equal('Road map', items[1].label)
      t.equal('Plan|Road map]]', items[1].textEdit.newText)
    end,
  },
  {
    'brackets that are there are not written again',
    function(t)
      local child = opened(t)
      language.put(child, 1, 'see [[pla|]] and more')
      t.equal({ 6, 9, 'Plan' }, edit(language.complete(child)[1]))
      language.put(child, 1, 'see [[pla| and [[Daily notes]]')
      t.equal('Plan]]', language.complete(child)[1].textEdit.newText)
      language.put(child, 1, 'see [[road||the map]]')
      t.equal('Plan', language.complete(child)[1].textEdit.newText)
    end,
  },
  {
    'a bar in a table is escaped',
    function(t)
      local child = opened(t)
      child:set_lines({ '| a | [[road' })
      child:lua([[vim.o.virtualedit = 'onemore' vim.api.nvim_win_set_cursor(0, { 1, 12 })]])
      t.equal('Plan\\|Road map]]', language.complete(child)[1].data.text)
    end,
  },
  {
    'headings and anchors of another page, and of this one unsaved',
    function(t)
      local child = opened(t)
      language.put(child, 1, '[[Plan#|')
      t.equal({ 'Goals', 'Sub goals' }, vim.list_slice(language.labels((language.complete(child))), 1, 2))
      language.put(child, 1, '[[Plan#sub|')
      t.equal('Plan#Sub goals]]', language.complete(child)[1].textEdit.newText)
      language.put(child, 1, '[[Plan#^|')
      t.equal('Plan#^ab12]]', language.complete(child)[1].textEdit.newText)
      child:set_lines({ 'see [[#', '', '# Never saved' })
      language.put(child, 1, 'see [[#ne|')
      t.equal('#Never saved]]', language.complete(child)[1].textEdit.newText)
    end,
  },
  {
    'tags, with the levels below them',
    function(t)
      local child = opened(t)
      language.put(child, 1, 'x #gar|')
      local items = language.complete(child)
      t.equal({ 'garden', 'garden/roses' }, language.labels(items))
      t.equal({ 3, 6, 'garden' }, edit(items[1]))
      language.put(child, 1, '#garden/r|')
      t.equal({ 1, 9, 'garden/roses' }, edit(language.complete(child)[1]))
    end,
  },
  {
    'nothing in prose, behind a bar, in a word, in a block of code',
    function(t)
      local child = opened(t)
      for _, line in ipairs({ 'prose |', 'x#gar|', '[[Plan]] |', 'a [b|', '# |' }) do
        language.put(child, 1, line)
        t.equal({}, (language.complete(child)), line)
      end
      child:set_lines({ '[[Plan|pl' })
      child:lua([[vim.api.nvim_win_set_cursor(0, { 1, 9 })]])
      t.equal({}, (language.complete(child)))
      child:set_lines({ '```c', '#', '```', '#gar' })
      language.put(child, 2, '#gar|')
      t.equal({}, (language.complete(child)))
      language.put(child, 4, '#gar|')
      t.equal(2, #language.complete(child))
    end,
  },
  {
    'places behind emoji and wide characters',
    function(t)
      local child = opened(t)
      language.put(child, 1, '👩‍👩‍👧 日本 [[日|')
      local items = language.complete(child)
      local before = #'👩‍👩‍👧 日本 [['
      t.equal('日本語 🎉', items[1].label)
      t.equal({ before, before + 3 }, { edit(items[1])[1], edit(items[1])[2] })
    end,
  },
  {
    'places in UTF-16 for a client that knows no other',
    function(t)
      local child = opened(t)
      child:lua([[
        vim.lsp.stop_client(vim.lsp.get_clients({ name = 'heph' }))
        local capabilities = vim.lsp.protocol.make_client_capabilities()
        capabilities.general.positionEncodings = { 'utf-16' }
        vim.lsp.start({
          name = 'heph',
          capabilities = capabilities,
          cmd = function(dispatchers) return require('heph.lsp.server').new(dispatchers) end,
        }, { reuse_client = function() return false end })
      ]])
      child:eventually([[
        local client = vim.lsp.get_clients({ bufnr = 0, name = 'heph' })[1]
        return client and client.offset_encoding == 'utf-16'
      ]])
      language.put(child, 1, '🎉 日本 [[日|')
      -- Two units for the emoji, one each for the others.
      t.equal({ 8, 9 }, vim.list_slice(edit(language.complete(child)[1]), 1, 2))
      language.put(child, 1, '🎉 [[nowh|ere]]')
      local range = language.ask(child, 'textDocument/hover').result.range
      t.equal({ 3, 14 }, { range.start.character, range['end'].character })
      child:set_lines({ '🎉 [[nowhere]]' })
      local found = language.diagnostics(child, 1)[1]
      -- Neovim has them as bytes again.
      t.equal({ 'unresolved-link', 0, 5, 16 }, vim.list_slice(found, 1, 4))
    end,
  },
  {
    'the built-in completion inserts a title with blanks whole',
    function(t)
      local child = opened(t)
      child:lua([[vim.o.completeopt = 'menuone,noinsert']])
      child:type('ggSsee [[dail<C-x><C-o>')
      child:eventually([[return vim.fn.pumvisible() == 1]], 'the menu')
      child:type('<C-y>')
      child:eventually_shows('see [[Daily notes]]')
      child:type(' then')
      child:eventually_shows('see [[Daily notes]] then')
      child:type('<Esc>Ssee [[road<C-x><C-o>')
      child:eventually([[return vim.fn.pumvisible() == 1]], 'the menu')
      child:type('<C-y>,')
      child:eventually_shows('see [[Plan|Road map]],')
    end,
  },
  {
    'the built-in completion pops up by itself while a link is typed',
    function(t)
      local child = opened(t)
      child:lua([[
        vim.o.completeopt = 'menuone,noselect'
        vim.lsp.completion.enable(true, vim.lsp.get_clients({ name = 'heph' })[1].id, 0, { autotrigger = true })
      ]])
      child:type('ggS🎉 [[')
      child:eventually([[return vim.fn.pumvisible() == 1]], 'the menu')
      child:type('no')
      child:eventually(
        [[
          local items = vim.fn.complete_info({ 'items' }).items
          return #items > 0 and items[1].abbr == 'Daily notes'
        ]],
        'the menu to follow'
      )
      child:type('<C-n><C-y>')
      child:eventually_shows('🎉 [[Daily notes]]')
    end,
  },
  {
    'an item shows the beginning of its page',
    function(t)
      local child = opened(t)
      language.put(child, 1, '[[daily|')
      local item = language.complete(child)[1]
      local resolved = language.ask(child, 'completionItem/resolve', item).result
      t.contains(resolved.documentation.value, 'About #garden')
    end,
  },
}
