-- In any Lua, without the module: LUA brain.lua FOLDER NAME [calls] prints the largest difference between
-- FOLDER/NAME.lua and policy:mean (NAME.txt), milliseconds to load it and, if asked, microseconds a call: the least of
-- five tries.
local folder, name, calls = arg[1], arg[2], tonumber(arg[3] or 0)
local path = folder .. "/" .. name .. ".lua"
local began = os.clock()
local brain = dofile(path)
local load_ms = 1000 * (os.clock() - began)

local file = assert(io.open(folder .. "/" .. name .. ".txt"))
local rows, n, actions = file:read("*n", "*n", "*n")
local apart, observation = 0, {}
for _ = 1, rows do
  for i = 1, n do observation[i] = file:read "*n" end
  local action = brain(observation)
  for i = 1, actions do
    local got = type(action) == "table" and action[i] or action
    apart = math.max(apart, math.abs(got - file:read "*n"))
  end
end
file:close()

local us = math.huge
for _ = 1, calls > 0 and 5 or 0 do
  began = os.clock()
  for _ = 1, calls do brain(observation) end
  us = math.min(us, 1e6 * (os.clock() - began) / calls)
end
print(("%.3g apart, %.1f ms to load%s"):format(apart, load_ms, calls > 0 and (", %.1f us a call"):format(us) or ""))
