-- plain.sh options.lua --set gravity=9.81 --seed 7 --fast ...: a plain interpreter reads no words of the command line.
local rl = require "rl"
local arg = rawget(_G, "arg")
local opt = rl.options { gravity = 1.62, name = "moon", fast = false }
local launch = require("rl.core").launch()
assert(opt.gravity == 9.81 and opt.name == "a=b" and opt.fast == true and opt.seed == 7)
assert(rl.threads() == 1 and launch.quiet and launch.out == "elsewhere")
for _, words in ipairs {
  { "--set", "nam=1" }, { "--set", "gravity" }, { "--set", "gravity=x" }, { "--seed", "-1" }, { "--seed" }, { "--out" },
  { "--threads=0" }, { "gravity" }, { "--gravty", "3" },
} do
  launch.read, launch.args, launch.set = nil, {}, {}
  for i = #arg, 1, -1 do arg[i] = nil end
  for i, word in ipairs(words) do arg[i] = word end
  local ok, why = pcall(rl.options, { gravity = 1.62, name = "moon" })
  assert(not ok and tostring(why):find("options.lua: ", 1, true), table.concat(words, " "))
end
arg[-1] = "love" -- a game's own words are the game's
launch.read, launch.args, launch.set = nil, {}, {}
assert(rl.options({ gravity = 1.62 }).gravity == 1.62)
print "taken"
