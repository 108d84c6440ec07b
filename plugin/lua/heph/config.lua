--- Options: `vim.g.heph` (a table, or a function that makes one) and what `setup()` was given, over the defaults.
local M = {}

---@class (exact) heph.Config
---@field socket? string Path of hephd's socket; `$HEPH_SOCKET` and the default place if absent.
---@field picker? string `auto`, `native`, `telescope`, `fzf-lua`, `snacks` or `mini`.
---@field timeout? heph.Config.Timeout
---@field maps? boolean|heph.Config.Maps Keys of heph's own buffers; `false` for none.
---@field lsp? boolean Whether pages have language features.
---@field marks? boolean Whether promoted lines show status and due date of their task.
---@field image? heph.Config.Image

---@class (exact) heph.Config.Timeout
---@field read? integer Milliseconds a question may take.
---@field write? integer Milliseconds `:w` may take.

---@class (exact) heph.Config.Maps
---@field smart? boolean `<CR>` on what stands under the cursor.
---@field gf? boolean `gf` follows a link.
---@field links? boolean `[o` and `]o` go to the previous and the next link.
---@field journals? boolean `[j` and `]j` go to the previous and the next journal.

---@class (exact) heph.Config.Image
---@field command? string[] Program that writes the clipboard's image to its standard output.

---@class heph.internal.Config
---@field socket? string
---@field picker string
---@field timeout {read: integer, write: integer}
---@field maps {smart: boolean, gf: boolean, links: boolean, journals: boolean}
---@field lsp boolean
---@field marks boolean
---@field image {command?: string[]}

---@return heph.internal.Config
local function defaults()
  return {
    socket = nil,
    picker = 'auto',
    timeout = { read = 5000, write = 5000 },
    maps = { smart = true, gf = true, links = true, journals = true },
    lsp = true,
    marks = true,
    image = { command = nil },
  }
end

--- What every option has to be.
local SCHEMA = {
  socket = 'string',
  picker = 'string',
  timeout = { read = 'number', write = 'number' },
  maps = { smart = 'boolean', gf = 'boolean', links = 'boolean', journals = 'boolean' },
  lsp = 'boolean',
  marks = 'boolean',
  image = { command = 'table' },
}

---@type heph.Config
local given = {}
---@type heph.internal.Config?
local merged
---@type string[]
local unknown_keys = {}
---@type string[]
local faults = {}
---@type any
local merged_from

---@param value any
---@return boolean
local function is_bound(value)
  return value >= 1 and value <= 600000
end

--- Takes what fits over the defaults, and notes what does not.
---@param target table
---@param schema table
---@param values table
---@param path string
local function take(target, schema, values, path)
  for key, value in pairs(values) do
    local name = path .. tostring(key)
    local want = schema[key]
    if want == nil then
      table.insert(unknown_keys, name)
    elseif type(want) == 'table' then
      if type(value) == 'table' then
        take(target[key], want, value, name .. '.')
      elseif key == 'maps' and type(value) == 'boolean' then
        for map in pairs(want) do
          target[key][map] = value
        end
      else
        table.insert(faults, ('%s has to be a table, not a %s'):format(name, type(value)))
      end
    elseif type(value) ~= want then
      table.insert(faults, ('%s has to be a %s, not a %s'):format(name, want, type(value)))
    elseif want == 'number' and not is_bound(value) then
      table.insert(faults, ('%s has to lie between 1 and 600000'):format(name))
    else
      target[key] = value
    end
  end
end

---@param source any
---@return table
local function evaluated(source)
  if type(source) == 'function' then
    local ok, made = pcall(source)
    if not ok then
      table.insert(faults, 'vim.g.heph could not be called: ' .. tostring(made))
      return {}
    end
    source = made
  end
  if source ~= nil and type(source) ~= 'table' then
    table.insert(faults, 'vim.g.heph has to be a table or a function, not a ' .. type(source))
    return {}
  end
  return source or {}
end

--- The options in force. Not for a fast context.
---@return heph.internal.Config
function M.get()
  local source = vim.g.heph
  if merged and vim.deep_equal(merged_from, source) then
    return merged
  end
  unknown_keys, faults = {}, {}
  local config = defaults()
  take(config, SCHEMA, evaluated(source), '')
  take(config, SCHEMA, given, '')
  table.sort(unknown_keys)
  merged, merged_from = config, source
  return config
end

--- Keeps options; nothing else happens.
---@param options? heph.Config
function M.setup(options)
  given = options or {}
  merged = nil
end

--- Names of options that do not exist.
---@return string[]
function M.unknown()
  M.get()
  return unknown_keys
end

--- What is wrong with the options, in sentences; an option that is wrong counts as not given.
---@return string[]
function M.faults()
  M.get()
  return faults
end

--- The default socket. `XDG_DATA_HOME` is not read, so that everybody agrees on the place.
---@return string
function M.default_socket()
  return (vim.uv.os_homedir() or '') .. '/.local/share/heph/hephd.sock'
end

--- The socket to use.
---@return string path
---@return 'option'|'environment'|'default' origin
function M.socket()
  local option = M.get().socket
  if option and option ~= '' then
    return vim.fs.normalize(option), 'option'
  end
  local variable = vim.env.HEPH_SOCKET
  if variable and variable ~= '' then
    return variable, 'environment'
  end
  return M.default_socket(), 'default'
end

--- Warns once when `$HEPH_DB` is not the store of the daemon that answers.
---@param db string The daemon's.
function M.compare_db(db)
  local wanted = vim.env.HEPH_DB
  if not wanted or wanted == '' or db == '' then
    return
  end
  local function real(path)
    return vim.uv.fs_realpath(path) or vim.fs.normalize(path)
  end
  if real(wanted) ~= real(db) then
    require('heph.message').warn_once(('$HEPH_DB is %s, but the daemon has %s'):format(wanted, db))
  end
end

return M
