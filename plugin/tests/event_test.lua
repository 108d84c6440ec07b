--- Events, the statusline's value, and what other plugins expect of a buffer.

return {
  {
    'page events with their data, in order',
    function(t)
      local page = t:page('A page', '- [ ] one\n')
      local child = t:child()
      child:lua([[
        vim.g.heard = {}
        local function note(event)
          local data = event.data or {}
          local said = data.title or (data.tasks and #data.tasks) or ''
          vim.g.heard = vim.list_extend(vim.g.heard, { event.match .. ' ' .. said })
        end
        local pattern = { 'HephConnected', 'HephDisconnected', 'HephPage*', 'HephTask*' }
        vim.api.nvim_create_autocmd('User', { pattern = pattern, callback = note })
      ]])
      child:lua([[require('heph.page').open(...)]], page.id)
      child:eventually_shows('- [ ] one')
      child:type(':Heph promote<CR>')
      child:eventually([[return vim.fn.getline(1):match('%^t%-')]])
      child:type('Gotwo<Esc>:w<CR>')
      child:eventually([[return vim.tbl_contains(vim.g.heard, 'HephPageWritePost A page')]])
      t.equal({
        'HephConnected ',
        'HephPageEnter A page',
        'HephTaskChanged 1',
        'HephPageChanged A page',
        'HephPageWritePost A page',
      }, child:lua([[return vim.g.heard]]))
    end,
  },
  {
    'a box that is ticked by :w finishes its task and says so',
    function(t)
      local child = t:opened('A page', '- [ ] one\n')
      child:type(':Heph promote<CR>')
      child:eventually([[return vim.fn.getline(1):match('%^t%-')]])
      child:lua([[
        vim.api.nvim_create_autocmd('User', { pattern = 'HephTaskChanged', callback = function(event)
          vim.g.status = event.data.tasks[1].status
        end })
      ]])
      child:type(':Heph toggle<CR>:w<CR>')
      child:eventually([[return vim.g.status == 'done']])
      t.equal(0, #t:ask('task.list', {}).tasks)
    end,
  },
  {
    'autocommands for files run for pages, and one that fails keeps nothing from being saved',
    function(t)
      local child, page = t:opened('A page', 'one  \n')
      child:lua([[
        vim.api.nvim_create_autocmd('BufWritePre', { callback = function() vim.cmd([=[%s/\s\+$//e]=]) end })
        vim.api.nvim_create_autocmd('BufWritePost', { callback = function() vim.g.written = true end })
      ]])
      child:type('Gotwo   <Esc>:w<CR>')
      child:eventually([[return not vim.bo.modified and vim.g.written]])
      t.equal('one\ntwo\n', t:text(page.id))
      child:lua([[vim.api.nvim_create_autocmd('BufWritePre', { callback = function() error('no') end })]])
      child:type('Gothree<Esc>:w<CR>')
      child:eventually([[return not vim.bo.modified]])
      t.equal('one\ntwo\nthree\n', t:text(page.id))
    end,
  },
  {
    ':e! reads again, and EditorConfig leaves pages alone',
    function(t)
      vim.fn.writefile({ 'root = true', '[*]', 'indent_style = tab', 'indent_size = 7' }, t.folder .. '/.editorconfig')
      local child = t:opened('A page', 'one\n')
      child:type('Gotwo<Esc>:e!<CR>')
      child:eventually([[return not vim.bo.modified and vim.fn.line('$') == 1]])
      child:cmd('cd ' .. t.folder)
      child:cmd('edit')
      t.truthy(child:lua([[return vim.bo.shiftwidth]]) ~= 7, 'no EditorConfig')
    end,
  },
  {
    'the statusline says when the daemon is away',
    function(t)
      local child = t:opened('A page', 'one\n')
      t.equal('A page', child:lua([[return require('heph').status()]]))
      t:daemon():stop()
      child:eventually([[return require('heph').status() == 'A page (heph: away)']])
      child:eventually_says('hephd is away; the plugin reconnects by itself')
      child:cmd('enew')
      child:eventually([[return require('heph').status():match('^heph: ')]])
    end,
  },
}
