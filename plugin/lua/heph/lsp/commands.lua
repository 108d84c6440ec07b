--- What code actions do besides editing the text.
local M = {}

---Makes the page of a link that leads nowhere.
---@param argument {title: string}
M['heph.create'] = function(argument)
  local message = require('heph.message')
  require('heph.rpc').request('page.new', { title = argument.title }, function(err)
    if err then
      message.error(err)
    else
      message.info(('made the page %s'):format(argument.title))
    end
  end)
end

---Makes a task of a line, as `:Heph promote` does.
---@param argument {uri: string, row: integer}
M['heph.promote'] = function(argument)
  local buf = require('heph.lsp.page').of({ uri = argument.uri })
  if buf then
    require('heph.command.lines').operations.promote(buf, argument.row + 1, argument.row + 1)
  end
end

---Makes a page of a selection, and leaves a link in its place, as `:Heph extract` does with lines.
---@param argument {uri: string, from: integer[], to: integer[]}
M['heph.extract'] = function(argument)
  local buf = require('heph.lsp.page').of({ uri = argument.uri })
  if buf then
    require('heph.extract').run(buf, argument.from, argument.to)
  end
end

return M
