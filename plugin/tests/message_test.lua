--- What is said fits into a narrow window, so that nobody has to press a key to go on.

--- Whether the editor waits for a key.
---@param child heph.test.Child
---@return boolean
local function waits(child)
  return vim.rpcrequest(child.job, 'nvim_get_mode').blocking
end

--- Types keys, and waits until a message is said; fails where it asks for a key.
---@param t heph.test.Context
---@param child heph.test.Child
---@param keys string
---@param text string
local function says(t, child, keys, text)
  child:type(keys)
  t.eventually(function()
    if waits(child) then
      error('a message waits for a key: ' .. text)
    end
    return vim.rpcrequest(
      child.job,
      'nvim_exec_lua',
      [[
      return vim.api.nvim_exec2('messages', { output = true }).output:find(..., 1, true) ~= nil
    ]],
      { text }
    )
  end, 'the message ' .. text)
  vim.wait(50)
  t.equal(false, waits(child), text)
end

---@param child heph.test.Child
local function narrow(child)
  vim.rpcrequest(child.job, 'nvim_ui_try_resize', 60, 20)
  child:eventually([[return vim.o.columns == 60]])
end

return {
  {
    'at 60 columns nothing that is said of a page waits for a key',
    function(t)
      local title = 'A page with a title that is rather long for its window'
      local child, page = t:opened(title, 'one\ntwo\nthree\nfour\n')
      narrow(child)
      child:type('Gofive<Esc>')
      child:eventually([[return vim.bo.modified]])
      t:overwrite(page.id, 'ONE\ntwo\nthree\nfour\n')
      says(t, child, '', 'changed elsewhere; `:w` merges both')
      t:ask('node.delete', { references = { page.id } })
      says(t, child, '', 'was deleted elsewhere; `:w` brings it back')
      t:daemon():stop()
      says(t, child, '', 'hephd is away')
      says(t, child, ':w<CR>', 'hephd is not running')
      says(t, child, ':Heph today<CR>', 'hephd is not running: there is no socket at')
    end,
  },
  {
    'an editor that starts on a page without a daemon does not wait for a key',
    function(t)
      local child = t:child({ arguments = { '--cmd', 'set columns=60', 'heph://home' } })
      says(t, child, '', 'hephd is not running')
      t.equal('heph://home', child:name())
    end,
  },
}
