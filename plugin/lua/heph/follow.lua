--- Follows links: to pages, journals, tasks, headings, and out of the editor.
local M = {}

---@param line integer
local function jump(line)
  vim.cmd("normal! m'")
  vim.api.nvim_win_set_cursor(0, { math.min(line, vim.api.nvim_buf_line_count(0)), 0 })
  vim.cmd('normal! zv')
end

---@param url string
local function open_outside(url)
  local _, problem = vim.ui.open(url)
  if problem then
    require('heph.message').error(problem)
  end
end

--- What a link means, from the daemon.
---@param link heph.LinkHere
---@param on_meaning fun(meaning: table)
local function resolve(link, on_meaning)
  local params = { links = { link.raw }, from = require('heph.page').node_id(0) }
  if link.target:sub(1, 1) == '#' then
    params.text = require('heph.page.text').of(0)
  end
  require('heph.rpc').request('link.resolve', params, function(err, reply)
    if err then
      return require('heph.message').error(err)
    end
    on_meaning(reply.links[1])
  end)
end

---@param link heph.LinkHere
---@param mods table
function M.link(link, mods)
  if link.kind == 'tag' then
    return require('heph.page').show(require('heph.uri').of('search', 'tag:' .. link.target), mods)
  elseif link.kind == 'url' or link.target:match('^%a[%w+.-]+://') or link.target:match('^mailto:') then
    return open_outside(link.target)
  end
  local page = require('heph.page')
  resolve(link, function(meaning)
    local line = (meaning.line or 0) > 0 and meaning.line or nil
    if meaning.missing then
      require('heph.message').info(('the %s of %s is not there'):format(meaning.missing, link.raw))
    end
    if meaning.target == '' and meaning.fragment then
      return line and jump(line) or nil
    elseif meaning.attachment then
      return require('heph.attach').open(page.node_id(0) or '', meaning.target)
    elseif meaning.opens then
      return page.open(meaning.opens, { mods = mods, line = line })
    elseif meaning.state == 'ambiguous' then
      return require('heph.choose').node(meaning.candidates or {}, link.raw, function(node, how)
        page.open(node.id, { mods = require('heph.choose').mods(how, mods), line = line })
      end)
    end
    page.open(meaning.target, { mods = mods, create = true })
  end)
end

--- Follows what is under the cursor, or the next link of the line.
---@param mods table
function M.here(mods)
  local lines = require('heph.line')
  local line, column = vim.api.nvim_get_current_line(), vim.api.nvim_win_get_cursor(0)[2] --[[@as integer]]
  local link = lines.link_at(line, column)
  if not link then
    for _, other in ipairs(lines.links(line)) do
      link = link or (other.start > column and other.kind ~= 'tag' and other or nil)
    end
  end
  if not link then
    return require('heph.message').info('there is no link here')
  end
  M.link(link, mods)
end

return M
