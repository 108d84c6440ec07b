--- Moves a part of a page to a page of its own, and leaves a link in its place.
---
--- The page is saved before and after, so that what was moved never stands in both for longer than that takes.
local M = {}

local namespace = vim.api.nvim_create_namespace('heph_extract')

--- What a text may be called: its first line without the marks of headings, lists and links.
---@param lines string[]
---@return string
local function suggestion(lines)
  local first = vim.trim(lines[1] or ''):gsub('^[#%-*+>]+%s+', ''):gsub('^%[.%]%s+', ''):gsub('%s%^t%-%w+$', '')
  return vim.fn.strcharpart(vim.trim((first:gsub('[%[%]|#^]', ''))), 0, 80)
end

---@class heph.Extract
---@field buf integer
---@field mark integer

---@param part heph.Extract
---@return {from: integer[], to: integer[]}? region Rows and columns from 0; nil when the buffer is gone.
local function region_of(part)
  if not vim.api.nvim_buf_is_loaded(part.buf) then
    return nil
  end
  local at = vim.api.nvim_buf_get_extmark_by_id(part.buf, namespace, part.mark, { details = true })
  local ends = at[3] --[[@as {end_row: integer, end_col: integer}?]]
  return ends and { from = { at[1], at[2] }, to = { ends.end_row, ends.end_col } } or nil
end

---@param part heph.Extract
---@return string[]?
local function text_of(part)
  local at = region_of(part)
  return at and vim.api.nvim_buf_get_text(part.buf, at.from[1], at.from[2], at.to[1], at.to[2], {})
end

---@param part heph.Extract
local function forget(part)
  if vim.api.nvim_buf_is_valid(part.buf) then
    vim.api.nvim_buf_del_extmark(part.buf, namespace, part.mark)
  end
end

--- Puts the link where the text was, and saves.
---@param part heph.Extract
---@param lines string[] As they were sent.
---@param page table
local function replace(part, lines, page)
  local link = ('[[%s]]'):format(page.folder and page.folder ~= '' and page.folder .. '/' .. page.title or page.title)
  local at = region_of(part)
  if not at or not vim.deep_equal(lines, text_of(part)) then
    local text = '%s has the text as it was, but that changed here meanwhile (`:Heph undo` takes the page away)'
    return require('heph.message').warn(text:format(link))
  end
  vim.api.nvim_buf_set_text(part.buf, at.from[1], at.from[2], at.to[1], at.to[2], { link })
  if require('heph.page').settle(part.buf) then
    local text = '%s is made (to take it back: `:Heph undo`, then `u` and `:w` here)'
    require('heph.message').info(text:format(link))
  end
end

---@param part heph.Extract
---@param title string
local function make(part, title)
  -- What is typed already is in the page before a part of it goes elsewhere.
  local lines = require('heph.page').settle(part.buf) and text_of(part)
  if not lines then
    return forget(part)
  end
  local params = { title = title, text = table.concat(lines, '\n') .. '\n' }
  require('heph.rpc').request('page.new', params, function(err, reply)
    if err then
      require('heph.message').error(err)
    else
      replace(part, lines, reply.page)
    end
    forget(part)
  end)
end

--- Moves what lies between two places, the second one not included.
---@param buf integer
---@param from integer[] Row and column from 0.
---@param to integer[]
---@param title? string It is asked for where there is none.
function M.run(buf, from, to, title)
  -- The mark stays with the text while the title is typed and the page is made.
  local mark = vim.api.nvim_buf_set_extmark(buf, namespace, from[1], from[2], { end_row = to[1], end_col = to[2] })
  local part = { buf = buf, mark = mark }
  if title and title ~= '' then
    return make(part, title)
  end
  local default = suggestion(text_of(part) or {})
  vim.ui.input({ prompt = 'Title of the new page: ', default = default }, function(line)
    if line and vim.trim(line) ~= '' and vim.api.nvim_buf_is_loaded(buf) then
      return make(part, vim.trim(line))
    end
    forget(part)
  end)
end

return M
