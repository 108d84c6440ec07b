--- Where links lead, what leads here, what a link shows, and what a rename does to them.
local ok, language = pcall(require, 'support.language')
if not ok then
  -- Neovim sources this where the repository's root is on 'runtimepath'.
  return {}
end

local GOALS = 'intro\n\n# Goals\n\nOne\n\n## Sub goals\n\nTwo\n\nA block ^ab12\n'

---@param t heph.test.Context
---@param text string
local function opened(t, text)
  local plan = t:page('Work/Plan', GOALS)
  local child, page = t:opened('Here', text)
  language.attached(child)
  return child, plan, page
end

---@param child heph.test.Child
local function at(child)
  return child:lua([[return { vim.b.heph_page and vim.b.heph_page.title, vim.api.nvim_win_get_cursor(0)[1] }]])
end

return {
  {
    'gd-like jumps: a page, a heading, an anchor, a Markdown link, behind an emoji',
    function(t)
      local child =
        opened(t, '🎉 日本 [[Plan]]\n[[Plan#Goals|x]]\n![[Work/Plan#^ab12]]\n[t](Work/Plan.md#Sub%20goals)\n')
      for row, line in ipairs({ 1, 3, 11, 7 }) do
        child:lua([[vim.cmd.buffer(vim.fn.bufnr('Here')) vim.api.nvim_win_set_cursor(0, ...)]], { row, 0 })
        child:type(row == 1 and '0f[l' or '0l')
        child:lua([[vim.lsp.buf.definition()]])
        child:eventually([[return vim.b.heph_page and vim.b.heph_page.title == 'Plan']], 'the jump of row ' .. row)
        t.equal({ 'Plan', line }, at(child), 'row ' .. row)
        child:type('<C-o>')
        child:eventually([[return vim.b.heph_page and vim.b.heph_page.title == 'Here']])
      end
    end,
  },
  {
    'a heading of this page, not saved yet',
    function(t)
      local child = opened(t, 'x\n')
      child:set_lines({ '[[#New one]]', '', '# New one' })
      child:type('gg0lll')
      child:lua([[vim.lsp.buf.definition()]])
      child:eventually([[return vim.api.nvim_win_get_cursor(0)[1] == 3]], 'the cursor on the heading')
      t.equal('Here', at(child)[1])
    end,
  },
  {
    'a task by its anchor and by a link',
    function(t)
      local page = t:page('Boxes', '- [ ] Call Bob\n')
      local promoted = t:ask('item.promote', {
        reference = page.id,
        base_rev = t:ask('page.open', { reference = page.id }).open.rev,
        line = 1,
        text = '- [ ] Call Bob',
      })
      local child = opened(t, ('%s\n[[t:%s]]\n'):format(promoted.line, promoted.task.short))
      language.put(child, 1, promoted.line:gsub('%^t', '^|t'))
      local to = language.ask(child, 'textDocument/definition').result
      t.contains(to.uri, promoted.task.id)
      language.put(child, 2, '[[t|:' .. promoted.task.short .. ']]')
      local hover = language.ask(child, 'textDocument/hover').result
      t.contains(hover.contents.value, 'Call Bob')
      t.contains(hover.contents.value, 'status: todo')
      t.contains(hover.contents.value, promoted.task.short)
    end,
  },
  {
    'an ambiguous link leads to all it may mean, an unresolved one to none',
    function(t)
      t:page('A/Twin', 'a\n')
      t:page('B/Twin', 'b\n')
      local child = opened(t, '[[Twin]] [[Nowhere]]\n')
      language.put(child, 1, '[[Tw|in]] [[Nowhere]]')
      t.equal(2, #language.ask(child, 'textDocument/definition').result)
      language.put(child, 1, '[[Twin]] [[No|where]]')
      t.equal(vim.NIL, language.ask(child, 'textDocument/definition').result or vim.NIL)
      child:eventually_says('no page "Nowhere" yet')
    end,
  },
  {
    'a date without a journal opens as one',
    function(t)
      local child = opened(t, '[[2026-11-30]]\n')
      child:type('gg0lll')
      child:lua([[vim.lsp.buf.definition()]])
      child:eventually([[return vim.b.heph_page and vim.b.heph_page.kind == 'journal']], 'the journal')
      t.equal('2026-11-30', at(child)[1])
    end,
  },
  {
    'references of a page, of a heading, of what a link names, with their places',
    function(t)
      local child = opened(t, 'none\n')
      t:page('One', '🎉 see [[Plan]]\n')
      t:page('Two', '[[Plan#Goals]]\n')
      language.put(child, 1, '[[Pl|an]]')
      local found = language.ask(child, 'textDocument/references').result
      t.equal(2, #found)
      t.contains(found[1].uri, '/One')
      t.equal({ start = { line = 0, character = 9 }, ['end'] = { line = 0, character = 17 } }, found[1].range)
      child:cmd('edit!')
      child:lua([[require('heph.page').open('Work/Plan')]])
      child:eventually([[return vim.b.heph_page and vim.b.heph_page.title == 'Plan']])
      language.attached(child)
      child:type('3G0')
      t.equal(1, #language.ask(child, 'textDocument/references').result)
      child:type('gg0')
      t.equal(2, #language.ask(child, 'textDocument/references').result)
      child:lua([[vim.lsp.buf.references()]])
      child:eventually([[return #vim.fn.getqflist() == 2]], 'the list of places')
    end,
  },
  {
    'many references come while keys are heard, and have their syntax when they are shown',
    function(t)
      local child = opened(t, '[[Plan]]\n')
      for number = 1, 60 do
        t:page('From ' .. number, 'see [[Plan]]\n')
      end
      child:type('gg0lll')
      child:lua([[
        _G.longest = 0
        local last = vim.uv.hrtime()
        vim.uv.new_timer():start(0, 1, vim.schedule_wrap(function()
          _G.longest, last = math.max(_G.longest, (vim.uv.hrtime() - last) / 1e6), vim.uv.hrtime()
        end))
        vim.lsp.buf.references()
      ]])
      child:eventually([[return #vim.fn.getqflist() == 61]], 'the list of places', 20000)
      t.truthy(child:lua([[return _G.longest]]) < 500, 'keys are heard meanwhile, which')
      child:type('<CR>')
      child:eventually([[return vim.b.heph_page and vim.b.heph_page.title:find('From') ~= nil]])
      t.equal({ 'markdown', 'markdown' }, child:lua([[return { vim.bo.syntax, vim.b.current_syntax }]]))
    end,
  },
  {
    'hover shows the section, the candidates, and that there is nothing',
    function(t)
      t:page('A/Twin', 'a\n')
      t:page('B/Twin', 'b\n')
      local child = opened(t, 'x\n')
      language.put(child, 1, '[[Plan#Su|b goals]]')
      local shown = language.ask(child, 'textDocument/hover').result.contents.value
      t.contains(shown, '**Work/Plan**')
      t.contains(shown, 'Two')
      t.truthy(not shown:find('One', 1, true), 'only the section is shown, which')
      language.put(child, 1, '[[Tw|in]]')
      t.contains(language.ask(child, 'textDocument/hover').result.contents.value, 'B/Twin')
      language.put(child, 1, '[[No|where]]')
      t.contains(language.ask(child, 'textDocument/hover').result.contents.value, 'no page')
      child:lua([[vim.lsp.buf.hover()]])
      child:eventually([[return #vim.api.nvim_list_wins() == 2]], 'the window')
    end,
  },
  {
    'rename of a link reaches three open pages, and a modified one keeps its edits',
    function(t)
      local child, plan = opened(t, 'see [[Plan]]\n')
      local second = t:page('Second', 'and [[Work/Plan|it]]\n')
      for _, id in ipairs({ plan.id, second.id }) do
        child:lua([[require('heph.page').open(...)]], id)
        child:eventually(([[return vim.b.heph_page and vim.b.heph_page.id == %q]]):format(id))
      end
      child:type('Gomine<Esc>')
      child:lua([[vim.cmd.buffer(vim.fn.bufnr('Here'))]])
      child:type('gg0fP')
      child:lua([[vim.lsp.buf.rename()]])
      child:eventually([[return vim.fn.mode() == 'c']], 'the prompt')
      child:type('<C-u>Great plan<CR>')
      child:eventually_shows('see [[Great plan]]')
      child:eventually_says('renamed; 2 links in 2 pages')
      t.equal({ 'and [[Work/Plan|it]]', 'mine' }, child:lua([[return vim.fn.getbufline('Second', 1, '$')]]))
      child:lua([[vim.cmd.buffer(vim.fn.bufnr('Second'))]])
      child:type(':w<CR>')
      t.eventually(function()
        return t:text(second.id) == 'and [[Work/Great plan|it]]\nmine\n'
      end, 'both edits to be saved')
    end,
  },
  {
    'rename away from a link is of this page; journals and tasks refuse',
    function(t)
      local child = opened(t, 'plain words\n[[2026-11-30]]\n')
      child:type('gg0')
      t.equal('Here', language.ask(child, 'textDocument/prepareRename').result.placeholder)
      language.put(child, 1, '[[Pl|an#Goals]]')
      local prepared = language.ask(child, 'textDocument/prepareRename').result
      t.equal('Plan', prepared.placeholder)
      t.equal({ 2, 12 }, { prepared.range.start.character, prepared.range['end'].character })
      language.put(child, 1, '[[Now|here]]')
      t.contains(language.ask(child, 'textDocument/prepareRename').err.message, 'no page')
      t:page('Taken', 'x\n')
      child:type('2G0')
      child:lua([[vim.api.nvim_buf_set_lines(0, 0, 1, false, { 'plain' }) vim.api.nvim_win_set_cursor(0, { 1, 0 })]])
      t.contains(language.ask(child, 'textDocument/rename', { newName = 'Taken' }).err.message, 'Taken')
    end,
  },
}
