-- Bodies by proportion, and what the description of a body needs.
local rl = require "rl"
local message_of = require("spec.refusal").message_of

local function near(wanted, got, tolerance, what)
  assert.is_true(math.abs(got - wanted) <= tolerance, ("%s: %.9g, not %.9g"):format(what or "", got, wanted))
end

local function body_of(creature, name)
  for _, body in ipairs(creature.bodies) do
    if body.name == name then return body end
  end
end

local SIZES = { { height = 1.5 }, { height = 1.95 }, { height = 1.65, mass = 62 },
                { height = 1.65, mass = 62, leg = 1.05, strength = 0.8 } }

local function mass_of(creature)
  local sum = 0
  for _, body in ipairs(creature.bodies) do sum = sum + body.mass * (body.name == "trunk" and 1 or 2) end
  return sum
end

-- m: of the standing creature's centre of mass above the ground.
local function center_of(creature)
  local thigh, shank = body_of(creature, "thigh_l"), body_of(creature, "shank_l")
  local hip = creature.position[2]
  local knee = hip + shank.joint.at[2]
  local ankle = knee + body_of(creature, "foot_l").joint.at[2]
  local trunk, foot = body_of(creature, "trunk"), body_of(creature, "foot_l")
  return (trunk.mass * (hip + trunk.center[2]) + 2 * thigh.mass * (hip + thigh.center[2])
    + 2 * shank.mass * (knee + shank.center[2]) + 2 * foot.mass * (ankle + foot.center[2])) / mass_of(creature)
end

