--- The help: complete, without doubles, and with links that lead somewhere.

---@param t heph.test.Context
---@return string[]
local function files(t)
  return vim.fn.glob(t.root .. '/doc/*.txt', true, true)
end

--- All of the help.
---@param t heph.test.Context
---@return string
local function help(t)
  local lines = {}
  for _, file in ipairs(files(t)) do
    vim.list_extend(lines, vim.fn.readfile(file))
  end
  return table.concat(lines, '\n')
end

return {
  {
    'helptags takes it, and every link has a target',
    function(t)
      local folder = t.folder .. '/doc'
      vim.fn.mkdir(folder)
      for _, file in ipairs(files(t)) do
        assert(vim.uv.fs_copyfile(file, folder .. '/' .. vim.fs.basename(file)))
      end
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
        -- Code stands as it would in a file.
        t.truthy(#line <= 80 or line:match('^        '), line)
      end
    end,
  },
}
