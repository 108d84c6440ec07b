--- A task in pieces of text, each with its highlight group.
local M = {}

---@alias heph.Chunk {[1]: string, [2]?: string}

local BOXES = { todo = '[ ]', doing = '[/]', waiting = '[?]', someday = '[~]', done = '[x]', cancelled = '[-]' }

--- When a task is due, in a word, with the group for it.
---@param task table
---@return string?
---@return string? group
function M.due(task)
  local days = task.due_in_days
  if not task.due or not days then
    return nil
  end
  local time = task.due.time and (' ' .. task.due.time:sub(1, 5)) or ''
  if days < 0 then
    return ('%dd late'):format(-days), 'HephOverdue'
  elseif days == 0 then
    local is_late = vim.tbl_contains(task.flags or {}, 'overdue')
    return 'today' .. time .. (is_late and ' (late)' or ''), is_late and 'HephOverdue' or 'HephDueToday'
  elseif days == 1 then
    return 'tomorrow' .. time, 'HephDue'
  elseif days < 14 then
    return ('in %dd'):format(days), 'HephDue'
  end
  return task.due.date, 'HephDue'
end

---@param task table
---@return boolean
function M.is_closed(task)
  return task.status == 'done' or task.status == 'cancelled'
end

---@param task table
---@return heph.Chunk[]
function M.chunks(task)
  local closed = M.is_closed(task)
  local chunks = { { BOXES[task.status] or '[ ]', task.status == 'doing' and 'HephDoing' or 'HephBox' }, { ' ' } }
  local function add(text, group)
    table.insert(chunks, { text, closed and 'HephDone' or group })
    table.insert(chunks, { ' ' })
  end
  if task.pinned then
    add('*', 'HephPriority')
  end
  if task.priority then
    add('p' .. task.priority, 'HephPriority')
  end
  add((task.title:gsub('%c', ' ')), 'HephTitle')
  local due, group = M.due(task)
  if due then
    add(due, group)
  end
  if task.repeats then
    add('(' .. task.repeats .. ')', 'HephDim')
  end
  if task.waiting_on then
    add('waits for ' .. task.waiting_on, 'HephDim')
  end
  if task.project then
    add(task.project.title, 'HephProject')
  end
  for _, tag in ipairs(task.tags or {}) do
    add('#' .. tag, 'HephTag')
  end
  chunks[#chunks] = nil
  return chunks
end

return M
