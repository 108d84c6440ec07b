--- Every subcommand, typed.
local BOXES = '- [ ] one\n- [ ] two\ntext\n- [x] three\n'

--- Answers prompts of the child: what is chosen and typed.
---@param child heph.test.Child
---@param choice integer|string What `vim.ui.select` chooses: a place, or a part of a row.
---@param line? string What `vim.ui.input` answers.
local function answer(child, choice, line)
  child:lua(
    [[
      local choice, line = ...
      require('heph.config').setup({ picker = 'native' })
      vim.ui.select = function(items, options, on_choice)
        vim.g.offered = vim.tbl_map(options.format_item or tostring, items)
        for number, item in ipairs(items) do
          local row = (options.format_item or tostring)(item)
          if number == choice or (type(choice) == 'string' and row:find(choice, 1, true)) then
            return on_choice(item, number)
          end
        end
        on_choice(nil)
      end
      vim.ui.input = function(options, on_line)
        vim.g.asked = options.default or ''
        on_line(line)
      end
    ]],
    choice,
    line or vim.NIL
  )
end

---@param child heph.test.Child
---@param title string
local function eventually_in(child, title)
  child:eventually(([[return vim.b.heph_page and vim.b.heph_page.title == %q]]):format(title), 'the page ' .. title)
end

