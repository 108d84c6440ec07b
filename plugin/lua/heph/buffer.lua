--- What Neovim asks of a `heph://` buffer: to be read, written, entered.
local M = {}

local LISTS = { next = true, list = true, agenda = true, search = true, backlinks = true }

--- Options every buffer of heph's has, set before anything else can run.
---@param buf integer
local function mark(buf)
  -- Also for lists: Neovim does not read a `nofile` buffer again when `:edit` asks for it.
  vim.bo[buf].buftype = 'acwrite'
  vim.bo[buf].swapfile = false
  vim.b[buf].editorconfig = false
  vim.b[buf].EditorConfig_disable = 1
end

---@param event {buf: integer, match: string}
function M.read(event)
  local uri = require('heph.uri').parse(event.match)
  mark(event.buf)
  if not uri then
    return require('heph.message').fail(('%s names nothing of heph; :Heph shows what there is'):format(event.match))
  end
  if LISTS[uri.kind] then
    require('heph.list').read(event.buf, uri)
  elseif uri.kind == 'revision' then
    require('heph.history').read(event.buf, uri)
  else
    require('heph.page.load').read(event.buf, uri)
  end
end

---@param event {buf: integer, match: string}
function M.write(event)
  local uri = require('heph.uri').parse(event.match)
  if uri and (uri.kind == 'page' or uri.kind == 'home' or uri.kind == 'today') then
    require('heph.page.write').write(event.buf, uri)
  else
    require('heph.message').fail(('%s cannot be written; :Heph new makes a page'):format(event.match))
  end
end

--- A part of a buffer is never a page.
function M.refuse_part()
  require('heph.message').fail('only whole pages are written; `:w` without a range, or `:w {file}` for a file')
end

---@param event {buf: integer}
function M.entered(event)
  local state = require('heph.page.state').get(event.buf)
  if state then
    local data = { buf = event.buf, id = state.id, title = state.title, kind = state.kind }
    require('heph.autocmds').fire('HephPageEnter', data)
  end
end

--- Reads what a session named but could not read.
function M.reread()
  for _, buf in ipairs(vim.api.nvim_list_bufs()) do
    local name = vim.api.nvim_buf_get_name(buf)
    local known = require('heph.page.state').get(buf) or vim.b[buf].heph_list
    if vim.api.nvim_buf_is_loaded(buf) and name:match('^heph://') and not known and not vim.bo[buf].modified then
      vim.api.nvim_buf_call(buf, function()
        vim.cmd.edit()
      end)
    end
  end
end

return M
