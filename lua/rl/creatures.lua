-- Creatures written in Lua: bodies that are functions of a design. Each module has
--
--   design(p, actuation)   what is free about it, a nested table of p(mean, deviation, least, greatest): rl.param for
--                   a search, or a function that gives the mean. actuation: "motors", which the policy drives, or
--                   "muscles" with a gait of their own, grouped as in creatures/muscles.lua
--   build(design)   the creature, a table for rl.env, of a design with numbers in it
--   summary         a line about it
--
-- rl.creature("strider") and rl.env("strider") take the means, with motors.
local core = require "rl.core"

local creatures = {
  gnome = require "rl.creatures.gnome",
  raptor = require "rl.creatures.raptor",
  strider = require "rl.creatures.strider",
}

-- A copy that shares no table with anything, free numbers (rl.param) apart.
local function fresh(value)
  if type(value) ~= "table" or getmetatable(value) then return value end
  local copy = {}
  for key, element in pairs(value) do copy[key] = fresh(element) end
  return copy
end

-- Designs and creatures are the caller's to edit.
for _, creature in pairs(creatures) do
  local design, build = creature.design, creature.build
  function creature.design(...) return fresh(design(...)) end
  function creature.build(...) return fresh(build(...)) end
end

local function mean(value) return value end

core.find_creatures(function(name)
  local found = creatures[name]
  return found and found.build(found.design(mean))
end)

return creatures
