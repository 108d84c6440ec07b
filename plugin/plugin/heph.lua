-- What Neovim sources at start: names only. Everything else is loaded when it is used.
if vim.g.loaded_heph then
  return
end
vim.g.loaded_heph = true

if vim.fn.has('nvim-0.10') == 0 then
  vim.api.nvim_create_user_command('Heph', function()
    vim.notify('heph.nvim needs Neovim 0.10 or newer', vim.log.levels.ERROR, { title = 'heph' })
  end, { nargs = '*' })
  return
end

vim.api.nvim_create_user_command('Heph', function(arguments)
  require('heph.command').run(arguments)
end, {
  nargs = '*',
  bang = true,
  range = true,
  desc = 'heph: pages, journals and tasks',
  complete = function(lead, line, position)
    return require('heph.command').complete(lead, line, position)
  end,
})

local group = vim.api.nvim_create_augroup('heph', {})
local function on(event, callback, options)
  options =
    vim.tbl_extend('force', { group = group, pattern = 'heph://*', nested = true, callback = callback }, options or {})
  vim.api.nvim_create_autocmd(event, options)
end
on('BufReadCmd', function(event)
  require('heph.buffer').read(event)
end)
on('BufWriteCmd', function(event)
  require('heph.buffer').write(event)
end)
on('FileWriteCmd', function()
  require('heph.buffer').refuse_part()
end)
on('BufEnter', function(event)
  require('heph.buffer').entered(event)
end)
on('BufReadPost', function(event)
  require('heph.lsp').start(event.buf)
end, { pattern = 'heph://page/*' })
on('BufFilePost', function(event)
  if vim.b[event.buf].heph_page or vim.b[event.buf].heph_list then
    require('heph.detach').renamed(event)
  end
end, { pattern = '*' })
on('SessionLoadPost', function()
  require('heph.buffer').reread()
end, { pattern = '*' })

local names = 'home today journals next list agenda search done promote open new rename toggle follow backlinks links '
  .. 'tags toc template extract capture why history undo redo attach sync'
for name in names:gmatch('%S+') do
  vim.keymap.set({ 'n', 'x' }, '<Plug>(heph-' .. name .. ')', function()
    return require('heph.keys').command(name)
  end, { expr = true, desc = 'heph: ' .. name })
end
for _, name in ipairs({ 'smart', 'gf', 'next-link', 'previous-link', 'next-journal', 'previous-journal' }) do
  vim.keymap.set('n', '<Plug>(heph-' .. name .. ')', function()
    return require('heph.keys').press(name)
  end, { expr = true, desc = 'heph: ' .. name })
end
