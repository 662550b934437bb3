-- What can be told to a method, a search, an environment or a part of a creature, with units, defaults and ranges:
--
--   for _, row in ipairs(rl.describe("ppo")) do print(row.name, row.default, row.unit, row.meaning) end
--   rl.describe("biped").options, rl.describe("biped").fields        -- of an environment also what a reward reads
--   rl.describe { creatures = { ... } }                              -- a world, before it is made: with its agents
--   rl.describe("muscle")                                            -- the numbers in a creature's table
--   rl.describe().parts                                              -- without a name: the names there are, by kind
local core = require "rl.core"

local kinds = {
  { "methods", core.methods, core.describe_method },
  { "searches", core.searches, core.describe_search },
  { "environments", (core.envs()), core.describe_env },
  { "parts", core.parts, core.describe_part },
}

local function describe(name)
  if type(name) == "table" and name.creatures then return core.describe_env(name) end
  local names, all = {}, { "rollout" }
  for _, kind in ipairs(kinds) do
    local title, list, describe_one = kind[1], kind[2], kind[3]
    names[title] = {}
    for i, known in ipairs(list) do
      if known == name then return describe_one(name) end
      names[title][i], all[#all + 1] = known, known
    end
  end
  if name == nil then return names end
  if name == "rollout" then return core.describe_method(name) end
  if name == "clone" then return core.describe_clone() end
  error("rl.describe: " .. core.unknown_name("name", tostring(name), all), 2)
end

return describe
