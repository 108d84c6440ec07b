--- What can be done with the rows of a list.
local M = {}

---@param line integer From 1.
---@return heph.Row?
function M.row_at(line)
  local list = require('heph.list').get(vim.api.nvim_get_current_buf())
  return list and list.rows[line]
end

--- The tasks of some rows.
---@param first integer
---@param last integer
---@return table[]
local function tasks_in(first, last)
  local tasks, seen = {}, {}
  for line = first, last do
    local row = M.row_at(line)
    if row and row.task and not seen[row.id] then
      seen[row.id] = true
      table.insert(tasks, row.task)
    end
  end
  if #tasks == 0 then
    require('heph.message').info('there is no task here')
  end
  return tasks
end

---@param tasks table[]
---@return string[]
local function ids(tasks)
  return vim.tbl_map(function(task)
    return task.id
  end, tasks)
end

---@param tasks table[]
---@param holds fun(task: table): boolean
---@return boolean
local function all(tasks, holds)
  for _, task in ipairs(tasks) do
    if not holds(task) then
      return false
    end
  end
  return true
end

--- What is done with tasks; each one undo step, however many they are.
local OPERATIONS = {
  done = function(tasks)
    local reopens = all(tasks, require('heph.task_text').is_closed)
    require('heph.tasks').transition(ids(tasks), reopens and 'reopen' or 'done')
  end,
  reopen = function(tasks)
    require('heph.tasks').transition(ids(tasks), 'reopen')
  end,
  start = function(tasks)
    local stops = all(tasks, function(task)
      return task.status == 'doing'
    end)
    require('heph.tasks').transition(ids(tasks), stops and 'stop' or 'start')
  end,
  defer = function(tasks)
    vim.ui.input({ prompt = 'Hide until (a date; empty shows it again): ' }, function(till)
      if till then
        require('heph.tasks').defer(ids(tasks), vim.trim(till))
      end
    end)
  end,
}
OPERATIONS.toggle = OPERATIONS.done

---@param name string
---@param first integer
---@param last integer
function M.on_lines(name, first, last)
  local operation = OPERATIONS[name]
  if not operation then
    return require('heph.message').info(('a list has no `%s`'):format(name))
  end
  local tasks = tasks_in(first, last)
  if #tasks > 0 then
    operation(tasks)
  end
end

---@param mods table
local function open(mods)
  local row = M.row_at(vim.fn.line('.'))
  if row and row.more then
    require('heph.list').more(vim.api.nvim_get_current_buf())
  elseif row and row.id then
    require('heph.page').open(row.id, { mods = mods, line = row.line })
  end
end

---@type {lhs: string, desc: string, run: fun(), operation?: string}[]
local KEYS = {
  {
    lhs = '<CR>',
    desc = 'open',
    run = function()
      open({})
    end,
  },
  {
    lhs = '<C-v>',
    desc = 'open beside',
    run = function()
      open({ vertical = true })
    end,
  },
  {
    lhs = '<C-t>',
    desc = 'open in a tab',
    run = function()
      open({ tab = vim.fn.tabpagenr() })
    end,
  },
  { lhs = 'd', desc = 'done, or open again', operation = 'done', run = function() end },
  { lhs = 'S', desc = 'start or stop', operation = 'start', run = function() end },
  { lhs = 's', desc = 'hide until a date', operation = 'defer', run = function() end },
  {
    lhs = 'u',
    desc = 'undo',
    run = function()
      vim.cmd('Heph undo')
    end,
  },
  {
    lhs = '<C-r>',
    desc = 'redo',
    run = function()
      vim.cmd('Heph redo')
    end,
  },
  {
    lhs = 'w',
    desc = 'why it stands there',
    run = function()
      vim.cmd('Heph why')
    end,
  },
  {
    lhs = 'R',
    desc = 'read again',
    run = function()
      require('heph.list').refresh(vim.api.nvim_get_current_buf())
    end,
  },
}

local function help()
  local lines = {}
  for _, key in ipairs(KEYS) do
    table.insert(lines, ('%-6s %s'):format(key.lhs, key.desc))
  end
  vim.lsp.util.open_floating_preview(lines, '', { border = 'single', title = 'heph' })
end
table.insert(KEYS, { lhs = 'g?', desc = 'these keys', run = help })

--- Sets the keys of a list; they touch nothing outside it.
---@param buf integer
function M.maps(buf)
  for _, key in ipairs(KEYS) do
    local function run()
      if key.operation then
        local first, last = vim.fn.line('.'), vim.fn.line('.') + vim.v.count1 - 1
        return M.on_lines(key.operation, first, math.min(last, vim.fn.line('$')))
      end
      key.run()
    end
    vim.keymap.set('n', key.lhs, run, { buffer = buf, nowait = true, desc = 'heph: ' .. key.desc })
    if key.operation then
      vim.keymap.set('x', key.lhs, function()
        local first, last = vim.fn.line('v'), vim.fn.line('.')
        vim.api.nvim_feedkeys(vim.keycode('<Esc>'), 'nx', false)
        M.on_lines(key.operation, math.min(first, last), math.max(first, last))
      end, { buffer = buf, nowait = true, desc = 'heph: ' .. key.desc })
    end
  end
end

return M
