---@meta
--- What the plugin uses of `vim.uv`: Neovim's own files name these types and do not describe them.

---@class uv.uv_handle_t
local handle = {}

---@param callback? fun()
function handle:close(callback) end

---@return boolean
function handle:is_closing() end

---@class uv.uv_timer_t: uv.uv_handle_t
local timer = {}

---@param timeout integer
---@param again integer
---@param callback fun()
function timer:start(timeout, again, callback) end

function timer:stop() end

---@class uv.uv_pipe_t: uv.uv_handle_t
local pipe = {}

---@param path string
---@param callback fun(err?: string)
function pipe:connect(path, callback) end

---@param callback fun(err?: string, bytes?: string)
function pipe:read_start(callback) end

function pipe:read_stop() end

---@param bytes string|string[]
---@param callback? fun(err?: string)
function pipe:write(bytes, callback) end

---@class uv.stat
---@field type string
---@field mode integer
---@field uid integer
---@field size integer

---@class uv
local uv = {}

---@return integer
function uv.now() end

function uv.update_time() end

---@return integer
function uv.hrtime() end

---@return uv.uv_timer_t?
function uv.new_timer() end

---@param ipc boolean
---@return uv.uv_pipe_t?
function uv.new_pipe(ipc) end

---@param length integer
---@return string?
function uv.random(length) end

---@param path string
---@return uv.stat? stat
---@return string? problem
function uv.fs_stat(path) end

---@param path string
---@param flags string
---@param mode integer
---@return integer? file
---@return string? problem
function uv.fs_open(path, flags, mode) end

---@param file integer
---@param count integer
---@param offset integer
---@return string? bytes
---@return string? problem
function uv.fs_read(file, count, offset) end

---@param file integer
function uv.fs_close(file) end

---@param path string
---@return string?
function uv.fs_realpath(path) end

---@return string?
function uv.os_homedir() end

---@return integer
function uv.getuid() end
