-- The rows of descriptions as scripts see them: every number of every part is read, named when it is wrong, written.
local core = require "rl.core"
local rl = require "rl"
local refusal = require "spec.refusal"
local has, message_of = refusal.has, refusal.message_of

-- A creature in which every part is, and where.
local function whole()
  local creature = rl.creature("reflex_human")
  local c = creature.controller
  creature.bodies[1].density, creature.bodies[1].shapes[1] = 300, { kind = "box", width = 0.3, height = 0.6 }
  creature.bodies[1].shapes[2] = { kind = "capsule", height = 0.5, radius = 0.1, center = { 0, 0.3 } }
  creature.motors = { { joint = "hip_l", torque = 10, speed = 5 } }
  creature.bodies[2].joint.soft = nil
  c.primitives = { { joint = "hip_l", kind = "rhythmic", duration = 1, amplitude = 0.1, weights = { 1, 0 } } }
  c.features = { { sense = "lean", target = { swing = 0.1 }, kp = 1, muscles = { glu = 1 } } }
  return creature, {
    creature = creature, head = creature.head, start = creature.start, body = creature.bodies[1],
    shape = creature.bodies[1].shapes[2], joint = creature.bodies[3].joint, soft = creature.bodies[3].joint.soft,
    motor = creature.motors[1], muscle = creature.muscles[1], arm = creature.muscles[1].arms[1],
    point = creature.muscles[1].path[1], transitions = c.transitions, reflex = c.reflexes[6],
    term = c.reflexes[6].terms[1], condition = c.reflexes[6].when[1], feature = c.features[1],
    target = c.features[1].target, primitive = c.primitives[1],
  }
end

-- Tables of numbers by name, of which the rows are the two halves.
local MAPS = { start_angle = true, follower = true }

-- of a box, and of the end of a condition that is not there
local function is_elsewhere(part, row) return part == "shape" and row == "width" or row == "below" end

describe("the parts of a creature", function()
  it("are all there, in one creature that stands", function()
    local creature, places = whole()
    for _, part in ipairs(core.parts) do
      if not MAPS[part] then assert.is_table(places[part], part) end
    end
    assert.are.equal("reflex_human", rl.env(creature).name)
  end)

  for _, part in ipairs(core.parts) do
    for _, row in ipairs(MAPS[part] and {} or core.describe_part(part)) do
      it(("name %s of a %s when it is wrong"):format(row.name, part), function()
        local creature, places = whole()
        if is_elsewhere(part, row.name) then return end
        if row.type == "number" or row.type == "pair" then
          local function value(x) return row.type == "pair" and { 0, x } or x end
          places[part][row.name] = value(0 / 0)
          has(message_of(rl.env, creature), row.name .. " is not finite")
          if not (row.name == "inertia" or row.max == nil) then
            places[part][row.name] = value(2 * row.max + 1)
            local message = message_of(rl.env, creature)
            has(message, ("%s %g is outside [%g, %g]"):format(row.name, 2 * row.max + 1, row.min, row.max))
            if row.unit ~= "" then has(message, "] " .. row.unit) end
          end
          places[part][row.name] = "much"
          has(message_of(rl.env, creature), row.name)
        elseif row.type == "name" then
          places[part][row.name] = ("x"):rep(40)
          has(message_of(rl.env, creature), "is longer than 31 letters")
        elseif row.type == "choice" then
          places[part][row.name] = "nonsense"
          has(message_of(rl.env, creature), "nonsense")
        else
          places[part][row.name] = 3
          has(message_of(rl.env, creature), row.name)
        end
      end)
    end
  end

  it("that know no such row are named: the head, which has few", function()
    local creature = whole()
    creature.head = { at = { 0, 0.3 } }
    has(message_of(rl.env, creature), ': head: unknown option "at"; known: body, point')
  end)

  it("are written with every row that they have", function()
    local creature = rl.creature("reflex_human")
    local c = creature.controller
    local places = {
      head = creature.head, start = creature.start, joint = creature.bodies[2].joint,
      soft = creature.bodies[2].joint.soft, muscle = creature.muscles[1], arm = creature.muscles[1].arms[1],
      point = creature.muscles[1].path[1], transitions = c.transitions,
      motor = rl.creature("hopper").motors[1],
    }
    for part, place in pairs(places) do
      for _, row in ipairs(core.describe_part(part)) do assert.is_not_nil(place[row.name], part .. "." .. row.name) end
    end
  end)

  it("are suggested by name", function()
    has(message_of(core.describe_part, "musle"), 'unknown part "musle"; did you mean "muscle"?')
  end)
end)

describe("an environment's tables", function()
  it("are those of its name", function()
    for _, name in ipairs(rl.envs()) do
      local env, described = rl.env(name), core.describe_env(name)
      assert.are.same(env:describe(), described.options)
      assert.are.same(env:fields(), described.fields)
      local options, n = env:options(), 0
      for _ in pairs(options) do n = n + 1 end
      assert.are.equal(#described.options, n)
      for _, row in ipairs(described.options) do assert.are.equal(row.default, options[row.name], row.name) end
      env:set(options) -- they are what set takes
    end
    has(message_of(core.describe_env, "bipd"), 'did you mean "biped"?')
  end)

  it("follow what is set", function()
    local env = rl.env("biped", { gravity = 1.62, ground = "rough" })
    assert.are.equal(1.62, env:options().gravity)
    env:set { substeps = 5 }
    assert.are.equal("rough", env:options().ground)
    assert.are.equal(5, env:options().substeps)
    has(message_of(env.set, env, { substeps = 4.5 }), "option substeps: 4.5 is not a whole number")
  end)
end)
