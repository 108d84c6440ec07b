--- What is known of each page that is open in a buffer.
local M = {}

---@class heph.PageState
---@field id string
---@field key? string Of a journal that may not be in the store yet.
---@field title string
---@field kind string
---@field folder? string
---@field rev string Revision token of the text the buffer is based on.
---@field base string That text.
---@field exists boolean
---@field loaded boolean
---@field store? string Id of the store it is from.
---@field stale boolean The page changed since, and the buffer is modified.
---@field aside? string Revision token of the change that is not in the buffer.
---@field told boolean That it changed elsewhere was said.
---@field deleted boolean
---@field unanswered string[] Mutation ids of saves whose outcome is not known.

---@type table<integer, heph.PageState>
local states = {}

---@param buf integer
---@return heph.PageState?
function M.get(buf)
  return states[buf == 0 and vim.api.nvim_get_current_buf() or buf]
end

--- All open pages, by buffer.
---@return table<integer, heph.PageState>
function M.all()
  return states
end

--- The loaded buffer of a page.
---@param id string
---@return integer? buf
---@return heph.PageState? state
function M.find(id)
  for buf, state in pairs(states) do
    if state.id == id and vim.api.nvim_buf_is_loaded(buf) then
      return buf, state
    end
  end
end

--- The buffer's value for a statusline.
---@param buf integer
function M.show(buf)
  local state = states[buf]
  if not state or not vim.api.nvim_buf_is_valid(buf) then
    return
  end
  local word = not state.loaded and 'not loaded'
    or state.deleted and 'deleted'
    or state.stale and 'changed elsewhere'
    or #state.unanswered > 0 and 'not known to be saved'
    or not state.exists and 'new'
    or ''
  vim.b[buf].heph_status = word == '' and state.title or ('%s [%s]'):format(state.title, word)
  vim.b[buf].heph_page = { id = state.id, title = state.title, kind = state.kind, folder = state.folder }
end

--- Notes what the daemon says of a page.
---@param buf integer
---@param open table An `OpenPage`.
---@return heph.PageState
function M.take(buf, open)
  local known = states[buf]
  local page = open.page
  local state = {
    id = page.id,
    key = open.key,
    title = page.title,
    kind = page.kind,
    folder = page.folder,
    rev = open.rev,
    base = open.text,
    exists = open.exists,
    loaded = true,
    store = require('heph.rpc').status().store_id,
    stale = false,
    told = false,
    deleted = page.trashed or false,
    unanswered = known and known.id == page.id and known.unanswered or {},
  }
  states[buf] = state
  M.show(buf)
  return state
end

--- Notes a page that could not be read.
---@param buf integer
---@param id string
---@param title string
function M.missing(buf, id, title)
  states[buf] = {
    id = id,
    title = title,
    kind = 'page',
    rev = '',
    base = '',
    exists = false,
    loaded = false,
    stale = false,
    told = false,
    deleted = false,
    unanswered = {},
  }
  M.show(buf)
end

--- Whether a page is from another store than the one that answers now.
---@param state heph.PageState
---@return boolean
function M.is_foreign(state)
  local store = require('heph.rpc').status().store_id
  return store ~= nil and state.store ~= nil and store ~= state.store
end

--- What is said of such a page, and what can be done.
---@param title string
---@return string
function M.foreign(title)
  local db = require('heph.rpc').status().db or ''
  local text = '"%s" is from another store than %s, which answers now (start hephd with its store, or `:w {file}`)'
  return text:format(title, vim.fn.fnamemodify(db, ':~'))
end

--- Notes that page and buffer are one again.
---@param state heph.PageState
---@param rev string
---@param text string
function M.settle(state, rev, text)
  state.rev, state.base = rev, text
  state.stale, state.told, state.aside = false, false, nil
end

---@param buf integer
function M.forget(buf)
  states[buf] = nil
end

return M
