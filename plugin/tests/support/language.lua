--- What a child Neovim asks its language server, as any client of one would.
local M = {}

---Waits until the page in the current buffer has its server.
---@param child heph.test.Child
function M.attached(child)
  child:eventually([[return #vim.lsp.get_clients({ bufnr = 0, name = 'heph' }) == 1]], 'the server to attach')
end

---Puts the cursor behind the `|` of a line; the other lines stay.
---@param child heph.test.Child
---@param row integer From 1.
---@param marked string The line with a `|` where the cursor is.
function M.put(child, row, marked)
  local at = assert(marked:find('|', 1, true), 'the line has no mark')
  child:lua(
    [[
      local row, line, column = ...
      -- So that the cursor may stand behind the last character, as when typing.
      vim.o.virtualedit = 'onemore'
      vim.api.nvim_buf_set_lines(0, row - 1, row, false, { line })
      vim.api.nvim_win_set_cursor(0, { row, column })
    ]],
    row,
    marked:sub(1, at - 1) .. marked:sub(at + 1),
    at - 1
  )
end

---Asks about the place of the cursor, or with further fields, and answers `{ err, result }`.
---@param child heph.test.Child
---@param method string
---@param more? table
---@return {err?: table, result: any}
function M.ask(child, method, more)
  child:lua(
    [[
      local method, more = ...
      _G.answer = nil
      local client = vim.lsp.get_clients({ bufnr = 0, name = 'heph' })[1]
      local row, column = unpack(vim.api.nvim_win_get_cursor(0))
      local line = vim.api.nvim_get_current_line()
      local character = require('heph.lsp.position').character(line, column, client.offset_encoding)
      local position = { line = row - 1, character = character }
      local params = vim.tbl_extend('force', {
        textDocument = { uri = vim.uri_from_bufnr(0) },
        position = position,
        range = { start = position, ['end'] = position },
        context = { diagnostics = {} },
      }, more or {})
      client.request(method, params, function(err, result)
        _G.answer = { err = err, result = result }
      end, vim.api.nvim_get_current_buf())
    ]],
    method,
    more
  )
  return child:eventually([[return _G.answer]], 'an answer to ' .. method, 8000)
end

---The completions at the cursor.
---@param child heph.test.Child
---@return table[] items
---@return table result
function M.complete(child)
  local result = M.ask(child, 'textDocument/completion').result
  return result.items, result
end

---@param items table[]
---@return string[]
function M.labels(items)
  return vim.tbl_map(function(item)
    return item.label
  end, items)
end

---The diagnostics of the current page, as `code at column` of each line that has one, once they are as expected.
---@param child heph.test.Child
---@param count integer
---@return table[]
function M.diagnostics(child, count)
  child:eventually(([[return #vim.diagnostic.get(0) == %d]]):format(count), count .. ' diagnostics')
  return child:lua([[
    return vim.tbl_map(function(found)
      return { found.code, found.lnum, found.col, found.end_col, found.severity }
    end, vim.diagnostic.get(0))
  ]])
end

return M
