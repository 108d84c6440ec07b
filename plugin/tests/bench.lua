--- Times what a person waits for, in a store of many pages: `nvim -l plugin/tests/bench.lua [pages]`.
---
--- NVIM and HEPHD as for `run.lua`. The times are those of the child: from the command to the text in the window.
if not (arg and arg[0] and arg[0]:match('tests[/\\]bench%.lua$')) then
  return
end

local here = vim.fn.fnamemodify(arg[0], ':p:h')
vim.opt.runtimepath:prepend(vim.fn.fnamemodify(here, ':h'))
package.path = here .. '/?.lua;' .. package.path
vim.notify = function() end

local PAGES = tonumber(arg[1]) or 10000
local ROUNDS = 200

local t = require('support.context').new(vim.fn.fnamemodify(here, ':h'))
t:daemon()

---@param number integer
---@return string
local function title(number)
  return ('Page %05d of the bench'):format(number)
end

--- Fills the store, as many requests on their way as the daemon takes.
local function fill()
  vim.g.heph = { socket = t:daemon().socket }
  local rpc = require('heph.rpc')
  local ended, sent = 0, 0
  while ended < PAGES do
    while sent < PAGES and sent - ended < 200 do
      sent = sent + 1
      local link = ('see [[%s]] and [[%s]]'):format(title(sent % PAGES + 1), title((sent * 7) % PAGES + 1))
      local text = ('# %s\n\n%s\n\n%s'):format(
        title(sent),
        link,
        ('Some words to read. #tag%d\n'):format(sent % 50):rep(20)
      )
      rpc.request('page.new', { title = title(sent), text = text }, function(err)
        assert(not err, vim.inspect(err))
        ended = ended + 1
      end, { timeout = 60000 })
    end
    local before = ended
    vim.wait(1000, function()
      return ended > before
    end, 5)
  end
end

local began = vim.uv.hrtime()
fill()
print(('%d pages made in %.1f s'):format(PAGES, (vim.uv.hrtime() - began) / 1e9))

local child = t:child()
local times = child:lua(
  [[
  local rounds, pages = ...
  local function wait(probe)
    assert(vim.wait(10000, probe, 1), 'it took too long')
  end
  local function title(number)
    return ('Page %05d of the bench'):format(number)
  end
  local times = { open = {}, save = {}, follow = {}, complete = {} }
  local function time(name, action)
    local began = vim.uv.hrtime()
    action()
    table.insert(times[name], (vim.uv.hrtime() - began) / 1e6)
  end
  for round = 1, rounds do
    local number = (round * 37) % pages + 1
    time('open', function()
      vim.cmd('Heph open ' .. title(number))
      wait(function() return vim.b.heph_page and vim.b.heph_page.title == title(number) end)
    end)
    vim.api.nvim_buf_set_lines(0, -1, -1, true, { 'a line of round ' .. round })
    time('save', function()
      vim.cmd('silent write')
      assert(not vim.bo.modified)
    end)
    vim.api.nvim_win_set_cursor(0, { 3, 6 })
    time('follow', function()
      vim.cmd('Heph follow')
      wait(function() return vim.b.heph_page.title == title(number % pages + 1) end)
    end)
    time('complete', function()
      vim.fn.getcompletion('Heph open Page 0' .. number % 10, 'cmdline')
    end)
    vim.cmd('silent! %bwipeout')
  end
  return times
  ]],
  ROUNDS,
  PAGES
)
for _, name in ipairs({ 'open', 'save', 'follow', 'complete' }) do
  local values = times[name]
  table.sort(values)
  local text = '%-9s p50 %6.2f ms   p99 %6.2f ms   most %6.2f ms'
  print(text:format(name, values[math.ceil(#values * 0.5)], values[math.ceil(#values * 0.99)], values[#values]))
end
t:close()
