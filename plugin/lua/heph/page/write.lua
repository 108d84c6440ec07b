--- Saves a buffer to its page, and waits for the answer: when `:wq` goes on to quit, the text is on disk.
local M = {}

---@param text string
local function fail(text)
  require('heph.message').fail(text)
end

--- Whether the daemon may have saved the text all the same. What it refused it did not do.
---@param err heph.Error
---@return boolean
local function is_unknown(err)
  return err.code == 'timeout' or err.code == 'lost' or err.code == 'interrupted'
end

--- Why a save failed, and what becomes of the text.
---@param state heph.PageState
---@param err heph.Error
local function refuse(state, err)
  local unknown = is_unknown(err)
  local what = unknown and 'is not known to be saved' or 'is not saved'
  local hint = err.hint and (' (' .. err.hint .. ')') or ''
  if err.code == 'conflict' then
    hint = ' (`:w!` writes yours over what stands there)'
  end
  -- Saving again is safe whatever became of the first save; the hints for other changes would be wrong here.
  if unknown then
    hint = ' (the text is kept; `:w` again)'
  end
  -- What takes more than a line makes people press a key to go on writing.
  local title = require('heph.message').title(state.title)
  local begin = ('"%s" %s: '):format(title, what)
  local whole = begin .. err.message .. hint
  if err.code == 'not_found' and require('heph.page.state').is_foreign(state) then
    whole = 'not saved: ' .. require('heph.page.state').foreign(title)
  elseif err.short and vim.fn.strdisplaywidth('heph: ' .. whole) > require('heph.message').room() then
    whole = begin .. err.short .. hint
  end
  fail(whole)
end

--- Whether only a part of the buffer is to be written.
---@param buf integer
---@return boolean
local function is_partial(buf)
  local last = vim.api.nvim_buf_line_count(buf)
  return vim.fn.line("'[") > 1 or vim.fn.line("']") < last
end

