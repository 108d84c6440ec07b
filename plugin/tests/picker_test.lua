--- Choosing from lists: the built-in picker, and those of others where `HEPH_TEST_PLUGINS` names a folder with them.
local ok, plugins = pcall(require, 'support.plugins')
if not ok then
  -- Neovim sources this where the repository's root is on 'runtimepath'.
  return {}
end

local ITEMS = { 'alpha', 'beta', 'gam ma', '日本 🎉' }

--- How each picker is set up, and the plugins it needs.
local PICKERS = {
  native = { plugins = {}, code = '' },
  telescope = { plugins = { 'plenary.nvim', 'telescope.nvim' }, code = [[vim.cmd.runtime('plugin/telescope.lua')]] },
  snacks = { plugins = { 'snacks.nvim' }, code = [[require('snacks').setup({ picker = { enabled = true } })]] },
  mini = { plugins = { 'mini.nvim' }, code = [[require('mini.pick').setup()]] },
  ['fzf-lua'] = { plugins = { 'fzf-lua' }, code = [[require('fzf-lua').setup({})]], program = 'fzf' },
}

---@param t heph.test.Context
---@param name string
local function started(t, name)
  local child = t:child()
  child:lua(
    [[
      local paths, code, items = ...
      for _, path in ipairs(paths) do vim.opt.runtimepath:append(path) end
      assert(loadstring(code))()
      _G.items = vim.tbl_map(function(text) return { text = text } end, items)
      _G.chosen, _G.calls, _G.queries = nil, 0, {}
      vim.api.nvim_buf_set_lines(0, 0, -1, false, { 'hello world' })
      vim.api.nvim_win_set_cursor(0, { 1, 5 })
      _G.options = {
        prompt = 'Pick',
        format = function(item) return item.text end,
        preview = function(item, show) show({ '# about ' .. item.text }, 'markdown') end,
        actions = { ['<C-d>'] = { desc = 'note', run = function(item) _G.acted = item.text end } },
        source = function(query, show)
          table.insert(_G.queries, query)
          vim.defer_fn(function()
            show(vim.tbl_filter(function(item) return item.text:find(query, 1, true) ~= nil end, _G.items))
          end, 5)
        end,
      }
      _G.on_choice = function(item, how)
        _G.calls = _G.calls + 1
        _G.chosen = { item and item.text or 'nothing', how or 'no way' }
      end
    ]],
    plugins.paths(PICKERS[name]),
    PICKERS[name].code,
    ITEMS
  )
  return child
end

---Runs code that may wait for keys, so it is not waited for.
---@param child heph.test.Child
---@param code string
local function run(child, code)
  vim.rpcnotify(child.job, 'nvim_exec_lua', ('vim.schedule(function() %s end)'):format(code), {})
end

---@param child heph.test.Child
---@param text string
local function sees(child, text)
  child:eventually(
    ([[
      vim.cmd.redraw()
      for row = 1, vim.o.lines do
        local cells = {}
        for column = 1, vim.o.columns do cells[column] = vim.fn.screenstring(row, column) end
        if table.concat(cells):find(%q, 1, true) then return true end
      end
    ]]):format(text),
    text .. ' on the screen'
  )
end

local LIVE = [[require('heph.picker').live(_G.options, _G.on_choice)]]
local SELECT = [[require('heph.picker').select(_G.items, _G.options, _G.on_choice)]]

---Types a query, waits until only its item is shown, and presses a key.
---@param child heph.test.Child
---@param query string
---@param item string
---@param other string
---@param key string
local function type_and_press(child, query, item, other, key)
  sees(child, other)
  child:type(query)
  child:eventually(
    ([[
      vim.cmd.redraw()
      local screen = {}
      for row = 1, vim.o.lines do
        for column = 1, vim.o.columns do table.insert(screen, vim.fn.screenstring(row, column)) end
      end
      local shown = table.concat(screen)
      return shown:find(%q, 1, true) ~= nil and shown:find(%q, 1, true) == nil
    ]]):format(item, other),
    'only ' .. item
  )
  child:type(key)
end

