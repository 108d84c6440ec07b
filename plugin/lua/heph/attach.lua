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

---@class heph.AttachmentSource
---@field name string
---@field bytes integer
---@field read fun(offset: integer, count: integer): string?, string? Bytes, or why there are none.
---@field close fun()

---@param name string
---@param bytes string
---@return heph.AttachmentSource
local function of_bytes(name, bytes)
  return {
    name = name,
    bytes = #bytes,
    read = function(offset, count)
      return bytes:sub(offset + 1, offset + count)
    end,
    close = function() end,
  }
end

--- A path as it was typed: no character means more than itself, but for a `~` at the beginning.
---@param path string
---@return string
local function full_path(path)
  local home = vim.uv.os_homedir()
  local tail = path:match('^~(/.*)$')
  return home and tail and home .. tail or path
end

local KINDS = { directory = 'a folder', char = 'a device', block = 'a device', fifo = 'a pipe', socket = 'a socket' }

--- A file, read part by part. Devices and pipes have no end, or none that is known, and are refused.
---@param path string
---@return heph.AttachmentSource? source
---@return string? problem
local function of_file(path)
  local about, problem = vim.uv.fs_stat(path)
  if not about then
    return nil, ('cannot read %s: %s'):format(path, problem)
  elseif about.type ~= 'file' then
    return nil, ('%s is %s; only files can be attached'):format(path, KINDS[about.type] or 'no file')
  end
  local opened, refusal = vim.uv.fs_open(path, 'r', 0)
  if not opened then
    return nil, ('cannot read %s: %s'):format(path, refusal)
  end
  local file = opened --[[@as integer]]
  return {
    name = vim.fs.basename(path),
    bytes = about.size,
    read = function(offset, count)
      local piece, why = vim.uv.fs_read(file, count, offset)
      if piece and #piece == 0 then
        piece, why = nil, 'it became shorter'
      end
      return piece, why
    end,
    close = function()
      vim.uv.fs_close(file)
    end,
  }
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

--- Sends the bytes in parts, one after the other. Until the last step the page has nothing of them.
---@param state heph.PageState
---@param source heph.AttachmentSource
---@param on_link fun(link: string, name: string)
local function send(state, source, on_link)
  local rpc = require('heph.rpc')
  ---@param err heph.Error|string
  local function fail(err)
    source.close()
    require('heph.message').error(('%s is not attached: %s'):format(source.name, require('heph.message').sentence(err)))
  end
  local begin = { reference = state.id, key = state.key, name = source.name, bytes = source.bytes }
  rpc.request('attachment.begin', begin, function(err, place)
    if err then
      return fail(err)
    end
    local function commit()
      rpc.request('attachment.commit', { id = place.id, insert = false }, function(refusal, reply)
        if refusal then
          return fail(refusal)
        end
        source.close()
        on_link(reply.link, reply.attachment.name)
      end, { mutation = true })
    end
    local function part(offset)
      if offset >= source.bytes then
        return commit()
      end
      local count = math.min(place.part, source.bytes - offset) --[[@as integer]]
      local piece, problem = source.read(offset, count)
      if not piece then
        return fail(problem or 'it cannot be read')
      end
      rpc.request('attachment.write', { id = place.id, offset = offset, bytes = piece }, function(refusal)
        if refusal then
          return fail(refusal)
        end
        part(offset + #piece)
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
  local function attach(source)
    send(state, source, function(link, taken)
      if vim.api.nvim_buf_is_loaded(buf) then
        insert(buf, link)
      end
      require('heph.message').info(('%s is attached'):format(taken))
    end)
  end
  if path == '' then
    return from_clipboard(function(bytes)
      attach(of_bytes(os.date('image-%Y%m%d-%H%M%S.png') --[[@as string]], bytes))
    end)
  end
  local source, problem = of_file(full_path(path))
  if not source then
    return require('heph.message').error(problem or 'there is no such file')
  end
  attach(source)
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
