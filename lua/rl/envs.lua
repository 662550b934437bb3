-- rl.envs() -> { name, ... } and a table name -> summary: environments in C, then creatures in Lua.
local core = require "rl.core"
local creatures = require "rl.creatures"

return function()
  local names, summaries = core.envs()
  local own = {}
  for name, creature in pairs(creatures) do
    if not summaries[name] then own[#own + 1], summaries[name] = name, creature.summary end -- the human is one of C
  end
  table.sort(own)
  for _, name in ipairs(own) do names[#names + 1] = name end
  return names, summaries
end
