--- Subcommands about the lines under the cursor: boxes, tasks, and a line for today.
local M = {}

---@param buf integer
---@param row integer From 0.
---@return string
local function line_of(buf, row)
  return vim.api.nvim_buf_get_lines(buf, row, row + 1, false)[1] or ''
end

---@param buf integer
---@param row integer
---@param box heph.Box
---@param token string
local function set_token(buf, row, box, token)
  if box.token ~= token then
    vim.api.nvim_buf_set_text(buf, row, box.column, row, box.column + #box.token, { token })
  end
end

--- Ticks the boxes of lines, or unticks them all where the first one is ticked. A line without a box gets one.
---@param buf integer
---@param first integer From 1.
---@param last integer
function M.toggle_lines(buf, first, last)
  local lines = require('heph.line')
  local token
  for row = first - 1, last - 1 do
    local text = line_of(buf, row)
    local box = lines.box(text)
    if box then
      token = token or ((box.token == 'x' or box.token == 'X' or box.token == '-') and ' ' or 'x')
      set_token(buf, row, box, token)
    elseif not token or token == ' ' then
      local made = lines.with_box(text)
      if made then
        token = ' '
        vim.api.nvim_buf_set_lines(buf, row, row + 1, true, { made })
      end
    end
  end
end

--- Finishes the tasks of lines as one step, or opens them again. Boxes that are no tasks are only ticked.
---@param buf integer
---@param first integer
---@param last integer
---@param to 'done'|'reopen'
local function close_lines(buf, first, last, to)
  local lines = require('heph.line')
  local token = to == 'done' and 'x' or ' '
  local references, boxes = {}, 0
  for row = first - 1, last - 1 do
    local text = line_of(buf, row)
    local box = lines.box(text)
    if box and box.anchor then
      table.insert(references, (box.anchor:gsub('^t%-', '')))
    end
    if box and (not box.anchor or vim.bo[buf].modified) then
      boxes = boxes + 1
      set_token(buf, row, box, token)
    end
  end
  if #references > 0 then
    require('heph.tasks').transition(references, to)
  elseif boxes == 0 then
    require('heph.message').info('there is no task and no box here')
  end
end

--- Makes tasks of lines, one after the other: each changes the text the next one is seen in.
---@param buf integer
---@param first integer
---@param last integer
local function promote_lines(buf, first, last)
  local page = require('heph.page')
  local state = require('heph.page.state').get(buf)
  if not state then
    return require('heph.message').error('this buffer is no page of heph, so its lines cannot be tasks')
  end
  -- The daemon looks at the saved text.
  if not page.settle(buf) then
    return
  end
  if not state.exists then
    return require('heph.message').error('the page is not in the store yet (`:w` makes it)')
  end
  local rev, made, row = state.rev, 0, first
  local function step()
    while row <= last and line_of(buf, row - 1):match('^%s*$') do
      row = row + 1
    end
    if row > last then
      require('heph.page.live').refresh({ state.id })
      if last > first then
        require('heph.message').info(made == 1 and '1 line is a task now' or ('%d lines are tasks now'):format(made))
      end
      return
    end
    local params = { reference = state.id, base_rev = rev, line = row, text = line_of(buf, row - 1) }
    require('heph.rpc').request('item.promote', params, function(err, reply)
      if err then
        require('heph.page.live').refresh({ state.id })
        return require('heph.message').error(err)
      end
      rev, made, row = reply.rev, made + 1, row + 1
      require('heph.autocmds').fire('HephTaskChanged', { tasks = { reply.task } })
      for _, note in ipairs(reply.notes or {}) do
        require('heph.message').info(note)
      end
      step()
    end)
  end
  step()
end

---@type table<string, fun(buf: integer, first: integer, last: integer)>
M.operations = {
  toggle = M.toggle_lines,
  done = function(buf, first, last)
    close_lines(buf, first, last, 'done')
  end,
  reopen = function(buf, first, last)
    close_lines(buf, first, last, 'reopen')
  end,
  promote = promote_lines,
}

--- Runs an operation as an operator, so that `.` does it again.
---@param name string
---@param invocation heph.Invocation
local function operate(name, invocation)
  if vim.b.heph_list then
    return require('heph.list.actions').on_lines(name, invocation.line1, invocation.line2)
  end
  require('heph.keys').operate(name, invocation.line1, invocation.line2)
end

M.toggle = {
  run = function(invocation)
    operate('toggle', invocation)
  end,
}

M.done = {
  run = function(invocation)
    local to = invocation.bang and 'reopen' or 'done'
    if invocation.text ~= '' then
      return require('heph.tasks').transition(vim.split(invocation.text, '%s+'), to)
    end
    operate(to, invocation)
  end,
  complete = function(typed)
    return require('heph.command').candidates('tasks')(typed)
  end,
}

M.promote = {
  run = function(invocation)
    operate('promote', invocation)
  end,
}

M.capture = {
  run = function(invocation)
    local function capture(line)
      require('heph.rpc').request('journal.capture', { line = line }, function(err, reply)
        if err then
          return require('heph.message').error(err)
        end
        require('heph.message').info(('added to %s'):format(reply.page.title))
      end)
    end
    if invocation.text ~= '' then
      return capture(invocation.text)
    elseif invocation.range > 0 then
      for _, line in ipairs(vim.api.nvim_buf_get_lines(0, invocation.line1 - 1, invocation.line2, false)) do
        if vim.trim(line) ~= '' then
          capture(vim.trim(line))
        end
      end
      return
    end
    require('heph.choose').line('A line for today: ', '', capture)
  end,
}

return M
