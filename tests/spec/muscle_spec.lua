local rl = require "rl"
local child = require "spec.child"
local message_of = require("spec.refusal").message_of

describe("a creature with muscles", function()
  it("is a table that gives the same steps as the built-in one", function()
    local a, b = rl.env("human", { seed = 3 }), rl.env(rl.creature("human"), { seed = 3 })
    assert.is_true(a:reset():equal(b:reset()))
    local rng = rl.rng(5)
    for _ = 1, 60 do
      local action = rng:uniform(1, a.action_space.size) * 2 - 1
      assert.is_true((a:step(action)):equal((b:step(action))))
    end
  end)

  it("is written as it can be read: physiology, arms, path, soft stops, mass and inertia", function()
    local human = rl.creature("human")
    local by_name, bodies = {}, {}
    for _, muscle in ipairs(human.muscles) do by_name[muscle.name] = muscle end
    for _, body in ipairs(human.bodies) do bodies[body.name] = body end
    assert.are.equal(7, #human.muscles)
    local ham = by_name.ham_l
    assert.are.equal(3000, ham.f_max)
    assert.are.equal(0.1, ham.l_opt)
    assert.are.equal(12, ham.v_max)
    assert.are.equal(0.31, ham.l_slack)
    assert.are.equal(0.005, ham.delay)
    assert.are.equal("hip_l", ham.arms[1].joint)
    assert.is_nil(ham.arms[1].max) -- constant
    assert.are.equal(-0.08, ham.arms[1].arm)
    assert.are.equal(0.7, ham.arms[1].rho)
    assert.are.equal(0, ham.arms[2].max)
    assert.are.equal("shank_l", ham.path[3].body)
    assert.is_near(math.rad(-5), bodies.shank_l.joint.soft.upper, 1e-6)
    assert.is_near(0.3 * 180 / math.pi, bodies.shank_l.joint.soft.stiffness, 1e-4)
    assert.are.equal(0.05, bodies.shank_l.inertia)
    assert.are.same({ 0, -0.2 }, bodies.shank_l.center)
  end)

  it("needs only force, lengths and a path; the rest has defaults", function()
    local hopper = rl.creature("hopper")
    local root, child_body
    for _, body in ipairs(hopper.bodies) do
      if body.joint and not child_body then root, child_body = body.joint.parent, body end
    end
    hopper.motors, hopper.muscles = nil, {
      { name = "one", f_max = 500, l_opt = 0.1, l_slack = 0.1,
        path = { { body = root, at = { 0.1, 0 } }, { body = child_body.name, at = { 0, -0.1 } } } },
      { name = "two", f_max = 500, l_opt = 0.1, l_slack = 0.1,
        arms = { { joint = child_body.joint.name, arm = -0.05 } } },
    }
    local env = rl.env(hopper, { seed = 1, reward = function(s) return { work = s.one_force, rest = -s.energy } end })
    assert.are.equal(2, env.action_space.size)
    env:reset()
    env:step(rl.ones(1, 2))
    local seen = {}
    for _, field in ipairs(env:fields()) do seen[field.name] = field.unit end
    assert.are.equal("l_opt", seen.one_length)
    assert.are.equal("l_opt/s", seen.two_velocity)
    assert.are.equal("f_max", seen.two_force)
    assert.are.equal("W", seen.metabolic_power)
    assert.are.equal("J/(kg m)", seen.cost_of_transport)
  end)

  it("with a bad part is refused by the muscle's name", function()
    local cases = {
      { "muscle sol_l: f_max 0 is outside [0.001, 1e+06] N", function(c) c.muscles[1].f_max = nil end },
      { "muscle sol_l: unknown option \"f_mx\"; did you mean \"f_max\"?", function(c) c.muscles[1].f_mx = 3 end },
      { 'muscle sol_l: unknown joint "ankel_l"', function(c) c.muscles[1].arms[1].joint = "ankel_l" end },
      { "muscle sol_l: at most 8 points", function(c)
        for i = 1, 9 do c.muscles[1].path[i] = { body = "foot_l", at = { 0, 0 } } end
      end },
      { "muscle sol_l: a path of 0 points", function(c) c.muscles[1].path, c.muscles[1].arms = nil, nil end },
      { "muscle sol_l: its path stays on body foot_l", function(c)
        c.muscles[1].arms = nil
        c.muscles[1].path[1].body = "foot_l"
      end },
      { "muscle sol_l: l_slack 5 m is longer than its longest path", function(c)
        c.muscles[1].arms = nil
        c.muscles[1].l_slack = 5
      end },
      { "muscle sol_l: delay 0.0005 s is below a step", function(c) c.muscles[1].delay = 5e-4 end },
      { "muscles: table expected", function(c) c.muscles = 7 end },
      { "muscle 1: table expected", function(c) c.muscles[1] = true end },
      { "muscle sol_l: arms: table expected", function(c) c.muscles[1].arms = "hip" end },
      { "body shank_l: unknown option", function(c) c.bodies[3].joint.soft.stifness = 3 end },
      { "at: two numbers", function(c) c.muscles[1].path[1].at = { 1 } end },
    }
    for _, case in ipairs(cases) do
      local creature = rl.creature("human")
      case[2](creature)
      local message = message_of(rl.env, creature)
      assert.is_truthy(message:find(case[1], 1, true) and message:find("human", 1, true), message)
    end
  end)

  it("is recorded with a strand for every muscle, coloured by its activation", function()
    local env = rl.env("human", { seed = 2 })
    local recording = env:record("random", { seconds = 0.3, seed = 2 })
    local strands = {}
    for _, shape in ipairs(recording.shapes) do
      if shape.kind == "strand" then strands[shape.name] = shape end
    end
    for _, name in ipairs { "sol_l", "ham_l", "hfl_r" } do
      local strand = strands[name]
      assert.are.equal(#recording.frames, #strand.values)
      assert.are.equal(2 * #strand.bodies, #strand.points)
      local least, most = math.huge, -math.huge
      for _, value in ipairs(strand.values) do least, most = math.min(least, value), math.max(most, value) end
      assert.is_true(least >= 0.00999 and most <= 1 and most > least)
    end
    local folder = child.folder()
    local path = folder .. "/replay.html"
    assert.is_true((require "rl.replay").write(path, recording))
    assert.is_truthy(child.read(path):find('"kind":"strand"', 1, true))
    child.remove(folder)
  end)
end)

describe("a muscle by itself", function()
  local soleus = { name = "sol", f_max = 4000, l_opt = 0.04, v_max = 6, l_slack = 0.26, tau_deactivation = 0.04 }

  it("has the curves of Geyer & Herr's appendix", function()
    local points = { { 0.3, -1, -0.01 }, { 0.44, -0.5, 0 }, { 1, 0, 0.02 }, { 1.4, 0.25, 0.04 }, { 1.6, 1, 0.06 } }
    for _, at in ipairs(points) do
      local l, u, strain = at[1], at[2], at[3]
      local seen = rl.muscle_curves { length = l, velocity = u, strain = strain }
      assert.is_near(math.exp(math.log(0.05) * math.abs((l - 1) / 0.56) ^ 3), seen.active, 1e-6)
      assert.is_near(l > 1 and ((l - 1) / 0.56) ^ 2 or 0, seen.passive, 1e-6)
      assert.is_near(l < 0.44 and ((l - 0.44) / 0.28) ^ 2 or 0, seen.buffer, 1e-6)
      assert.is_near(u < 0 and (1 + u) / (1 - 5 * u) or 1.5 + 0.5 * (u - 1) / (1 + 37.8 * u), seen.velocity, 1e-6)
      assert.is_near(strain > 0 and (strain / 0.04) ^ 2 or 0, seen.tendon, 1e-6)
    end
    assert.are.same({ active = 1, passive = 0, buffer = 0, velocity = 1, tendon = 0 }, rl.muscle_curves {})
  end)

  it("rests where fibre and tendon pull alike, and comes there when it is held", function()
    for _, activation in ipairs { 0.01, 0.3, 1 } do
      for _, length in ipairs { 0.28, 0.30, 0.315 } do
        local state = rl.muscle_rest(soleus, length, activation)
        local strain = (length - state.length * soleus.l_opt) / soleus.l_slack - 1
        local at = rl.muscle_curves { length = state.length, strain = strain }
        assert.is_near(activation * at.active + at.passive - at.buffer, at.tendon, 1e-4)
        assert.is_near(4000 * at.tendon, state.force, 0.1)
        assert.are.equal(0, state.velocity)
        local moved = rl.muscle_rest(soleus, 0.3, 0.5)
        for _ = 1, 10 do moved = rl.muscle_step(soleus, moved, activation, length, 1, 1000) end
        assert.is_near(state.force, moved.force, 1)
        assert.is_near(activation, moved.activation, 1e-6)
      end
    end
  end)

  it("lags behind its excitation by its time constants", function()
    local state = rl.muscle_rest(soleus, 0.3, 0.5)
    assert.is_near(1 - 0.5 * math.exp(-2), rl.muscle_step(soleus, state, 1, 0.3, 0.02).activation, 1e-6)
    assert.is_near(0.1 + 0.4 * math.exp(-0.5), rl.muscle_step(soleus, state, 0.1, 0.3, 0.02, 7).activation, 1e-6)
    assert.are.equal(0.5, state.activation) -- what was given stays
  end)

  it("refuses what no creature may have, and says what a state lacks", function()
    local function refused(words, f, ...)
      local message = message_of(f, ...)
      assert.is_truthy(message:find(words, 1, true), message)
    end
    refused("f_max 0 is outside", rl.muscle_rest, { l_opt = 0.1, l_slack = 0.1 }, 0.2, 0.5)
    refused("l_opt", rl.muscle_rest, { f_max = 1, l_slack = 0.1 }, 0.2, 0.5)
    refused("f_mx", rl.muscle_rest, { f_mx = 1 }, 0.2, 0.5)
    refused("length is not finite", rl.muscle_step, soleus, { length = 0 / 0 }, 0.5, 0.3, 0.01)
    refused("seconds from 0 to 1", rl.muscle_step, soleus, {}, 0.5, 0.3, -0.01)
    refused("velocity -1.5 is outside", rl.muscle_curves, { velocity = -1.5 })
    refused("lenght", rl.muscle_curves, { lenght = 1 })
    refused("table expected", rl.muscle_curves, 1)
    local state = rl.muscle_step(soleus, rl.muscle_rest(soleus, 0 / 0, 0 / 0), 0 / 0, 0 / 0, 0.01)
    for _, value in pairs(state) do assert.are.equal(0, value - value) end
  end)
end)
