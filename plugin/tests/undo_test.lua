--- Undo of what came into a page from outside, and what is news of a page that is being edited.
local ONE = 'one\ntwo\nthree\nfour\n'

return {
  {
    'u after a push is a change: :q asks, what comes next is merged, and :w writes it',
    function(t)
      local child, page = t:opened('A page', ONE)
      t:overwrite(page.id, 'one\nTWO\nthree\nfour\n')
      child:eventually_shows('TWO')
      t.equal(false, child:modified())
      child:type('u')
      child:eventually_shows('two')
      t.equal(true, child:modified())
      child:eventually_says('undid what came from elsewhere')
      child:type(':q<CR>')
      child:eventually_says('E37')
      -- What comes now does not overwrite it.
      t:overwrite(page.id, 'one\nTWO\nthree\nfour\nfive\n')
      child:eventually_says('changed elsewhere')
      t.equal({ 'one', 'two', 'three', 'four' }, child:lines())
      child:type(':w<CR>')
      child:eventually([[return not vim.bo.modified]])
      t.equal({ 'one', 'two', 'three', 'four', 'five' }, child:lines())
      t.equal('one\ntwo\nthree\nfour\nfive\n', t:text(page.id))
    end,
  },
  {
    'u and CTRL-R over two pushes: only what the page holds is unmodified',
    function(t)
      local child, page = t:opened('A page', ONE)
      child:type('Gofive<Esc>:w<CR>')
      child:eventually([[return not vim.bo.modified and vim.fn.line('$') == 5]])
      t:overwrite(page.id, 'ONE\ntwo\nthree\nfour\nfive\n')
      child:eventually_shows('ONE')
      t:overwrite(page.id, 'ONE\nTWO\nthree\nfour\nfive\n')
      child:eventually_shows('TWO')
      local seen = {}
      for _, key in ipairs({ 'u', 'u', 'u', '<C-r>', '<C-r>', '<C-r>' }) do
        child:type(key)
        table.insert(seen, child:lua([[return { vim.fn.getline(1), vim.fn.getline(2), vim.bo.modified }]]))
      end
      t.equal({
        { 'ONE', 'two', true },
        { 'one', 'two', true },
        { 'one', 'two', true },
        { 'one', 'two', true },
        { 'ONE', 'two', true },
        { 'ONE', 'TWO', false },
      }, seen)
      -- Over the branches of the tree as well.
      child:type('uGosix<Esc>u')
      child:eventually([[return vim.fn.line('$') == 5]])
      t.equal(true, child:modified())
      child:type('g-')
      child:type(':undo 0<CR>')
      child:eventually([[return vim.fn.line('$') == 4]])
      t.equal(true, child:modified())
    end,
  },
  {
    'u after promote is a change, and saving it says that the task lost its line',
    function(t)
      local child, page = t:opened('A page', '- [ ] one\ntext\n')
      child:type('gg:Heph promote<CR>')
      child:eventually([[return vim.fn.getline(1):match('%^t%-%w+$')]], 'an anchor')
      t.equal(false, child:modified())
      child:type('u')
      child:eventually([[return vim.fn.getline(1) == '- [ ] one']])
      t.equal(true, child:modified())
      child:type(':q<CR>')
      child:eventually_says('E37')
      child:type('Gomore<Esc>:w<CR>')
      child:eventually([[return not vim.bo.modified]])
      t.equal('- [ ] one\ntext\nmore\n', t:text(page.id))
      child:eventually_says('1 task has no line here any more')
      t.equal(1, #t:ask('task.list', {}).tasks)
    end,
  },
  {
    'a save whose reply was lost is no news, and what follows is saved over it',
    function(t)
      local page = t:page('A page', ONE)
      local child = t:child({ arguments = { '--cmd', 'lua vim.g.heph = { timeout = { write = 300 } }' } })
      child:lua([[require('heph.page').open(...)]], page.id)
      child:eventually_shows('one')
      t:daemon():freeze()
      child:type('Gofive<Esc>:w<CR>')
      child:eventually_says('is not known to be saved')
      child:type('Gosix<Esc>')
      child:eventually_shows('six')
      t:daemon():thaw()
      t.eventually(function()
        return t:text(page.id) == ONE .. 'five\n'
      end, 'the save to be made')
      child:eventually([[return require('heph.page.state').get(0).base:find('five', 1, true)]], 'the new base', 8000)
      t.equal(nil, child:messages():match('changed elsewhere'))
      child:type(':w<CR>')
      child:eventually([[return not vim.bo.modified and vim.b.heph_status == 'A page']])
      t.equal(ONE .. 'five\nsix\n', t:text(page.id))
    end,
  },
  {
    'done and capture are no news for a page that is being edited',
    function(t)
      local today = os.date('!%Y-%m-%d') --[[@as string]]
      t:ask('journal.capture', { line = 'first', date = today })
      local child = t:child({ arguments = { 'heph://today' } })
      child:eventually_shows('- first')
      child:type('Go- [ ] water<Esc>:Heph promote<CR>')
      child:eventually([[return vim.fn.getline('$'):match('water %^t%-%w+$')]], 'an anchor')
      child:type('ggOtyped<Esc>G:Heph done<CR>')
      child:eventually([[return vim.fn.getline('$'):match('^%- %[x%] water')]], 'the tick')
      t.eventually(function()
        return t:text(today):find('- [x] water', 1, true)
      end, 'the task to be done')
      child:type(':Heph capture second<CR>')
      child:eventually_says('added to ' .. today)
      child:eventually([[return vim.b.heph_status:find('changed elsewhere', 1, true)]], 'the status')
      t.equal(nil, child:messages():match('changed elsewhere'))
      child:type(':w<CR>')
      child:eventually([[return not vim.bo.modified]])
      child:eventually_shows('- second')
      t.truthy(t:text(today):find('^typed\n'), 'what was typed')
      -- What others do is news again.
      child:type('ggOmore<Esc>')
      vim.wait(600)
      t:ask('journal.capture', { line = 'third', date = today })
      child:eventually_says('changed elsewhere; `:w` merges both')
    end,
  },
}
