--- Where a page, a heading, an anchor or a task is linked from.
local M = {}

--- The buffer of each place that is listed is opened, so they are bounded.
local LIMIT = 200

---Folds what a link names behind the `#`, or a heading, to what both are compared by.
---@param text string
---@return string
local function key(text)
  local plain = vim.fn.tolower((text:gsub('[#^|%[%]\\:%%`*~]', ' ')))
  return vim.trim((plain:gsub('%s+', ' ')))
end

---The heading or anchor at a place that is not a link.
---@param place heph.lsp.Place
---@return string? fragment Folded.
local function fragment_at(place)
  local cursor = require('heph.lsp.cursor')
  local anchor, from = cursor.anchor(place.line)
  if anchor and place.byte >= from then
    return key(anchor)
  end
  local heading = cursor.heading(place.line)
  return heading and key(heading)
end

---@param backlink table
---@param context heph.lsp.Context
---@return lsp.Location
local function location(backlink, context)
  local position = require('heph.lsp.position')
  local row = math.max(0, backlink.line - 1) --[[@as integer]]
  local from = backlink.column or 0 --[[@as integer]]
  local uri = require('heph.lsp.page').uri(backlink.from.id, backlink.from.title)
  -- The line is known only as far as it is shown here; a place beyond that is given as the line's beginning.
  local line = backlink.context or ''
  local is_bytes = context.encoding == 'utf-8'
  if backlink.line == 0 or (not is_bytes and from > #line) then
    return { uri = uri, range = position.at_line(row) }
  end
  local to = from + (backlink.length or 0) --[[@as integer]]
  if is_bytes then
    return { uri = uri, range = { start = { line = row, character = from }, ['end'] = { line = row, character = to } } }
  end
  return { uri = uri, range = position.range(line, row, from, to, context.encoding) }
end

---@param id string
---@param fragment string? Only links that name this.
---@param context heph.lsp.Context
---@param reply heph.lsp.Reply
local function backlinks(id, fragment, context, reply)
  require('heph.lsp.ask').ask('page.backlinks', { reference = id, limit = LIMIT }, function(result)
    local locations = {}
    for _, backlink in ipairs(result and result.backlinks or {}) do
      local named = backlink.fragment and key(backlink.fragment:match('[^#]*$'))
      if not fragment or named == fragment then
        table.insert(locations, location(backlink, context))
      end
    end
    if result and result.next_page then
      require('heph.message').info(('the first %d links are listed; `:Heph backlinks` has all'):format(LIMIT))
    end
    require('heph.lsp.preload').pages(locations, context.is_stale, function(opened)
      reply(nil, opened)
    end)
  end)
end

---@type heph.lsp.Handler
M['textDocument/references'] = function(params, reply, context)
  local page = require('heph.lsp.page')
  local place = page.place(params, context)
  if not place then
    reply(nil, {})
    return
  end
  local asked = page.resolve(place, {}, function(resolved)
    if resolved and resolved.to then
      backlinks(resolved.to.id, nil, context, reply)
    else
      reply(nil, {})
    end
  end)
  if not asked then
    backlinks(place.id, fragment_at(place), context, reply)
  end
end

return M
