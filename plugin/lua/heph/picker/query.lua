--- Asks a source for what was typed: once the typing rests, and only the newest answer counts.
local M = {}

---@class heph.picker.Query
---@field ask fun(query: string) Asks when nothing more is typed for a moment.
---@field now fun(query: string) Asks at once.
---@field stop fun() Forgets what was asked.

---@param options heph.picker.LiveOptions
---@param show fun(items: any[], query: string)
---@return heph.picker.Query
function M.new(options, show)
  local timer = assert(vim.uv.new_timer())
  local asked = 0
  local stopped = false
  local debounce = options.debounce or require('heph.picker').DEBOUNCE_MS

  local function now(query)
    if stopped then
      return
    end
    asked = asked + 1
    local mine = asked
    options.source(query, function(items)
      if mine == asked and not stopped then
        show(items or {}, query)
      end
    end)
  end

  return {
    now = now,
    ask = function(query)
      if stopped then
        return
      end
      -- What is on its way is of an older query.
      asked = asked + 1
      timer:stop()
      timer:start(
        debounce,
        0,
        vim.schedule_wrap(function()
          now(query)
        end)
      )
    end,
    stop = function()
      if not stopped then
        stopped = true
        timer:stop()
        timer:close()
      end
    end,
  }
end

return M
