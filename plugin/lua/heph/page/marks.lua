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

---@param buf integer
function M.show(buf)
  if not require('heph.config').get().marks then
    return
  end
  require('heph.highlight').ensure()
  vim.api.nvim_buf_clear_namespace(buf, space, 0, -1)
  local asked = 0
  for number, line in ipairs(vim.api.nvim_buf_get_lines(buf, 0, -1, true)) do
    local anchor = require('heph.line').task_anchor(line)
    if anchor and asked < MOST then
      asked = asked + 1
      require('heph.rpc').request('node.show', { reference = (anchor:gsub('^t%-', '')) }, function(_, reply)
        local same = vim.api.nvim_buf_is_loaded(buf)
          and vim.api.nvim_buf_get_lines(buf, number - 1, number, false)[1] == line
        if reply and reply.task and same then
          vim.api.nvim_buf_set_extmark(
            buf,
            space,
            number - 1,
            0,
            { virt_text = chunks(reply.task), hl_mode = 'combine' }
          )
        end
      end)
    end
  end
end

return M
