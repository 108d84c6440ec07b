--- What is doubtful in a page: links that lead nowhere or to several pages, headings and anchors that are not there.
---
--- The buffer's text is looked at as it is, once the typing rests, and again when something changed in the store, as
--- other pages decide what a link means. A link to a page that is not made yet is no fault, so it is only a hint, and
--- shown by the highlight group `HephLinkUnresolved`.
local M = {}

local REST_MS = 300

--- A text this long is not looked at: its frame would come near the limit.
local LONGEST = 8 * 1024 * 1024

local LIMIT = 200

local namespace = vim.api.nvim_create_namespace('heph_lsp')

local WARNING, HINT = 2, 4
local SEVERITY = { ['unresolved-link'] = HINT, ['missing-file'] = WARNING, ['foreign-task'] = WARNING }

---@class heph.lsp.Watched
---@field context heph.lsp.Context
---@field timer uv.uv_timer_t
---@field asked integer Counts the questions, so that only the newest answer is shown.
---@field is_old boolean Whether something changed since the page was looked at.

---@type table<integer, heph.lsp.Watched>
local watched = {}

---@type fun()? Ends the listening to the store's changes.
local end_listening

---@param buf integer
---@param watch heph.lsp.Watched
---@param findings table[]
local function show(buf, watch, findings)
  local position = require('heph.lsp.position')
  local lines = vim.api.nvim_buf_get_lines(buf, 0, -1, false)
  local starts = position.starts(lines)
  vim.api.nvim_buf_clear_namespace(buf, namespace, 0, -1)
  local diagnostics = {}
  for _, finding in ipairs(findings) do
    local from, to = finding.start or 0, finding['end'] or 0 ---@type integer, integer
    local row, column = position.row_of(starts, from)
    local line = lines[row + 1] or ''
    local last = math.min(column + to - from, #line)
    if finding.line == 0 then
      row, column, last, line = 0, 0, 0, lines[1] or ''
    end
    if finding.code == 'unresolved-link' then
      vim.api.nvim_buf_set_extmark(buf, namespace, row, math.min(column, #line), {
        end_col = last,
        hl_group = 'HephLinkUnresolved',
        priority = 150,
        strict = false,
      })
    end
    local hint = finding.hint and finding.hint ~= '' and ' (' .. finding.hint .. ')' or ''
    table.insert(diagnostics, {
      range = position.range(line, row, column, last, watch.context.encoding),
      severity = SEVERITY[finding.code] or WARNING,
      code = finding.code,
      source = 'heph',
      message = finding.message .. hint,
      data = { target = finding.target },
    })
  end
  watch.context.dispatchers.notification('textDocument/publishDiagnostics', {
    uri = vim.uri_from_bufnr(buf),
    diagnostics = diagnostics,
  })
  require('heph.autocmds').fire('HephDiagnostics', { buf = buf, count = #diagnostics })
end

---@param buf integer
local function look(buf)
  local watch = watched[buf]
  local id = watch and vim.api.nvim_buf_is_loaded(buf) and require('heph.page').node_id(buf)
  if not id then
    return
  end
  if vim.api.nvim_buf_get_offset(buf, vim.api.nvim_buf_line_count(buf)) > LONGEST then
    return
  end
  watch.is_old = false
  watch.asked = watch.asked + 1
  local mine = watch.asked
  local tick = vim.api.nvim_buf_get_changedtick(buf)
  local text = require('heph.lsp.page').text(buf)
  require('heph.lsp.ask').ask('page.lint', { reference = id, text = text, limit = LIMIT }, function(result)
    local is_newest = watched[buf] == watch and watch.asked == mine
    if not is_newest or not vim.api.nvim_buf_is_loaded(buf) then
      return
    end
    if not result then
      watch.is_old = true
    elseif vim.api.nvim_buf_get_changedtick(buf) == tick then
      show(buf, watch, result.findings or {})
    end
    -- A text that was edited meanwhile is looked at again when that rests.
  end)
end

---Looks at a page once nothing more happens for a moment; a long text waits longer.
---@param buf integer
---@param after? integer Milliseconds.
local function look_soon(buf, after)
  local watch = watched[buf]
  if not watch then
    return
  end
  if #vim.fn.win_findbuf(buf) == 0 then
    watch.is_old = true
    return
  end
  local bytes = math.max(0, vim.api.nvim_buf_get_offset(buf, vim.api.nvim_buf_line_count(buf)))
  watch.timer:stop()
  watch.timer:start(
    (after or REST_MS) + math.floor(bytes / 2048),
    0,
    vim.schedule_wrap(function()
      look(buf)
    end)
  )
end

local function look_at_old(buf)
  if watched[buf] and watched[buf].is_old then
    look_soon(buf, 0)
  end
end

---Listens to the store, once: any change may make a link of any page mean something else.
local function listen()
  if end_listening then
    return
  end
  local function changed()
    for buf in pairs(watched) do
      look_soon(buf)
    end
  end
  local rpc = require('heph.rpc')
  local ends = { rpc.on('changed', changed), rpc.on('connected', changed) }
  end_listening = function()
    for _, stop in ipairs(ends) do
      stop()
    end
  end
end

local function group(buf)
  return 'heph_lsp_' .. buf
end

---Begins to look at a page.
---@param buf integer
---@param context heph.lsp.Context
function M.watch(buf, context)
  M.unwatch(buf)
  require('heph.highlight').ensure()
  listen()
  local watch = { context = context, timer = assert(vim.uv.new_timer()), asked = 0, is_old = true }
  watched[buf] = watch
  vim.api.nvim_buf_attach(buf, false, {
    on_lines = function()
      if watched[buf] ~= watch then
        return true
      end
      look_soon(buf)
    end,
    on_reload = function()
      look_soon(buf)
    end,
    on_detach = function()
      vim.schedule(function()
        if watched[buf] == watch then
          M.unwatch(buf)
        end
      end)
    end,
  })
  local commands = vim.api.nvim_create_augroup(group(buf), { clear = true })
  vim.api.nvim_create_autocmd('BufWinEnter', {
    group = commands,
    buffer = buf,
    callback = function()
      look_at_old(buf)
    end,
  })
  look_soon(buf, 0)
end

---@param buf integer
function M.unwatch(buf)
  local watch = watched[buf]
  if not watch then
    return
  end
  watched[buf] = nil
  watch.timer:stop()
  watch.timer:close()
  pcall(vim.api.nvim_del_augroup_by_name, group(buf))
  if vim.api.nvim_buf_is_valid(buf) then
    vim.api.nvim_buf_clear_namespace(buf, namespace, 0, -1)
  end
end

---Stops looking at the page of a document; no buffer is made for a name that has none any more.
---@param uri string
function M.close(uri)
  for buf in pairs(watched) do
    if vim.api.nvim_buf_is_valid(buf) and vim.uri_from_bufnr(buf) == uri then
      M.unwatch(buf)
      return
    end
  end
end

function M.unwatch_all()
  for buf in pairs(watched) do
    M.unwatch(buf)
  end
  if end_listening then
    end_listening()
    end_listening = nil
  end
end

return M
