--- A Neovim that is driven: keys are typed, and what came of it is looked at.
local check = require('support.check')

---@class heph.test.Child
---@field job integer
---@field errors string[]
local Child = {}
Child.__index = Child

local M = {}

---@param root string Folder of the plugin.
---@param environment table<string, string>
---@param arguments? string[]
---@return heph.test.Child
function M.start(root, environment, arguments)
  -- The variable may also be the address of an editor this one runs in.
  local given = vim.env.NVIM or ''
  local nvim = vim.fn.executable(given) == 1 and given or vim.v.progpath
  local command = { nvim, '--embed', '--headless', '--clean', '-n', '--cmd', 'set rtp^=' .. vim.fn.fnameescape(root) }
  vim.list_extend(command, arguments or {})
  local self = setmetatable({ errors = {} }, Child)
  self.job = vim.fn.jobstart(command, {
    rpc = true,
    env = environment,
    on_stderr = function(_, lines)
      vim.list_extend(self.errors, lines)
    end,
  })
  vim.rpcrequest(self.job, 'nvim_ui_attach', 200, 40, {})
  self:lua([[vim.o.shortmess = vim.o.shortmess .. 'I'; vim.o.more = false]])
  return self
end

--- Waits until it takes requests. A message that fills the screen waits for a key, which it gets.
function Child:ready()
  check.eventually(function()
    local mode = vim.rpcrequest(self.job, 'nvim_get_mode')
    if mode.blocking and mode.mode:sub(1, 1) == 'r' then
      vim.rpcrequest(self.job, 'nvim_input', '<CR>')
    end
    return not mode.blocking
  end, 'the editor to take requests', 15000)
end

---@param code string
---@param ... any
---@return any
function Child:lua(code, ...)
  self:ready()
  -- The keys that were typed may bring such a message about only now, while the request is on its way already.
  local timer = assert(vim.uv.new_timer())
  timer:start(2000, 2000, function()
    vim.rpcnotify(self.job, 'nvim_input', '<CR>')
  end)
  local ok, value = pcall(vim.rpcrequest, self.job, 'nvim_exec_lua', code, { ... })
  timer:stop()
  timer:close()
  if not ok then
    error(value, 2)
  end
  return value
end

---@param keys string
function Child:type(keys)
  vim.rpcrequest(self.job, 'nvim_input', keys)
end

--- Runs a command, with its errors as the error.
---@param command string
function Child:cmd(command)
  vim.rpcrequest(self.job, 'nvim_command', command)
end

---@return string[]
function Child:lines()
  return self:lua([[return vim.api.nvim_buf_get_lines(0, 0, -1, true)]])
end

---@param lines string[]
function Child:set_lines(lines)
  self:lua([[vim.api.nvim_buf_set_lines(0, 0, -1, true, ...)]], lines)
end

---@return string
function Child:name()
  return self:lua([[return vim.api.nvim_buf_get_name(0)]])
end

---@return boolean
function Child:modified()
  return self:lua([[return vim.bo.modified]])
end

---@return string
function Child:messages()
  return self:lua([[return vim.api.nvim_exec2('messages', { output = true }).output]])
end

--- Waits until Lua code of the child answers something.
---@param code string
---@param what? string
---@param timeout? integer
---@return any
function Child:eventually(code, what, timeout)
  local ok, value = pcall(check.eventually, function()
    return self:lua(code)
  end, what or code, timeout)
  if not ok then
    error(value .. '\nlines: ' .. vim.inspect(self:lines()):sub(1, 1000) .. '\nmessages: ' .. self:messages(), 2)
  end
  return value
end

---@param text string
function Child:eventually_says(text)
  self:eventually(
    ([[return vim.api.nvim_exec2('messages', { output = true }).output:find(%q, 1, true)]]):format(text),
    'the message ' .. text
  )
end

---@param line string
function Child:eventually_shows(line)
  self:eventually(
    ([[return vim.tbl_contains(vim.api.nvim_buf_get_lines(0, 0, -1, true), %q)]]):format(line),
    'the line ' .. line
  )
end

--- Waits until it has ended by itself.
---@param timeout? integer
---@return integer code -1 when it still runs.
function Child:ended(timeout)
  return vim.fn.jobwait({ self.job }, timeout or 5000)[1]
end

function Child:stop()
  pcall(vim.fn.jobstop, self.job)
  vim.fn.jobwait({ self.job }, 2000)
end

return M
