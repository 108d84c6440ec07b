--- The help: complete, without doubles, and with links that lead somewhere.

---@param t heph.test.Context
---@return string
local function help(t)
  local file = assert(io.open(t.root .. '/doc/heph.txt'))
  local text = file:read('*a')
  file:close()
  return text
end

return {
  {
    'helptags takes it, and every link has a target',
    function(t)
      local folder = t.folder .. '/doc'
      vim.fn.mkdir(folder)
      vim.fn.writefile(vim.split(help(t), '\n'), folder .. '/heph.txt')
      local child = t:child({ arguments = { '--cmd', 'set rtp+=' .. t.folder } })
      child:cmd('helptags ' .. folder)
      local seen = 0
      for name in help(t):gmatch('|([^|%s]+)|') do
        -- A line of options may have bars as well: `day|week`.
        if not name:match('^week$') then
          seen = seen + 1
          t.truthy(child:lua([[return vim.tbl_contains(vim.fn.getcompletion(..., 'help'), ...)]], name), name)
        end
      end
      t.truthy(seen > 30, 'links were looked at')
    end,
  },
  {
    'every subcommand, option, event and highlight group is in it, and no line is too long',
    function(t)
      local text = help(t)
      for _, name in ipairs(require('heph.command').names()) do
        t.contains(text, '*:Heph-' .. name .. '*')
      end
      for name in pairs(require('heph.config').get()) do
        t.contains(text, '      ' .. name .. ' = ')
      end
      for _, file in ipairs(vim.fn.glob(t.root .. '/lua/**/*.lua', true, true)) do
        local code = table.concat(vim.fn.readfile(file), '\n')
        for name in code:gmatch("fire%(%s*'(Heph%u%a+)'") do
          t.contains(text, name)
        end
        for name in code:gmatch("'(Heph%u%l+)'") do
          t.contains(text, name)
        end
      end
      for line in vim.gsplit(text, '\n') do
        t.truthy(#line <= 80, line)
      end
    end,
  },
}
