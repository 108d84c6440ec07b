--- Runs the tests: `nvim -l plugin/tests/run.lua [part of a name]…` with NVIM, HEPHD and HEPH in the environment.
---
--- A file `*_test.lua` answers a list of `{ name, function(t) … end }`. Each test has a folder, a daemon and a child of
--- its own when it asks for them, and all of it is gone when it ends.
if not (arg and arg[0] and arg[0]:match('tests[/\\]run%.lua$')) then
  return
end

local here = vim.fn.fnamemodify(arg[0], ':p:h')
local root = vim.fn.fnamemodify(here, ':h')
vim.opt.runtimepath:prepend(root)
package.path = here .. '/?.lua;' .. package.path

-- What the plugin says in this process is no result.
rawset(vim, 'notify', function() end)

local context = require('support.context')

---@param name string
---@return boolean
local function is_wanted(name)
  if #arg == 0 then
    return true
  end
  for _, part in ipairs(arg) do
    if name:find(part, 1, true) then
      return true
    end
  end
  return false
end

---@param text string
local function say(text)
  io.stdout:write(text .. '\n')
  io.stdout:flush()
end

local passed, failures = 0, {}
local began = vim.uv.hrtime()
for _, file in ipairs(vim.fn.sort(vim.fn.glob(here .. '/*_test.lua', true, true))) do
  local group = vim.fn.fnamemodify(file, ':t:r'):gsub('_test$', '')
  for _, case in ipairs(dofile(file)) do
    local name = group .. ': ' .. case[1]
    if is_wanted(name) then
      local t = context.new(root)
      local start = vim.uv.hrtime()
      local ok, problem = xpcall(case[2], debug.traceback, t)
      local noise = ok and '' or t:noise()
      local closed, trouble = pcall(t.close, t)
      if ok and not closed then
        ok, problem = false, trouble
      end
      local took = (vim.uv.hrtime() - start) / 1e6
      if ok then
        passed = passed + 1
        say(('ok      %s (%.0f ms)'):format(name, took))
      else
        table.insert(failures, name)
        say(
          ('FAILED  %s (%.0f ms)\n        %s%s'):format(name, took, tostring(problem):gsub('\n', '\n        '), noise)
        )
      end
    end
  end
end
say(('%d passed, %d failed in %.1f s'):format(passed, #failures, (vim.uv.hrtime() - began) / 1e9))
for _, name in ipairs(failures) do
  say('FAILED  ' .. name)
end
os.exit(#failures == 0 and passed > 0 and 0 or 1)