---@param name string
local function cases(name)
  local found = {
    {
      name .. ': a live search, chosen with Enter',
      function(t)
        local child = started(t, name)
        run(child, LIVE)
        type_and_press(child, 'bet', 'beta', 'alpha', '<CR>')
        child:eventually([[return _G.chosen]])
        t.equal({ { 'beta', 'edit' }, 1 }, child:lua([[return { _G.chosen, _G.calls }]]))
        t.equal(1, child:lua([[return #vim.api.nvim_list_wins()]]))
      end,
    },
    {
      name .. ': a live search, opened in a split',
      function(t)
        local child = started(t, name)
        run(child, LIVE)
        type_and_press(child, 'gam', 'gam ma', 'alpha', '<C-v>')
        child:eventually([[return _G.chosen]])
        t.equal({ 'gam ma', 'vsplit' }, child:lua([[return _G.chosen]]))
      end,
    },
    {
      name .. ': a key of its own',
      function(t)
        local child = started(t, name)
        run(child, LIVE)
        type_and_press(child, 'gam', 'gam ma', 'alpha', '<C-d>')
        child:eventually([[return _G.acted == 'gam ma' and _G.chosen]])
        t.equal({ 'nothing', 'no way' }, child:lua([[return _G.chosen]]))
      end,
    },
    {
      name .. ': closed without a choice',
      function(t)
        local child = started(t, name)
        run(child, LIVE)
        sees(child, 'alpha')
        child:type('<Esc>')
        if not child:lua([[return vim.wait(300, function() return _G.chosen ~= nil end)]]) then
          child:type('<Esc>')
        end
        child:eventually([[return _G.chosen]])
        t.equal({ { 'nothing', 'no way' }, 1 }, child:lua([[return { _G.chosen, _G.calls }]]))
      end,
    },
  }
  if name ~= 'native' then
    table.insert(found, {
      name .. ': a list, filtered by the picker',
      function(t)
        local child = started(t, name)
        run(child, SELECT)
        type_and_press(child, 'bet', 'beta', 'alpha', '<CR>')
        child:eventually([[return _G.chosen]])
        t.equal({ name, { 'beta', 'edit' } }, child:lua([[return { require('heph.picker').resolve(), _G.chosen }]]))
      end,
    })
  end
  return found
end

local all = {
  {
    'a list goes through vim.ui.select',
    function(t)
      local child = started(t, 'native')
      child:lua([[
        vim.ui.select = function(items, options, on_choice)
          _G.asked = { options.prompt, options.kind, options.format_item(items[3]) }
          on_choice(items[3], 3)
        end
      ]])
      child:lua(SELECT)
      child:eventually([[return _G.chosen]])
      t.equal({ 'Pick', 'heph', 'gam ma' }, child:lua([[return _G.asked]]))
      t.equal({ 'gam ma', 'edit' }, child:lua([[return _G.chosen]]))
    end,
  },
  {
    'nothing to choose from',
    function(t)
      local child = started(t, 'native')
      child:lua([[require('heph.picker').select({}, _G.options, _G.on_choice)]])
      child:eventually_says('nothing to choose from')
      t.equal({ 'nothing', 'no way' }, child:lua([[return _G.chosen]]))
    end,
  },
  {
    'the cursor and the mode are as before',
    function(t)
      local child = started(t, 'native')
      run(child, LIVE)
      type_and_press(child, 'bet', 'beta', 'alpha', '<CR>')
      child:eventually([[return _G.chosen]])
      t.equal({ { 1, 5 }, 'n' }, child:lua([[return { vim.api.nvim_win_get_cursor(0), vim.fn.mode() }]]))
    end,
  },
  {
    'an answer that comes late does not hide a newer one',
    function(t)
      local child = started(t, 'native')
      child:lua([[
        _G.pending = {}
        _G.options.source = function(query, show) _G.pending[query] = show end
      ]])
      run(child, LIVE)
      child:eventually([[return _G.pending[''] ~= nil]])
      child:type('b')
      child:eventually([[return _G.pending.b ~= nil]])
      child:type('e')
      child:eventually([[return _G.pending.be ~= nil]])
      child:lua([[_G.pending.be({ { text = 'newer' } })]])
      sees(child, 'newer')
      child:lua([[_G.pending.b({ { text = 'older' } })]])
      child:type('<CR>')
      child:eventually([[return _G.chosen]])
      t.equal({ 'newer', 'edit' }, child:lua([[return _G.chosen]]))
    end,
  },
  {
    'arrows move, and the preview follows',
    function(t)
      local child = started(t, 'native')
      child:lua([[vim.o.columns = 120]])
      run(child, LIVE)
      sees(child, '# about alpha')
      child:type('<Down><C-n>')
      sees(child, '# about gam ma')
      child:type('<C-p><CR>')
      child:eventually([[return _G.chosen]])
      t.equal({ 'beta', 'edit' }, child:lua([[return _G.chosen]]))
    end,
  },
  {
    'a picker that is not there is said once, and another used',
    function(t)
      local child = started(t, 'native')
      child:lua([[vim.g.heph = { picker = 'telescope' }]])
      run(child, LIVE)
      child:eventually_says('the picker "telescope" is not installed')
      sees(child, 'alpha')
    end,
  },
}
for _, name in ipairs({ 'native', 'telescope', 'snacks', 'mini', 'fzf-lua' }) do
  if plugins.paths(PICKERS[name]) then
    vim.list_extend(all, cases(name))
  end
end
return all
