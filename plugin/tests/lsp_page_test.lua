--- Symbols, folds, diagnostics and code actions of a page.
local ok, language = pcall(require, 'support.language')
if not ok then
  -- Neovim sources this where the repository's root is on 'runtimepath'.
  return {}
end

---@param t heph.test.Context
---@param text string
local function opened(t, text)
  local child, page = t:opened('Here', text)
  language.attached(child)
  return child, page
end

---Runs the code action with this title.
---@param child heph.test.Child
---@param title string
local function act(child, title)
  child:lua(
    [[
      local title = ...
      vim.lsp.buf.code_action({ apply = true, filter = function(action) return action.title == title end })
    ]],
    title
  )
end

---@param child heph.test.Child
---@param more? table
local function titles(child, more)
  return vim.tbl_map(function(action)
    return action.title
  end, language.ask(child, 'textDocument/codeAction', more).result)
end

return {
  {
    'headings are nested, headings in code are none',
    function(t)
      local child = opened(t, '# One\n\n## Inner\n\ntext\n\n```\n# code\n```\n\n# Two\n')
      local symbols = language.ask(child, 'textDocument/documentSymbol').result
      t.equal({ 'One', 'Two' }, { symbols[1].name, symbols[2].name })
      t.equal('Inner', symbols[1].children[1].name)
      t.equal({ 0, 10 }, { symbols[1].range.start.line, symbols[2].range.start.line })
      t.equal(2, #symbols)
    end,
  },
  {
    'sections fold',
    function(t)
      local child = opened(t, '# One\n\n## Inner\n\ntext\n\n# Two\n')
      local folds = language.ask(child, 'textDocument/foldingRange').result
      t.equal({ 0, 2 }, { folds[1].startLine, folds[2].startLine })
    end,
  },
  {
    'what is doubtful in the text as it stands, gone when it is mended',
    function(t)
      t:page('A/Twin', 'a\n')
      t:page('B/Twin', 'b\n')
      local child = opened(t, 'fine\n')
      child:set_lines({ '日本 [[Nowhere]]', '[[Twin]]', '`[[Code]]`', '[[Here#None]]' })
      local found = language.diagnostics(child, 3)
      t.equal({ 'unresolved-link', 0, 7, 18, 4 }, found[1])
      t.equal({ 'ambiguous-link', 1, 0, 8, 2 }, found[2])
      t.equal('missing-heading', found[3][1])
      local marks = child:lua([[
        local space = vim.api.nvim_get_namespaces().heph_lsp
        return vim.api.nvim_buf_get_extmarks(0, space, 0, -1, { details = true })
      ]])
      t.equal({ 1, 'HephLinkUnresolved', 18 }, { #marks, marks[1][4].hl_group, marks[1][4].end_col })
      -- Others make the page: nobody typed anything here.
      t:page('Nowhere', 'now\n')
      language.diagnostics(child, 2)
      child:type('ggVGcnothing<Esc>')
      language.diagnostics(child, 0)
    end,
  },
  {
    'the page of a link that leads nowhere is made',
    function(t)
      local child = opened(t, '[[Brand new]]\n')
      language.diagnostics(child, 1)
      child:type('gg0lll')
      act(child, 'Make the page Brand new')
      child:eventually_says('made the page Brand new')
      t.equal('Brand new', t:ask('page.open', { reference = 'Brand new' }).open.page.title)
      language.diagnostics(child, 0)
    end,
  },
  {
    'one of several is chosen, with heading and text kept',
    function(t)
      t:page('A/Twin', '# Sub\n')
      t:page('B/Twin', '# Sub\n')
      local child = opened(t, '日 [[Twin#Sub|x]] end\n')
      child:type('gg0fT')
      act(child, 'Link to B/Twin')
      child:eventually_shows('日 [[B/Twin#Sub|x]] end')
    end,
  },
  {
    'a line becomes a task, once',
    function(t)
      local child, page = opened(t, 'intro\n- [ ] Call Bob\n')
      -- Not saved: it is written before the line is named.
      child:type('ggcwfirst<Esc>2G0')
      act(child, 'Make a task of this line')
      child:eventually([[return vim.fn.getline(2):find('^%- %[ %] Call Bob %^t%-%w+$')]], 'the anchor in the line')
      t.contains(t:text(page.id), 'first\n- [ ] Call Bob ^t-')
      t.truthy(not vim.tbl_contains(titles(child), 'Make a task of this line'), 'it is offered once, which')
    end,
  },
  {
    'a heading, a row of a table and code become no tasks',
    function(t)
      local child = opened(t, '# Head\n\n| a | b |\n\n```\ncode\n```\n\ntext\n')
      for row, offered in pairs({ [1] = false, [2] = false, [3] = false, [6] = false, [9] = true }) do
        child:lua([[vim.api.nvim_win_set_cursor(0, { ..., 0 })]], row)
        t.equal(offered, vim.tbl_contains(titles(child), 'Make a task of this line'), 'row ' .. row)
      end
    end,
  },
  {
    'a selection becomes a page, and a link stands in its place',
    function(t)
      local child, page = opened(t, 'before\n# Idea 🎉\nall of it\nafter\n')
      child:type('2GVj')
      act(child, 'Move the selection to a new page')
      child:eventually([[return vim.fn.mode() == 'c']], 'the prompt')
      t.equal('Idea 🎉', child:lua([[return vim.fn.getcmdline()]]))
      child:type('<CR>')
      child:eventually_shows('[[Idea 🎉]]')
      t.equal({ 'before', '[[Idea 🎉]]', 'after' }, child:lines())
      t.equal('# Idea 🎉\nall of it\n', t:text('Idea 🎉'))
      t.truthy(page, 'the page')
    end,
  },
  {
    'only kinds that were asked for',
    function(t)
      local child = opened(t, '[[Nowhere]]\n')
      local only = { context = { diagnostics = {}, only = { 'quickfix' } } }
      t.equal({ 'Make the page Nowhere' }, titles(child, only))
    end,
  },
}
