--- Completion plugins, where `HEPH_TEST_PLUGINS` names a folder with them: each is an ordinary client to the server.
local ok, language = pcall(require, 'support.language')
if not ok then
  -- Neovim sources this where the repository's root is on 'runtimepath'.
  return {}
end
local plugins = require('support.plugins')

local ENGINES = {
  ['nvim-cmp'] = {
    plugins = { 'nvim-cmp', 'cmp-nvim-lsp' },
    code = [[
      vim.cmd.runtime('plugin/cmp.lua')
      vim.cmd.runtime('after/plugin/cmp_nvim_lsp.lua')
      local cmp = require('cmp')
      cmp.setup({
        sources = { { name = 'nvim_lsp' } },
        mapping = { ['<C-y>'] = cmp.mapping.confirm({ select = true }) },
      })
    ]],
    shown = [[return require('cmp').visible() and require('cmp').get_entries()[1].completion_item.label]],
    accept = '<C-y>',
  },
  ['blink.cmp'] = {
    plugins = { 'blink.cmp' },
    code = [[
      require('blink.cmp').setup({
        fuzzy = { implementation = 'lua' },
        sources = { default = { 'lsp' } },
        keymap = { preset = 'default' },
        completion = { list = { selection = { preselect = true } } },
      })
    ]],
    shown = [[
      local list = require('blink.cmp.completion.list')
      return require('blink.cmp').is_visible() and list.items[1] and list.items[1].label
    ]],
    accept = '<C-y>',
  },
  ['mini.completion'] = {
    plugins = { 'mini.nvim' },
    code = [[
      vim.o.completeopt = 'menuone,noinsert'
      require('mini.completion').setup({ delay = { completion = 10 } })
    ]],
    shown = [[
      local items = vim.fn.complete_info({ 'items' }).items
      return vim.fn.pumvisible() == 1 and items[1] and items[1].abbr
    ]],
    accept = '<C-y>',
  },
}

---@param t heph.test.Context
---@param name string
local function started(t, name)
  t:page('Daily notes', 'About #garden/roses\n')
  t:page('Work/Plan of Rome', '# Goals\n')
  local page = t:page('Here', '\n')
  local child = t:child()
  child:lua(
    [[
      local paths, code = ...
      for _, path in ipairs(paths) do vim.opt.runtimepath:append(path) end
      assert(loadstring(code))()
    ]],
    plugins.paths(ENGINES[name]),
    ENGINES[name].code
  )
  child:lua([[require('heph.page').open(...)]], page.id)
  child:eventually([[return vim.b.heph_page ~= nil]])
  language.attached(child)
  return child
end

---@param name string
local function cases(name)
  local engine = ENGINES[name]
  ---@param child heph.test.Child
  ---@param label string
  local function accept(child, label)
    child:eventually(([[return (function() %s end)() == %q]]):format(engine.shown, label), label .. ' in the menu')
    child:type(engine.accept)
  end
  return {
    {
      name .. ': a title with blanks behind an emoji',
      function(t)
        local child = started(t, name)
        child:type('i🎉 ')
        child:eventually([[return vim.fn.mode() == 'i']])
        child:type('[[')
        child:eventually(([[return (function() %s end)() and true]]):format(engine.shown), 'a menu')
        child:type('da')
        accept(child, 'Daily notes')
        child:eventually_shows('🎉 [[Daily notes]]')
      end,
    },
    {
      name .. ': a word within a title, with the brackets there',
      function(t)
        local child = started(t, name)
        child:type('i[[]] end<Esc>0la')
        child:eventually([[return vim.fn.mode() == 'i' and vim.fn.col('.') == 3]])
        child:type('ro')
        accept(child, 'Plan of Rome')
        child:eventually_shows('[[Plan of Rome]] end')
      end,
    },
    {
      name .. ': a tag',
      function(t)
        local child = started(t, name)
        child:type('ix ')
        child:eventually([[return vim.fn.mode() == 'i']])
        child:type('#ga')
        accept(child, 'garden/roses')
        child:eventually_shows('x #garden/roses')
      end,
    },
  }
end

local all = {}
for _, name in ipairs({ 'nvim-cmp', 'blink.cmp', 'mini.completion' }) do
  if plugins.paths(ENGINES[name]) then
    vim.list_extend(all, cases(name))
  end
end
return all
