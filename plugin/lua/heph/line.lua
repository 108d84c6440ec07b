--- Lines of Markdown as heph sees them: boxes, anchors, links.
local M = {}

---@class heph.Box
---@field token string What stands between the brackets.
---@field column integer First byte of the token, from 0.
---@field anchor? string Of the task the line is, without its `^`.

--- The marker of a list item, with the blanks before and behind it.
---@param line string
---@return string?
local function marker(line)
  return line:match('^[%s>]*[-*+]%s+') or line:match('^[%s>]*%d+[.)]%s+')
end

--- The anchor by which a line is a task.
---@param line string
---@return string?
function M.task_anchor(line)
  return line:match('%s%^(t%-[0-9a-z]+)%s*$')
end

--- The box of a line.
---@param line string
---@return heph.Box?
function M.box(line)
  local head = marker(line)
  if not head then
    return nil
  end
  local token, behind = line:sub(#head + 1):match('^%[([^%]]+)%](.?)')
  if not token or not behind or vim.fn.strchars(token) ~= 1 or not (behind == '' or behind:match('%s')) then
    return nil
  end
  return { token = token, column = #head + 1, anchor = M.task_anchor(line) }
end

--- The line with a box that is open, for one that has none; nil for one that can have none.
---@param line string
---@return string?
function M.with_box(line)
  if line:match('^%s*$') or line:match('^%s*#+%s') or line:match('^%s*```') then
    return nil
  end
  local head = marker(line)
  if head then
    return head .. '[ ] ' .. line:sub(#head + 1)
  end
  local indent, rest = line:match('^([%s>]*)(.*)$')
  return indent .. '- [ ] ' .. rest
end

---@class heph.LinkHere
---@field kind 'wiki'|'markdown'|'url'|'tag'
---@field raw string As it is written.
---@field target string
---@field start integer First byte, from 1.
---@field finish integer Last byte.

local PATTERNS = {
  { 'wiki', '!?%[%[([^%[%]]+)%]%]' },
  { 'markdown', '%[[^%[%]]*%]%(([^()%s]*)%)' },
  { 'url', '(https?://[^%s<>"%]%)]+)' },
  { 'tag', '#([%w_/%-\128-\255]+)' },
}

--- Whether a `#` begins a tag: behind a blank or a bracket, and not before a number alone.
---@param line string
---@param start integer
---@param name string
---@return boolean
local function is_tag(line, start, name)
  return line:sub(start - 1, start - 1):match('^[%s([{,;]?$') ~= nil and name:find('[^%d/]') ~= nil
end

--- The links and tags of a line, in order; none lies within another.
---@param line string
---@return heph.LinkHere[]
function M.links(line)
  local found, taken = {}, {}
  for _, pattern in ipairs(PATTERNS) do
    local from = 1
    while true do
      local start, finish, target = line:find(pattern[2], from)
      if not start then
        break
      end
      local counts = pattern[1] ~= 'tag' or is_tag(line, start, target --[[@as string]])
      if counts and not taken[start] and not taken[finish] then
        for byte = start, finish do
          taken[byte] = true
        end
        table.insert(found, {
          kind = pattern[1],
          raw = line:sub(start, finish),
          target = target,
          start = start,
          finish = finish,
        })
      end
      from = finish + 1
    end
  end
  table.sort(found, function(left, right)
    return left.start < right.start
  end)
  return found
end

--- The link a byte lies in.
---@param line string
---@param column integer From 0.
---@return heph.LinkHere?
function M.link_at(line, column)
  for _, link in ipairs(M.links(line)) do
    if link.start <= column + 1 and column + 1 <= link.finish then
      return link
    end
  end
end

return M
