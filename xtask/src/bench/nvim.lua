--- What a person waits for in pages, measured: `nvim --clean --headless -l nvim.lua {plugin} {turns}` with HEPH_SOCKET in
--- the environment, against a store with pages `Page 0`, `Page 1`, … that link to each other.
---
--- Prints one JSON object: a list of microseconds for each of `open`, `save`, `complete`, `follow`.
vim.opt.runtimepath:prepend(arg[1])
vim.cmd.runtime('plugin/heph.lua')

local TURNS = tonumber(arg[2])
local PATIENCE = 5000

--- What is typed behind `[[`, from little to much.
local TYPED = { '', 'p', 'pa', 'page 1', 'page 123', '9', 'hub', 'folder 7/page', 'Page 7#' }

local samples = { open = {}, save = {}, complete = {}, follow = {} }

---@param name string
---@param act fun()
---@param is_done? fun(): boolean
local function measure(name, act, is_done)
  local began = vim.uv.hrtime()
  act()
  if is_done and not vim.wait(PATIENCE, is_done, 1) then
    error(('%s is not done after %d ms'):format(name, PATIENCE))
  end
  table.insert(samples[name], math.floor((vim.uv.hrtime() - began) / 1000))
end

---@return string? id Of the page in the window, once its text is there.
local function shown()
  local state = require('heph.page.state').get(0)
  return state and state.loaded and state.id or nil
end

---@param title string
local function open(title)
  local before = shown()
  measure('open', function()
    require('heph.page').open(title)
  end, function()
    local id = shown()
    return id ~= nil and id ~= before
  end)
end

local function follow()
  local before = shown()
  vim.fn.search('\\[\\[Page', 'cw')
  measure('follow', function()
    vim.cmd('Heph follow')
  end, function()
    local id = shown()
    return id ~= nil and id ~= before
  end)
end

local function save(turn)
  vim.api.nvim_buf_set_lines(0, -1, -1, false, { ('turn %d with [[Page %d]]'):format(turn, turn) })
  measure('save', vim.cmd.write)
  assert(not vim.bo.modified, 'the page is saved')
end

---@param client vim.lsp.Client
---@param typed string
local function complete(client, typed)
  local buf = vim.api.nvim_get_current_buf()
  vim.api.nvim_buf_set_lines(buf, -1, -1, false, { '[[' .. typed })
  local line = vim.api.nvim_buf_line_count(buf)
  vim.api.nvim_win_set_cursor(0, { line, #typed + 2 })
  local params = {
    textDocument = { uri = vim.uri_from_bufnr(buf) },
    position = { line = line - 1, character = #typed + 2 },
    context = { triggerKind = 1 },
  }
  local answer
  measure('complete', function()
    client:request('textDocument/completion', params, function(err, result)
      answer = { err = err, items = result and (result.items or result) or {} }
    end, buf)
  end, function()
    return answer ~= nil
  end)
  assert(not answer.err, vim.inspect(answer.err))
  assert(typed:find('#') or #answer.items > 0, 'nothing is offered for [[' .. typed)
  vim.api.nvim_buf_set_lines(buf, -2, -1, false, {})
end

vim.notify = function(message, level)
  if (level or 0) >= vim.log.levels.ERROR then
    io.stderr:write(message .. '\n')
  end
end

local client
for turn = 1, TURNS do
  open('Page ' .. (turn * 37 % 10000))
  follow()
  save(turn)
  if not client then
    vim.wait(PATIENCE, function()
      client = vim.lsp.get_clients({ bufnr = 0 })[1]
      return client ~= nil and client.initialized == true
    end, 1)
    assert(client, 'the language server is attached')
  end
  complete(client, TYPED[turn % #TYPED + 1])
  vim.bo.modified = false
end
io.stdout:write(vim.json.encode(samples) .. '\n')
os.exit(0)
