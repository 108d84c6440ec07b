--- What needs no daemon and no second editor: names, lines, texts, hunks, the rules of recovery.

--- Numbers that are the same in every run.
---@param seed integer
---@return fun(most: integer): integer
local function dice(seed)
  local state = seed
  return function(most)
    state = (state * 1103515245 + 12345) % 2147483648
    return math.floor(state / 65536) % most + 1
  end
end

local WORDS = {
  '',
  'one',
  'two words',
  'ä',
  'äö',
  'aö',
  '日本',
  '日语',
  '🍵 tea',
  '🍰 tea',
  '- [ ] box',
  'x',
  'xx',
  '\t',
  '^M',
}

---@param roll fun(most: integer): integer
---@param most integer
---@return string[]
local function some_lines(roll, most)
  local lines = {}
  for number = 1, roll(most) do
    lines[number] = WORDS[roll(#WORDS)]
  end
  return lines
end

--- A list of lines like another, with some of them changed, left out and put in.
---@param roll fun(most: integer): integer
---@param lines string[]
---@return string[]
local function edited(roll, lines)
  local made = {}
  for _, line in ipairs(lines) do
    local what = roll(8)
    if what == 1 then
      table.insert(made, WORDS[roll(#WORDS)])
    elseif what == 2 then
      table.insert(made, line .. WORDS[roll(#WORDS)])
    elseif what == 3 then
      vim.list_extend(made, { line, WORDS[roll(#WORDS)] })
    elseif what ~= 4 then
      table.insert(made, line)
    end
  end
  return #made > 0 and made or { '' }
end

return {
  {
    'hunks make one text of another, in one step that undo takes back',
    function(t)
      local roll = dice(7)
      for round = 1, 400 do
        local buf = vim.api.nvim_create_buf(false, false)
        local before = some_lines(roll, 20)
        local after = edited(roll, before)
        vim.api.nvim_buf_set_lines(buf, 0, -1, true, before)
        vim.bo[buf].undolevels = vim.bo[buf].undolevels
        local changed = require('heph.page.hunks').apply(buf, after)
        t.equal(after, vim.api.nvim_buf_get_lines(buf, 0, -1, true), 'round ' .. round)
        t.equal(not vim.deep_equal(before, after), changed, 'round ' .. round)
        if changed then
          vim.api.nvim_buf_call(buf, function()
            vim.cmd('silent undo')
          end)
          t.equal(before, vim.api.nvim_buf_get_lines(buf, 0, -1, true), 'undo of round ' .. round)
        end
        vim.api.nvim_buf_delete(buf, { force = true })
      end
    end,
  },
  {
    'a mark behind a change within a line stays on its character',
    function(t)
      local buf = vim.api.nvim_create_buf(false, true)
      local space = vim.api.nvim_create_namespace('test')
      vim.api.nvim_buf_set_lines(buf, 0, -1, true, { '- [ ] call ä Bob' })
      local mark = vim.api.nvim_buf_set_extmark(buf, space, 0, 14, {})
      require('heph.page.hunks').apply(buf, { '- [x] call äö Bob' })
      t.equal({ 0, 16 }, vim.api.nvim_buf_get_extmark_by_id(buf, space, mark, {}))
    end,
  },
  {
    'a text is the same after it was lines of a buffer',
    function(t)
      local texts = require('heph.page.text')
      local roll = dice(11)
      local ends = { '\n', '\r\n', '\n', '' }
      for round = 1, 400 do
        local feed = ends[roll(2)]
        local text = table.concat(some_lines(roll, 8), feed) .. ends[roll(4)]
        local buf = vim.api.nvim_create_buf(false, false)
        local lines, format = texts.lines(text)
        vim.api.nvim_buf_set_lines(buf, 0, -1, true, lines)
        texts.set_format(buf, format)
        t.equal(text, texts.of(buf, text), 'round ' .. round)
        vim.api.nvim_buf_delete(buf, { force = true })
      end
    end,
  },
  {
    'bytes that are not UTF-8 are found',
    function(t)
      local first = require('heph.page.text').first_foreign
      t.equal(nil, first({ 'plain', 'é ü 日本語 🍵 \u{10FFFF}', '' }))
      -- Latin-1, cut short, overlong, a surrogate, past the end of Unicode.
      for _, bytes in ipairs({ '\233', '\226\130', '\192\128', '\237\160\128', '\244\144\128\128', '\128', '\255' }) do
        t.equal(2, first({ 'ä', 'x' .. bytes .. 'y' }), vim.inspect(bytes))
      end
      t.equal(1, first({ '\195\195\164\164' }))
    end,
  },
  {
    'names of buffers are read as they were written',
    function(t)
      local uri = require('heph.uri')
      t.equal('heph://page/id-1/C-100-sure', uri.page('id-1', 'C# 100%  sure?'))
      t.equal('heph://page/id-1/untitled', uri.page('id-1', '???'))
      t.equal('heph://page/id-1/日本語-🍵', uri.page('id-1', '日本語 🍵'))
      t.truthy(#uri.slug(('ä'):rep(100)) <= 80 and not uri.slug(('xä'):rep(100)):find('\195$'), 'cut on a character')
      t.equal({ kind = 'page', id = 'id-1', slug = 'x' }, uri.parse('heph://page/id-1/x'))
      t.equal({ kind = 'page', id = 'two words' }, uri.parse('heph://page/two%20words'))
      for _, argument in ipairs({ '+home (p1 or "a b") due<fri', '#tag/x', '100% [sure]?', 'a|b\\c', 'ü 日本' }) do
        local name = uri.of('list', argument)
        t.equal({ kind = 'list', argument = argument }, uri.parse(name), name)
        t.equal(nil, name:match('[%s%%]%f[^%%%x][*?%[%]{}|\\#]'), name)
      end
      t.equal({ kind = 'next' }, uri.parse('heph://next'))
      t.equal({ kind = 'revision', id = 'i', rev = '12-ab' }, uri.parse(uri.revision('i', '12-ab')))
      for _, name in ipairs({ 'heph://', 'heph://nonsense', 'file:///x', 'heph://page/', 'heph://revision/x' }) do
        t.equal(nil, uri.parse(name), name)
      end
    end,
  },
  {
    'boxes, anchors, links and tags of lines',
    function(t)
      local lines = require('heph.line')
      t.equal({ token = ' ', column = 3 }, lines.box('- [ ] a'))
      t.equal({ token = 'x', column = 6, anchor = 't-45s9hv59' }, lines.box('> 1) [x] a ^t-45s9hv59'))
      t.equal({ token = '→', column = 3 }, lines.box('* [→]'))
      for _, line in ipairs({ '[ ] a', '- [] a', '- [xx] a', '-[ ] a', '- [ ]a', '- [x](y)', 'text' }) do
        t.equal(nil, lines.box(line), line)
      end
      t.equal('  - [ ] a', lines.with_box('  a'))
      t.equal('2. [ ] a', lines.with_box('2. a'))
      t.equal(nil, lines.with_box('## a'))
      local line = 'a [[P#h|t]] ![[i.png]] [x](heph:Y) (https://e.org/a) #tag/sub x#no #12 [[a #b]]'
      local found = vim.tbl_map(function(link)
        return link.kind .. ' ' .. link.target
      end, lines.links(line))
      t.equal(
        { 'wiki P#h|t', 'wiki i.png', 'markdown heph:Y', 'url https://e.org/a', 'tag tag/sub', 'wiki a #b' },
        found
      )
      t.equal('[[P#h|t]]', lines.link_at(line, 2).raw)
      t.equal('[[P#h|t]]', lines.link_at(line, 10).raw)
      t.equal(nil, lines.link_at(line, 11))
    end,
  },
  {
    'recovery: what follows each failure',
    function(t)
      local recovery = require('heph.rpc.recovery')
      local function series(kind, failure, length)
        local tally, said = recovery.tally(), {}
        for number = 1, length do
          tally[failure] = tally[failure] + 1
          said[number] = recovery.after_failure(kind, failure, tally)
        end
        return said
      end
      for _, kind in ipairs({ 'read', 'mutation', 'bulk' }) do
        t.equal({ 'send_again', 'give_up', 'give_up' }, series(kind, 'write_failed', 3), kind)
        t.equal({ 'pause', 'pause', 'pause', 'pause', 'pause', 'give_up' }, series(kind, 'busy', 6), kind)
      end
      t.equal({ 'send_again', 'send_again', 'give_up' }, series('read', 'reply_lost', 3))
      t.equal({ 'ask_outcome', 'ask_outcome' }, series('mutation', 'reply_lost', 2))
      t.equal({ 'give_up' }, series('bulk', 'reply_lost', 1))
      local function after(learnt, losses)
        return recovery.after_question(learnt, { write_failed = 0, reply_lost = losses, busy = 0 })
      end
      t.equal('take_reply', after('applied', 2))
      t.equal('send_under_new_id', after('not_applied', 1))
      t.equal('give_up_not_applied', after('not_applied', 2))
      t.equal('give_up_unknown', after('other_store', 1))
      t.equal('give_up_unknown', after('nothing', 1))
      t.equal('ask_again', after('nothing_yet', 1))
      for step = 0, 20 do
        for _, fraction in ipairs({ 0, 0.5, 0.999 }) do
          local pause = recovery.pause(step, fraction)
          t.truthy(pause >= 200 and pause <= 5000, 'a pause of ' .. pause)
        end
      end
      t.truthy(recovery.pause(20, 0) >= 2500 and recovery.pause(0, 0.999) <= 400, 'pauses grow')
    end,
  },
}
