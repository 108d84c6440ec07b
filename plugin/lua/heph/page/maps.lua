--- Keys of page buffers, set only where the user has none for the same, and the options allow it.
local M = {}

local KEYS = {
  { option = 'smart', lhs = '<CR>', plug = '<Plug>(heph-smart)' },
  { option = 'gf', lhs = 'gf', plug = '<Plug>(heph-gf)' },
  { option = 'links', lhs = ']o', plug = '<Plug>(heph-next-link)' },
  { option = 'links', lhs = '[o', plug = '<Plug>(heph-previous-link)' },
  { option = 'journals', lhs = ']j', plug = '<Plug>(heph-next-journal)', journal = true },
  { option = 'journals', lhs = '[j', plug = '<Plug>(heph-previous-journal)', journal = true },
}

---@param buf integer
function M.set(buf)
  local allowed = require('heph.config').get().maps
  local state = require('heph.page.state').get(buf)
  vim.api.nvim_buf_call(buf, function()
    for _, key in ipairs(KEYS) do
      local fits = not key.journal or (state and state.kind == 'journal')
      local taken = vim.fn.hasmapto(key.plug, 'n') == 1 or vim.fn.maparg(key.lhs, 'n', false, true).buffer == 1
      if allowed[key.option] and fits and not taken then
        vim.keymap.set('n', key.lhs, key.plug, { buffer = buf, remap = true, desc = 'heph' })
      end
    end
  end)
end

return M
