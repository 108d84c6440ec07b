--- Shows behind each line that is a task what the line does not say: when it is due, and for whom it waits.
local M = {}

local space = vim.api.nvim_create_namespace('heph-tasks')

--- So many lines of a page are asked about.
local MOST = 50

---@param task table
---@return heph.Chunk[]
local function chunks(task)
  local made = {}
  local function add(text, group)
    table.insert(made, { ' ' .. text, group })
  end
  local due, group = require('heph.task_text').due(task)
  if due and not require('heph.task_text').is_closed(task) then
    add(due, group)
  end
  if task.status == 'waiting' then
    add('waits for ' .. (task.waiting_on or 'somebody'), 'HephDim')
  elseif task.status == 'someday' then
    add('someday', 'HephDim')
  end
  if task.priority then
    add('p' .. task.priority, 'HephPriority')
  end
  return made
end

--- Ids of the tasks that are shown, by buffer and anchor.
---@type table<integer, table<string, string>>
local shown = {}

---@param buf integer
---@param row integer From 0.
---@param task? table
local function place(buf, row, task)
  vim.api.nvim_buf_clear_namespace(buf, space, row, row + 1)
  local text = task and chunks(task) or {}
  if #text > 0 then
    vim.api.nvim_buf_set_extmark(buf, space, row, 0, { virt_text = text, hl_mode = 'combine' })
  end
end

--- Takes away what stands behind lines that are no tasks any more.
---@param buf integer
local function clean(buf)
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(buf, space, 0, -1, {})) do
    local line = vim.api.nvim_buf_get_lines(buf, mark[2], mark[2] + 1, false)[1] or ''
    if not require('heph.line').task_anchor(line) then
      vim.api.nvim_buf_del_extmark(buf, space, mark[1])
    end
  end
end

---@param buf integer
---@param row integer
---@param line string
---@param anchor string
local function ask(buf, row, line, anchor)
  require('heph.rpc').request('node.show', { reference = (anchor:gsub('^t%-', '')) }, function(_, reply)
    local loaded = vim.api.nvim_buf_is_loaded(buf)
    if loaded and reply and vim.api.nvim_buf_get_lines(buf, row, row + 1, false)[1] == line then
      shown[buf] = shown[buf] or {}
      shown[buf][anchor] = reply.node.id
      place(buf, row, reply.task)
    end
  end)
end

--- Shows what is to be said, and asks for it.
---@param buf integer
---@param changed? table<string, boolean> Only of tasks with these ids, and of those not shown yet.
function M.show(buf, changed)
  if not require('heph.config').get().marks then
    return
  end
  require('heph.highlight').ensure()
  clean(buf)
  local known = shown[buf] or {}
  local asked = 0
  for number, line in ipairs(vim.api.nvim_buf_get_lines(buf, 0, -1, true)) do
    local anchor = require('heph.line').task_anchor(line)
    local wanted = anchor and (not changed or not known[anchor] or changed[known[anchor]])
    if anchor and wanted and asked < MOST then
      asked = asked + 1
      ask(buf, number - 1, line, anchor)
    end
  end
end

--- Forgets a buffer that goes.
---@param buf integer
function M.forget(buf)
  shown[buf] = nil
end

return M
