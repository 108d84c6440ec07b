--- Lists as buffers: what they show, what can be done in them, and how they follow the store.

--- Whether a row with a title is in the buffer.
---@param child heph.test.Child
---@param part string
---@param is_there boolean
local function eventually_row(child, part, is_there)
  local code = [[return (vim.iter(vim.api.nvim_buf_get_lines(0, 0, -1, true)):any(function(line)
    return line:find(%q, 1, true)
  end)) == %s]]
  child:eventually(code:format(part, tostring(is_there)), (is_there and 'the row ' or 'no row ') .. part)
end

---@param t heph.test.Context
---@param ... string
local function add(t, ...)
  for _, line in ipairs({ ... }) do
    t:ask('task.add', { line = line })
  end
end

return {
  {
    'next: rows, done and open again, as one undo',
    function(t)
      add(t, 'water +home p1 due:today', 'bread p2', 'milk p3')
      local child = t:child()
      child:type(':Heph next<CR>')
      eventually_row(child, '[ ] p1 water today #home', true)
      t.equal({ 'Next: 3 of 3 available' }, vim.list_slice(child:lines(), 1, 1))
      t.equal(2, child:lua([[return vim.fn.line('.')]]))
      t.equal({ false, false }, child:lua([[return { vim.bo.modifiable, vim.bo.modified }]]))
      child:type('d')
      eventually_row(child, 'water', false)
      child:type('ggjVjd')
      eventually_row(child, 'milk', false)
      child:eventually_says('2 tasks are done')
      t.equal(0, #t:ask('task.list', {}).tasks)
      child:type('u')
      eventually_row(child, 'milk', true)
      eventually_row(child, 'bread', true)
      t.equal(2, #t:ask('task.list', {}).tasks)
      -- A count is so many rows, as far as there are any.
      child:type('ggj9d')
      eventually_row(child, 'milk', false)
      t.equal(0, #t:ask('task.list', {}).tasks)
    end,
  },
  {
    'start, defer, why, open, back',
    function(t)
      add(t, 'water p1', 'bread p2')
      local child = t:child()
      child:lua([[vim.ui.input = function(_, on_line) on_line('tomorrow') end]])
      child:type(':Heph next<CR>')
      eventually_row(child, 'water', true)
      child:type('S')
      eventually_row(child, '[/] p1 water', true)
      child:type('S')
      eventually_row(child, '[ ] p1 water', true)
      child:type('s')
      eventually_row(child, 'water', false)
      child:type('ggjw')
      child:eventually([[return #vim.api.nvim_list_wins() == 2]])
      child:type(':fclose<CR><CR>')
      child:eventually([[return vim.b.heph_page and vim.b.heph_page.title == 'bread']])
      child:type('<C-o>')
      eventually_row(child, 'bread', true)
    end,
  },
  {
    'the cursor stays on its row when others come and go',
    function(t)
      add(t, 'one p2', 'two p2', 'three p3')
      local child = t:child()
      child:type(':Heph list<CR>')
      eventually_row(child, 'three', true)
      child:type('/three<CR>')
      child:eventually([[return vim.fn.getline('.'):find('three', 1, true)]])
      add(t, 'zero p1 due:today', 'more p1 due:today')
      eventually_row(child, 'more', true)
      t.contains(child:lua([[return vim.fn.getline('.')]]), 'three')
      t:ask('task.bulk', { filter = 'one or two', action = 'done' })
      eventually_row(child, 'two', false)
      t.contains(child:lua([[return vim.fn.getline('.')]]), 'three')
    end,
  },
  {
    'list with a filter that has blanks and quotes; a wrong one is said',
    function(t)
      add(t, 'water p1 +home', 'bread p2')
      local child = t:child()
      child:type(':Heph list +home (p1 or p2) "wat"<CR>')
      eventually_row(child, 'water', true)
      eventually_row(child, 'bread', false)
      child:cmd('edit')
      eventually_row(child, 'water', true)
      child:type(':Heph list due<lt>nonsense<CR>')
      child:eventually_says('nonsense')
    end,
  },
  {
    'agenda of a day and of a week',
    function(t)
      add(t, 'water due:today', 'bread due:yesterday', 'milk planned:today')
      local child = t:child()
      child:type(':Heph agenda<CR>')
      eventually_row(child, 'water', true)
      eventually_row(child, 'Overdue', true)
      eventually_row(child, 'planned [ ] milk', true)
      child:type('/milk<CR>d')
      eventually_row(child, 'planned [ ] milk', false)
      child:type(':Heph agenda week<CR>')
      child:eventually([[return vim.api.nvim_buf_get_name(0) == 'heph://agenda/week']])
      eventually_row(child, 'water', true)
      child:type(':Heph agenda week 2026-11-23<CR>')
      child:eventually([[return vim.api.nvim_buf_get_name(0):match('week%%202026')]])
    end,
  },
  {
    'search: hits with their lines, opened there',
    function(t)
      t:page('Birds', 'first\nsecond\nthe kingfisher – eisvogel – sat there\n')
      local child = t:child()
      child:type(':Heph search kingfisher<CR>')
      eventually_row(child, 'Birds:3', true)
      child:type('2G<CR>')
      child:eventually([[return vim.b.heph_page and vim.b.heph_page.title == 'Birds']])
      t.equal(3, child:lua([[return vim.fn.line('.')]]))
    end,
  },
  {
    'a list is not written, and its highlights give way to those of the user',
    function(t)
      add(t, 'water p1')
      local child = t:child()
      child:lua([[vim.api.nvim_set_hl(0, 'HephPriority', { link = 'Error' })]])
      child:type(':Heph next<CR>')
      eventually_row(child, 'water', true)
      t.equal('Error', child:lua([[return vim.api.nvim_get_hl(0, { name = 'HephPriority' }).link]]))
      t.equal('Special', child:lua([[return vim.api.nvim_get_hl(0, { name = 'HephBox' }).link]]))
      child:type(':colorscheme habamax<CR>')
      child:eventually([[return vim.g.colors_name == 'habamax']])
      t.equal('Special', child:lua([[return vim.api.nvim_get_hl(0, { name = 'HephBox' }).link]]))
      child:type(':w<CR>')
      child:eventually_says('cannot be written')
    end,
  },
  {
    'more rows than are shown at first',
    function(t)
      local lines = {}
      for number = 1, 130 do
        lines[number] = 'task ' .. number
      end
      add(t, unpack(lines))
      local child = t:child()
      child:type(':Heph list<CR>')
      child:eventually_shows('more …')
      t.equal(102, #child:lines())
      child:type('G<CR>')
      child:eventually([[return vim.api.nvim_buf_line_count(0) == 131]])
    end,
  },
}
