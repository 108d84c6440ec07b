--- `:checkhealth heph`: whether the plugin can do its work, and what to do where it cannot. It asks a daemon that runs
--- and never starts one.
local M = {}

local CONNECT_MS = 1000
local ASK_MS = 2000

local health = vim.health

local function neovim()
  health.start('heph: Neovim')
  ---@diagnostic disable-next-line: call-non-callable
  local is = vim.version()
  local version = ('%d.%d.%d'):format(is.major, is.minor, is.patch)
  if vim.fn.has('nvim-0.10') == 1 then
    health.ok('Neovim ' .. version)
  else
    health.error('Neovim ' .. version .. ' is too old', { 'Install Neovim 0.10 or newer.' })
  end
  for _, language in ipairs({ 'markdown', 'markdown_inline' }) do
    local ok, found = pcall(vim.treesitter.language.add, language)
    if ok and found ~= false and found ~= nil or ok and vim.fn.has('nvim-0.11') == 0 then
      health.ok(('tree-sitter parser %s'):format(language))
    else
      health.warn(('there is no tree-sitter parser for %s'):format(language), {
        'It comes with Neovim; a package may have left it out. Pages open without it, only less coloured.',
      })
    end
  end
end

local function options()
  health.start('heph: options')
  local config = require('heph.config')
  local unknown, faults = config.unknown(), config.faults()
  for _, key in ipairs(unknown) do
    health.warn(('there is no option %q'):format(key), { 'Look for its name in `:help heph-options`.' })
  end
  for _, fault in ipairs(faults) do
    health.error(fault, { 'Until it is mended the default counts.' })
  end
  if #unknown + #faults == 0 then
    health.ok('options are understood')
  end
  local picker = require('heph.picker')
  local name, problem = picker.resolve()
  if problem then
    health.warn(problem, { 'Install it, or set `picker` to "auto".' })
  end
  health.ok(('picker: %s'):format(name))
  local ready = vim.tbl_filter(picker.is_ready, picker.NAMES)
  health.info('pickers that are there: ' .. table.concat(ready, ', '))
end

---@param path string
---@return boolean usable
local function socket_file(path)
  local stat, why = vim.uv.fs_stat(path)
  if not stat then
    if why and why:find('ENOENT', 1, true) then
      health.error('there is no socket, so hephd is not running', { 'Start it: `heph daemon start`' })
    else
      health.error(('the socket cannot be looked at: %s'):format(why or 'no reason'))
    end
    return false
  end
  if stat.type ~= 'socket' then
    health.error(('%s is a %s, not a socket'):format(path, stat.type), { 'Set `socket` to where hephd listens.' })
    return false
  end
  local mode = ('%o'):format(stat.mode % 512)
  local own = vim.uv.getuid and vim.uv.getuid() or stat.uid
  if stat.uid ~= own then
    health.error(('the socket belongs to user %d, you are %d'):format(stat.uid, own), {
      'Connect to a daemon of your own.',
    })
  elseif stat.mode % 64 ~= 0 then
    health.warn(('others may use the socket: its mode is %s'):format(mode), { 'chmod 600 ' .. path })
  else
    health.ok(('it is yours alone (mode %s)'):format(mode))
  end
  return true
end

---Connects on its own, beside the plugin's connection, to see how long it takes.
---@param path string
---@return boolean
local function connect(path)
  local pipe = assert(vim.uv.new_pipe(false))
  local began = vim.uv.hrtime()
  local answer, problem = false, nil
  pipe:connect(path, function(err)
    answer, problem = true, err
  end)
  vim.wait(CONNECT_MS, function()
    return answer
  end, 1, true)
  pipe:close()
  if answer and not problem then
    health.ok(('connected in %.1f ms'):format((vim.uv.hrtime() - began) / 1e6))
    return true
  end
  if problem and problem:find('ECONNREFUSED', 1, true) then
    health.error('nobody listens at the socket: a daemon ended without removing it', {
      'Start it again: `heph daemon start`',
    })
  else
    health.error(('the daemon cannot be reached: %s'):format(problem or 'no answer'), {
      'See what it is doing: `heph daemon status`',
    })
  end
  return false
end

---@param status table
local function sync(status)
  local state = status.state or 'off'
  local shown = ('sync: %s'):format(state)
  if state == 'off' then
    health.info('sync is off: the daemon was started without a hub')
  elseif status.problem and status.problem ~= '' then
    health.warn(('%s; %s'):format(shown, status.problem), {
      status.hint and status.hint ~= '' and status.hint or 'See `heph sync status`.',
    })
  else
    health.ok(('%s, %d not sent'):format(shown, status.unsent or 0))
  end
end

local function daemon()
  health.start('heph: daemon')
  local path, origin = require('heph.config').socket()
  health.info(('socket: %s (%s)'):format(path, origin))
  if not socket_file(path) or not connect(path) then
    return
  end
  local rpc, message = require('heph.rpc'), require('heph.message')
  local began = vim.uv.hrtime()
  local status, err = rpc.call('daemon.status', {}, ASK_MS)
  if not status then
    local hint = err and err.hint
    health.error(err and err.message or 'the daemon does not answer', {
      hint and hint ~= '' and hint or 'See what it is doing: `heph daemon status`',
    })
    return
  end
  local took = (vim.uv.hrtime() - began) / 1e6
  health.ok(('hephd %s answers in %.1f ms; protocol %s'):format(status.version, took, rpc.status().protocol))
  health.info(('store: %s'):format(status.db))
  local wanted = vim.env.HEPH_DB
  if wanted and wanted ~= '' and vim.uv.fs_realpath(wanted) ~= vim.uv.fs_realpath(status.db) then
    health.warn(('$HEPH_DB is %s, but the daemon has another store'):format(wanted), {
      'Set $HEPH_SOCKET to the socket of the daemon that has it, or unset $HEPH_DB.',
    })
  end
  local synced, problem = rpc.call('sync.status', {}, ASK_MS)
  if synced then
    sync(synced)
  else
    health.warn('the state of sync could not be learnt: ' .. message.sentence(problem or 'no answer'))
  end
end

local function language_features()
  health.start('heph: language features')
  if not require('heph.config').get().lsp then
    health.info('they are switched off by the option `lsp`')
    return
  end
  if require('heph.rpc').status().state == 'connected' then
    local _, err = require('heph.rpc').call('link.complete', { typed = '', limit = 1 }, ASK_MS)
    if err then
      health.warn('the daemon does not complete links: ' .. require('heph.message').sentence(err), {
        'Upgrade hephd, or take the plugin that belongs to it: `heph plugin install`',
      })
    end
  end
  local client = require('heph.lsp').client()
  if client then
    health.ok(('the server runs, for %d pages'):format(vim.tbl_count(client.attached_buffers or {})))
  else
    health.ok('the server starts with the first page that is opened')
  end
end

function M.check()
  neovim()
  options()
  daemon()
  language_features()
end

return M