return {
  {
    'home, bare and with a modifier',
    function(t)
      t:daemon()
      local child = t:child()
      child:type(':Heph<CR>')
      eventually_in(child, 'Home')
      child:type(':enew<CR>:vertical Heph home<CR>')
      child:eventually([[return #vim.api.nvim_list_wins() == 2 and vim.b.heph_page ~= nil]])
      t.equal('row', child:lua([[return vim.fn.winlayout()[1] ]]))
      child:type(':only<CR>:enew<CR>:tab Heph home<CR>')
      child:eventually([[return #vim.api.nvim_list_tabpages() == 2]])
    end,
  },
  {
    'today, with an offset and a date',
    function(t)
      t:daemon()
      local child = t:child()
      child:type(':Heph today<CR>')
      eventually_in(child, os.date('!%Y-%m-%d') --[[@as string]])
      child:type(':Heph today 2026-11-03<CR>')
      eventually_in(child, '2026-11-03')
      child:type(':Heph today -1<CR>')
      eventually_in(child, os.date('!%Y-%m-%d', os.time() - 86400) --[[@as string]])
      child:type(':Heph today nonsense<CR>')
      child:eventually_says('nonsense')
    end,
  },
  {
    'journals, and ]j and [j between those that exist',
    function(t)
      for _, day in ipairs({ '2026-11-03', '2026-11-07', '2026-11-09' }) do
        t:ask('journal.capture', { line = 'x', date = day })
      end
      local child = t:child()
      answer(child, '2026-11-03')
      child:type(':Heph journals<CR>')
      eventually_in(child, '2026-11-03')
      t.equal(3, child:lua([[return #vim.g.offered]]))
      child:type(']j')
      eventually_in(child, '2026-11-07')
      child:type(']j')
      eventually_in(child, '2026-11-09')
      child:type(']j')
      child:eventually_says('there is no later journal')
      child:type('[j')
      eventually_in(child, '2026-11-07')
    end,
  },
  {
    'open, by title and by choice; one that is not there is offered',
    function(t)
      t:page('Travel/Plan', 'x\n')
      t:page('Work/Plan', 'y\n')
      local child = t:child()
      answer(child, 'Work/Plan')
      child:type(':Heph open Plan<CR>')
      child:eventually([[return vim.b.heph_page and vim.b.heph_page.folder == 'Work']])
      t.equal({ 'Travel/Plan', 'Work/Plan' }, child:lua([[return vim.g.offered]]))
      answer(child, 'Travel/Plan')
      child:type(':Heph open<CR>')
      child:eventually([[return vim.b.heph_page.folder == 'Travel']])
      child:lua([[vim.fn.confirm = function() return 1 end]])
      child:type(':Heph open Brand new<CR>')
      eventually_in(child, 'Brand new')
      t.equal('', t:text('Brand new'))
    end,
  },
  {
    'new, with a title, and with a template by the bang',
    function(t)
      t:page('Templates/Meeting', '# {{title}}\n\n- who\n')
      local child = t:child()
      child:type(':Heph new Plain page<CR>')
      eventually_in(child, 'Plain page')
      answer(child, 'Meeting')
      child:type(':Heph! new Kick-off<CR>')
      eventually_in(child, 'Kick-off')
      t.equal({ '# Kick-off', '', '- who' }, child:lines())
      answer(child, 1, 'Asked for')
      child:type(':Heph new<CR>')
      eventually_in(child, 'Asked for')
    end,
  },
  {
    'rename, typed and asked for',
    function(t)
      t:page('Other', 'see [[A page]]\n')
      local child, page = t:opened('A page', 'text\n')
      child:type(':Heph rename A "new" name<CR>')
      child:eventually_says('links rewritten: 1, in pages: 1')
      eventually_in(child, 'A "new" name')
      t.equal('see [[A "new" name]]\n', t:text('Other'))
      answer(child, 1, 'Once more')
      child:type(':Heph rename<CR>')
      eventually_in(child, 'Once more')
      t.equal('A "new" name', child:lua([[return vim.g.asked]]))
      t.equal('heph://page/' .. page.id .. '/Once-more', child:name())
    end,
  },
  {
    'toggle: a line, a range, and again by a dot',
    function(t)
      local child = t:opened('A page', BOXES)
      child:type('gg:Heph toggle<CR>')
      child:eventually_shows('- [x] one')
      child:type('j.')
      child:eventually_shows('- [x] two')
      child:type(':1,2Heph toggle<CR>')
      child:eventually_shows('- [ ] two')
      child:type('gg.')
      child:eventually_shows('- [x] two')
      t.equal({ '- [x] one', '- [x] two', 'text', '- [x] three' }, child:lines())
      child:type('3G:Heph toggle<CR>')
      child:eventually_shows('- [ ] text')
    end,
  },
  {
    'toggle by its map, with a count, from visual mode, and in any Markdown',
    function(t)
      local child = t:child()
      child:lua([[vim.keymap.set({ 'n', 'x' }, '<Space>x', '<Plug>(heph-toggle)')]])
      child:set_lines({ '- [ ] a', '- [ ] b', '1. c', '> - [ ] d', '', '# Heading', '  * e' })
      child:type('gg2<Space>x')
      child:eventually_shows('- [x] b')
      child:type('jj.')
      child:type('3GVj<Space>x')
      child:eventually_shows('> - [x] d')
      child:type('G<Space>x')
      child:eventually_shows('  * [ ] e')
      t.equal({ '- [x] a', '- [x] b' }, vim.list_slice(child:lines(), 1, 2))
      t.equal({ '', '# Heading' }, vim.list_slice(child:lines(), 5, 6))
    end,
  },
  {
    'promote: a line and a range; done on them, and opened again',
    function(t)
      local child = t:opened('A page', '- [ ] call Bob due:tomorrow p1\n- [ ] two\n- [ ] three\n')
      child:type('gg:Heph promote<CR>')
      child:eventually([[return vim.fn.getline(1):match('^%- %[ %] call Bob.* %^t%-%w+$')]], 'an anchor')
      t.equal(false, child:modified())
      child:type(':2,3Heph promote<CR>')
      child:eventually([[return vim.fn.getline(3):match('%^t%-%w+$')]], 'another anchor')
      child:eventually_says('2 lines are tasks now')
      t.equal(3, #t:ask('task.list', {}).tasks)
      -- What the line does not say stands behind it.
      child:eventually([[
        local space = vim.api.nvim_get_namespaces()['heph-tasks']
        for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, space, 0, -1, { details = true })) do
          if mark[2] == 0 and mark[4].virt_text[1][1] == ' tomorrow' then return true end
        end
      ]])
      t:ask('task.modify', { filter = 'Bob', changes = { 'due:' } })
      child:eventually([[
        local space = vim.api.nvim_get_namespaces()['heph-tasks']
        local marks = vim.api.nvim_buf_get_extmarks(0, space, 0, -1, { details = true })
        return #marks == 1 and vim.deep_equal({ { ' p1', 'HephPriority' } }, marks[1][4].virt_text)
      ]])
      child:type('gg:Heph done<CR>')
      child:eventually([[return vim.fn.getline(1):match('^%- %[x%]')]], 'the box to be ticked')
      t.equal(2, #t:ask('task.list', {}).tasks)
      child:type('j.')
      child:eventually([[return vim.fn.getline(2):match('^%- %[x%]')]], 'the next one as well')
      child:type(':1,3Heph! done<CR>')
      child:eventually([[return vim.fn.getline(1):match('^%- %[ %]') and vim.fn.getline(2):match('^%- %[ %]')]])
      t.equal(3, #t:ask('task.list', {}).tasks)
    end,
  },
  {
    'promote saves what was typed first, and refuses other buffers',
    function(t)
      local child = t:opened('A page', 'text\n')
      child:type('Go- [ ] fresh<Esc>:Heph promote<CR>')
      child:eventually([[return vim.fn.getline(2):match('^%- %[ %] fresh %^t%-%w+$')]], 'an anchor')
      child:type(':enew<CR>:Heph promote<CR>')
      child:eventually_says('this buffer is no page of heph')
    end,
  },
  {
    'done of a task by its id, undo and redo',
    function(t)
      local task = t:ask('task.add', { line = 'water' }).task
      local child = t:child()
      child:type(':Heph done ' .. task.short .. '<CR>')
      t.eventually(function()
        return #t:ask('task.list', {}).tasks == 0
      end, 'the task to be done')
      child:type(':Heph undo<CR>')
      child:eventually_says('undone: ')
      t.equal(1, #t:ask('task.list', {}).tasks)
      child:type(':Heph redo<CR>')
      child:eventually_says('redone: ')
      t.equal(0, #t:ask('task.list', {}).tasks)
    end,
  },
  {
    'capture, typed, asked for, and of lines',
    function(t)
      t:daemon()
      local child = t:child()
      child:type(':Heph capture the tap "drips" | again<CR>')
      child:eventually_says('added to ')
      answer(child, 1, 'asked')
      child:type(':Heph capture<CR>')
      child:set_lines({ 'from a buffer', 'not this' })
      child:type(':1Heph capture<CR>')
      t.eventually(function()
        local text = t:ask('journal.open', {}).open.text
        return text:find('- the tap "drips" | again\n', 1, true)
          and text:find('- asked\n', 1, true)
          and text:find('- from a buffer\n', 1, true)
          and not text:find('not this', 1, true)
      end, 'three lines')
      t.equal('', child:name())
    end,
  },
  {
    'follow: beside, in a tab, to a heading, a page to be, an ambiguous one',
    function(t)
      t:page('Target', 'first\n\n## Goals\n\nlast\n')
      t:page('A/Twin', 'a\n')
      t:page('B/Twin', 'b\n')
      local child =
        t:opened('A page', 'see [[Target#Goals|it]] or\n[[Twin]]\n[[Not there]]\n[x](heph:Target)\nno link\n')
      child:type('gg5l:vertical Heph follow<CR>')
      eventually_in(child, 'Target')
      t.equal(2, child:lua([[return #vim.api.nvim_list_wins()]]))
      child:eventually([[return vim.fn.line('.') == 3]])
      child:type('<C-w>ogg:buffer A-page<CR>4Ggf')
      eventually_in(child, 'Target')
      child:type(':buffer A-page<CR>')
      answer(child, 'B/Twin')
      child:type('2G:tab Heph follow<CR>')
      child:eventually([[return vim.b.heph_page.folder == 'B']])
      t.equal(2, child:lua([[return vim.fn.tabpagenr()]]))
      child:type(':buffer A-page<CR>')
      child:lua([[vim.fn.confirm = function(text) vim.g.confirmed = text; return 1 end]])
      child:type('3G<CR>')
      eventually_in(child, 'Not there')
      t.contains(child:lua([[return vim.g.confirmed]]), 'There is no page "Not there"')
      child:type(':buffer A-page<CR>5G:Heph follow<CR>')
      child:eventually_says('there is no link here')
    end,
  },
  {
    '<CR>: a link, a box, a tag; ]o and [o between links',
    function(t)
      t:page('Target', 'x\n')
      local child = t:opened('A page', 'one [[Target]] two https://example.org\n- [ ] box\n#trip here\nplain\nend\n')
      child:type('gg]o')
      t.equal({ 1, 4 }, child:lua([[return vim.api.nvim_win_get_cursor(0)]]))
      child:type(']o')
      t.equal({ 1, 19 }, child:lua([[return vim.api.nvim_win_get_cursor(0)]]))
      child:type('[o<CR>')
      eventually_in(child, 'Target')
      child:type(':buffer A-page<CR>2G<CR>')
      child:eventually_shows('- [x] box')
      child:type('4G<CR>')
      child:eventually([[return vim.fn.line('.') == 5]], 'the usual <CR>')
      child:type('3G0<CR>')
      child:eventually([[return vim.api.nvim_buf_get_name(0) == 'heph://search/tag:trip']])
    end,
  },
  {
    'own maps win over those of the buffer, and options switch them off',
    function(t)
      local page = t:page('A page', '[[x]]\n')
      local child = t:child()
      child:lua([[
        vim.keymap.set('n', '<Space>f', '<Plug>(heph-gf)')
        vim.g.heph = { maps = { links = false } }
      ]])
      child:lua([[require('heph.page').open(...)]], page.id)
      eventually_in(child, 'A page')
      t.equal(
        { 0, 0, 1 },
        child:lua([[return vim.tbl_map(function(lhs)
        return vim.fn.maparg(lhs, 'n', false, true).buffer or 0
      end, { 'gf', ']o', '<CR>' })]])
      )
    end,
  },
  {
    'backlinks, links, tags',
    function(t)
      t:page('Source', 'first\nsee [[Target]] #trip\n')
      local child = t:opened('Target', 'to [[Source]] and [[Nowhere]]\n')
      child:type(':Heph backlinks<CR>')
      child:eventually_shows('Source:2  see [[Target]] #trip')
      child:type('<CR>')
      eventually_in(child, 'Source')
      t.equal(2, child:lua([[return vim.fn.line('.')]]))
      child:type(':buffer Target<CR>')
      answer(child, 'Source')
      child:type(':Heph links<CR>')
      eventually_in(child, 'Source')
      t.equal({ '1: Source', '1: Nowhere (unresolved)' }, child:lua([[return vim.g.offered]]))
      answer(child, 'trip')
      child:type(':Heph tags<CR>')
      child:eventually([[return vim.api.nvim_buf_get_name(0) == 'heph://search/tag:trip']])
      child:eventually([[return vim.fn.getline(2):match('^Source')]])
      child:type(':Heph backlinks Source<CR>')
      child:eventually([[return vim.fn.getline(2):match('^Target:1')]])
    end,
  },
  {
    'toc and template',
    function(t)
      t:page('Templates/Block', '## {{title}} block\n')
      local child = t:opened('A page', '# One\n\n```\n# no heading\n```\n\n## Two\n\ntext\n')
      answer(child, 'Two')
      child:type(':Heph toc<CR>')
      child:eventually([[return vim.fn.line('.') == 7]])
      t.equal({ 'One', '  Two' }, child:lua([[return vim.g.offered]]))
      answer(child, 'Block')
      child:type(':Heph template<CR>')
      child:eventually([[return vim.fn.getline(8) == '## A page block']])
      child:type('u')
      child:eventually([[return vim.fn.line('$') == 9]])
      child:type('G:Heph template Block<CR>')
      child:eventually([[return vim.fn.getline('$') == '## A page block']])
    end,
  },
  {
    'template: a title with % is put in as it is',
    function(t)
      t:page('Templates/Block', '## {{title}} block\n')
      local child = t:opened('100%0 of %1 %', 'text\n')
      child:type(':Heph template Block<CR>')
      child:eventually_shows('## 100%0 of %1 % block')
    end,
  },
  {
    'extract moves tasks at once: none is in both pages, and it can be taken back',
    function(t)
      local child, page = t:opened('A page', 'one\n- [ ] water\nlast\n')
      child:type('2G:Heph promote<CR>')
      child:eventually([[return vim.fn.getline(2):match('%^t%-%w+$')]], 'an anchor')
      -- What is typed already is saved as well.
      child:type('Gomore<Esc>2G:Heph extract Tasks<CR>')
      child:eventually_says('[[Tasks]] is made')
      t.equal({ { 'one', '[[Tasks]]', 'last', 'more' }, false }, { child:lines(), child:modified() })
      t.equal('one\n[[Tasks]]\nlast\nmore\n', t:text(page.id))
      t.truthy(t:text('Tasks'):match('^%- %[ %] water %^t%-%w+\n$'), 'the task in its page')
      child:type(':Heph undo<CR>')
      child:eventually_says('undone: ')
      child:type('u')
      child:eventually([[return vim.bo.modified and vim.fn.getline(2):match('water %^t%-%w+$')]], 'the line again')
      child:type(':w<CR>')
      child:eventually([[return not vim.bo.modified]])
      t.truthy(t:text(page.id):match('^one\n%- %[ %] water %^t%-%w+\nlast\nmore\n$'), 'the task in the page again')
      t.equal(1, #t:ask('task.list', {}).tasks)
      -- Where the page cannot be saved, nothing is made.
      t:daemon():stop()
      child:type('Goagain<Esc>1G:Heph extract Never<CR>')
      child:eventually_says('is not saved')
      t.equal('one', child:lines()[1])
    end,
  },
  {
    'extract makes a page of lines and leaves a link',
    function(t)
      local child = t:opened('A page', 'one\ntwo\nthree\nfour\n')
      child:type([[2GVj:Heph extract Middle part<CR>]])
      child:eventually_shows('[[Middle part]]')
      t.equal({ 'one', '[[Middle part]]', 'four' }, child:lines())
      t.equal('two\nthree\n', t:text('Middle part'))
      child:type('u')
      child:eventually_shows('three')
      answer(child, 1, 'From one')
      child:type('gg:Heph extract<CR>')
      child:eventually_shows('[[From one]]')
      t.equal('one', child:lua([[return vim.g.asked]]))
    end,
  },
  {
    'history shows a revision in diff mode, and leaves it behind',
    function(t)
      local child, page = t:opened('A page', 'one\ntwo\n')
      t:overwrite(page.id, 'one\nTWO\nthree\n')
      child:eventually_shows('TWO')
      answer(child, 2)
      child:type(':Heph history<CR>')
      child:eventually([[return #vim.api.nvim_list_wins() == 2 and vim.wo.diff]])
      t.equal({ 'one', 'TWO', 'three' }, child:lines())
      child:type('<C-w>h')
      child:eventually([[return vim.api.nvim_buf_get_name(0):match('^heph://revision/')]])
      t.equal({ 'one', 'two' }, child:lines())
      t.equal({ true, false }, child:lua([[return { vim.wo.diff, vim.bo.modifiable }]]))
      child:type(':close<CR>')
      child:eventually([[return #vim.api.nvim_list_wins() == 1 and not vim.wo.diff]])
    end,
  },
  {
    'a revision that is not there opens no window; what is not found is said',
    function(t)
      t:ask('journal.capture', { line = 'x', date = '2026-11-03' })
      local child = t:opened('A page', 'one\n')
      child:type(':Heph history zz<CR>')
      child:eventually_says('zz')
      child:type(':Heph history 77-abcdabcd<CR>')
      child:eventually_says('has no revision 77')
      t.equal({ 1, false }, child:lua([[return { #vim.api.nvim_list_wins(), vim.wo.diff }]]))
      child:type(':Heph journals zzz<CR>')
      child:eventually_says('no journal is named like "zzz"')
      child:type(':Heph undo zzz<CR>')
      child:eventually_says('there is no step "zzz" to undo')
    end,
  },
  {
    'sync and why say what there is to say',
    function(t)
      local task = t:ask('task.add', { line = 'water p1 due:today' }).task
      local child = t:child()
      child:type(':Heph! sync<CR>')
      child:eventually_says('sync: ')
      child:type(':Heph why ' .. task.short .. '<CR>')
      child:eventually([[
        for _, window in ipairs(vim.api.nvim_list_wins()) do
          local lines = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, true)
          if lines[1] == 'water' and table.concat(lines):find('place 1', 1, true) then return true end
        end
      ]])
    end,
  },
  {
    'attach: a file, linked at the cursor, opened by following it',
    function(t)
      local page = t:page('A page', 'text\n')
      vim.g.heph = { socket = t:daemon().socket }
      local _, err = require('heph.rpc').call('attachment.list', { reference = page.id })
      if err and err.code == 'unsupported' then
        return io.stdout:write('        skipped: this hephd has no attachments\n')
      end
      local file = t.folder .. '/photo.png'
      local bytes = ('\137PNG\r\n\26\n\0\255'):rep(200000)
      local out = assert(io.open(file, 'wb'))
      out:write(bytes)
      out:close()
      local child = t:child()
      child:lua([[require('heph.page').open(...)]], page.id)
      eventually_in(child, 'A page')
      child:type(':Heph attach ' .. file .. '<CR>')
      child:eventually_shows('![[photo.png]]')
      child:type(':w<CR>')
      child:eventually([[return not vim.bo.modified]])
      local list = t:ask('attachment.list', { reference = page.id })
      t.equal({ 'photo.png', #bytes }, { list.attachments[1].name, list.attachments[1].bytes })
      child:lua([[vim.ui.open = function(path) vim.g.opened = path end]])
      child:type('G0<CR>')
      local opened = child:eventually([[return vim.g.opened]])
      local copy = assert(io.open(opened, 'rb'))
      t.truthy(copy:read('*a') == bytes, 'the same bytes')
      copy:close()
      child:lua([[vim.g.heph = { image = { command = { 'printf', 'PNG' } } }]])
      child:type(':Heph attach<CR>')
      child:eventually([[return vim.fn.getline('$'):match('^!%[%[image%-%d+%-%d+%.png%]%]$')]], 'a link to the image')
      child:lua([[vim.g.heph = { image = { command = { 'false' } } }]])
      child:type(':Heph attach<CR>')
      child:eventually_says('the clipboard has no image')
    end,
  },
  {
    'attach takes files only, under the name that was typed',
    function(t)
      local child, page = t:opened('A page', 'text\n')
      local names = { 'a%b *.txt', '$HOME `a`.txt' }
      for _, name in ipairs(names) do
        vim.fn.writefile({ 'hello' }, t.folder .. '/' .. name)
      end
      vim.fn.system({ 'mkfifo', t.folder .. '/pipe' })
      for path, why in pairs({
        ['/dev/zero'] = 'is a device; only files can be attached',
        ['/dev/null'] = 'is a device; only files can be attached',
        [t.folder .. '/pipe'] = 'is a pipe; only files can be attached',
        [t.folder] = 'is a folder; only files can be attached',
        [t.folder .. '/none.txt'] = 'cannot read ' .. t.folder .. '/none.txt',
      }) do
        child:type(':Heph attach ' .. path .. '<CR>')
        child:eventually_says(why)
      end
      child:lua([[vim.cmd.cd(...)]], t.folder)
      child:type(':Heph attach ' .. names[1] .. '<CR>')
      child:eventually_says(names[1] .. ' is attached')
      -- The home folder is that of the test.
      child:type(':Heph attach ~/' .. names[2] .. '<CR>')
      child:eventually_says(names[2] .. ' is attached')
      local list = t:ask('attachment.list', { reference = page.id }).attachments
      t.equal(2, #list)
    end,
  },
  {
    'a daemon killed during attach leaves nothing half made, and attaching again works',
    function(t)
      local child, page = t:opened('A page', 'text\n')
      local file = t.folder .. '/large.bin'
      local out = assert(io.open(file, 'wb'))
      for _ = 1, 24 do
        out:write(('0123456789abcdef'):rep(65536))
      end
      out:close()
      -- It stands still after some parts, so that the kill falls between them.
      child:lua([[
        local rpc = require('heph.rpc')
        local request = rpc.request
        vim.g.parts = 0
        rpc.request = function(method, params, callback, options)
          if method == 'attachment.write' then
            vim.g.parts = vim.g.parts + 1
            if vim.g.parts == 5 then
              _G.go_on = function() request(method, params, callback, options) end
              return
            end
          end
          return request(method, params, callback, options)
        end
      ]])
      child:type(':Heph attach ' .. file .. '<CR>')
      child:eventually([[return _G.go_on ~= nil]], 'some parts to be sent')
      t:daemon():kill()
      child:lua([[_G.go_on()]])
      child:eventually_says('large.bin is not attached: ')
      t:daemon():start()
      t.equal({ 'text' }, child:lines())
      t.equal({}, t:ask('attachment.list', { reference = page.id }).attachments)
      child:eventually([[return require('heph.rpc').status().state == 'connected']], 'the connection', 8000)
      child:type(':Heph attach ' .. file .. '<CR>')
      child:eventually_shows('![[large.bin]]')
      local list = t:ask('attachment.list', { reference = page.id }).attachments
      t.equal({ 'large.bin', 24 * 1048576 }, { list[1].name, list[1].bytes })
      child:type(':w<CR>')
      child:eventually([[return not vim.bo.modified]])
      t.equal('text\n![[large.bin]]\n', t:text(page.id))
    end,
  },
  {
    'an unknown subcommand is said; completion knows them and their arguments',
    function(t)
      t:page('Travel plan', 'x\n')
      local child = t:child()
      child:type(':Heph nonsense<CR>')
      child:eventually_says('there is no `:Heph nonsense`')
      t.equal(
        { 'tags', 'today', 'toggle' },
        child:lua([[
        return vim.tbl_filter(function(name)
          return not name:match('^t[oe][cm]')
        end, vim.fn.getcompletion('Heph t', 'cmdline'))
      ]])
      )
      t.equal({ 'plan' }, child:lua([[return vim.fn.getcompletion('Heph open Travel pl', 'cmdline')]]))
      t.truthy(#child:lua([[return vim.fn.getcompletion('Heph today to', 'cmdline')]]) > 0, 'date words')
      t.truthy(#child:lua([[return vim.fn.getcompletion('Heph list is:', 'cmdline')]]) > 0, 'filters')
      local names = child:lua([[return vim.fn.getcompletion('Heph ', 'cmdline')]])
      t.equal(false, vim.tbl_contains(names, 'rename'), 'outside a page')
      local inside = t:opened('A page', 'x\n')
      local all = inside:lua([[return vim.fn.getcompletion('Heph ', 'cmdline')]])
      t.equal(27, #all)
      for _, name in ipairs(all) do
        t.truthy(
          inside:lua([[return vim.fn.maparg('<Plug>(heph-' .. ... .. ')', 'n') ~= '']], name),
          'a map for ' .. name
        )
      end
      t.equal(
        0,
        inside:lua([[
        return #vim.tbl_filter(function(map)
          return not map.lhs:match('^<Plug>') and (map.rhs or map.desc or ''):lower():find('heph', 1, true)
        end, vim.api.nvim_get_keymap('n'))
      ]])
      )
    end,
  },
}
