--- Times what the language server answers while somebody types, at many pages:
--- `nvim -l plugin/tests/bench/language.lua [pages] [rounds]` with HEPHD and HEPH in the environment.
---
--- The pages are made up by a fixed rule and imported, so that each run has the same. A time is that from request to
--- answer in a child Neovim, daemon and socket included; below it is what the daemon says it took.
if not (arg and arg[0] and arg[0]:match('bench[/\\]language%.lua$')) then
  return
end

local here = vim.fn.fnamemodify(arg[0], ':p:h:h')
local root = vim.fn.fnamemodify(here, ':h')
vim.opt.runtimepath:prepend(root)
package.path = here .. '/?.lua;' .. package.path

local PAGES, ROUNDS = tonumber(arg[1]) or 10000, tonumber(arg[2]) or 500

local WORDS = vim.split(
  'garden meeting recipe journey budget letter winter kitchen bicycle library concert invoice doctor holiday market '
    .. 'project archive painting mountain lecture harvest compass lantern orchard village railway theatre workshop '
    .. 'évolution Größe 日本 наука proposal checklist interview migration telescope wardrobe umbrella notebook',
  ' '
)

local state = 20261127
---@param limit integer
---@return integer
local function chance(limit)
  state = (state * 1103515245 + 12345) % 2147483648
  return math.floor(state / 65536) % limit + 1
end

local function word()
  return WORDS[chance(#WORDS)]
end

---Writes the pages as files, in folders, with headings, tags, aliases and links.
---@param folder string
local function make(folder)
  local titles = {}
  for number = 1, PAGES do
    titles[number] = ('%s %s %d'):format(word(), word(), number)
  end
  for number, title in ipairs(titles) do
    local place = ('%s/%s'):format(folder, WORDS[number % 30 + 1])
    vim.fn.mkdir(place, 'p')
    local lines = {}
    if number % 5 == 0 then
      vim.list_extend(lines, { '---', ('aliases: [%s of %s %d]'):format(word(), word(), number), '---' })
    end
    vim.list_extend(lines, { '# ' .. word(), '', ('About #%s/%s.'):format(word(), word()), '' })
    for _ = 1, 5 do
      table.insert(lines, ('Some %s, see [[%s]].'):format(word(), titles[chance(PAGES)]))
    end
    vim.list_extend(lines, { '', '## ' .. word(), 'text' })
    vim.fn.writefile(lines, ('%s/%s.md'):format(place, title))
  end
end

---What is typed: each prefix of a word, a folder, a tag, a heading.
---@return string[]
local function typings()
  local list = {}
  for _ = 1, ROUNDS do
    local text = word()
    local kind = chance(10)
    if kind == 1 then
      table.insert(list, '#' .. text:sub(1, chance(4)))
    elseif kind == 2 then
      table.insert(list, '[[' .. text .. '/' .. word():sub(1, 2))
    elseif kind == 3 then
      table.insert(list, '[[' .. text .. ' ' .. word():sub(1, 1))
    elseif kind == 4 then
      table.insert(list, '[[Bench#')
    else
      table.insert(list, '[[' .. vim.fn.strcharpart(text, 0, chance(5) - 1))
    end
  end
  return list
end

---@param times number[] Milliseconds.
local function summary(name, times)
  table.sort(times)
  local function at(part)
    return times[math.max(1, math.ceil(#times * part))]
  end
  print(('%-28s p50 %6.2f ms   p99 %6.2f ms   worst %6.2f ms   n %d'):format(name, at(0.5), at(0.99), at(1), #times))
end

local ASK = [[
  local method, lines, characters = ...
  local client = vim.lsp.get_clients({ name = 'heph' })[1]
  local times, items = {}, 0
  for index, line in ipairs(lines) do
    vim.api.nvim_buf_set_lines(0, 0, 1, false, { line })
    local done
    local began = vim.uv.hrtime()
    client.request(method, {
      textDocument = { uri = vim.uri_from_bufnr(0) },
      position = { line = 0, character = characters[index] },
    }, function(_, result)
      done = true
      items = items + (result and result.items and #result.items or result and 1 or 0)
    end, 0)
    vim.wait(5000, function() return done end, 0)
    times[index] = (vim.uv.hrtime() - began) / 1e6
  end
  return { times, items }
]]

local t = require('support.context').new(root)
local ok, problem = pcall(function()
  make(t.folder .. '/vault')
  local daemon = t:daemon()
  local imported = vim
    .system({ vim.env.HEPH, 'import', 'obsidian', t.folder .. '/vault' }, { env = { HEPH_SOCKET = daemon.socket } })
    :wait()
  assert(imported.code == 0, imported.stderr)
  local child = t:opened('Bench', '\n# One\n## Two\n')
  require('support.language').attached(child)
  child:lua([[vim.diagnostic.enable(false)]])

  local lines = typings()
  local ends = vim.tbl_map(function(line)
    return #line
  end, lines)
  child:lua(ASK, 'textDocument/completion', vim.list_slice(lines, 1, 20), ends)
  local answer = child:lua(ASK, 'textDocument/completion', lines, ends)
  print(('%d pages, %d items in %d lists'):format(PAGES, answer[2], #lines))
  summary('completion', answer[1])

  local links, places = {}, {}
  local pages = t:ask('page.list', { limit = math.min(1000, ROUNDS) }).pages
  for index, page in ipairs(pages) do
    links[index], places[index] = ('see [[%s]]'):format(page.title), 8
  end
  for _, method in ipairs({ 'definition', 'hover', 'references' }) do
    summary(method, child:lua(ASK, 'textDocument/' .. method, links, places)[1])
  end
  for _, stats in ipairs(t:ask('daemon.status').methods) do
    if
      ({ ['link.complete'] = true, complete = true, ['link.resolve'] = true, ['page.backlinks'] = true })[stats.method]
    then
      print(
        ('  hephd %-20s p50 %6.2f ms   p99 %6.2f ms'):format(stats.method, stats.p50_us / 1000, stats.p99_us / 1000)
      )
    end
  end
end)
t:close()
if not ok then
  io.stderr:write(tostring(problem) .. '\n')
end
os.exit(ok and 0 or 1)
