-- In any Lua, without the module: LUA brain.lua FOLDER NAME [calls [locale]] prints the largest difference between
-- FOLDER/NAME.lua and policy:mean (NAME.txt), milliseconds to load it and, if asked, microseconds a call: the least of
-- five tries. The brain is loaded and asked in the locale.
local folder, name, calls, locale = arg[1], arg[2], tonumber(arg[3] or 0), arg[4]
local path = folder .. "/" .. name

local file = assert(io.open(path .. ".txt"))
local rows, n, actions, steps = file:read("*n", "*n", "*n", "*n")
local function list(count)
  local numbers = {}
  for i = 1, count do numbers[i] = file:read "*n" end
  return numbers
end
local observations, wanted = {}, {}
for row = 1, rows do observations[row], wanted[row] = list(n), list(actions) end
file:close()

if locale then assert(os.setlocale(locale), locale) end
local began = os.clock()
local brain = dofile(path .. ".lua")
local load_ms = 1000 * (os.clock() - began)

local apart = 0
for row = 1, rows do
  if steps > 0 and row % steps == 1 then brain.reset() end
  local action = brain(observations[row])
  for i = 1, actions do
    local got = type(action) == "table" and action[i] or action
    apart = math.max(apart, math.abs(got - wanted[row][i]))
  end
end

local us = math.huge
for _ = 1, calls > 0 and 5 or 0 do
  began = os.clock()
  for _ = 1, calls do brain(observations[1]) end
  us = math.min(us, 1e6 * (os.clock() - began) / calls)
end
os.setlocale("C")
print(("%.3g apart, %.1f ms to load%s"):format(apart, load_ms, calls > 0 and (", %.1f us a call"):format(us) or ""))
