-- Creatures written in Lua: bodies that are functions of a design. Each module has
--
--   design(p, actuation)   what is free about it, a nested table of p(mean, deviation, least, greatest): rl.param for
--                   a search, or a function that gives the mean. actuation: "motors", which the policy drives, or
--                   "muscles" with a gait of their own, grouped as in creatures/muscles.lua
--   build(design)   the creature, a table for rl.env, of a design with numbers in it
--   summary         a line about it
--
-- rl.creature("strider") and rl.env("strider") take the means, with motors; rl.creature(name, { ... }) takes the
-- numbers given instead of those means. The human is a creature of C that can be scaled.
local core = require "rl.core"
local people = require "rl.creatures.human"
local sorted_keys = require "rl.sorted_keys"

local creatures = {
  gnome = require "rl.creatures.gnome",
  human = people.human,
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

-- The numbers of a design with those that are given in their places; raises, naming the place, for others.
local function complete(design, given, path)
  local known = sorted_keys(design)
  for i, key in ipairs(known) do known[i] = tostring(key) end
  for key, value in pairs(given) do
    local own = design[key]
    if own == nil then error(("%s: %s"):format(path, core.unknown_name("number", tostring(key), known)), 0) end
    if type(value) ~= type(own) then
      error(("%s.%s: a %s expected, got %s"):format(path, key, type(own), type(value)), 0)
    end
    if type(own) == "table" then complete(own, value, path .. "." .. key) else design[key] = value end
  end
  return design
end

local function make(name, module, given)
  local design = module.design(mean, given.motors and "motors" or given.physiology and "muscles" or nil)
  return module.build(complete(design, module.complete and module.complete(given) or given, name))
end

-- nil and a message for a name that neither C nor Lua knows.
local function check_name(name)
  local names = core.envs()
  for _, own in ipairs(sorted_keys(creatures)) do
    if not people[own] then names[#names + 1] = own end
  end
  for _, known in ipairs(names) do
    if known == name then return nil end
  end
  return nil, core.unknown_name("environment", name, names)
end

-- given: the second argument of rl.creature. Creatures of C are found there when nothing is given.
core.find_creatures(function(name, given)
  local module = creatures[name] or people[name]
  if given == nil and module and not people[name] then return module.build(module.design(mean)) end
  if given == nil then return check_name(name) end
  if not module then
    local known = {}
    for each in pairs(creatures) do known[each] = true end
    for each in pairs(people) do known[each] = true end
    return nil, ("rl.creature: %s is not made from numbers; those are: %s"):format(name,
      table.concat(sorted_keys(known), ", "))
  end
  local ok, made = pcall(make, name, module, given)
  if not ok then return nil, (tostring(made):gsub("^[^ ]+%.lua:%d+: ", "")) end
  return made
end)

return creatures
