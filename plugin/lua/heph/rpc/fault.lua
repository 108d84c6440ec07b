--- Errors that arise on this side of the socket, as sentences that say what to do.
local config = require('heph.config')

local M = {}

---@class heph.Error
---@field code string The daemon's, or `not_running`, `stale_socket`, `timeout`, `lost`, `interrupted`, `version`.
---@field message string
---@field short? string The message, where a line has no room for all of it.
---@field hint? string
---@field data? table
---@field mutation_id? string Under which a mutation was sent last, when what it did is not known.

---@param socket string
---@return string
local function start_command(socket)
  if socket == config.default_socket() then
    return 'heph daemon start'
  end
  return 'hephd --mode local --socket ' .. socket
end

--- Why the socket could not be connected to.
---@param socket string
---@param reason string What uv says (`ENOENT: no such file or directory`).
---@return heph.Error
function M.connect(socket, reason)
  if reason:find('ENOENT', 1, true) then
    return {
      code = 'not_running',
      message = 'hephd is not running: there is no socket at ' .. socket,
      short = 'hephd is not running',
      hint = 'start it: ' .. start_command(socket),
    }
  elseif reason:find('ECONNREFUSED', 1, true) then
    return {
      code = 'stale_socket',
      message = 'hephd is not running: nobody answers at the stale socket ' .. socket,
      short = 'hephd is not running',
      hint = 'start it: ' .. start_command(socket),
    }
  end
  return { code = 'not_running', message = ('the socket %s cannot be used: %s'):format(socket, reason) }
end

---@param method string
---@param kind heph.MethodKind
---@param timeout integer Milliseconds.
---@return heph.Error
function M.timeout(method, kind, timeout)
  local hint = 'see what the daemon is doing: heph doctor'
  if kind ~= 'read' then
    hint = 'it may still take effect: look before you run it again'
  end
  return {
    code = 'timeout',
    message = ('hephd did not answer `%s` within %g s'):format(method, timeout / 1000),
    hint = hint,
  }
end

--- The reply to a mutation was lost, and what it did cannot be learnt.
---@return heph.Error
function M.unknown_outcome()
  return {
    code = 'lost',
    message = "reconnected — re-run the action if it didn't take effect",
    hint = 'if it took effect twice: heph undo',
  }
end

---@return heph.Error
function M.closed()
  return {
    code = 'lost',
    message = 'hephd closed the connection before it answered',
    hint = 'see what the daemon is doing: heph doctor',
  }
end

---@param method string
---@return heph.Error
function M.interrupted(method)
  return { code = 'interrupted', message = ('`%s` was interrupted before hephd answered'):format(method) }
end

---@param what string
---@return heph.Error
function M.unreadable(what)
  return {
    code = 'lost',
    message = 'what hephd sent cannot be read: ' .. what,
    hint = 'plugin and daemon may be of different versions: heph plugin install',
  }
end

---@param what string
---@return heph.Error
function M.unsendable(what)
  return { code = 'invalid', message = what }
end

---@return heph.Error
function M.crowded()
  return { code = 'busy', message = 'too many requests to hephd wait already', hint = 'try again in a moment' }
end

--- The daemon speaks another major version of the protocol.
---@param ours integer
---@param theirs? integer
---@param refusal? heph.Error What the daemon says itself.
---@return heph.Error
function M.version(ours, theirs, refusal)
  if refusal then
    return { code = 'version', message = refusal.message, hint = refusal.hint, data = refusal.data }
  end
  return {
    code = 'version',
    message = ('this plugin speaks protocol %d, the daemon speaks %s'):format(ours, tostring(theirs)),
    hint = (theirs or 0) > ours and 'upgrade the plugin: heph plugin install' or 'upgrade hephd and start it again',
  }
end

return M
