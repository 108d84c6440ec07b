-- luacheck of the plugin: Lua 5.1 as Neovim has it, with the one global it offers.
std = 'luajit'
cache = true
max_line_length = 120
-- The others are of pickers that are asked only where they are.
read_globals = { 'vim', 'MiniPick', 'Snacks' }
globals = { 'vim.g', 'vim.b', 'vim.bo', 'vim.wo', 'vim.o', 'vim.opt_local', 'vim.go' }
exclude_files = { '.types' }
