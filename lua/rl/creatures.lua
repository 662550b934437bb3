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

local function mean(value) return value end

core.find_creatures(function(name)
  local found = creatures[name]
  return found and found.build(found.design(mean))
end)

return creatures
