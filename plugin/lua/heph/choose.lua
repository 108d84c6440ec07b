--- Choosing one of several, through the picker the user has.
local M = {}

---@param items any[]
---@param options {prompt: string, format: (fun(item: any): string), preview?: function}
---@param on_choice fun(item?: any, how?: 'edit'|'split'|'vsplit'|'tab')
function M.item(items, options, on_choice)
  require('heph.picker').select(items, options, on_choice)
end

---@param node table A `NodeRef` or `Page`.
---@return string
function M.node_label(node)
  local folder = node.folder and (node.folder .. '/') or ''
  local kind = node.kind ~= 'page' and (' (' .. node.kind .. ')') or ''
  return folder .. node.title .. kind
end

--- Modifiers that show a choice as the picker was asked to.
---@param how? 'edit'|'split'|'vsplit'|'tab'
---@param mods? table
---@return table?
function M.mods(how, mods)
  if how == 'split' then
    return { split = '', horizontal = true }
  elseif how == 'vsplit' then
    return { vertical = true }
  elseif how == 'tab' then
    return { tab = vim.fn.tabpagenr() }
  end
  return mods
end

---@param nodes table[]
---@param prompt string
---@param on_choice fun(node: table, how?: 'edit'|'split'|'vsplit'|'tab')
function M.node(nodes, prompt, on_choice)
  M.item(nodes, { prompt = prompt, format = M.node_label }, function(node, how)
    if node then
      on_choice(node, how)
    end
  end)
end

--- Asks for a line.
---@param prompt string
---@param default string
---@param on_line fun(line: string)
function M.line(prompt, default, on_line)
  vim.ui.input({ prompt = prompt, default = default }, function(line)
    if line and vim.trim(line) ~= '' then
      on_line(vim.trim(line))
    end
  end)
end

return M
