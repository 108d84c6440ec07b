--- Subcommands that show lists.
local M = {}

---@param kind heph.UriKind
---@return fun(invocation: heph.Invocation)
local function list(kind)
  return function(invocation)
    require('heph.page').show(require('heph.uri').of(kind, invocation.text), invocation.mods)
  end
end

---@param what string
---@return fun(typed: string): string[]
local function candidates(what)
  return function(typed)
    return require('heph.command').candidates(what)(typed)
  end
end

M['next'] = { run = list('next'), complete = candidates('filter') }
M.list = { run = list('list'), complete = candidates('filter') }

M.agenda = {
  run = list('agenda'),
  complete = function(typed)
    return vim.tbl_filter(function(word)
      return vim.startswith(word, typed)
    end, { 'day', 'week', 'today', 'tomorrow', 'day tomorrow', 'week tomorrow' })
  end,
}

--- Searches as one types, where the picker can; else a line is asked for, and the hits are a list.
---@param mods table
local function search_live(mods)
  require('heph.picker').live({
    prompt = 'Search',
    format = function(hit)
      return ('%s  %s'):format(require('heph.choose').node_label(hit.node), hit.snippet)
    end,
    source = function(query, show)
      if vim.trim(query) == '' then
        return show({})
      end
      require('heph.rpc').request('search', { query = query, limit = 50 }, function(err, reply)
        -- A query that is not finished may be none yet.
        show(err and {} or reply.hits)
      end)
    end,
  }, function(hit, how)
    if hit then
      local line = hit.line > 0 and hit.line or nil
      require('heph.page').open(hit.node.id, { line = line, mods = require('heph.choose').mods(how, mods) })
    end
  end)
end

M.search = {
  run = function(invocation)
    if invocation.text == '' then
      return search_live(invocation.mods)
    end
    list('search')(invocation)
  end,
}

--- The task under the cursor: a row of a list, a line that is a task, or the task the buffer shows.
---@return string?
local function task_here()
  if vim.b.heph_list then
    local row = require('heph.list.actions').row_at(vim.fn.line('.'))
    return row and row.task and row.id
  end
  local anchor = require('heph.line').task_anchor(vim.api.nvim_get_current_line())
  if anchor then
    return (anchor:gsub('^t%-', ''))
  end
  local state = require('heph.page.state').get(0)
  return state and state.kind == 'task' and state.id or nil
end

---@param why table
---@return string[]
local function explain(why)
  local lines = { why.task.title, '' }
  for _, reason in ipairs(why.gate) do
    table.insert(lines, 'not in next: ' .. reason.detail)
  end
  for _, term in ipairs(why.terms) do
    table.insert(lines, ('%6.1f  %s: %s'):format(term.points, term.name, term.input))
  end
  table.insert(lines, ('%6.1f  in all%s'):format(why.score, why.place and (', place ' .. why.place) or ''))
  return lines
end

M.why = {
  run = function(invocation)
    local reference = invocation.text ~= '' and invocation.text or task_here()
    if not reference then
      return require('heph.message').info('there is no task here')
    end
    require('heph.rpc').request('task.why', { reference = reference }, function(err, reply)
      if err then
        return require('heph.message').error(err)
      end
      vim.lsp.util.open_floating_preview(explain(reply), '', { border = 'single', focus_id = 'heph-why' })
    end)
  end,
  complete = candidates('tasks'),
}

return M
