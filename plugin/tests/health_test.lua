--- `:checkhealth heph`, when all is well and when it is not.

---@param child heph.test.Child
---@return string
local function report(child)
  child:cmd('checkhealth heph')
  return table.concat(child:lines(), '\n')
end

---@param t heph.test.Context
---@param text string
local function clean(t, text)
  t.truthy(not text:find('ERROR', 1, true) and not text:find('WARNING', 1, true), 'a clean report, instead of ' .. text)
end

return {
  {
    'well: nothing to do, and what it is connected to',
    function(t)
      local daemon = t:daemon()
      local text = report(t:child({ environment = { HEPH_DB = daemon.db } }))
      clean(t, text)
      t.contains(text, 'socket: ' .. daemon.socket .. ' (environment)')
      t.contains(text, 'it is yours alone (mode 600)')
      t.contains(text, 'connected in')
      t.contains(text, 'store: ' .. daemon.db)
      t.contains(text, 'tree-sitter parser markdown')
      t.contains(text, 'picker: native')
      t.contains(text, 'sync is off')
    end,
  },
  {
    'no daemon: how to start one, and none is started',
    function(t)
      local child = t:child()
      local text = report(child)
      t.contains(text, 'hephd is not running')
      t.contains(text, 'heph daemon start')
      t.equal(nil, vim.uv.fs_stat(t.folder .. '/h.sock'))
    end,
  },
  {
    'a socket nobody listens at',
    function(t)
      t:daemon():kill()
      local text = report(t:child())
      t.contains(text, 'nobody listens at the socket')
      t.contains(text, 'heph daemon start')
    end,
  },
  {
    'a file that is no socket, and one that others may use',
    function(t)
      vim.fn.writefile({}, t.folder .. '/h.sock')
      t.contains(report(t:child()), 'not a socket')
      vim.fn.delete(t.folder .. '/h.sock')
      local daemon = t:daemon()
      vim.uv.fs_chmod(daemon.socket, tonumber('666', 8))
      local text = report(t:child())
      t.contains(text, 'others may use the socket: its mode is 666')
      t.contains(text, 'chmod 600')
    end,
  },
  {
    'a daemon that hangs does not hang the report',
    function(t)
      t:daemon():freeze()
      local child = t:child()
      local began = vim.uv.hrtime()
      t.contains(report(child), 'did not answer')
      t.truthy((vim.uv.hrtime() - began) / 1e9 < 8, 'it is over soon, which')
    end,
  },
  {
    'options that do not exist, and a picker that is not there',
    function(t)
      t:daemon()
      local child = t:child()
      child:lua([[vim.g.heph = { sokcet = 'x', timeout = { read = 'long' }, picker = 'nosuch' }]])
      local text = report(child)
      t.contains(text, 'no option "sokcet"')
      t.contains(text, 'timeout.read')
      t.contains(text, 'no picker "nosuch"')
    end,
  },
  {
    'another store than $HEPH_DB',
    function(t)
      t:daemon()
      local text = report(t:child({ environment = { HEPH_DB = t.folder .. '/other.db' } }))
      t.contains(text, 'the daemon has another store')
    end,
  },
}
