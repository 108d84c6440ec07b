--- Says so when an undo takes out what came into a page from outside: nobody typed it, so nobody may expect it to go.
local M = {}

--- The undo steps of a buffer that are changes from outside, by their number, and the step that was seen last.
---@type table<integer, {steps: integer[], seen: integer}>
local outside = {}

---@param buf integer
---@return integer
local function step_of(buf)
  return vim.api.nvim_buf_call(buf, vim.fn.changenr)
end

---@param buf integer
local function look(buf)
  local known = outside[buf]
  if not known then
    return
  end
  local now = step_of(buf)
  for _, step in ipairs(known.steps) do
    if now < step and step <= known.seen then
      require('heph.message').info('undid what came from elsewhere (CTRL-R redoes it)')
      break
    end
  end
  known.seen = now
end

--- Notes that the newest step of a buffer is a change from outside.
---@param buf integer
function M.note(buf)
  local known = outside[buf]
  if not known then
    known = { steps = {}, seen = 0 }
    outside[buf] = known
    vim.api.nvim_create_autocmd({ 'TextChanged', 'TextChangedI' }, {
      group = vim.api.nvim_create_augroup('heph-undone-' .. buf, {}),
      buffer = buf,
      callback = function()
        look(buf)
      end,
    })
  end
  known.seen = step_of(buf)
  table.insert(known.steps, known.seen)
end

--- Forgets a buffer that goes, or whose history begins anew.
---@param buf integer
function M.forget(buf)
  if outside[buf] then
    outside[buf] = nil
    vim.api.nvim_del_augroup_by_name('heph-undone-' .. buf)
  end
end

return M
