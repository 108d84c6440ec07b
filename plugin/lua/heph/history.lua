--- Earlier texts of a page, and what became of them, in diff mode.
local M = {}

---@param buf integer
---@param uri heph.Uri
function M.read(buf, uri)
  local timeout = require('heph.config').get().timeout.read
  local reply, err = require('heph.rpc').call('page.revision', { reference = uri.id, rev = uri.rev }, timeout)
  if not reply then
    return require('heph.message').fail(require('heph.message').sentence(err or ''))
  end
  local lines, format = require('heph.page.text').lines(reply.text)
  vim.bo[buf].undolevels = -1
  vim.bo[buf].modifiable = true
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  require('heph.page.text').set_format(buf, format)
  vim.bo[buf].bufhidden = 'wipe'
  vim.bo[buf].filetype = 'markdown'
  vim.bo[buf].modifiable = false
  vim.bo[buf].readonly = true
  vim.bo[buf].modified = false
end

--- Shows a revision beside the page, what differs marked.
---@param buf integer
---@param state heph.PageState
---@param rev string
function M.diff(buf, state, rev)
  local window = vim.fn.bufwinid(buf)
  if window == -1 then
    return
  end
  vim.api.nvim_set_current_win(window)
  vim.cmd.diffthis()
  vim.cmd({
    cmd = 'split',
    args = { require('heph.uri').revision(state.id, rev) },
    magic = { file = false, bar = false },
    mods = { vertical = true, split = 'aboveleft' },
  })
  vim.cmd.diffthis()
  local shown = vim.api.nvim_get_current_buf()
  vim.api.nvim_create_autocmd('BufWinLeave', {
    buffer = shown,
    once = true,
    callback = function()
      if vim.api.nvim_win_is_valid(window) then
        vim.api.nvim_win_call(window, function()
          vim.cmd.diffoff()
        end)
      end
    end,
  })
  vim.api.nvim_set_current_win(window)
end

---@param buf integer
---@param state heph.PageState
---@param text string A revision; if empty, one is chosen.
function M.choose(buf, state, text)
  if text ~= '' then
    -- No window is made for a revision that is not there.
    return require('heph.rpc').request('page.revision', { reference = state.id, rev = text }, function(err)
      if err then
        return require('heph.message').error(err)
      end
      M.diff(buf, state, text)
    end)
  end
  require('heph.rpc').request('page.history', { reference = state.id, limit = 200 }, function(err, reply)
    if err then
      return require('heph.message').error(err)
    elseif #reply.revisions == 0 then
      return require('heph.message').info('there is no earlier text')
    end
    require('heph.choose').item(reply.revisions, {
      prompt = 'Revisions of ' .. state.title,
      format = function(revision)
        local text_of = '%s  +%d -%d  %s'
        return text_of:format(revision.at:sub(1, 16):gsub('T', ' '), revision.added, revision.removed, revision.label)
      end,
    }, function(revision)
      if revision then
        M.diff(buf, state, revision.rev)
      end
    end)
  end)
end

return M
