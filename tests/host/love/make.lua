-- For love.sh: every creature that can be exported, and an episode of each: a line of action and observation a step.
local rl = require "rl"

local opt = rl.options { folder = "", steps = 50 }

local list = assert(io.open(opt.folder .. "/list.lua", "w"))
list:write("return {\n")
local function export(what, name, start)
  local env = rl.env(what, { reset_noise = 0, time_limit = 3600 })
  local done, message = pcall(rl.export_creature, env, ("%s/%s.lua"):format(opt.folder, name))
  if not done then
    print(name .. ": " .. message)
    return
  end
  local rng, action = rl.rng(1), nil
  list:write(("{ %q, {\n"):format(name))
  local seen = env:reset()
  for step = 0, opt.steps do
    local row = {}
    if step > 0 then
      if step % 5 == 1 then action = rng:uniform(1, env.action_space.size) * 2 - 1 end
      for i, a in ipairs(action:reshape(env.action_space.size):totable()) do row[i] = ("%.9g"):format(a) end
      local _, _, ended
      seen, _, ended = env:step(action)
      if ended[1] == 1 then break end
    end
    local observation = {}
    for i, x in ipairs(seen:reshape(env.observation_space.size):totable()) do observation[i] = ("%.9g"):format(x) end
    list:write(("{ { %s }, { %s } },\n"):format(table.concat(row, ", "), table.concat(observation, ", ")))
  end
  list:write("} },\n")
end

for _, name in ipairs(rl.envs()) do
  local creature, what = pcall(rl.creature, name)
  if creature then export(what, name) end
end
for name in pairs(rl.creatures) do export(name, name) end
list:write("}\n")
list:close()
