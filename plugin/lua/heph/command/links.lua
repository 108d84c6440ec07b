--- Subcommands about what ties pages together: links and tags.
local M = {}

M.follow = {
  run = function(invocation)
    require('heph.follow').here(invocation.mods)
  end,
}

--- Id of the node in the current window: a page, or the row of a list.
---@return string?
local function here()
  local row = vim.b.heph_list and require('heph.list.actions').row_at(vim.fn.line('.'))
  local id = row and row.id or require('heph.page').node_id(0)
  if not id then
    require('heph.message').error('this buffer is no page of heph; `:Heph open` shows one')
  end
  return id
end

M.backlinks = {
  run = function(invocation)
    if invocation.text ~= '' then
      require('heph.rpc').request('page.open', { reference = invocation.text }, function(err, reply)
        if err then
          return require('heph.message').error(err)
        end
        require('heph.page').show('heph://backlinks/' .. reply.open.page.id, invocation.mods)
      end)
      return
    end
    local id = here()
    if id then
      require('heph.page').show('heph://backlinks/' .. id, invocation.mods)
    end
  end,
  complete = function(typed)
    return require('heph.command').candidates('pages')(typed)
  end,
}

M.links = {
  in_page = true,
  run = function(invocation)
    local id = here()
    if not id then
      return
    end
    require('heph.rpc').request('page.links', { reference = id }, function(err, reply)
      if err then
        return require('heph.message').error(err)
      elseif #reply.links == 0 then
        return require('heph.message').info('there are no links here')
      end
      require('heph.choose').item(reply.links, {
        prompt = 'Links',
        format = function(link)
          local state = link.state ~= 'resolved' and (' (' .. link.state .. ')') or ''
          return ('%d: %s%s'):format(link.line, link.text or link.target, state)
        end,
      }, function(link, how)
        if not link then
          return
        end
        local options = { mods = require('heph.choose').mods(how, invocation.mods), create = true }
        require('heph.page').open(link.to and link.to.id or link.target, options)
      end)
    end)
  end,
}

M.tags = {
  run = function(invocation)
    local function list(tag, mods)
      require('heph.page').show(require('heph.uri').of('search', 'tag:' .. tag), mods)
    end
    if invocation.text ~= '' then
      return list(invocation.text:gsub('^#', ''), invocation.mods)
    end
    require('heph.rpc').request('tag.list', {}, function(err, reply)
      if err then
        return require('heph.message').error(err)
      elseif #reply.tags == 0 then
        return require('heph.message').info('there are no tags yet')
      end
      require('heph.choose').item(reply.tags, {
        prompt = 'Tags',
        format = function(tag)
          return ('#%s  %d open, %d pages'):format(tag.tag, tag.tasks, tag.pages)
        end,
      }, function(tag, how)
        if tag then
          list(tag.tag, require('heph.choose').mods(how, invocation.mods))
        end
      end)
    end)
  end,
  complete = function(typed)
    return require('heph.command').candidates('tags')(typed)
  end,
}

return M
