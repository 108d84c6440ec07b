--- Rename of the page a link leads to, or of this page, with all links to it.
---
--- The daemon does it, in all pages at once and as one undo step; open buffers hear of it as of any other change, and
--- one with edits that are not saved keeps them.
local M = {}

local REFUSED = -32803

---@param message string
local function refusal(message)
  return { code = REFUSED, message = message }
end

---The page that a rename at a place is about.
---@param params table
---@param context heph.lsp.Context
---@param callback fun(node?: heph.wire.NodeRef, range?: lsp.Range, problem?: string)
local function target(params, context, callback)
  local page, position = require('heph.lsp.page'), require('heph.lsp.position')
  local place = page.place(params, context)
  if not place then
    callback(nil, nil, 'this is no page')
    return
  end
  local function found(resolved, err, link)
    local from, to = place.byte, place.byte
    if link then
      from, to = link.inner_from, link.inner_to
    end
    local range = position.range(place.line, place.row, from, to, context.encoding)
    local node = resolved and resolved.to
    if err then
      callback(nil, nil, err.short or require('heph.message').sentence(err))
    elseif not node then
      callback(nil, nil, ('%q leads to no page'):format(resolved and resolved.target or ''))
    elseif node.kind == 'task' then
      callback(nil, nil, 'this is a task; its title is changed where it is edited')
    elseif node.kind == 'journal' then
      callback(nil, nil, 'a journal is named by its date')
    else
      callback(node, range)
    end
  end
  if not page.resolve(place, {}, found) then
    require('heph.lsp.ask').ask('link.resolve', { links = { place.id } }, function(result, err)
      found(result and result.links[1], err)
    end)
  end
end

---@type heph.lsp.Handler
M['textDocument/prepareRename'] = function(params, reply, context)
  target(params, context, function(node, range, problem)
    if node then
      reply(nil, { range = range, placeholder = node.title })
    else
      reply(refusal(problem or 'nothing to rename'))
    end
  end)
end

---@param result table
local function told(result)
  local links, pages = result.links or 0, #(result.rewritten or {})
  local text = ('renamed; %d %s in %d %s'):format(
    links,
    links == 1 and 'link' or 'links',
    pages,
    pages == 1 and 'page' or 'pages'
  )
  for _, note in ipairs(result.notes or {}) do
    text = text .. '; ' .. note
  end
  require('heph.message').info(text)
end

---@type heph.lsp.Handler
M['textDocument/rename'] = function(params, reply, context)
  target(params, context, function(node, _, problem)
    if not node then
      reply(refusal(problem or 'nothing to rename'))
      return
    end
    require('heph.rpc').request('page.rename', { reference = node.id, to = params.newName }, function(err, result)
      if err then
        reply(refusal(err.short or require('heph.message').sentence(err)))
        return
      end
      told(result)
      -- Nothing is left to edit, and nothing at all would count as a failure.
      reply(nil, { changes = vim.empty_dict() })
    end)
  end)
end

return M
