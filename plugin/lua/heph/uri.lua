--- Names of buffers: `heph://page/<id>/<slug>`, `heph://next`, `heph://list/<filter>`.
local M = {}

---@alias heph.UriKind 'page'|'revision'|'home'|'today'|'next'|'list'|'agenda'|'search'|'backlinks'

---@class (exact) heph.Uri
---@field kind heph.UriKind
---@field id? string Id of the node, for `page`, `revision` and `backlinks`.
---@field slug? string Its title made fit for a name; says nothing, only shows.
---@field rev? string Revision token, for `revision`.
---@field argument? string What follows the kind: a date for `today`, a filter, a query.

--- Bytes that may stand in a name of a buffer as they are; all others are written `%XX`.
--- Vim gives `% # * ? [ ] { } \` and blanks a meaning in names.
local UNSAFE = '[^%w%-_.~/:+=,@!\128-\255]'

---@param text string
---@return string
local function escape(text)
  return (text:gsub(UNSAFE, function(byte)
    return ('%%%02X'):format(byte:byte())
  end))
end

---@param text string
---@return string
local function unescape(text)
  return (
    text:gsub('%%(%x%x)', function(code)
      return string.char(tonumber(code, 16) --[[@as integer]])
    end)
  )
end

--- What stands behind the id, for people: the title in few safe characters.
---@param title string
---@return string
function M.slug(title)
  local slug = title:gsub('[%c%s]+', '-'):gsub('[^%w%-_.\128-\255]', ''):gsub('%-%-+', '-'):gsub('^%-+', '')
  -- Cut on a whole character.
  if #slug > 80 then
    slug = slug:sub(1, 80):gsub('[\192-\255][\128-\191]*$', '')
  end
  slug = slug:gsub('[%-.]+$', '')
  return slug == '' and 'untitled' or slug
end

--- Name of a page's buffer.
---@param id string
---@param title string
---@return string
function M.page(id, title)
  return 'heph://page/' .. id .. '/' .. M.slug(title)
end

--- Name of a buffer that shows an earlier text of a page.
---@param id string
---@param rev string
---@return string
function M.revision(id, rev)
  return 'heph://revision/' .. id .. '/' .. escape(rev)
end

--- Name of a list's buffer, or of `home` and `today`.
---@param kind heph.UriKind
---@param argument? string
---@return string
function M.of(kind, argument)
  if argument == nil or argument == '' then
    return 'heph://' .. kind
  end
  return 'heph://' .. kind .. '/' .. escape(argument)
end

local WITH_ARGUMENT = { home = true, today = true, next = true, list = true, agenda = true, search = true }

--- Reads a name; nil for one that is not heph's.
---@param name string
---@return heph.Uri?
function M.parse(name)
  local rest = name:match('^heph://(.+)$')
  if not rest then
    return nil
  end
  local kind, argument = rest:match('^([%l]+)/?(.*)$')
  argument = argument or ''
  if kind == 'page' then
    local id, slug = argument:match('^([^/]+)/?(.*)$')
    return id and { kind = 'page', id = unescape(id), slug = slug ~= '' and slug or nil } or nil
  elseif kind == 'revision' then
    local id, rev = argument:match('^([^/]+)/([^/]+)$')
    return id and rev and { kind = 'revision', id = id, rev = unescape(rev) } or nil
  elseif kind == 'backlinks' then
    local id = argument:match('^([^/]+)')
    return id and { kind = 'backlinks', id = id } or nil
  elseif kind and WITH_ARGUMENT[kind] then
    return {
      kind = kind --[[@as any]],
      argument = argument ~= '' and unescape(argument) or nil,
    }
  end
  return nil
end

return M
