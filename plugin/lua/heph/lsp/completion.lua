--- Completion of `[[`: pages, aliases, headings, anchors and tasks; and of `#`: tags.
---
--- The daemon matches and ranks, so a list always counts as incomplete and is asked for anew at each key. One question
--- is on its way at a time; what was typed meanwhile is asked when it comes back, and only the newest of it.
local M = {}

local LIMIT = 50

local SNIPPET = 2

--- Kinds of the protocol for what may stand in a link.
local KINDS = { page = 17, alias = 18, heading = 22, anchor = 18, task = 23, date = 12 }
local KEYWORD = 14

---@type heph.lsp.Lane?
local lane

---@param text string
---@return string
local function as_snippet(text)
  return (text:gsub('[\\$}]', '\\%0'))
end

---What a client is to compare with what was typed, as some take only what begins exactly so: what was typed, and then
---what follows it in the label, so that it still fits after the next key.
---@param typed string
---@param label string
---@return string? filter None where the label does it.
local function filter_text(typed, label)
  if vim.startswith(label, typed) then
    return nil
  end
  local folded, sought = vim.fn.tolower(label), vim.fn.tolower(typed)
  local _, last = folded:find(sought, 1, true)
  -- Folding a letter may change how many bytes it has.
  if not last or #folded ~= #label or #sought ~= #typed then
    return typed
  end
  return typed .. label:sub(last + 1)
end

---@param place heph.lsp.Place
---@param typed heph.lsp.Typed
---@param candidate {insert: string, label: string, detail: string, kind: integer, data?: table}
---@param index integer
---@param context heph.lsp.Context
---@return lsp.CompletionItem
local function item(place, typed, candidate, index, context)
  local range = require('heph.lsp.position').range(place.line, place.row, typed.from, place.byte, context.encoding)
  local new, format = candidate.insert, nil
  -- Neovim's own completion inserts a text up to its first blank, but a snippet whole.
  if context.snippets and new:find('%s') then
    new, format = as_snippet(new), SNIPPET
  end
  return {
    label = candidate.label,
    detail = candidate.detail ~= '' and candidate.detail or nil,
    kind = candidate.kind --[[@as lsp.CompletionItemKind]],
    sortText = ('%04d'):format(index),
    filterText = filter_text(typed.typed, candidate.label),
    insertTextFormat = format,
    textEdit = { range = range, newText = new },
    data = vim.tbl_extend('force', { text = candidate.insert }, candidate.data or {}),
  }
end

---What is written for a link's candidate, in view of what stands behind the cursor.
---@param insert string
---@param before string The line up to the link.
---@param after string The line from the cursor.
---@return string
local function closed(insert, before, after)
  local rest = after:match('^([^%[%]]*)%]%]')
  if rest and rest:find('|', 1, true) then
    -- The text to show is there already.
    return (insert:gsub('|.*$', ''))
  end
  if before:find('^%s*|') then
    -- A bar would end the cell of a table.
    insert = insert:gsub('|', '\\|')
  end
  return rest and insert or insert .. ']]'
end

---@param place heph.lsp.Place
---@param typed heph.lsp.Typed
---@param result table
local function of_links(place, typed, result)
  local before, after = place.line:sub(1, typed.from), place.line:sub(place.byte + 1)
  return vim.tbl_map(function(found)
    return {
      insert = closed(found.insert, before, after),
      label = found.label,
      detail = found.detail or '',
      kind = KINDS[found.kind] or KINDS.page,
      data = { link = found.insert, from = place.id },
    }
  end, result.candidates or {})
end

local function of_tags(_, _, result)
  return vim.tbl_map(function(found)
    return { insert = found.value, label = found.value, detail = found.label or '', kind = KEYWORD }
  end, result.candidates or {})
end

---@param place heph.lsp.Place
---@param typed heph.lsp.Typed
local function question(place, typed)
  if typed.kind == 'tag' then
    return 'complete', { what = 'tags', prefix = typed.typed, limit = LIMIT }
  end
  local params = { typed = typed.typed, from = place.id, limit = LIMIT }
  if typed.typed:find('^#') then
    params.text = require('heph.lsp.page').text(place.buf)
  end
  return 'link.complete', params
end

---@type heph.lsp.Handler
M['textDocument/completion'] = function(params, reply, context)
  local cursor = require('heph.lsp.cursor')
  local place = require('heph.lsp.page').place(params, context)
  local typed = place and cursor.typed(place.line:sub(1, place.byte))
  if not place or not typed or cursor.is_in_fence(place.buf, place.row) then
    reply(nil, { isIncomplete = false, items = {} })
    return
  end
  lane = lane or require('heph.lsp.ask').lane()
  local method, asked = question(place, typed)
  local function answer(result)
    local candidates = result and (typed.kind == 'tag' and of_tags or of_links)(place, typed, result) or {}
    local items = {}
    for index, candidate in ipairs(candidates) do
      items[index] = item(place, typed, candidate, index, context)
    end
    reply(nil, { isIncomplete = true, items = items })
  end
  lane.ask({ method = method, params = asked, is_stale = context.is_stale, callback = answer })
end

---Finds the beginning of the page that an item names, to be shown beside the list.
---@type heph.lsp.Handler
M['completionItem/resolve'] = function(chosen, reply)
  local data = chosen.data
  if type(data) ~= 'table' or not data.link then
    reply(nil, chosen)
    return
  end
  local asked = { links = { data.link }, from = data.from, excerpt = 15 }
  require('heph.lsp.ask').ask('link.resolve', asked, function(result)
    local excerpt = vim.tbl_get(result or {}, 'links', 1, 'excerpt')
    if excerpt and excerpt ~= '' then
      chosen.documentation = { kind = 'markdown', value = excerpt }
    end
    reply(nil, chosen)
  end)
end

return M
