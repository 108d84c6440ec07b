--- What one test has: a folder, and in it a daemon and editors when it asks for them.
local check = require('support.check')

---@class heph.test.Context
---@field root string
---@field folder string
---@field children heph.test.Child[]
---@field server? heph.test.Daemon
local Context = {}
Context.__index = Context

local M = {}

---@param root string
---@return heph.test.Context
function M.new(root)
  -- A socket's path may have about 100 bytes.
  local folder = assert(vim.uv.fs_mkdtemp((vim.env.TMPDIR or '/tmp') .. '/heph-nvim-XXXXXX'))
  return setmetatable({ root = root, folder = folder, children = {} }, Context)
end

Context.equal = check.equal
Context.contains = check.contains
Context.truthy = check.truthy
Context.eventually = check.eventually

--- The daemon, started at the first call.
---@return heph.test.Daemon
function Context:daemon()
  if not self.server then
    self.server = require('support.daemon').new(self.folder):start()
  end
  return self.server
end

---@param options? {environment?: table<string, string>, arguments?: string[]}
---@return heph.test.Child
function Context:child(options)
  options = options or {}
  local environment = vim.tbl_extend('force', {
    HEPH_SOCKET = self.folder .. '/h.sock',
    HEPH_DB = '',
    HOME = self.folder,
    XDG_DATA_HOME = self.folder .. '/data',
    XDG_STATE_HOME = self.folder .. '/state',
    XDG_CONFIG_HOME = self.folder .. '/config',
    TZ = 'UTC',
    NVIM_APPNAME = 'nvim',
  }, options.environment or {})
  local child = require('support.child').start(self.root, environment, options.arguments)
  table.insert(self.children, child)
  return child
end

--- Asks the daemon as another client would.
---@param method string
---@param params? table
---@return any
function Context:ask(method, params)
  vim.g.heph = { socket = self:daemon().socket }
  local reply, err = require('heph.rpc').call(method, params)
  if err then
    error(method .. ': ' .. vim.inspect(err), 2)
  end
  return reply
end

--- Makes a page.
---@param title string
---@param text string
---@return table page
function Context:page(title, text)
  return self:ask('page.new', { title = title, text = text }).page
end

--- The saved text of a page.
---@param reference string
---@return string
function Context:text(reference)
  return self:ask('page.open', { reference = reference }).open.text
end

--- Saves a text over the one that stands, as somebody else would.
---@param reference string
---@param text string
function Context:overwrite(reference, text)
  local open = self:ask('page.open', { reference = reference }).open
  self:ask('page.save', { id = open.page.id, key = open.key, base_rev = open.rev, text = text })
end

--- A child with a page open in it.
---@param title string
---@param text string
---@return heph.test.Child
---@return table page
function Context:opened(title, text)
  local page = self:page(title, text)
  local child = self:child()
  child:lua([[require('heph.page').open(...)]], page.id)
  child:eventually(([[return vim.b.heph_page and vim.b.heph_page.id == %q]]):format(page.id), 'the page to open')
  return child, page
end

--- What the editors said, for a test that failed.
---@return string
function Context:noise()
  local noise = ''
  for _, child in ipairs(self.children) do
    local text = table.concat(child.errors, '\n')
    if text ~= '' then
      noise = noise .. '\n        stderr: ' .. text
    end
  end
  return noise
end

function Context:close()
  for _, child in ipairs(self.children) do
    child:stop()
  end
  require('heph.rpc').close()
  if self.server then
    self.server:thaw_and_stop()
  end
  vim.fn.delete(self.folder, 'rf')
end

return M
