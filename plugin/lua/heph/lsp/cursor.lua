--- What stands at a place of a line: a link, the beginning of one, a tag that is being typed, an anchor.
---
--- Only where things begin and end is found here; what they mean the daemon says.
local M = {}

---@class heph.lsp.Link
---@field text string The link as it is written, whole.
---@field from integer First byte in its line, from 0.
---@field to integer One past its last byte.
---@field inner_from integer First byte of what names the target.
---@field inner_to integer One past its last byte: before a `|`, or the end of the link.
---@field target string What names the target, with its fragment.

local function is_of_heph(target)
  local path = target:match('^[^#]*')
  return path:find('^heph:') ~= nil or path:lower():find('%.md$') ~= nil and not path:find('^%a[%w+.-]*:')
end

---The links of a line that lead to pages, in order.
---@param line string
---@return heph.lsp.Link[]
function M.links(line)
  local links = {}
  for _, link in ipairs(require('heph.line').links(line)) do
    local is_wiki = link.kind == 'wiki'
    -- In a table the bar is escaped.
    local target = is_wiki and link.target:gsub('|.*$', ''):gsub('\\$', '') or link.target
    if is_wiki and target ~= '' or link.kind == 'markdown' and is_of_heph(target) then
      local before = link.raw:find(is_wiki and '[[' or '](', 1, true) + 1
      local inner = link.start - 1 + before
      table.insert(links, {
        text = link.raw,
        from = link.start - 1,
        to = link.finish,
        inner_from = inner,
        inner_to = inner + #target,
        target = target,
      })
    end
  end
  return links
end

---The link a place is in.
---@param line string
---@param byte integer From 0.
---@return heph.lsp.Link?
function M.link_at(line, byte)
  for _, link in ipairs(M.links(line)) do
    if link.from <= byte and byte < link.to then
      return link
    end
  end
  return nil
end

---The anchor of a task at the end of a line (`^t-7k3fq2mw`), as a link names it.
---@param line string
---@param byte integer From 0; the place has to be in the anchor.
---@return string? reference `t:7k3fq2mw`
function M.task_anchor_at(line, byte)
  local anchor = require('heph.line').task_anchor(line)
  if anchor and byte >= #line:match('^(.-)%s*$') - #anchor - 1 then
    return 't:' .. anchor:gsub('^t%-', '')
  end
  return nil
end

---The anchor at the end of a line, without its `^`.
---@param line string
---@return string? name
---@return integer? from Its first byte, from 0.
function M.anchor(line)
  local from, name = line:match('%s()%^([%w-]+)%s*$')
  if not from then
    from, name = line:match('^()%^([%w-]+)%s*$')
  end
  return name, from and (from - 1) --[[@as integer]]
end

---@param line string
---@return string? title Of a heading that begins with `#`.
function M.heading(line)
  local title = line:match('^ ? ? ?#+%s+(.-)%s*$')
  return title and (title:gsub('%s+#+$', ''))
end

---@class heph.lsp.Typed
---@field kind 'link'|'tag'
---@field typed string What was typed of it.
---@field from integer Byte at which that begins, from 0.

---What is being typed before the cursor.
---@param before string The line up to the cursor.
---@return heph.lsp.Typed?
function M.typed(before)
  local from = before:match('.*%[%[()') --[[@as integer?]]
  local typed = from and before:sub(from)
  if from and typed and not typed:find(']]', 1, true) and not typed:find('[|%[]') then
    return { kind = 'link', typed = typed, from = from - 1 }
  end
  -- A tag begins a line or stands behind white space, and has no punctuation of ASCII but `_`, `-` and `/`.
  local hash = before:match('^()#[%w_/\128-\255-]*$') or before:match('.*%s()#[%w_/\128-\255-]*$')
  local start = hash --[[@as integer?]]
  if start then
    return { kind = 'tag', typed = before:sub(start + 1), from = start }
  end
  return nil
end

---Whether a row stands in a fenced block of code, in which nothing is a link or a tag.
---@param buf integer
---@param row integer From 0.
---@return boolean
function M.is_in_fence(buf, row)
  ---@type string?
  local fence
  for _, line in ipairs(vim.api.nvim_buf_get_lines(buf, 0, row, false)) do
    local marker = line:match('^ ? ? ?(```+)') or line:match('^ ? ? ?(~~~+)')
    if marker and not fence then
      fence = marker
    elseif marker and marker:sub(1, #fence) == fence and line:match('^%s*[`~]+%s*$') then
      fence = nil
    end
  end
  return fence ~= nil
end

return M
