--- Files that belong to a page: from disk, or an image of the clipboard.
local M = {}

--- The program that writes the clipboard's image, if this machine has one.
---@return string[]?
function M.clipboard_command()
  local own = require('heph.config').get().image.command
  if own then
    return own
  elseif vim.env.WAYLAND_DISPLAY and vim.fn.executable('wl-paste') == 1 then
    return { 'wl-paste', '--no-newline', '--type', 'image/png' }
  elseif vim.env.DISPLAY and vim.fn.executable('xclip') == 1 then
    return { 'xclip', '-selection', 'clipboard', '-t', 'image/png', '-o' }
  elseif vim.fn.executable('pngpaste') == 1 then
    return { 'pngpaste', '-' }
  end
end

---@param on_bytes fun(bytes: string)
local function from_clipboard(on_bytes)
  local command = M.clipboard_command()
  if not command then
    local text = 'no program that reads images of the clipboard (wl-paste, xclip or pngpaste)'
    return require('heph.message').error(text .. '; `:Heph attach {file}` takes a file')
  end
  vim.system(command, { text = false, timeout = 5000 }, function(result)
    if result.code ~= 0 or not result.stdout or result.stdout == '' then
      return require('heph.message').error('the clipboard has no image; `:Heph attach {file}` takes a file')
    end
    vim.schedule(function()
      on_bytes(result.stdout)
    end)
  end)
end

---@param path string
---@return string? bytes
local function from_file(path)
  local file, problem = io.open(path, 'rb')
  local bytes = file and file:read('*a')
  if file then
    file:close()
  end
  if not bytes then
    require('heph.message').error(('cannot read %s: %s'):format(path, problem or 'it is a folder'))
  end
  return bytes
end

--- Puts a link into the line under the cursor where that is empty, else below it.
---@param buf integer
---@param link string
local function insert(buf, link)
  vim.api.nvim_buf_call(buf, function()
    local line = vim.fn.line('.')
    local is_empty = vim.api.nvim_get_current_line():match('^%s*$') ~= nil
    vim.api.nvim_buf_set_lines(buf, is_empty and line - 1 or line, line, true, { link })
  end)
end

--- Sends the bytes in parts, one after the other.
---@param state heph.PageState
---@param name string
---@param bytes string
---@param on_link fun(link: string, name: string)
local function send(state, name, bytes, on_link)
  local rpc = require('heph.rpc')
  local function failed(err)
    if err then
      require('heph.message').error(err)
    end
    return err ~= nil
  end
  local begin = { reference = state.id, key = state.key, name = name, bytes = #bytes }
  rpc.request('attachment.begin', begin, function(err, place)
    if failed(err) then
      return
    end
    local function part(offset)
      if offset >= #bytes then
        return rpc.request('attachment.commit', { id = place.id, insert = false }, function(refusal, reply)
          if not failed(refusal) then
            on_link(reply.link, reply.attachment.name)
          end
        end, { mutation = true })
      end
      local last = offset + place.part --[[@as integer]]
      local piece = bytes:sub(offset + 1, last)
      rpc.request('attachment.write', { id = place.id, offset = offset, bytes = piece }, function(refusal)
        if not failed(refusal) then
          part(offset + #piece)
        end
      end)
    end
    part(0)
  end)
end

--- Attaches a file, or the clipboard's image, and links it at the cursor.
---@param buf integer
---@param state heph.PageState
---@param path string Empty for the clipboard.
function M.attach(buf, state, path)
  local function attach(name, bytes)
    send(state, name, bytes, function(link, taken)
      if vim.api.nvim_buf_is_loaded(buf) then
        insert(buf, link)
      end
      require('heph.message').info(('%s is attached'):format(taken))
    end)
  end
  if path == '' then
    return from_clipboard(function(bytes)
      attach(os.date('image-%Y%m%d-%H%M%S.png') --[[@as string]], bytes)
    end)
  end
  local full = vim.fn.expand(path) --[[@as string]]
  local bytes = from_file(full)
  if bytes then
    attach(vim.fs.basename(full), bytes)
  end
end

--- Shows an attachment with the program of the machine for its kind.
---@param id string The page's.
---@param name string
function M.open(id, name)
  local folder = vim.fn.tempname()
  vim.fn.mkdir(folder, 'p', 448 --[[@as any]])
  local path = folder .. '/' .. vim.fs.basename(name)
  local file = io.open(path, 'wb')
  if not file then
    return require('heph.message').error('cannot write ' .. path)
  end
  local function read(offset)
    local params = { reference = id, name = name, offset = offset }
    require('heph.rpc').request('attachment.read', params, function(err, reply)
      if err then
        file:close()
        return require('heph.message').error(err)
      elseif #reply.bytes > 0 then
        file:write(reply.bytes)
        return read(offset + #reply.bytes)
      end
      file:close()
      local _, problem = vim.ui.open(path)
      if problem then
        require('heph.message').error(problem)
      end
    end)
  end
  read(0)
end

return M
