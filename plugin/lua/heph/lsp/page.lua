--- The page behind a request: its buffer, its id, its text, and the place that is meant.
local M = {}

---@class heph.lsp.Place
---@field buf integer
---@field id string The page's id.
---@field row integer From 0.
---@field line string
---@field byte integer Byte in the line, from 0.

---The buffer of a document, if it is a page that is open.
---@param document lsp.TextDocumentIdentifier
---@return integer? buf
---@return string? id
function M.of(document)
  local buf = vim.uri_to_bufnr(document.uri)
  if not vim.api.nvim_buf_is_loaded(buf) then
    return nil
  end
  local id = require('heph.page').node_id(buf)
  if not id then
    return nil
  end
  return buf, id
end

---The place a request is about.
---@param params lsp.TextDocumentPositionParams
---@param context heph.lsp.Context
---@return heph.lsp.Place?
function M.place(params, context)
  local position = require('heph.lsp.position')
  local buf, id = M.of(params.textDocument)
  if not buf or not id then
    return nil
  end
  local row = params.position.line
  local line = position.line(buf, row)
  local byte = position.byte(line, params.position.character, context.encoding)
  return { buf = buf, id = id, row = row, line = line, byte = byte }
end

---The text of a buffer, with one byte at the end of each line whatever it is saved with: its places are the buffer's.
---@param buf integer
---@return string
function M.text(buf)
  local lines = vim.api.nvim_buf_get_lines(buf, 0, -1, false)
  local text = table.concat(lines, '\n')
  return vim.bo[buf].endofline and text .. '\n' or text
end

---Asks what the link under a place means: a link, or the anchor of a task.
---@param place heph.lsp.Place
---@param more table Further fields of the question.
---@param callback fun(resolved?: heph.wire.ResolvedLink, err?: heph.Error, link?: heph.lsp.Link)
---@return boolean asked Whether there is anything to ask about.
function M.resolve(place, more, callback)
  local cursor = require('heph.lsp.cursor')
  local link = cursor.link_at(place.line, place.byte)
  local written = link and link.text or cursor.task_anchor_at(place.line, place.byte)
  if not written then
    return false
  end
  local params = vim.tbl_extend('force', { links = { written }, from = place.id }, more)
  -- Only a link to the page itself is about a text that is not saved.
  if link and link.target:find('^#') then
    params.text = M.text(place.buf)
  end
  require('heph.lsp.ask').ask('link.resolve', params, function(result, err)
    callback(result and result.links and result.links[1], err, link)
  end)
  return true
end

---Name of the buffer of a node: the one it has, as that of a page that was renamed keeps its old name.
---@param id string
---@param title string
---@return string
function M.uri(id, title)
  local buf = require('heph.page.state').find(id)
  return buf and vim.uri_from_bufnr(buf) or require('heph.uri').page(id, title)
end

---Name and line of what a link leads to.
---@param resolved heph.wire.ResolvedLink
---@param node? heph.wire.NodeRef One of the candidates, instead of the one it means.
---@return lsp.Location?
function M.location(resolved, node)
  local opens = node and node.id or resolved.opens
  if not opens then
    return nil
  end
  local named = node or resolved.to
  local row = node and 0 or math.max(0, (resolved.line or 0) - 1)
  local uri = M.uri(opens, named and named.title or resolved.target)
  return { uri = uri, range = require('heph.lsp.position').at_line(row) }
end

---@class heph.wire.NodeRef
---@field id string
---@field short string
---@field title string
---@field kind string
---@field folder? string
---@field closed? boolean

---@class heph.wire.ResolvedLink
---@field target string
---@field fragment? string
---@field state 'resolved'|'ambiguous'|'unresolved'
---@field to? heph.wire.NodeRef
---@field candidates? heph.wire.NodeRef[]
---@field opens? string
---@field line integer
---@field missing? 'heading'|'anchor'
---@field excerpt? string
---@field attachment? boolean

return M
