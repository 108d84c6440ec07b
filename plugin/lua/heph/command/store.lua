--- Subcommands about all there is: undo, redo, sync.
local M = {}

---@param method 'undo'|'redo'
---@param group? string
local function step(method, group)
  require('heph.rpc').request(method, { group = group }, function(err, reply)
    if err and group and (err.code == 'invalid' or err.code == 'not_found') then
      local text = 'there is no step "%s" to undo (`:Heph undo <Tab>` shows those there are)'
      return require('heph.message').error(text:format(group))
    elseif err then
      return require('heph.message').error(err)
    end
    require('heph.message').info(('%s: %s'):format(method == 'undo' and 'undone' or 'redone', reply.summary))
    for _, skipped in ipairs(reply.skipped) do
      local text = 'left as it is: %s of "%s", %s'
      require('heph.message').warn(text:format(skipped.field, skipped.node.title, skipped.reason))
    end
  end)
end

M.undo = {
  run = function(invocation)
    step('undo', invocation.text ~= '' and invocation.text or nil)
  end,
  complete = function(typed)
    return require('heph.command').candidates('undo')(typed)
  end,
}

M.redo = {
  run = function()
    step('redo')
  end,
}

M.sync = {
  run = function(invocation)
    local method = invocation.bang and 'sync.status' or 'sync.now'
    require('heph.rpc').request(method, {}, function(err, reply)
      if err then
        return require('heph.message').error(err)
      end
      local text = 'sync: ' .. tostring(reply.state):gsub('_', ' ')
      if reply.problem then
        return require('heph.message').warn(('%s: %s'):format(text, reply.problem))
      end
      require('heph.message').info(text)
    end)
  end,
}

return M
