--- What the plugin costs before it is used.

return {
  {
    'only plugin/heph.lua is sourced, and nothing is loaded',
    function(t)
      local child = t:child()
      local sourced = child:lua([[
        return vim.tbl_map(function(script) return script.name end, vim.fn.getscriptinfo({ name = 'plugin/' }))
      ]])
      local ours = vim.tbl_filter(function(name)
        return vim.startswith(name, t.root)
      end, sourced)
      t.equal({ t.root .. '/plugin/heph.lua' }, ours)
      t.equal(
        {},
        child:lua(
          [[return vim.tbl_filter(function(name) return name:match('^heph') end, vim.tbl_keys(package.loaded))]]
        )
      )
    end,
  },
  {
    'its start costs less than a millisecond',
    function(t)
      local child = t:child()
      local best = child:lua(
        [[
          local best = math.huge
          for _ = 1, 20 do
            vim.g.loaded_heph = nil
            local began = vim.uv.hrtime()
            dofile(...)
            best = math.min(best, (vim.uv.hrtime() - began) / 1e6)
          end
          return best
        ]],
        t.root .. '/plugin/heph.lua'
      )
      io.stdout:write(('        start: %.2f ms\n'):format(best))
      t.truthy(best < 1, ('%.2f ms'):format(best))
    end,
  },
  {
    'every file is inert when it is sourced',
    function(t)
      local child = t:child()
      for _, file in ipairs(vim.fn.glob(t.root .. '/**/*.lua', true, true)) do
        if not file:find('/support/', 1, true) and not file:match('_test%.lua$') then
          child:cmd('source ' .. vim.fn.fnameescape(file))
        end
      end
      t.equal('idle', child:lua([[return require('heph.rpc').status().state]]))
      t.equal('', child:messages())
    end,
  },
  {
    'options: a table, a function, setup(); what is unknown or wrong is kept for checkhealth',
    function(t)
      local child = t:child()
      local got = child:lua([[
        local config = require('heph.config')
        vim.g.heph = { picker = 'mini', colour = 1, timeout = { read = 'x', speed = 2 }, maps = false }
        local got = config.get()
        local first = { got.picker, config.unknown(), config.faults(), got.maps.gf, got.timeout.read }
        vim.g.heph = function() return { picker = 'snacks' } end
        local second = { config.get().picker, config.unknown() }
        require('heph').setup({ picker = 'telescope' })
        return { first, second, config.get().picker }
      ]])
      t.equal({
        { 'mini', { 'colour', 'timeout.speed' }, { 'timeout.read has to be a number, not a string' }, false, 5000 },
        { 'snacks', {} },
        'telescope',
      }, got)
    end,
  },
}
