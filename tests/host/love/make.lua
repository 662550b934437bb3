-- For love.sh: every creature that can be exported, as NAME.lua, and in list.lua how it begins here. Once more as
-- NAME_moving.lua, which begins in motion with limits that its joints do not come to, and its first steps here.
local rl = require "rl"

local opt = rl.options { folder = "" }

local list = { "return {\n" }

local function numbers(tensor)
  local texts = {}
  for i, x in ipairs(tensor:reshape(tensor:size(2)):totable()) do texts[i] = ("%.9g"):format(x) end
  return table.concat(texts, ", ")
end

local function add(creature, name, steps)
  local env = rl.env(creature, { reset_noise = 0 })
  assert(rl.export_creature(env, ("%s/%s.lua"):format(opt.folder, name)))
  local rng, rows = rl.rng(1), { ("{ seen = { %s } },"):format(numbers(env:reset())) }
  for _ = 1, steps do
    local action = rng:uniform(1, env.action_space.size) * 3 - 1.5 -- some beyond what counts
    local seen, _, terminated = env:step(action)
    if terminated:get(1) == 1 then break end -- what is seen is the next episode's
    rows[#rows + 1] = ("{ action = { %s }, seen = { %s } },"):format(numbers(action), numbers(seen))
  end
  list[#list + 1] = ("{ name = %q, %s },\n"):format(name, table.concat(rows, "\n"))
end

for _, name in ipairs(rl.envs()) do
  local found, creature = pcall(rl.creature, name)
  if found and #(creature.muscles or {}) == 0 then
    add(creature, name, 0)
    creature.start = { vx = 0.5, vy = 0.1, lean = 0.05, angles = {} }
    for _, body in ipairs(creature.bodies) do
      local joint = body.joint
      if joint then
        joint.lower, joint.upper = -3, 3
        creature.start.angles[joint.name] = 0.02
      end
    end
    add(creature, name .. "_moving", 5)
  end
end
list[#list + 1] = "}\n"
local file = assert(io.open(opt.folder .. "/list.lua", "w"))
file:write(table.concat(list))
file:close()
