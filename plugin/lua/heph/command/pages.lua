--- Subcommands about pages and journals.
local M = {}

local NO_TEMPLATE = 'there is no template yet: a template is a page of the folder Templates'

---@param name string
---@return fun(typed: string): string[]
local function candidates(name)
  return function(typed)
    return require('heph.command').candidates(name)(typed)
  end
end

--- The page in the current window; says so when there is none.
---@return heph.PageState? state
---@return integer buf
local function current()
  local buf = vim.api.nvim_get_current_buf()
  local state = require('heph.page.state').get(buf)
  if not state then
    require('heph.message').error('this buffer is no page of heph; `:Heph open` shows one')
  end
  return state, buf
end

---@param method string
---@param params table
---@param mods table
local function show(method, params, mods)
  require('heph.rpc').request(method, params, function(err, reply)
    if err then
      return require('heph.message').error(err)
    end
    require('heph.page').show_open(reply.open, { mods = mods })
  end)
end

M.home = {
  run = function(invocation)
    show('home.open', {}, invocation.mods)
  end,
}

M.today = {
  run = function(invocation)
    show('journal.open', { date = invocation.text }, invocation.mods)
  end,
  complete = candidates('dates'),
}

---@param page table
---@return string
local function label(page)
  return require('heph.choose').node_label(page)
end

--- Lets one of the pages be chosen, and opens it.
---@param params table Of `page.list`.
---@param prompt string
---@param mods table
---@param on_page? fun(page: table)
---@param none? string What is said when there is none.
local function choose(params, prompt, mods, on_page, none)
  params.limit = 1000
  require('heph.rpc').request('page.list', params, function(err, reply)
    if err then
      return require('heph.message').error(err)
    elseif #reply.pages == 0 then
      return require('heph.message').info(none or 'there is none yet')
    end
    require('heph.choose').item(reply.pages, { prompt = prompt, format = label }, function(page, how)
      if page and on_page then
        on_page(page)
      elseif page then
        require('heph.page').open(page.id, { mods = require('heph.choose').mods(how, mods) })
      end
    end)
  end)
end

M.journals = {
  run = function(invocation)
    local text = invocation.text ~= '' and invocation.text or nil
    local none = text and ('no journal is named like "%s"'):format(text) or 'there are no journals yet'
    choose({ journals = true, text = text }, 'Journals', invocation.mods, nil, none)
  end,
}

M.open = {
  run = function(invocation)
    if invocation.text ~= '' then
      return require('heph.page').open(invocation.text, { mods = invocation.mods, create = true })
    end
    choose({}, 'Pages', invocation.mods, nil, 'there are no pages yet (`:Heph new` makes one)')
  end,
  complete = candidates('pages'),
}

M.new = {
  run = function(invocation)
    local function make(title)
      if not invocation.bang then
        return require('heph.page').create(title, nil, { mods = invocation.mods })
      end
      choose({ folder = 'Templates' }, 'Template', {}, function(template)
        require('heph.page').create(title, template.title, { mods = invocation.mods })
      end, NO_TEMPLATE)
    end
    if invocation.text ~= '' then
      return make(invocation.text)
    end
    require('heph.choose').line('Title of the new page: ', '', make)
  end,
}

M.rename = {
  in_page = true,
  run = function(invocation)
    local state = current()
    if not state then
      return
    end
    local function rename(title)
      require('heph.rpc').request('page.rename', { reference = state.id, to = title }, function(err, reply)
        if err then
          return require('heph.message').error(err)
        end
        local text = 'renamed; links rewritten: %d, in pages: %d (`:Heph undo` takes it back)'
        require('heph.message').info(text:format(reply.links, #reply.rewritten))
        for _, note in ipairs(reply.notes or {}) do
          require('heph.message').info(note)
        end
      end)
    end
    if invocation.text ~= '' then
      return rename(invocation.text)
    end
    local path = state.folder and (state.folder .. '/' .. state.title) or state.title
    require('heph.choose').line('New title: ', path, rename)
  end,
}

--- Inserts a template below the cursor, its fields filled in.
---@param template string Title of a page of the folder `Templates`.
local function insert(template)
  local state, buf = current()
  if not state then
    return
  end
  -- Nothing is made: the daemon only tells which text a page of that template would have.
  local params = { title = 'Untitled ' .. vim.fn.sha256(template):sub(1, 8), template = template, dry_run = true }
  require('heph.rpc').request('page.new', params, function(err, reply)
    if err then
      return require('heph.message').error(err)
    end
    -- A title is put in as it is: `%` means nothing in it.
    local filled = (reply.text or ''):gsub(vim.pesc(params.title), function()
      return state.title
    end)
    local lines = require('heph.page.text').lines(filled)
    vim.api.nvim_buf_call(buf, function()
      local is_empty = vim.api.nvim_buf_line_count(buf) == 1 and vim.fn.getline(1) == ''
      local line = vim.fn.line('.')
      vim.api.nvim_buf_set_lines(buf, is_empty and 0 or line, is_empty and -1 or line, true, lines)
    end)
  end)
end

M.template = {
  in_page = true,
  run = function(invocation)
    if invocation.text ~= '' then
      return insert(invocation.text)
    end
    choose({ folder = 'Templates' }, 'Template', {}, function(template)
      insert(template.title)
    end, NO_TEMPLATE)
  end,
}

M.extract = {
  in_page = true,
  run = function(invocation)
    local state, buf = current()
    if not state then
      return
    end
    local last = invocation.line2 --[[@as integer]]
    local ends = #vim.api.nvim_buf_get_lines(buf, last - 1, last, true)[1]
    require('heph.extract').run(buf, { invocation.line1 - 1, 0 }, { last - 1, ends }, invocation.text)
  end,
}

--- Headings of a buffer; lines within code are none.
---@param buf integer
---@return {line: integer, level: integer, text: string}[]
function M.headings(buf)
  local found, fence = {}, nil
  for number, line in ipairs(vim.api.nvim_buf_get_lines(buf, 0, -1, true)) do
    local mark = line:match('^ ? ? ?(```+)') or line:match('^ ? ? ?(~~~+)')
    if mark and not fence then
      fence = mark
    elseif mark and fence and vim.startswith(mark, fence) then
      fence = nil
    elseif not fence then
      local level, text = line:match('^ ? ? ?(#+)%s+(.-)%s*#*$')
      if level and #level <= 6 then
        table.insert(found, { line = number, level = #level, text = text })
      end
    end
  end
  return found
end

M.toc = {
  run = function()
    local headings = M.headings(0)
    if #headings == 0 then
      return require('heph.message').info('there are no headings here')
    end
    local window = vim.api.nvim_get_current_win()
    require('heph.choose').item(headings, {
      prompt = 'Headings',
      format = function(heading)
        return ('  '):rep((heading.level - 1) --[[@as integer]]) .. heading.text
      end,
    }, function(heading)
      if heading and vim.api.nvim_win_is_valid(window) then
        vim.api.nvim_set_current_win(window)
        vim.cmd("normal! m'")
        vim.api.nvim_win_set_cursor(window, { heading.line, 0 })
        vim.cmd('normal! zv')
      end
    end)
  end,
}

M.history = {
  in_page = true,
  run = function(invocation)
    local state, buf = current()
    if state then
      require('heph.history').choose(buf, state, invocation.text)
    end
  end,
}

M.attach = {
  in_page = true,
  run = function(invocation)
    local state, buf = current()
    if state then
      require('heph.attach').attach(buf, state, invocation.text)
    end
  end,
  complete = function(typed)
    return vim.fn.getcompletion(typed, 'file')
  end,
}

return M
