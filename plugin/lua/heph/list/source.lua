--- What each list shows: it asks the daemon, and makes rows of the answer.
local M = {}

---@class heph.Row
---@field chunks heph.Chunk[]
---@field id? string The node `<CR>` opens.
---@field line? integer Where in it.
---@field task? table
---@field occasion? string Tells rows of one task apart.
---@field more? boolean `<CR>` shows more rows.

---@alias heph.Source fun(uri: heph.Uri, limit: integer, on_rows: fun(err?: heph.Error, rows?: heph.Row[]))

---@param text string
---@return heph.Row
local function heading(text)
  return { chunks = { { text, 'HephHeading' } } }
end

---@param text string
---@return heph.Row
local function remark(text)
  return { chunks = { { text, 'HephDim' } } }
end

---@param task table
---@return heph.Row
local function task_row(task)
  return { chunks = require('heph.task_text').chunks(task), id = task.id, task = task }
end

---@param method string
---@param params table
---@param on_rows fun(err?: heph.Error, rows?: heph.Row[])
---@param rows_of fun(reply: table): heph.Row[]
local function ask(method, params, on_rows, rows_of)
  require('heph.rpc').request(method, params, function(err, reply)
    if err then
      return on_rows(err)
    end
    local rows = rows_of(reply)
    if reply.context then
      table.insert(rows, 1, remark('in the context ' .. (reply.context.name or reply.context.filter or '')))
    end
    if reply.next_page then
      table.insert(rows, { chunks = { { 'more …', 'HephDim' } }, more = true })
    end
    on_rows(nil, rows)
  end)
end

---@type table<string, heph.Source>
M.of = {}

M.of['next'] = function(uri, limit, on_rows)
  ask('task.next', { filter = uri.argument or '', limit = limit }, on_rows, function(reply)
    local rows = { heading(('Next: %d of %d available'):format(#reply.tasks, reply.available)) }
    vim.list_extend(rows, vim.tbl_map(task_row, reply.tasks))
    if #reply.tasks < reply.available and limit < 1000 then
      table.insert(rows, { chunks = { { 'more …', 'HephDim' } }, more = true })
    end
    return rows
  end)
end

M.of.list = function(uri, limit, on_rows)
  ask('task.list', { filter = uri.argument or '', limit = limit }, on_rows, function(reply)
    local filter = uri.argument and (': ' .. uri.argument) or ''
    local rows = { heading(('Tasks%s (%d)'):format(filter, #reply.tasks)) }
    return vim.list_extend(rows, vim.tbl_map(task_row, reply.tasks))
  end)
end

---@param entry table
---@param with_date boolean
---@return heph.Row
local function entry_row(entry, with_date)
  local row = task_row(entry.task)
  row.occasion = entry.occasion .. entry.date
  local word = entry.occasion ~= 'due' and (entry.occasion:gsub('_', ' ') .. ' ') or ''
  local when = (with_date and (entry.date .. ' ') or '') .. (entry.time and (entry.time .. ' ') or '')
  table.insert(row.chunks, 1, { when .. word, 'HephDim' })
  return row
end

M.of.agenda = function(uri, _, on_rows)
  local words = vim.split(uri.argument or '', '%s+', { trimempty = true })
  local span = 'day'
  if words[1] == 'week' or words[1] == 'day' then
    span = table.remove(words, 1)
  end
  ask('agenda', { span = span, date = table.concat(words, ' ') }, on_rows, function(reply)
    local rows = {}
    local function section(title, entries, with_date)
      if #entries > 0 then
        table.insert(rows, heading(title))
        for _, entry in ipairs(entries) do
          table.insert(rows, entry_row(entry, with_date))
        end
      end
    end
    section('Overdue', reply.overdue, true)
    section('Slipped', reply.slipped, true)
    for _, day in ipairs(reply.days) do
      local entries = vim.list_extend(vim.list_extend({}, day.timed), day.all_day)
      section(day.date == reply.today and (day.date .. ' (today)') or day.date, entries, false)
    end
    section('Upcoming', reply.upcoming, true)
    if #rows == 0 then
      table.insert(rows, remark('nothing is due or planned'))
    end
    if reply.left_out > 0 then
      table.insert(rows, remark(('%d more did not fit'):format(reply.left_out)))
    end
    return rows
  end)
end

--- A text cut at its marks, which count characters.
---@param text string
---@param marks table[]?
---@param group string
---@return heph.Chunk[]
local function marked(text, marks, group)
  local chunks, done = {}, 0
  for _, mark in ipairs(marks or {}) do
    local from, to = vim.fn.byteidxcomp(text, mark.start), vim.fn.byteidxcomp(text, mark['end'])
    if from >= done and to > from then
      table.insert(chunks, { text:sub(done + 1, from), group })
      table.insert(chunks, { text:sub(from + 1, to), 'HephMatch' })
      done = to
    end
  end
  table.insert(chunks, { text:sub(done + 1), group })
  return chunks
end

M.of.search = function(uri, limit, on_rows)
  ask('search', { query = uri.argument or '', limit = math.min(limit, 200) }, on_rows, function(reply)
    local rows = { heading(('Search: %s (%d)'):format(uri.argument or '', #reply.hits)) }
    for _, hit in ipairs(reply.hits) do
      local chunks = marked(hit.node.title, hit.title_marks, 'HephTitle')
      local place = hit.line > 0 and ((':%d'):format(hit.line)) or ''
      local folder = hit.node.folder and (' ' .. hit.node.folder) or ''
      table.insert(chunks, { ('%s  %s%s  '):format(place, hit.node.kind, folder), 'HephDim' })
      vim.list_extend(chunks, marked((hit.snippet:gsub('%c', ' ')), hit.marks, 'HephDim'))
      table.insert(rows, { chunks = chunks, id = hit.node.id, line = hit.line > 0 and hit.line or nil })
    end
    if reply.behind then
      table.insert(rows, remark('what was written last is still being indexed'))
    end
    return rows
  end)
end

M.of.backlinks = function(uri, limit, on_rows)
  ask('page.backlinks', { reference = uri.id, limit = limit }, on_rows, function(reply)
    local rows = { heading(('Links to %s (%d)'):format(reply.node.title, #reply.backlinks)) }
    for _, link in ipairs(reply.backlinks) do
      local place = link.line > 0 and ((':%d'):format(link.line)) or ''
      local chunks = { { link.from.title, 'HephTitle' }, { place .. '  ', 'HephDim' } }
      table.insert(chunks, { vim.trim((link.context:gsub('%c', ' '))), 'HephDim' })
      local row = { chunks = chunks, id = link.from.id, line = link.line > 0 and link.line or nil }
      row.occasion = tostring(link.line)
      table.insert(rows, row)
    end
    return rows
  end)
end

return M