describe("a human of other proportions", function()
  it("is the model where nothing is asked for", function()
    for _, name in ipairs { "human", "reflex_human" } do
      assert.are.same(rl.creature(name), rl.creature(name, {}))
      assert.are.same(rl.creature(name), rl.creature(name, { height = 1.79, mass = 80, leg = 1, strength = 1 }))
    end
    assert.are.same(rl.creature("human"), rl.creatures.human.build(rl.creatures.human.design(function(m) return m end)))
  end)

  it("has the height and mass asked for, as the world measures them", function()
    for _, size in ipairs(SIZES) do
      local human = rl.creature("human", size)
      local mass = size.mass or 80 * (size.height / 1.79) ^ 2
      near(mass, mass_of(human), 1e-9 * mass, "mass")
      local head = body_of(human, "trunk").shapes[2]
      near(size.height, human.position[2] + head.center[2] + head.radius, 1e-9, "height")
      local ground = 0 -- the soles
      for _, shape in ipairs(body_of(human, "foot_l").shapes) do
        if shape.kind == "circle" then ground = math.min(ground, shape.center[2] - shape.radius) end
      end
      near(0, ground, 1e-9, "soles")
      near((size.leg or 1) * size.height / 1.79, human.position[2], 1e-9, "hip")
      local recording = rl.env(human, { reset_noise = 0, time_limit = 0.1 }):record("zero")
      near(center_of(human), recording.fields.com_y:get(1), 0.006, "centre of mass") -- circles rest on Box2D's slop
      assert.is_true(rl.feasible(human))
    end
  end)

  it("keeps shares of height and mass, near the tables'", function()
    -- Drillis & Contini 1966, Dempster 1955 (Winter 2009): hip .530, knee .285 of the height; thigh .100, shank .0465,
    -- foot .0145, head, arms and trunk .678 of the mass; gyration .323 and .302 of the lengths of thigh and shank.
    for _, size in ipairs { {}, SIZES[1], SIZES[2], SIZES[3] } do
      local human = rl.creature("human", size)
      local height, mass = size.height or 1.79, mass_of(human)
      near(0.530, human.position[2] / height, 0.03, "hip")
      near(0.285, (human.position[2] + body_of(human, "shank_l").joint.at[2]) / height, 0.01, "knee")
      near(0.100, body_of(human, "thigh_l").mass / mass, 0.007, "thigh")
      near(0.0465, body_of(human, "shank_l").mass / mass, 0.003, "shank")
      near(0.0145, body_of(human, "foot_l").mass / mass, 0.0015, "foot")
      near(0.678, body_of(human, "trunk").mass / mass, 0.01, "trunk")
      for name, gyration in pairs { thigh_l = 0.323, shank_l = 0.302 } do
        local body = body_of(human, name)
        local length = human.position[2] / 2
        near(gyration, math.sqrt(body.inertia / body.mass) / length, 0.065, name)
      end
    end
  end)

  it("has about the masses and inertias of Zatsiorsky & Seluyanov's regressions on mass and height", function()
    -- kg and kg cm^2 of constant, body mass (kg), height (cm); of men of 73 (9) kg and 174 (6) cm
    local function regression(t, mass, height) return t[1] + t[2] * mass + 100 * t[3] * height end
    local TABLE = {
      foot_l = { { -0.829, 0.0077, 0.0073 }, { -97.09, 0.414, 0.614 } },
      shank_l = { { -1.592, 0.0362, 0.0121 }, { -1152, 4.594, 6.815 } },
    }
    for _, size in ipairs { { height = 1.74, mass = 73 }, { height = 1.80, mass = 82 } } do
      local human = rl.creature("human", size)
      for name, rows in pairs(TABLE) do
        local body = body_of(human, name)
        near(1, body.mass / regression(rows[1], size.mass, size.height), 0.15, name .. " mass")
        near(1, 1e4 * body.inertia / regression(rows[2], size.mass, size.height), 0.2, name .. " inertia")
      end
    end
  end)

  it("scales muscles with the leg: the same fibre lengths, and forces by Handsfield's volumes", function()
    local model = rl.creature("human")
    for _, size in ipairs(SIZES) do
      local human = rl.creature("human", size)
      local height, mass = size.height, mass_of(human)
      local long = human.position[2]
      for i, muscle in ipairs(human.muscles) do
        local own = model.muscles[i]
        near(long * own.l_opt, muscle.l_opt, 1e-9, muscle.name)
        near(long * own.l_slack, muscle.l_slack, 1e-9, muscle.name)
        local volumes = (47 * mass * height + 1285) * (size.leg or 1) / (47 * 80 * 1.79 + 1285)
        near((size.strength or 1) * volumes, muscle.f_max * muscle.l_opt / (own.f_max * own.l_opt), 1e-6, muscle.name)
        for k, point in ipairs(muscle.path) do
          if point.body ~= "trunk" and point.body ~= "foot_l" then
            near(long * own.path[k].at[2], point.at[2], 1e-9, muscle.name)
          end
        end
      end
    end
  end)

  it("is refused, with the reason, where it cannot stand or is nobody", function()
    local function refusal(numbers) return message_of(rl.creature, "human", numbers) end
    assert.is_truthy(refusal({ strength = 0.32 }):find(
      "human: it cannot stand: the muscles of its ankle make 88 N m, and it needs 110 to stand on the ball of one " ..
      "foot: strength 0.40", 1, true))
    assert(rl.creature("human", { strength = 0.4 })) -- as it says
    assert.is_truthy(refusal({ height = 1.2, leg = 1.2 }):find("legs of 0.80 m leave 0.40 m of 1.2 m for trunk", 1,
      true))
    assert.is_truthy(refusal({ height = 165 }):find("human: height 165 is outside [1.2, 2.2] m", 1, true))
    assert.is_truthy(refusal({ mass = 0 / 0 }):find("human: mass", 1, true))
    assert.is_truthy(refusal({ heigth = 1.6 }):find('unknown number "heigth"; did you mean "height"?', 1, true))
    assert.is_truthy(refusal({ height = "tall" }):find("human.height: a number expected, got string", 1, true))
    assert.is_truthy(refusal(1.6):find("table expected", 1, true))
    assert.is_truthy(message_of(rl.creature, "hopper", { height = 1 }):find(
      "hopper is not made from numbers; those are: gnome, human, raptor, reflex_human, strider", 1, true))
  end)

  it("stands at all corners of what a search may ask for", function()
    for corner = 0, 15 do
      local bit = corner
      local function p(_, _, least, greatest)
        local value = bit % 2 == 0 and least or greatest
        bit = math.floor(bit / 2)
        return value
      end
      assert.is_true(rl.feasible(rl.creatures.human.build(rl.creatures.human.design(p, "muscles"))))
    end
  end)

  it("has motors where they are asked for", function()
    local human = rl.creature("human", { height = 1.6, motors = { hip = 150 } })
    local env = rl.env(human)
    assert.are.equal(6, env.action_space.size)
    assert.are.equal(150, human.motors[1].torque)
  end)

  it("can be a part of other creatures of Lua: numbers take the places of the means", function()
    local strider = rl.creature("strider", { body = { thigh = 0.5 } })
    local plain = rl.creature("strider")
    assert.is_true(strider.position[2] > plain.position[2])
    local message = message_of(rl.creature, "strider", { body = { tigh = 0.5 } })
    assert.is_truthy(message:find('did you mean "thigh"', 1, true))
  end)
end)

