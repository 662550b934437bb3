-- The walkers as scripts see them. What they do is tested in tests/c/test_bipedal_walker.c and test_walker.c.
local rl = require "rl"
local any_threads = require "spec.any_threads"

local names = { "bipedal_walker", "bipedal_walker_hardcore" }

describe("the bipedal walker", function()
  it("is in the list, in two kinds", function()
    local list, summaries = rl.envs()
    list = " " .. table.concat(list, " ") .. " "
    for _, name in ipairs(names) do
      assert.is_truthy(list:find(" " .. name .. " ", 1, true))
      assert.is_true(#summaries[name] > 10)
    end
  end)

  it("observes 24 numbers, takes 4, and 50 steps make a second", function()
    for _, name in ipairs(names) do
      local env = rl.env(name, { n = 3, seed = 1 })
      assert.are.same({ 3, 24 }, env:reset():shape())
      assert.are.same({ kind = "box", size = 4, low = -1, high = 1 }, env.action_space)
      assert.are.equal(0.02, env.dt)
      local observation, reward = env:step(rl.zeros(3, 4))
      assert.are.same({ 3, 24 }, observation:shape())
      assert.are.same({ 3 }, reward:shape())
    end
  end)

  it("lets a reward read its fields by the names that creatures have too", function()
    local env = rl.env("bipedal_walker", {
      seed = 1,
      reward = function(s) return { x = s.x, knees = s.knee_l_angle + s.knee_r_angle, feet = s.foot_l_contact } end,
    })
    env:reset()
    local observation, reward = env:step { 0, -0.5, 0, -0.5 }
    local o = observation[1]:totable()
    assert.is_near(4.66 + (o[7] - 1) + (o[12] - 1) + o[9], reward:get(1), 0.05)
    for _, field in ipairs(env:fields()) do assert.is_true(#field.meaning > 3) end
  end)

  it("takes iterations, gravity and a limit, which truncates", function()
    local env = rl.env("bipedal_walker_hardcore", {
      velocity_iterations = 8, position_iterations = 3, gravity = 3.7, limit = 3,
    })
    env:reset()
    for step = 1, 6 do
      local _, _, terminated, truncated = env:step { 0, -0.2, 0, -0.2 }
      assert.are.equal(0, terminated:get(1))
      assert.are.equal(step % 3 == 0 and 1 or 0, truncated:get(1))
    end
    local ok, message = pcall(rl.env, "bipedal_walker", { limit = 0 })
    assert.is_false(ok)
    assert.is_truthy(tostring(message):find("limit", 1, true))
  end)

  it("gives the same steps on one thread as on two", function()
    any_threads.same_steps(function() return rl.env("bipedal_walker_hardcore", { n = 4, seed = 5 }) end, 150)
  end)

  it("is recorded with its ground, its obstacles and its five bodies", function()
    for k, name in ipairs(names) do
      local env = rl.env(name, { seed = 1 })
      local recording = env:record(rl.policy(env, { hidden = { 8 } }), { seconds = 0.5, seed = 2 })
      assert.are.equal(5, recording.n_bodies)
      assert.are.equal(10, recording.gravity)
      local count = { [true] = 0, [false] = 0 }
      for _, shape in ipairs(recording.shapes) do
        if shape.body == 0 then count[shape.closed] = count[shape.closed] + 1 end
      end
      assert.are.equal(1, count[false])
      assert.is_true(k == 1 and count[true] == 0 or k == 2 and count[true] > 20)
      assert.are.equal(15, #recording.frames[1])
    end
  end)
end)
