--- Highlight groups, each a link to one of Neovim's own until somebody sets it.
local M = {}

local LINKS = {
  HephTitle = 'Normal',
  HephHeading = 'Title',
  HephBox = 'Special',
  HephDoing = 'DiagnosticInfo',
  HephDone = 'Comment',
  HephPriority = 'DiagnosticWarn',
  HephDue = 'DiagnosticHint',
  HephDueToday = 'DiagnosticWarn',
  HephOverdue = 'DiagnosticError',
  HephProject = 'Directory',
  HephTag = 'Tag',
  HephMatch = 'Search',
  HephDim = 'Comment',
}

local ready = false

local function set()
  for name, link in pairs(LINKS) do
    vim.api.nvim_set_hl(0, name, { link = link, default = true })
  end
end

--- Sets them at the first use, and again after a change of the colour scheme.
function M.ensure()
  if ready then
    return
  end
  ready = true
  set()
  vim.api.nvim_create_autocmd(
    'ColorScheme',
    { group = vim.api.nvim_create_augroup('heph-colours', {}), callback = set }
  )
end

return M