describe("the description of a body", function()
  local function refusal(shape, motor, joint)
    local two = { name = "b", mass = 1, shape = { kind = "box", width = 0.2, height = 0.2 },
                  joint = joint or { name = "j", parent = "a", lower = -1, upper = 1 } }
    return message_of(rl.env, {
      name = "x", bodies = { { name = "a", mass = 1, shape = shape }, two }, feet = { "b" },
      motors = { motor or { joint = "j", torque = 1, speed = 1 } },
    })
  end
  local BOX = { width = 0.2, height = 0.2 }

  it("says all that a shape needs, and what it has no use for", function()
    for _, case in ipairs {
      { { kind = "capsule", radius = 0.1 }, "a capsule needs height and radius, in m; there is no height" },
      { { kind = "capsule", height = 0.3 }, "a capsule needs height and radius, in m; there is no radius" },
      { { kind = "circle" }, "a circle needs radius, in m; there is no radius" },
      { { kind = "box", width = 1 }, "a box needs width and height, in m; there is no height" },
      { {}, "a box needs width and height, in m; there is no width" },
      { { kind = "polygon" }, "0 vertices; a polygon has 3 to 8, its points" },
      { { kind = "polygon", width = 1 }, "a polygon has no width" },
      { { kind = "circle", radius = 0.1, height = 1 }, "a circle has no height" },
      { { width = 1, height = 1, points = { { 0, 0 } } }, 'a box has no points; a polygon does: kind = "polygon"' },
    } do
      local message = refusal(case[1])
      assert.is_truthy(message:find("creature x: body a: " .. case[2], 1, true), message)
    end
  end)

  it("takes nothing else for lists and shapes in silence", function()
    local function message(change)
      local body = rl.creature("hopper")
      change(body)
      local ok, told = pcall(rl.env, body)
      assert.is_false(ok)
      return told
    end
    local named = message(function(c) c.motors = { hip = { torque = 20, speed = 3 } } end)
    assert.is_truthy(named:find("motors: a list expected, got a table without [1]; each motor is a table", 1, true))
    local word = message(function(c) c.bodies[1].shapes, c.bodies[1].shape = nil, "box" end)
    assert.is_truthy(word:find("body trunk: shape: table expected, got string", 1, true), word)
  end)

  it("says what a motor needs, and that its joint must turn", function()
    local needs = "creature x: motor on j: a motor needs torque (the greatest, N m) and speed (rad/s"
    assert.is_truthy(refusal(BOX, { joint = "j", torque = 1 }):find(needs, 1, true))
    assert.is_truthy(refusal(BOX, { joint = "j", torque = 1 }):find("there is no speed", 1, true))
    assert.is_truthy(refusal(BOX, { joint = "j", speed = 1 }):find("there is no torque", 1, true))
    assert.is_truthy(refusal(BOX, nil, { name = "j", parent = "a" }):find(
      "creature x: motor of j: its joint cannot turn; give its limits lower and upper, in rad (of a wheel", 1, true))
  end)
end)

describe("a creature without gravity", function()
  it("hangs where it is, and has finite loads of weights on Earth", function()
    for _, name in ipairs { "biped", "reflex_human" } do
      local env = rl.env(name, { gravity = 0, reset_noise = 0, time_limit = 1, throw_interval = 0.2 })
      local recording = env:record("random", { seed = 3 })
      for _, field in ipairs { "com_y", "foot_l_load" } do
        local column = recording.fields[field]
        for i = 1, #column do
          local value = column:get(i)
          assert.is_true(value == value and math.abs(value) < 1e4, field)
        end
      end
    end
    local still = rl.env("biped", { gravity = 0, reset_noise = 0, time_limit = 2, reward = function(s)
      return math.abs(s.com_vy)
    end })
    near(0, still:evaluate("zero", { episodes = 1 }).mean_return, 1e-3, "it hangs where it is")
  end)
end)
