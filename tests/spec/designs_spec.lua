-- env:evaluate_designs: bodies side by side over all cores. The same answers as the environment gives for its own body,
-- for any number of threads; what cannot be built is named and costs nothing.
local rl = require "rl"
local refuses = require("spec.refusal").refuses

local threads = rl.threads()

-- Hoppers whose trunks are heavier from one to the next.
local function hoppers(n)
  local designs = {}
  for i = 1, n do
    designs[i] = rl.creature("hopper")
    designs[i].bodies[1].mass = 10 + i
  end
  return designs
end

describe("designs", function()
  after_each(function() rl.threads(threads) end)

  it("get what the environment's own body gets, where they are that body", function()
    local env = rl.env("hopper")
    local policy = rl.policy(env, { hidden = { 4 } })
    local x = rl.rng(1):normal(6, policy.theta:shape()[1])
    local own = env:evaluate(policy, x, { episodes = 2, round = 1 })
    local same, how = {}, { policy = policy, candidates = x, episodes = 2, round = 1 }
    for i = 1, 6 do same[i] = rl.creature("hopper") end
    assert.is_true(own:equal((env:evaluate_designs(same, how))))
    local part = { policy = policy, candidates = x:narrow(1, 5, 2), episodes = 2, round = 1, first = 5 }
    assert.is_true(own:narrow(1, 5, 2):equal((env:evaluate_designs({ same[5], same[6] }, part))))
    -- one policy for all, or none: what the policy without weights does
    policy.theta:zero_()
    local still = env:evaluate(policy, x * 0, { round = 2 })
    assert.is_true(still:equal((env:evaluate_designs(same, { policy = policy, round = 2 }))))
    assert.is_true(still:equal((env:evaluate_designs(same, { round = 2 }))))
  end)

  it("get the same for any number of threads, and for a reward in Lua", function()
    local judged = rl.env("hopper", { reward = function(s) return s.height + 0.1 * s.effort end })
    for _, env in ipairs { rl.env("hopper"), judged } do
      local policy = rl.policy(env, { hidden = {} })
      local designs = hoppers(80)
      local how = { policy = policy, episodes = 2, max_steps = 40, round = 3, deterministic = false }
      designs[7].bodies[2].mass = -1
      rl.threads(1)
      local returns, stats = env:evaluate_designs(designs, how)
      rl.threads(3)
      local again, others = env:evaluate_designs(designs, how)
      for i = 1, 80 do
        if i ~= 7 then
          assert.are.equal(returns:get(i), again:get(i))
          assert.is_true(i == 1 or returns:get(i) ~= returns:get(1)) -- another body, another return
        end
      end
      assert.are.equal(2 * stats.steps, others.steps) -- all so far
      stats.steps, others.steps = nil, nil
      assert.are.same(stats, others)
    end
  end)

  it("live each in a body of its own", function()
    local env = rl.env("hopper", { reset_noise = 0 })
    local designs = {}
    for i = 1, 3 do
      designs[i] = rl.creature("hopper")
      designs[i].bodies[1].shapes[1].height = 0.4 + 0.2 * i
      designs[i].head.point = { 0, i }
    end
    local _, _, details = env:evaluate_designs(designs, { max_steps = 1, details = true })
    for i = 2, 3 do
      local higher = details[i].fields.head_height - details[i - 1].fields.head_height
      assert.is_true(math.abs(higher - 1) < 1e-2) -- the head point is 1 m higher
    end
  end)

  it("come with the means of their episodes on request", function()
    local env = rl.env("hopper")
    local returns, stats, details = env:evaluate_designs(hoppers(3), { episodes = 4, details = true })
    local steps = 0
    for i, one in ipairs(details) do
      local terms = one.terms.speed + one.terms.upright + one.terms.effort -- the environment's own reward is their sum
      assert.is_true(math.abs(terms - one["return"]) < 1e-4 * math.abs(terms))
      assert.is_true(math.abs(returns:get(i) - one["return"]) < 1e-5 * math.abs(terms))
      assert.is_true(math.abs(one.fields.time - one.length * env.dt) < 1e-4)
      assert.are.equal(1, one.terminated) -- hoppers that do nothing fall
      steps = steps + one.length * 4
    end
    assert.are.equal(stats.new_steps, steps)
    local named = rl.env("hopper", { reward = function(s) return { one = 1, late = s.time } end })
    local _, _, of = named:evaluate_designs(hoppers(1), { details = true })
    assert.are.equal(of[1].length, of[1].terms.one)
  end)

  it("that cannot be built are counted, named and cost nothing", function()
    local env = rl.env("hopper")
    local designs = hoppers(4)
    designs[1].bodies[1].shapes[1].height = -0.2
    designs[3].motors[1].torque = 1e9
    assert.is_true(rl.feasible(designs[2]))
    local returns, stats, details = env:evaluate_designs(designs, { max_steps = 5, details = true })
    assert.are.equal(2, stats.refused)
    assert.are.equal(2, stats.episodes)
    assert.are.equal(10, stats.new_steps)
    assert.is_truthy(stats.reasons[1]:find("body " .. designs[1].bodies[1].name .. ": height -0.2", 1, true))
    assert.is_truthy(stats.reasons[3]:find("torque 1e+09 is outside", 1, true))
    assert.are.equal(stats.reasons[3], details[3].refused)
    assert.are.equal(stats.reasons[3], select(2, rl.feasible(designs[3])))
    assert.is_nil(details[3].fields)
    for i = 1, 4 do assert.are.equal(i % 2 == 0, returns:get(i) == returns:get(i)) end
    for i = 1, 4 do designs[i].bodies[1].mass = 1e5 end -- it could be built, but it is no body
    local none, all = env:evaluate_designs(designs)
    assert.are.equal(4, all.refused)
    assert.are.equal(0, all.new_steps)
    assert.is_true(none:get(2) ~= none:get(2))
  end)

  -- Every place of a number in a table, as a function that sets it.
  local function numbers(t, path, found)
    for key, value in pairs(t) do
      local here = path .. "." .. tostring(key)
      if type(value) == "table" then
        numbers(value, here, found)
      elseif type(value) == "number" then
        found[#found + 1] = { path = here, set = function(x) t[key] = x end, value = value }
      end
    end
    return found
  end

  it("with a number that is not finite are refused, whichever it is, and do not stop the search", function()
    local env = rl.env("reflex_human", { time_limit = 0.1 })
    for _, name in ipairs { "reflex_human", "biped" } do
      local design = rl.creature(name)
      for k, place in ipairs(numbers(design, name, {})) do
        place.set(({ 0 / 0, math.huge, -1e300 })[k % 3 + 1])
        assert.is_false((rl.feasible(design)), place.path)
        place.set(place.value)
      end
      assert.is_true(rl.feasible(design))
    end
    local broken = rl.creature("reflex_human")
    broken.controller.reflexes[1].constant = 0 / 0
    local returns, stats = env:evaluate_designs { rl.creature("reflex_human"), broken }
    assert.is_true(returns[1] > 0 and returns[2] ~= returns[2])
    assert.are.same({ 1, "creature reflex_human: reflex 1 on ta: constant is not finite" },
      { stats.refused, stats.reasons[2] })
  end)

  it("of another creature are an error that names the difference", function()
    local env = rl.env("hopper")
    local renamed = hoppers(2)
    for _, part in ipairs(renamed[2].bodies) do
      if part.joint and part.joint.name == "knee" then part.joint.name = "elbow" end
    end
    for _, motor in ipairs(renamed[2].motors) do
      if motor.joint == "knee" then motor.joint = "elbow" end
    end
    local difference = "design 2: hopper has the field elbow_angle where hopper has knee_angle"
    refuses(difference, env.evaluate_designs, env, renamed)
    refuses("design 1: quadruped has the field", env.evaluate_designs, env, { rl.creature("quadruped") })
    local idle = hoppers(1)
    idle[1].motors[1] = nil
    idle[1].motors = { idle[1].motors[2], idle[1].motors[3] }
    refuses("design 1: hopper has 2 actions and hopper has 3", env.evaluate_designs, env, idle)
    local cartpole = rl.env("cartpole")
    refuses("design 1: hopper has the field y where cartpole has vx", cartpole.evaluate_designs, cartpole, hoppers(1))
  end)

  it("want a list of tables, a policy that fits and candidates of it", function()
    local env = rl.env("hopper")
    local policy = rl.policy(env, { hidden = {} })
    refuses("a list of 1 to 1048576 creature tables expected", env.evaluate_designs, env, {})
    refuses("design 2: table expected, got string", env.evaluate_designs, env, { rl.creature("hopper"), "hopper" })
    refuses('unknown option "widht"', function()
      local designs = hoppers(1)
      designs[1].bodies[1].shapes[1].widht = 1
      env:evaluate_designs(designs)
    end)
    local row = { policy = policy, candidates = { { 1 } } }
    refuses("candidates: shape [2, ", env.evaluate_designs, env, hoppers(2), row)
    refuses("candidates needs the option policy", env.evaluate_designs, env, hoppers(1), { candidates = { { 1 } } })
    refuses("there is none", env.evaluate_designs, env, hoppers(1), { observe = true })
    refuses("policy takes", env.evaluate_designs, env, hoppers(1), { policy = rl.policy(rl.env("biped"), {}) })
    local bad = rl.env("hopper", { reward = function() error("no reward") end })
    for _ = 1, 3 do refuses("no reward", bad.evaluate_designs, bad, hoppers(3)) end
  end)
end)
