--- The daemon away, hung, slow, or of another version: nothing freezes, nothing typed is lost.
local fake = require('support.fake')

--- Calls from the test itself, without a child between.
---@param t heph.test.Context
local function rpc(t)
  vim.g.heph = { socket = t.folder .. '/h.sock' }
  return require('heph.rpc')
end

---@param result table
---@return string
local function encoded(result)
  return vim.mpack.encode(result)
end

return {
  {
    'no daemon: the command that starts one is named, and nothing is started',
    function(t)
      local bin = t.folder .. '/bin'
      vim.fn.mkdir(bin)
      for _, program in ipairs({ 'heph', 'hephd' }) do
        vim.fn.writefile({ '#!/bin/sh', 'touch ' .. t.folder .. '/started' }, bin .. '/' .. program)
        vim.uv.fs_chmod(bin .. '/' .. program, 493)
      end
      local child = t:child({ environment = { PATH = bin .. ':' .. vim.env.PATH } })
      child:type(':Heph today<CR>')
      child:eventually_says('hephd is not running: there is no socket at ' .. t.folder .. '/h.sock')
      child:eventually_says('start it: hephd --mode local')
      child:type(':edit heph://home<CR>')
      child:eventually([[return vim.api.nvim_buf_get_name(0) == 'heph://home']])
      child:type(':w<CR>')
      child:eventually_says('could not be read, so it is not written')
      t.equal(0, vim.fn.filereadable(t.folder .. '/started'))
      t.equal(nil, vim.uv.fs_stat(t.folder .. '/h.sock'))
      -- It is read as soon as somebody starts one.
      t:daemon()
      child:eventually([[return vim.bo.modifiable and vim.b.heph_page and vim.b.heph_page.title]], 'home', 8000)
    end,
  },
  {
    'a daemon killed during :w keeps the buffer modified, and :w again saves once',
    function(t)
      local child, page = t:opened('A page', 'one\n')
      local server = t:daemon()
      server:freeze()
      child:type('Gotwo<Esc>:w<CR>')
      vim.wait(200)
      server:kill()
      child:eventually_says('is not known to be saved')
      t.equal({ true, { 'one', 'two' } }, { child:modified(), child:lines() })
      child:type('Gothree<Esc>')
      child:eventually_shows('three')
      server:start()
      child:eventually([[return require('heph.rpc').status().state == 'connected']], 'the connection', 8000)
      child:type(':w<CR>')
      child:eventually([[return not vim.bo.modified]])
      t.equal('one\ntwo\nthree\n', t:text(page.id))
      t.equal('A page', child:lua([[return vim.b.heph_status]]))
    end,
  },
  {
    'a daemon killed during :wq does not let the editor quit',
    function(t)
      local child = t:opened('A page', 'one\n')
      t:daemon():freeze()
      child:type('Gotwo<Esc>:wq<CR>')
      vim.wait(200)
      t:daemon():kill()
      child:eventually_says('is not known to be saved')
      t.equal(-1, child:ended(300))
      t.equal({ 'one', 'two' }, child:lines())
    end,
  },
  {
    'a daemon that hangs gives :w up in time, and saving again saves once',
    function(t)
      local page = t:page('A page', 'one\n')
      local child = t:child({ arguments = { '--cmd', 'lua vim.g.heph = { timeout = { write = 400 } }' } })
      child:lua([[require('heph.page').open(...)]], page.id)
      child:eventually_shows('one')
      t:daemon():freeze()
      local began = vim.uv.now()
      child:type('Gotwo<Esc>:w<CR>')
      child:eventually_says('is not known to be saved: hephd did not answer `page.save` within 0.4 s')
      t.truthy(vim.uv.now() - began < 3000, 'it gave up in time')
      t.equal(true, child:modified())
      child:type('Gothree<Esc>')
      child:eventually_shows('three')
      t:daemon():thaw()
      child:eventually([[return require('heph.rpc').status().state == 'connected']], 'the connection', 8000)
      child:type(':w<CR>')
      child:eventually([[return not vim.bo.modified]])
      t.equal('one\ntwo\nthree\n', t:text(page.id))
    end,
  },
  {
    'Ctrl-C ends a :w that waits',
    function(t)
      local child = t:opened('A page', 'one\n')
      t:daemon():freeze()
      child:type('Gotwo<Esc>:w<CR>')
      vim.wait(200)
      local began = vim.uv.now()
      child:type('<C-c>')
      child:eventually_says('was interrupted before hephd answered')
      t.truthy(vim.uv.now() - began < 1500, 'it ended at once')
      t.equal(true, child:modified())
    end,
  },
  {
    'a server that never says hello freezes nothing',
    function(t)
      local server = fake.listen(t.folder .. '/h.sock', function() end, function() end)
      local child = t:child()
      child:type(':Heph next<CR>')
      child:type(':let g:typed = 1<CR>')
      child:eventually([[return vim.g.typed == 1]], 'keys to be taken', 1500)
      child:lua([[vim.g.heph = { timeout = { read = 300 } }]])
      local began = vim.uv.now()
      child:type(':edit heph://page/some-id/Title<CR>')
      child:eventually_says('hephd did not answer')
      t.truthy(vim.uv.now() - began < 2500, 'it gave up in time')
      server.close()
    end,
  },
  {
    'a daemon of another version is refused with a sentence',
    function(t)
      local server = fake.listen(t.folder .. '/h.sock', function() end, function(peer, id)
        peer.refuse(
          id,
          { code = 'unsupported', message = 'this client speaks protocol 1', hint = 'upgrade the client' }
        )
      end)
      local reply, err = rpc(t).call('task.next', {}, 1000)
      t.equal(nil, reply)
      t.equal({ 'version', 'this client speaks protocol 1', 'upgrade the client' }, { err.code, err.message, err.hint })
      server.close()
    end,
  },
  {
    'a newer daemon that answers is refused as well',
    function(t)
      local server = fake.listen(t.folder .. '/h.sock', function() end, function(peer, id)
        peer.reply(id, vim.tbl_extend('force', fake.HELLO, { protocol = 2 }))
      end)
      local _, err = rpc(t).call('task.next', {}, 1000)
      t.equal('version', err.code)
      t.contains(err.hint, 'heph plugin install')
      server.close()
    end,
  },
  {
    'a read whose reply is lost is asked again',
    function(t)
      local server = fake.listen(t.folder .. '/h.sock', function(peer, id)
        if peer.number == 1 then
          return peer.close()
        end
        peer.reply(id, { tasks = {}, available = 7 })
      end)
      local reply, err = rpc(t).call('task.next', {}, 3000)
      t.equal(nil, err)
      t.equal(7, reply.available)
      t.equal(2, #server.requests)
      server.close()
    end,
  },
  {
    'a mutation whose reply is lost takes the outcome, and is never sent twice',
    function(t)
      local server = fake.listen(t.folder .. '/h.sock', function(peer, id, method)
        if method == 'task.log' then
          return peer.close()
        end
        peer.reply(id, { applied = true, reply = encoded({ count = 3 }) })
      end)
      local reply, err = rpc(t).call('task.log', { reference = 'x', text = 'y' }, 3000)
      t.equal(nil, err)
      t.equal(3, reply.count)
      t.equal({ 'task.log', 'mutation.outcome' }, { server.requests[1].method, server.requests[2].method })
      t.equal(server.requests[1].params.mutation_id, server.requests[2].params.id)
      t.equal(32, #server.requests[1].params.mutation_id)
      server.close()
    end,
  },
  {
    'a mutation that was not applied is sent once more, under another id',
    function(t)
      local server = fake.listen(t.folder .. '/h.sock', function(peer, id, method)
        if method == 'mutation.outcome' then
          peer.reply(id, { applied = false })
        elseif peer.number == 1 then
          peer.close()
        else
          peer.reply(id, { count = 1 })
        end
      end)
      local reply = rpc(t).call('task.log', { reference = 'x', text = 'y' }, 3000)
      t.equal(1, reply.count)
      t.equal(3, #server.requests)
      t.truthy(server.requests[1].params.mutation_id ~= server.requests[3].params.mutation_id, 'another id')
      server.close()
    end,
  },
  {
    'another store answers: it is said, and nothing is sent again',
    function(t)
      local server
      server = fake.listen(t.folder .. '/h.sock', function(peer)
        peer.close()
      end, function(peer, id)
        peer.reply(id, vim.tbl_extend('force', fake.HELLO, { store_id = 'store-' .. peer.number }))
      end)
      local _, err = rpc(t).call('task.log', { reference = 'x', text = 'y' }, 3000)
      t.equal("reconnected — re-run the action if it didn't take effect", err.message)
      t.equal('lost', err.code)
      t.equal(1, #server.requests)
      server.close()
    end,
  },
  {
    'an outcome that cannot be learnt is said in time',
    function(t)
      local server = fake.listen(t.folder .. '/h.sock', function(peer, _, method)
        if method == 'task.log' then
          peer.close()
        end
      end)
      local _, err = rpc(t).call('task.log', { reference = 'x', text = 'y' }, { timeout = 3000, patience = 300 })
      t.equal("reconnected — re-run the action if it didn't take effect", err.message)
      t.equal(server.requests[1].params.mutation_id, err.mutation_id)
      server.close()
    end,
  },
  {
    'busy is tried again five times, under the same id',
    function(t)
      local server = fake.listen(t.folder .. '/h.sock', function(peer, id)
        peer.refuse(id, { code = 'busy', message = 'too much waits' })
      end)
      local _, err = rpc(t).call('task.log', { reference = 'x', text = 'y' }, 8000)
      t.equal('busy', err.code)
      t.equal(6, #server.requests)
      t.equal(server.requests[1].params.mutation_id, server.requests[6].params.mutation_id)
      server.close()
    end,
  },
  {
    'at most 32 requests are on their way, and what waits is bounded',
    function(t)
      local waiting = {}
      local server = fake.listen(t.folder .. '/h.sock', function(peer, id)
        table.insert(waiting, function()
          peer.reply(id, { tasks = {}, available = 0 })
        end)
      end)
      local ended, refused = 0, 0
      for _ = 1, 400 do
        rpc(t).request('task.next', {}, function(err)
          ended = ended + 1
          refused = refused + (err and err.code == 'busy' and 1 or 0)
        end)
      end
      t.eventually(function()
        return #waiting >= 31
      end, 'requests')
      vim.wait(100)
      -- The subscription has one of the 32 places, and was answered.
      t.equal(32, #waiting)
      t.eventually(function()
        for _, answer in ipairs(waiting) do
          answer()
        end
        waiting = {}
        return ended == 400
      end, 'all to end')
      t.truthy(refused >= 110 and refused <= 146, ('%d were refused'):format(refused))
      server.close()
    end,
  },
  {
    'rubbish closes the connection, not the editor',
    function(t)
      local server = fake.listen(t.folder .. '/h.sock', function(peer)
        peer.raw('\0\0\0\2\193\193')
      end)
      local _, err = rpc(t).call('task.next', {}, 2000)
      t.equal('lost', err.code)
      t.contains(err.message, 'cannot be read')
      server.close()
    end,
  },
  {
    'after a restart pages are read again, and the events say so',
    function(t)
      local child, page = t:opened('A page', 'one\n')
      child:lua([[
        vim.g.heard = ''
        for _, name in ipairs({ 'HephConnected', 'HephDisconnected', 'HephPageChanged' }) do
          vim.api.nvim_create_autocmd('User', { pattern = name, callback = function(event)
            vim.g.heard = vim.g.heard .. ' ' .. name .. (event.data and '' or ' without data')
          end })
        end
      ]])
      t:daemon():stop()
      child:eventually([[return vim.g.heard == ' HephDisconnected']])
      t:daemon():start()
      t:overwrite(page.id, 'ONE\n')
      child:eventually([[return vim.fn.getline(1) == 'ONE']], 'the page to be read again', 8000)
      t.equal(' HephDisconnected HephConnected HephPageChanged', child:lua([[return vim.g.heard]]))
    end,
  },
  {
    'another store behind the socket: a page of the first one is not said to be deleted, and :w says what to do',
    function(t)
      local child = t:opened('A page', 'one\n')
      child:type('Gotwo<Esc>')
      child:eventually([[return vim.bo.modified]])
      local server = t:daemon()
      server:stop()
      server.db = t.folder .. '/other.db'
      server:start()
      child:eventually_says('"A page" is from another store than ' .. '~/other.db')
      t.equal(nil, child:messages():match('deleted'))
      child:type(':w<CR>')
      child:eventually_says('not saved: "A page" is from another store')
      t.equal({ true, { 'one', 'two' } }, { child:modified(), child:lines() })
      child:type(':w ' .. t.folder .. '/kept.md<CR>')
      t.eventually(function()
        return vim.fn.filereadable(t.folder .. '/kept.md') == 1
      end, 'the text in a file')
      -- With the first store again it is as if nothing had been.
      server:stop()
      server.db = t.folder .. '/heph.db'
      server:start()
      child:eventually([[return vim.b.heph_status == 'A page']], 'the page to be there again', 20000)
      child:type(':w<CR>')
      child:eventually([[return not vim.bo.modified]])
      t.equal('one\ntwo\n', t:text('A page'))
    end,
  },
  {
    '$HEPH_SOCKET is used, vim.g.heph.socket wins, and $HEPH_DB is compared',
    function(t)
      t:daemon()
      local child = t:child({ environment = { HEPH_DB = t.folder .. '/other.db' } })
      child:type(':Heph today<CR>')
      child:eventually_says('$HEPH_DB is ' .. t.folder .. '/other.db, but the daemon has ' .. t.folder .. '/heph.db')
      child:lua([[vim.g.heph = { socket = '/nonexistent/h.sock' }]])
      child:type(':Heph today<CR>')
      child:eventually_says('there is no socket at /nonexistent/h.sock')
    end,
  },
}
