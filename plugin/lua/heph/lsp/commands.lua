--- What code actions do besides editing the text.
local M = {}

local namespace = vim.api.nvim_create_namespace('heph_lsp_extract')

---Makes the page of a link that leads nowhere.
---@param argument {title: string}
M['heph.create'] = function(argument)
  local message = require('heph.message')
  require('heph.rpc').request('page.new', { title = argument.title }, function(err)
    if err then
      message.error(err)
    else
      message.info(('made the page %s'):format(argument.title))
    end
  end)
end

---Makes a task of a line, as `:Heph promote` does.
---@param argument {uri: string, row: integer}
M['heph.promote'] = function(argument)
  local buf = require('heph.lsp.page').of({ uri = argument.uri })
  if buf then
    require('heph.command.lines').operations.promote(buf, argument.row + 1, argument.row + 1)
  end
end

---What a selection may be called: its first line without the marks of headings and lists.
---@param lines string[]
---@return string
local function suggestion(lines)
  local first = vim.trim(lines[1] or '')
  local title = first:gsub('^#+%s+', ''):gsub('^[-*+]%s+', ''):gsub('^%[.%]%s+', ''):gsub('[%[%]|#^]', '')
  return vim.fn.strcharpart(vim.trim(title), 0, 80)
end

---Makes a page of a selection, and leaves a link in its place.
---@param argument {uri: string, from: integer[], to: integer[]}
M['heph.extract'] = function(argument)
  local message = require('heph.message')
  local buf = require('heph.lsp.page').of({ uri = argument.uri })
  if not buf then
    return
  end
  local from, to = argument.from, argument.to
  local text = vim.api.nvim_buf_get_text(buf, from[1], from[2], to[1], to[2], {})
  -- The mark stays with the text while the title is typed and the page is made.
  local mark = vim.api.nvim_buf_set_extmark(buf, namespace, from[1], from[2], { end_row = to[1], end_col = to[2] })

  local function forget()
    if vim.api.nvim_buf_is_valid(buf) then
      vim.api.nvim_buf_del_extmark(buf, namespace, mark)
    end
  end

  vim.ui.input({ prompt = 'Title of the new page: ', default = suggestion(text) }, function(title)
    if not title or vim.trim(title) == '' then
      forget()
      return
    end
    local asked = { title = title, text = table.concat(text, '\n') .. '\n' }
    require('heph.rpc').request('page.new', asked, function(err, result)
      if err then
        forget()
        message.error(err)
        return
      end
      local at = vim.api.nvim_buf_is_valid(buf)
        and vim.api.nvim_buf_get_extmark_by_id(buf, namespace, mark, { details = true })
      forget()
      if not at or #at == 0 then
        message.warn(('the page %s was made, but the text it is from is no longer open'):format(title))
        return
      end
      local page = result.page
      local folder = page.folder and page.folder ~= '' and page.folder .. '/' or ''
      local link = ('[[%s%s]]'):format(folder, page.title)
      local ends = at[3] --[[@as {end_row: integer, end_col: integer}]]
      vim.api.nvim_buf_set_text(buf, at[1], at[2], ends.end_row, ends.end_col, { link })
    end)
  end)
end

return M
