-- The file that edit.py has written loads, with a notice.
local rl = require "rl"
local policy, notice = assert(rl.load_policy(arg[1]))
assert(notice and notice:find("altered", 1, true))
print(policy, notice)
