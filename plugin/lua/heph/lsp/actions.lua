--- Code actions: the page of a link that leads nowhere is made, one of several is chosen, a line becomes a task, a
--- selection becomes a page.
local M = {}

--- So many links of a line are looked at.
local LINKS = 50

---What a candidate is called in a link, so that nothing else answers to it.
---@param node heph.wire.NodeRef
---@param nodes heph.wire.NodeRef[] All candidates.
---@return string
local function name_of(node, nodes)
  local function path(of)
    local folder = of.folder and of.folder ~= '' and of.folder .. '/' or ''
    -- What looks like a file's extension is taken off a link, so it is written twice.
    return folder .. of.title .. (of.title:lower():find('%.md$') and '.md' or '')
  end
  for _, other in ipairs(nodes) do
    if other.id ~= node.id and path(other) == path(node) then
      return 't:' .. node.id
    end
  end
  return path(node)
end

---@param params lsp.CodeActionParams
---@param place {row: integer, line: string}
---@param link heph.lsp.Link
---@param resolved heph.wire.ResolvedLink
---@param node heph.wire.NodeRef
---@param context heph.lsp.Context
local function choice(params, place, link, resolved, node, context)
  local fragment = link.target:match('#.*$') or ''
  local is_wiki = link.text:find('^!?%[%[') ~= nil
  local name = name_of(node, resolved.candidates or {})
  local edit = {
    range = require('heph.lsp.position').range(place.line, place.row, link.inner_from, link.inner_to, context.encoding),
    newText = (is_wiki and name or 'heph:' .. node.id) .. fragment,
  }
  return {
    title = ('Link to %s'):format(name),
    kind = 'quickfix',
    edit = { changes = { [params.textDocument.uri] = { edit } } },
  }
end

---The actions on the links of a line; those on the link under the cursor come first.
---@param params lsp.CodeActionParams
---@param place heph.lsp.Place
---@param context heph.lsp.Context
---@param callback fun(actions: lsp.CodeAction[])
local function on_links(params, place, context, callback)
  local links = vim.list_slice(require('heph.lsp.cursor').links(place.line), 1, LINKS)
  if #links == 0 then
    callback({})
    return
  end
  local asked = {
    from = place.id,
    links = vim.tbl_map(function(link)
      return link.text
    end, links),
  }
  require('heph.lsp.ask').ask('link.resolve', asked, function(result)
    local here, elsewhere = {}, {}
    for index, resolved in ipairs(result and result.links or {}) do
      local link = links[index] --[[@as heph.lsp.Link]]
      local actions = link.from <= place.byte and place.byte < link.to and here or elsewhere
      if
        resolved.state == 'unresolved'
        and not resolved.opens
        and not resolved.attachment
        and resolved.target ~= ''
      then
        table.insert(actions, {
          title = ('Make the page %s'):format(resolved.target),
          kind = 'quickfix',
          command = { title = 'Make the page', command = 'heph.create', arguments = { { title = resolved.target } } },
        })
      elseif resolved.state == 'ambiguous' then
        for _, node in ipairs(resolved.candidates or {}) do
          table.insert(actions, choice(params, place, link, resolved, node, context))
        end
      end
    end
    callback(vim.list_extend(here, elsewhere))
  end)
end

---@param place heph.lsp.Place
---@param uri string
---@return lsp.CodeAction?
local function promotion(place, uri)
  local cursor = require('heph.lsp.cursor')
  local is_text = place.line:find('%S') and not place.line:find('^%s*|') and not cursor.heading(place.line)
  if not is_text or require('heph.line').task_anchor(place.line) or cursor.is_in_fence(place.buf, place.row) then
    return nil
  end
  return {
    title = 'Make a task of this line',
    kind = 'refactor.rewrite',
    command = {
      title = 'Make a task',
      command = 'heph.promote',
      arguments = { { uri = uri, row = place.row } },
    },
  }
end

---@param params lsp.CodeActionParams
---@param buf integer
---@param context heph.lsp.Context
---@return lsp.CodeAction?
local function extraction(params, buf, context)
  local position = require('heph.lsp.position')
  local from, to = params.range.start, params.range['end']
  if from.line == to.line and from.character == to.character then
    return nil
  end
  local function byte(at)
    return position.byte(position.line(buf, at.line), at.character, context.encoding)
  end
  return {
    title = 'Move the selection to a new page',
    kind = 'refactor.extract',
    command = {
      title = 'Move to a new page',
      command = 'heph.extract',
      arguments = { { uri = params.textDocument.uri, from = { from.line, byte(from) }, to = { to.line, byte(to) } } },
    },
  }
end

---@param actions lsp.CodeAction[]
---@param only string[]?
local function of_kinds(actions, only)
  if not only or #only == 0 then
    return actions
  end
  return vim.tbl_filter(function(action)
    for _, kind in ipairs(only) do
      if action.kind == kind or vim.startswith(action.kind or '', kind .. '.') then
        return true
      end
    end
    return false
  end, actions)
end

---@type heph.lsp.Handler
M['textDocument/codeAction'] = function(params, reply, context)
  local at = { textDocument = params.textDocument, position = params.range.start }
  local place = require('heph.lsp.page').place(at, context)
  if not place then
    reply(nil, {})
    return
  end
  on_links(params, place, context, function(actions)
    if vim.api.nvim_buf_is_loaded(place.buf) then
      table.insert(actions, extraction(params, place.buf, context))
      table.insert(actions, promotion(place, params.textDocument.uri))
    end
    reply(nil, of_kinds(actions, params.context and params.context.only))
  end)
end

---@type heph.lsp.Handler
M['workspace/executeCommand'] = function(params, reply)
  local run = require('heph.lsp.commands')[params.command]
  if not run then
    reply({ code = -32602, message = 'heph has no command ' .. params.command })
    return
  end
  run(params.arguments[1])
  reply(nil, nil)
end

---@return string[]
function M.commands()
  return { 'heph.create', 'heph.extract', 'heph.promote' }
end

return M
