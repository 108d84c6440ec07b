--- What stands behind the `<Plug>(heph-…)` maps: operators that `.` repeats, and keys that look under the cursor.
local M = {}

--- The operation `.` repeats.
---@type string
local operation = 'toggle'

--- Called by `g@`, with the lines in `'[` and `']`.
function M.operatorfunc()
  local first, last = vim.fn.line("'["), vim.fn.line("']")
  require('heph.command.lines').operations[operation](vim.api.nvim_get_current_buf(), first, last)
end

---@param name string
local function arm(name)
  operation = name
  vim.go.operatorfunc = "v:lua.require'heph.keys'.operatorfunc"
end

--- Runs an operation on lines.
---@param name string
---@param first integer
---@param last integer
function M.operate(name, first, last)
  arm(name)
  local cursor = vim.api.nvim_win_get_cursor(0)
  if cursor[1] ~= first then
    vim.api.nvim_win_set_cursor(0, { first, 0 })
  end
  vim.cmd(('normal! %dg@_'):format(last - first + 1))
  local count = vim.api.nvim_buf_line_count(0)
  vim.api.nvim_win_set_cursor(0, { math.min(cursor[1], count), cursor[2] })
end

local OPERATORS = { toggle = true, done = true, promote = true }

--- The keys a `<Plug>` map of a subcommand stands for.
---@param name string
---@return string
function M.command(name)
  local is_visual = vim.fn.mode():match('[vV\22]') ~= nil
  if OPERATORS[name] and not vim.b.heph_list then
    arm(name)
    return is_visual and 'g@' or 'g@_'
  end
  if is_visual then
    return (":<C-u>'<,'>Heph %s<CR>"):format(name)
  end
  return ('<Cmd>Heph %s<CR>'):format(name)
end

---@param name string
---@return string
function M.press(name)
  return ("<Cmd>lua require('heph.keys').go(%q)<CR>"):format(name)
end

---@param flags string
local function to_link(flags)
  vim.fn.search([[\v!?\[\[|\[[^\]\[]*\]\(|https?:\/\/]], flags)
end

--- The next existing journal of the same kind, day or week.
---@param direction 1|-1
local function to_journal(direction)
  local state = require('heph.page.state').get(0)
  if not state or state.kind ~= 'journal' then
    return require('heph.message').info('this is no journal')
  end
  local is_week = state.title:find('W', 1, true) ~= nil
  local best
  local function look(token)
    local params = { journals = true, limit = 1000, page = token }
    require('heph.rpc').request('page.list', params, function(err, reply)
      if err then
        return require('heph.message').error(err)
      end
      for _, page in ipairs(reply.pages) do
        local lies = page.title > state.title and 1 or page.title < state.title and -1 or 0
        local is_nearer = not best or (page.title < best.title) == (direction == 1)
        if (page.title:find('W', 1, true) ~= nil) == is_week and lies == direction and is_nearer then
          best = page
        end
      end
      -- Newest first: what is older than the one shown needs no further page once it is found.
      if reply.next_page and not (direction == -1 and best) then
        return look(reply.next_page)
      elseif best then
        return require('heph.page').open(best.id)
      end
      require('heph.message').info(direction == 1 and 'there is no later journal' or 'there is no earlier journal')
    end)
  end
  look(nil)
end

--- `<CR>`: follows a link, lists a tag, ticks a box, folds a heading; else it is what it always is.
local function smart()
  local lines = require('heph.line')
  local cursor = vim.api.nvim_win_get_cursor(0)
  local row, column = cursor[1], cursor[2]
  local line = vim.api.nvim_get_current_line()
  local link = lines.link_at(line, column)
  if link then
    require('heph.follow').link(link, {})
  elseif lines.box(line) then
    M.operate('toggle', row, row)
  elseif line:match('^#+%s') then
    pcall(vim.api.nvim_command, 'normal! za')
  else
    vim.cmd('normal! \r')
  end
end

local ACTIONS = {
  smart = smart,
  gf = function()
    require('heph.follow').here({})
  end,
  ['next-link'] = function()
    to_link('w')
  end,
  ['previous-link'] = function()
    to_link('bw')
  end,
  ['next-journal'] = function()
    to_journal(1)
  end,
  ['previous-journal'] = function()
    to_journal(-1)
  end,
}

---@param name string
function M.go(name)
  ACTIONS[name]()
end

return M
