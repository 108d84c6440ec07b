--- The headings of a page: as symbols, each with those below it, and as folds.
local M = {}

--- Kind of the protocol for a heading: a string, as other servers for Markdown have it.
local STRING = 15

---Asks for the outline of a buffer's text.
---@param params table
---@param callback fun(headings: {level: integer, text: string, line: integer, end_line: integer}[], buf?: integer)
local function outline(params, callback)
  local page = require('heph.lsp.page')
  local buf, id = page.of(params.textDocument)
  if not buf then
    callback({})
    return
  end
  local asked = { reference = id, text = page.text(buf) }
  require('heph.lsp.ask').ask('page.outline', asked, function(result)
    callback(result and vim.api.nvim_buf_is_valid(buf) and result.headings or {}, buf)
  end)
end

---@param lines string[]
---@param heading {text: string, line: integer, end_line: integer}
---@param encoding heph.lsp.Encoding
---@return lsp.DocumentSymbol
local function symbol(lines, heading, encoding)
  local position = require('heph.lsp.position')
  local row, last = heading.line - 1, math.min(heading.end_line, #lines) - 1
  local own, ending = lines[row + 1] or '', lines[last + 1] or ''
  return {
    name = heading.text ~= '' and heading.text or '(empty heading)',
    kind = STRING,
    range = {
      start = { line = row, character = 0 },
      ['end'] = { line = math.max(row, last), character = position.character(ending, #ending, encoding) },
    },
    selectionRange = position.range(own, row, 0, #own, encoding),
  }
end

---@type heph.lsp.Handler
M['textDocument/documentSymbol'] = function(params, reply, context)
  outline(params, function(headings, buf)
    local lines = buf and #headings > 0 and vim.api.nvim_buf_get_lines(buf, 0, -1, false) or {}
    local top = {}
    ---@type {level: integer, children: lsp.DocumentSymbol[]}[] The headings that are open, the outermost first.
    local open = { { level = 0, children = top } }
    for _, heading in ipairs(headings) do
      while open[#open].level >= heading.level do
        table.remove(open)
      end
      local made = symbol(lines, heading, context.encoding)
      made.children = {}
      table.insert(open[#open].children, made)
      table.insert(open, { level = heading.level, children = made.children })
    end
    reply(nil, top)
  end)
end

---@type heph.lsp.Handler
M['textDocument/foldingRange'] = function(params, reply)
  outline(params, function(headings)
    local folds = {}
    for _, heading in ipairs(headings) do
      if heading.end_line > heading.line then
        table.insert(folds, { startLine = heading.line - 1, endLine = heading.end_line - 1, kind = 'region' })
      end
    end
    reply(nil, folds)
  end)
end

return M
