--- Pages as buffers: read, written, and changed by others.
local ONE = 'one\ntwo\nthree\nfour\n'

return {
  {
    'opens with its text, saved by :w',
    function(t)
      local child, page = t:opened('A page', ONE)
      t.equal({ 'one', 'two', 'three', 'four' }, child:lines())
      t.equal('heph://page/' .. page.id .. '/A-page', child:name())
      t.equal(
        { 'acwrite', 'markdown', false },
        child:lua([[return { vim.bo.buftype, vim.bo.filetype, vim.bo.modified }]])
      )
      child:type('ggcwuno<Esc>:w<CR>')
      child:eventually([[return not vim.bo.modified and vim.fn.getline(1) == 'uno']])
      t.eventually(function()
        return t:text('A page') == 'uno\ntwo\nthree\nfour\n'
      end, 'the text to be saved')
    end,
  },
  {
    'u right after opening changes nothing',
    function(t)
      local child = t:opened('A page', ONE)
      child:type('u')
      t.equal({ 'one', 'two', 'three', 'four' }, child:lines())
      t.equal(false, child:modified())
    end,
  },
  {
    ':wq, :x, ZZ and :wqa save and quit',
    function(t)
      for number, keys in ipairs({ ':wq<CR>', ':x<CR>', 'ZZ', ':wqa<CR>', ':w|q<CR>' }) do
        local child, page = t:opened('Quit ' .. number, ONE)
        child:type('Gonew line<Esc>' .. keys)
        t.equal(0, child:ended(), keys)
        t.equal(ONE .. 'new line\n', t:text(page.id), keys)
      end
    end,
  },
  {
    ':wqa saves several pages',
    function(t)
      local child, first = t:opened('First', ONE)
      local second = t:page('Second', ONE)
      child:type('ggOa<Esc>')
      child:lua([[require('heph.page').open(...)]], second.id)
      child:eventually(([[return vim.b.heph_page.id == %q]]):format(second.id))
      child:type('ggOb<Esc>:wqa<CR>')
      t.equal(0, child:ended())
      t.equal('a\n' .. ONE, t:text(first.id))
      t.equal('b\n' .. ONE, t:text(second.id))
    end,
  },
  {
    'a push keeps cursor, marks and extmarks, and is one undo step',
    function(t)
      local child, page = t:opened('A page', ONE)
      child:type('3Gma4Gl')
      child:lua([[
        vim.g.space = vim.api.nvim_create_namespace('test')
        vim.g.mark = vim.api.nvim_buf_set_extmark(0, vim.g.space, 2, 1, {})
      ]])
      t:overwrite(page.id, 'zero\none\nTWO\nthree\nfour\nfive\n')
      child:eventually_shows('five')
      t.equal({ 'zero', 'one', 'TWO', 'three', 'four', 'five' }, child:lines())
      t.equal(false, child:modified())
      t.equal({ 5, 1 }, child:lua([[return vim.api.nvim_win_get_cursor(0)]]))
      t.equal(4, child:lua([[return vim.fn.line("'a")]]))
      t.equal({ 3, 1 }, child:lua([[return vim.api.nvim_buf_get_extmark_by_id(0, vim.g.space, vim.g.mark, {})]]))
      child:type('u')
      child:eventually_shows('two')
      t.equal({ 'one', 'two', 'three', 'four' }, child:lines())
      child:type('<C-r>')
      child:eventually_shows('TWO')
      t.equal({ 'zero', 'one', 'TWO', 'three', 'four', 'five' }, child:lines())
    end,
  },
  {
    'a push is a step apart from what was typed before',
    function(t)
      local child, page = t:opened('A page', ONE)
      child:type('Gofive<Esc>:w<CR>')
      child:eventually([[return not vim.bo.modified and vim.fn.line('$') == 5]])
      t:overwrite(page.id, 'ONE\ntwo\nthree\nfour\nfive\n')
      child:eventually_shows('ONE')
      child:type('u')
      child:eventually_shows('one')
      t.equal({ 'one', 'two', 'three', 'four', 'five' }, child:lines())
    end,
  },
  {
    'a modified buffer is left alone, and merged when it is saved',
    function(t)
      local child, page = t:opened('A page', ONE)
      child:type('Gofive<Esc>')
      child:eventually([[return vim.bo.modified]])
      t:overwrite(page.id, 'ONE\ntwo\nthree\nfour\n')
      child:eventually_says('changed elsewhere')
      t.equal({ 'one', 'two', 'three', 'four', 'five' }, child:lines())
      t.contains(child:lua([[return vim.b.heph_status]]), 'changed elsewhere')
      child:type(':w<CR>')
      child:eventually([[return not vim.bo.modified]])
      t.equal({ 'ONE', 'two', 'three', 'four', 'five' }, child:lines())
      t.equal('ONE\ntwo\nthree\nfour\nfive\n', t:text(page.id))
      t.equal('A page', child:lua([[return vim.b.heph_status]]))
    end,
  },
  {
    'a page that is deleted elsewhere is said, and its text is kept',
    function(t)
      local child, page = t:opened('A page', ONE)
      t:ask('node.delete', { references = { page.id } })
      child:eventually_says('was deleted elsewhere')
      t.equal({ 'one', 'two', 'three', 'four' }, child:lines())
      t:ask('node.restore', { references = { page.id } })
      child:eventually([[return vim.b.heph_status == 'A page']])
      t:ask('node.delete', { references = { page.id } })
      child:eventually([[return vim.b.heph_status == 'A page [deleted]']])
      child:type('Gofive<Esc>:w<CR>')
      child:eventually([[return not vim.bo.modified and vim.b.heph_status == 'A page']])
      t.equal(ONE .. 'five\n', t:text(page.id))
    end,
  },
  {
    'a base the page never had is refused, and written over with a bang',
    function(t)
      local child, page = t:opened('A page', ONE)
      child:lua([[require('heph.page.state').get(0).rev = '77-abcdabcd']])
      child:type('ggOx<Esc>:w<CR>')
      child:eventually_says('`:w!` writes yours over')
      t.equal(true, child:modified())
      child:type(':w!<CR>')
      child:eventually([[return not vim.bo.modified]])
      t.equal('x\n' .. ONE, t:text(page.id))
    end,
  },
  {
    'a push reaches pages that are hidden, and those in two windows',
    function(t)
      local child, page = t:opened('A page', ONE)
      child:type('4G:split<CR>gg:enew<CR>')
      t:overwrite(page.id, 'zero\n' .. ONE)
      child:type('<C-w>j')
      child:eventually_shows('zero')
      t.equal(5, child:lua([[return vim.fn.line('.')]]))
      child:type(':enew<CR>')
      t:overwrite(page.id, 'minus\nzero\n' .. ONE)
      child:eventually([[return vim.fn.getbufline(vim.fn.bufnr('A-page'), 1)[1] == 'minus']])
      child:type(':buffer A-page<CR>')
      t.equal(false, child:modified())
    end,
  },
  {
    'a part of a page is not written',
    function(t)
      local child, page = t:opened('A page', ONE)
      child:type(':2,3w!<CR>')
      child:eventually_says('only whole pages are written')
      t.equal(ONE, t:text(page.id))
    end,
  },
  {
    ':w to a file writes the file, and the page stays as it is',
    function(t)
      local child = t:opened('A page', ONE)
      child:type('ggOmore<Esc>:w ' .. t.folder .. '/copy.md<CR>')
      t.eventually(function()
        return vim.fn.filereadable(t.folder .. '/copy.md') == 1
      end, 'the file')
      t.equal({ 'more', 'one', 'two', 'three', 'four' }, vim.fn.readfile(t.folder .. '/copy.md'))
      t.equal(ONE, t:text('A page'))
      t.equal(true, child:modified())
    end,
  },
  {
    ':saveas and :file make a buffer a file, and the page is left alone',
    function(t)
      local child, page = t:opened('A page', 'one\n')
      child:type(':saveas ' .. t.folder .. '/copy.md<CR>')
      child:eventually([[return vim.bo.buftype == '' and not vim.bo.modified]], 'a file')
      t.equal({ 'one' }, vim.fn.readfile(t.folder .. '/copy.md'))
      child:type('Gotwo<Esc>:w<CR>')
      t.eventually(function()
        return #vim.fn.readfile(t.folder .. '/copy.md') == 2
      end, 'the file to be written')
      t.equal('one\n', t:text(page.id))
      t.equal(
        { false, vim.NIL, '' },
        child:lua([[return {
          require('heph.page.state').get(0) ~= nil, vim.b.heph_page or vim.NIL, vim.fn.maparg('<CR>', 'n'),
        }]])
      )
      child:eventually([[return #vim.lsp.get_clients({ bufnr = 0 }) == 0]], 'the server to let go')
      -- What happens to the page is nothing to the file any more.
      t:overwrite(page.id, 'other\n')
      child:lua([[require('heph.page').open(...)]], page.id)
      child:eventually_shows('other')
      child:type(':file ' .. t.folder .. '/second.md<CR>:w<CR>')
      t.eventually(function()
        return vim.fn.filereadable(t.folder .. '/second.md') == 1
      end, 'the second file')
      child:type(':Heph next<CR>')
      child:eventually([[return vim.b.heph_list == 'next' and vim.fn.getline(1):match('^Next')]])
      child:type(':saveas ' .. t.folder .. '/list.txt<CR>')
      child:eventually([[return vim.bo.buftype == '' and vim.bo.modifiable and not vim.b.heph_list]], 'a file')
      t.equal(1, vim.fn.filereadable(t.folder .. '/list.txt'))
    end,
  },
  {
    ':w heph://page/… writes another page, over a text only with a bang',
    function(t)
      local other = t:page('Other', 'there already\n')
      local child = t:child()
      child:set_lines({ 'from a buffer without a name' })
      child:type(':w heph://page/' .. other.id .. '/Other<CR>')
      child:eventually_says('has a text already')
      t.equal('there already\n', t:text('Other'))
      child:type(':w! heph://page/' .. other.id .. '/Other<CR>')
      t.eventually(function()
        return t:text('Other') == 'from a buffer without a name\n'
      end, 'the page to be written')
    end,
  },
  {
    'a new journal is made by its first save',
    function(t)
      t:daemon()
      local child = t:child({ arguments = { 'heph://today/2026-11-20' } })
      t.contains(child:name(), '/2026-11-20')
      t.contains(child:lua([[return vim.b.heph_status]]), '[new]')
      t.equal(1, child:lua([[return #vim.fn.getbufinfo({ buflisted = 1 })]]))
      child:type('Gorained<Esc>:w<CR>')
      child:eventually([[return vim.b.heph_status == '2026-11-20']])
      t.contains(t:text('2026-11-20'), 'rained\n')
    end,
  },
  {
    'a text without a newline at its end, and one of a DOS machine, stay so',
    function(t)
      for name, text in pairs({ ['No end'] = 'a\nb', Dos = 'a\r\nb\r\n', Mixed = 'a\r\nb\n', Blank = '\n' }) do
        local child, page = t:opened(name, text)
        child:type('ix<Esc>x:w<CR>')
        child:eventually([[return not vim.bo.modified and vim.fn.undotree().seq_last > 0]])
        t.equal(text, t:text(page.id), name)
      end
    end,
  },
  {
    'latin-1 bytes are refused with a sentence, and the connection stands',
    function(t)
      local child, page = t:opened('A page', ONE)
      child:lua([[vim.api.nvim_buf_set_lines(0, 1, 2, true, { 'caf\233' })]])
      child:type(':w<CR>')
      child:eventually_says('not saved: line 2 has bytes that are not UTF-8')
      t.equal(true, child:modified())
      t.equal('connected', child:lua([[return require('heph.rpc').status().state]]))
      t.equal(ONE, t:text(page.id))
      child:type(':%!iconv -f latin1<CR>:w<CR>')
      child:eventually([[return not vim.bo.modified]])
      t.equal('one\ncafé\nthree\nfour\n', t:text(page.id))
    end,
  },
  {
    'titles with spaces, #, quotes and emoji',
    function(t)
      local titles =
        { 'Two words', 'say "so" it\'s', 'tea 🍵 time', '100% * sure?', 'a {b} \\c', 'Ünïcode', '日本語' }
      for _, title in ipairs(titles) do
        local child, page = t:opened(title, ONE)
        t.equal(title, child:lua([[return vim.b.heph_page.title]]))
        child:type('ggOx<Esc>:w<CR>')
        child:eventually([[return not vim.bo.modified and vim.fn.line('$') == 5]], title)
        t.equal('x\n' .. ONE, t:text(page.id), title)
        child:cmd('edit')
        t.equal({ 'x', 'one', 'two', 'three', 'four' }, child:lines(), title)
        child:stop()
      end
    end,
  },
  {
    'the text of a task, whose title has a #',
    function(t)
      local task = t:ask('task.add', { line = 'answer C# "mail" [soon] 🍵', literal = true }).task
      local child = t:child()
      child:lua([[require('heph.page').open(...)]], task.id)
      child:eventually([[return vim.b.heph_page and vim.b.heph_page.kind == 'task']])
      child:type('idear all<Esc>:w<CR>')
      child:eventually([[return not vim.bo.modified and vim.fn.getline(1) == 'dear all']])
      t.equal('dear all\n', t:text(task.id))
      t.equal(task.title, child:lua([[return vim.b.heph_page.title]]))
    end,
  },
  {
    'two megabytes',
    function(t)
      local lines = {}
      for number = 1, 40000 do
        lines[number] = ('line %06d with some words to make it long enough'):format(number)
      end
      local text = table.concat(lines, '\n') .. '\n'
      local child, page = t:opened('Long', text)
      t.equal(40000, child:lua([[return vim.api.nvim_buf_line_count(0)]]))
      child:type('Goend<Esc>:w<CR>')
      child:eventually([[return not vim.bo.modified and vim.fn.line('$') == 40001]])
      t:overwrite(page.id, 'begin\n' .. text .. 'end\n')
      child:eventually([[return vim.fn.getline(1) == 'begin']])
      t.equal('begin\n' .. text .. 'end\n', t:text(page.id))
    end,
  },
  {
    'a rename with three buffers open, one of them modified',
    function(t)
      local target = t:page('Old name', 'target\n')
      local clean = t:page('Clean', 'see [[Old name]]\n')
      local child = t:opened('Dirty', 'first\nsee [[Old name]]\n')
      child:type('ggcwFIRST<Esc>')
      for _, page in ipairs({ clean, target }) do
        child:lua([[require('heph.page').open(...)]], page.id)
        child:eventually(([[return vim.b.heph_page.id == %q]]):format(page.id))
      end
      t:ask('page.rename', { reference = target.id, to = 'New name' })
      child:eventually([[return vim.b.heph_page.title == 'New name']])
      t.contains(child:name(), '/New-name')
      child:cmd('buffer Clean')
      child:eventually_shows('see [[New name]]')
      child:cmd('buffer Dirty')
      t.equal({ 'FIRST', 'see [[Old name]]' }, child:lines())
      child:type(':w<CR>')
      child:eventually_shows('see [[New name]]')
      t.equal('FIRST\nsee [[New name]]\n', t:text('Dirty'))
    end,
  },
  {
    'the same page under two names is one buffer',
    function(t)
      local child, page = t:opened('A page', ONE)
      child:cmd('split heph://page/' .. page.id .. '/other-name')
      child:eventually([[return vim.api.nvim_buf_get_name(0):match('/A%-page$')]])
      t.equal(1, child:lua([[return #vim.fn.win_findbuf(vim.api.nvim_get_current_buf()) == 2 and 1 or 0]]))
    end,
  },
  {
    'a session reads its pages again',
    function(t)
      local child = t:opened('A page', ONE)
      local file = t.folder .. '/session.vim'
      child:cmd('mksession ' .. file)
      local second = t:child({ arguments = { '-S', file } })
      second:eventually_shows('one')
      t.equal({ 'acwrite', false }, second:lua([[return { vim.bo.buftype, vim.bo.modified }]]))
    end,
  },
}
