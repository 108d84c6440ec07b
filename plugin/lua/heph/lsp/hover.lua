--- What stands behind a link: the beginning of its page or section, or the fields of its task.
local M = {}

local EXCERPT_LINES = 20

---@param when table?
---@return string?
local function date(when)
  if not when then
    return nil
  end
  return when.time and (when.date .. ' ' .. when.time) or when.date
end

---@param node heph.wire.NodeRef?
---@return string?
local function title(node)
  return node and node.title
end

---A task's fields, a line each.
---@param task table
---@return string[]
local function task_lines(task)
  local lines = { ('**%s**'):format(task.title), '' }
  local function field(name, value)
    if value and value ~= '' then
      table.insert(lines, ('- %s: %s'):format(name, value))
    end
  end
  field('status', task.status)
  field('waiting on', task.waiting_on)
  field('due', date(task.due))
  field('planned', date(task.planned))
  field('deferred to', date(task.defer))
  field('follow up', date(task.follow_up))
  field('priority', task.priority and task.priority < 4 and 'p' .. task.priority or nil)
  field('project', title(task.project))
  field('part of', title(task.parent))
  field('repeats', task.repeats)
  field(
    'tags',
    table.concat(
      vim.tbl_map(function(tag)
        return '#' .. tag
      end, task.tags or {}),
      ' '
    )
  )
  field('waits for', table.concat(vim.tbl_map(title, task.depends_on or {}), ', '))
  field('id', task.short)
  return lines
end

---@param resolved heph.wire.ResolvedLink
---@return string[]
local function page_lines(resolved)
  local node = resolved.to
  local place = node and node.folder and node.folder ~= '' and node.folder .. '/' or ''
  local lines = { ('**%s%s**'):format(place, node and node.title or resolved.target), '' }
  if resolved.missing then
    table.insert(lines, ('_There is no %s %q in it._'):format(resolved.missing, resolved.fragment or ''))
    table.insert(lines, '')
  end
  vim.list_extend(lines, vim.split(resolved.excerpt or '', '\n', { plain = true }))
  return lines
end

---@param resolved heph.wire.ResolvedLink
---@return string[]
local function other_lines(resolved)
  if resolved.attachment then
    return { ('**%s**'):format(resolved.target), '', 'An attachment of this page.' }
  elseif resolved.state == 'ambiguous' then
    local lines = { ('**%s** may be'):format(resolved.target), '' }
    for _, node in ipairs(resolved.candidates or {}) do
      local folder = node.folder and node.folder ~= '' and node.folder .. '/' or ''
      table.insert(lines, ('- %s%s'):format(folder, node.title))
    end
    return lines
  elseif resolved.opens then
    return { ('**%s**'):format(resolved.target), '', 'A journal that is not begun.' }
  end
  return { ('**%s**'):format(resolved.target), '', 'There is no page of this name yet.' }
end

---@type heph.lsp.Handler
M['textDocument/hover'] = function(params, reply, context)
  local page = require('heph.lsp.page')
  local place = page.place(params, context)
  if not place then
    reply(nil, nil)
    return
  end
  local function show(lines, link)
    local from, to = place.byte, place.byte
    if link then
      from, to = link.from, link.to
    end
    reply(nil, {
      contents = { kind = 'markdown', value = vim.trim(table.concat(lines, '\n')) },
      range = require('heph.lsp.position').range(place.line, place.row, from, to, context.encoding),
    })
  end
  local asked = page.resolve(place, { excerpt = EXCERPT_LINES }, function(resolved, _, link)
    if not resolved then
      reply(nil, nil)
    elseif resolved.to and resolved.to.kind == 'task' then
      require('heph.lsp.ask').ask('node.show', { reference = resolved.to.id }, function(shown)
        if shown and shown.task then
          show(task_lines(shown.task), link)
        else
          reply(nil, nil)
        end
      end)
    elseif resolved.to then
      show(page_lines(resolved), link)
    else
      show(other_lines(resolved), link)
    end
  end)
  if not asked then
    reply(nil, nil)
  end
end

return M
