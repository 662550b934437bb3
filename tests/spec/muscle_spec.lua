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
