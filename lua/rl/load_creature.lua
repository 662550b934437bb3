-- rl.load_creature(path, name): the creature of a design file. The file holds a whole creature, or the numbers that are
-- free about the creature `name` of rl.creatures.
local creatures = require "rl.creatures"
local design = require "rl.design"

return function(path, name)
  local found, message = design.load(path)
  if not found then return nil, message end
  if found.bodies then return found end
  local module = creatures[name]
  if not module then
    return nil, ("%s has no bodies, and there is no creature of rl.creatures: %s"):format(path, tostring(name))
  end
  return module.build(found)
end
