--- A real hephd on a socket of its own.
local check = require('support.check')

---@class heph.test.Daemon
---@field socket string
---@field db string
---@field job integer
---@field folder string
local Daemon = {}
Daemon.__index = Daemon

local M = {}

---@param folder string
---@return heph.test.Daemon
function M.new(folder)
  local self = setmetatable({ folder = folder, socket = folder .. '/h.sock', db = folder .. '/heph.db' }, Daemon)
  return self
end

---@return heph.test.Daemon
function Daemon:start()
  local hephd = assert(vim.env.HEPHD, 'HEPHD has to name the daemon')
  local command = { hephd, '--mode', 'local', '--socket', self.socket, '--db', self.db, '--log', self.folder .. '/log' }
  local environment = { HOME = self.folder, TZ = 'UTC', DBUS_SESSION_BUS_ADDRESS = 'unix:path=/nonexistent' }
  self.job = vim.fn.jobstart(command, { env = environment })
  check.eventually(function()
    return self:answers()
  end, 'hephd to answer', 20000)
  return self
end

---@return boolean
function Daemon:answers()
  local pipe = assert(vim.uv.new_pipe(false))
  local answer
  pipe:connect(self.socket, function(err)
    answer = err == nil
  end)
  vim.wait(1000, function()
    return answer ~= nil
  end, 2)
  pipe:close()
  return answer == true
end

---@return integer
function Daemon:pid()
  return vim.fn.jobpid(self.job)
end

--- Kills it, so that its socket is left behind.
function Daemon:kill()
  vim.uv.kill(self:pid(), 'sigkill')
  vim.fn.jobwait({ self.job }, 5000)
  self.job = nil
end

function Daemon:stop()
  if self.job then
    vim.fn.jobstop(self.job)
    if vim.fn.jobwait({ self.job }, 5000)[1] == -1 then
      vim.uv.kill(self:pid(), 'sigkill')
    end
    self.job = nil
  end
end

--- Lets it stand still, as a daemon that hangs.
function Daemon:freeze()
  vim.uv.kill(self:pid(), 'sigstop')
end

function Daemon:thaw_and_stop()
  if self.job then
    self:thaw()
    self:stop()
  end
end

function Daemon:thaw()
  vim.uv.kill(self:pid(), 'sigcont')
end

return M