---@param buf integer
---@param text string
---@param title string
local function say_written(buf, text, title)
  local count = vim.api.nvim_buf_line_count(buf)
  title = require('heph.message').title(title)
  vim.api.nvim_echo({ { ('"%s" %dL, %dB written'):format(title, count, #text) } }, false, {})
end

--- Takes over what the daemon made of the text: what others wrote is in it now.
---@param buf integer
---@param text string
local function take_over(buf, text)
  local lines, format = require('heph.page.text').lines(text)
  require('heph.page.hunks').apply(buf, lines)
  require('heph.page.text').set_format(buf, format)
end

--- Asks the daemon to save. Where the page never had the text that was edited, as after a store was restored, there is
--- nothing to merge with, and a bang writes over what stands there.
---@param state heph.PageState
---@param text string
---@return table? reply
---@return heph.Error? err
local function send(state, text)
  local options = { timeout = require('heph.config').get().timeout.write, patience = 2000 }
  local params = { id = state.id, key = state.key, base_rev = state.rev, text = text }
  params.after = #state.unanswered > 0 and state.unanswered or nil
  local reply, err = require('heph.rpc').call('page.save', params, options)
  if err and err.code == 'conflict' and vim.v.cmdbang == 1 then
    local newest = require('heph.page.load').fetch({ kind = 'page', id = state.id })
    if newest then
      params.base_rev, params.after = newest.rev, nil
      reply, err = require('heph.rpc').call('page.save', params, options)
    end
  end
  return reply, err
end

--- Lines of a text that are tasks, by anchor.
---@param text string
---@return table<string, boolean>
local function anchors(text)
  local found = {}
  for line in text:gmatch('[^\n]+') do
    local anchor = line:find('^t-', 1, true) and require('heph.line').task_anchor((line:gsub('\r$', '')))
    if anchor then
      found[anchor] = true
    end
  end
  return found
end

--- Says how many tasks had a line in the text before, and have none now: an undo or a filter may have taken the anchor.
---@param before string
---@param after string
local function tell_of_lost_lines(before, after)
  local kept, lost = anchors(after), 0
  for anchor in pairs(anchors(before)) do
    lost = lost + (kept[anchor] and 0 or 1)
  end
  if lost > 0 then
    local text = lost == 1 and '1 task has no line here any more; it stays a task'
      or ('%d tasks have no line here any more; they stay tasks'):format(lost)
    require('heph.message').info(text)
  end
end

---@param buf integer
---@param state heph.PageState
---@param text string
---@return boolean saved
local function save(buf, state, text)
  local reply, err = send(state, text)
  if err then
    if err.mutation_id and is_unknown(err) then
      table.insert(state.unanswered, err.mutation_id)
    end
    require('heph.page.state').show(buf)
    refuse(state, err)
    return false
  elseif not reply then
    return false
  end
  tell_of_lost_lines(state.base, reply.text or text)
  require('heph.page.state').settle(state, reply.rev, reply.text or text)
  state.unanswered, state.exists, state.deleted = {}, true, false
  state.store = require('heph.rpc').status().store_id
  state.title, state.folder = reply.page.title, reply.page.folder
  if reply.text and reply.text ~= text then
    take_over(buf, reply.text)
  end
  vim.bo[buf].modified = false
  require('heph.page.state').show(buf)
  for _, note in ipairs(reply.notes or {}) do
    require('heph.message').info(note)
  end
  if reply.tasks and #reply.tasks > 0 then
    require('heph.autocmds').fire('HephTaskChanged', { tasks = reply.tasks })
  end
  return true
end

--- Writes a buffer's text over another page, as `:w!` does over another file.
---@param buf integer
---@param uri heph.Uri
---@param text string
local function save_elsewhere(buf, uri, text)
  local open, err = require('heph.page.load').fetch(uri)
  if not open then
    local sentence = require('heph.message').sentence(err or 'the daemon answered nothing')
    return fail('nothing is written: ' .. sentence)
  end
  if open.text ~= '' and open.exists and vim.v.cmdbang == 0 then
    return fail(('the page "%s" has a text already (`:w!` to overwrite it)'):format(open.page.title))
  end
  local reply
  reply, err = require('heph.rpc').call('page.save', {
    id = open.page.id,
    key = open.key,
    base_rev = open.rev,
    text = text,
  }, { timeout = require('heph.config').get().timeout.write, patience = 2000 })
  if not reply then
    return fail(('"%s" is not saved: %s'):format(open.page.title, require('heph.message').sentence(err or '')))
  end
  say_written(buf, text, open.page.title)
end

---@param buf integer
---@param uri heph.Uri
function M.write(buf, uri)
  if is_partial(buf) then
    return require('heph.buffer').refuse_part()
  end
  local state = require('heph.page.state').get(buf)
  local own = state and vim.api.nvim_buf_get_name(buf) ~= '' and (uri.kind ~= 'page' or uri.id == state.id)
  if state and own and not state.loaded then
    return fail(('"%s" could not be read, so it is not written (`:e` reads it)'):format(state.title))
  end
  if own then
    vim.api.nvim_exec_autocmds('BufWritePre', { buffer = buf, modeline = false })
  end
  local lines = vim.api.nvim_buf_get_lines(buf, 0, -1, true)
  local foreign = require('heph.page.text').first_foreign(lines)
  if foreign then
    local sentence = 'not saved: line %d has bytes that are not UTF-8 (is it Latin-1? `:%%!iconv -f latin1`)'
    return fail(sentence:format(foreign))
  end
  local text = require('heph.page.text').of(buf, state and state.base)
  if not own or not state then
    return save_elsewhere(buf, uri, text)
  end
  if not save(buf, state, text) then
    return
  end
  say_written(buf, text, state.title)
  vim.api.nvim_exec_autocmds('BufWritePost', { buffer = buf, modeline = false })
  local data = { buf = buf, id = state.id, title = state.title, rev = state.rev }
  require('heph.autocmds').fire('HephPageWritePost', data)
end

return M
