--- Where a link leads: the page, and the line of the heading or anchor it names.
local M = {}

---@type heph.lsp.Handler
M['textDocument/definition'] = function(params, reply, context)
  local page = require('heph.lsp.page')
  local place = page.place(params, context)
  if not place then
    reply(nil, nil)
    return
  end
  local asked = page.resolve(place, {}, function(resolved, err)
    if not resolved then
      -- That the daemon is away is told elsewhere, and once.
      if err and err.code == 'invalid' then
        require('heph.message').error(err)
      end
      reply(nil, nil)
    elseif resolved.state == 'ambiguous' then
      reply(
        nil,
        vim.tbl_map(function(node)
          return page.location(resolved, node)
        end, resolved.candidates or {})
      )
    else
      local location = page.location(resolved)
      if not location and not resolved.attachment then
        require('heph.message').info(('there is no page %q yet; a code action makes it'):format(resolved.target))
      end
      reply(nil, location)
    end
  end)
  if not asked then
    reply(nil, nil)
  end
end

return M
