-- Cart-pole, pendulum and the linear-quadratic regulator as scripts see them. Their steps are checked in
-- tests/c/test_classic.c.
local child = require "spec.child"
local rl = require "rl"
local replay = require "rl.replay"
local refuses = require("spec.refusal").refuses

describe("cartpole and pendulum", function()
  it("have the spaces of CartPole-v1 and Pendulum-v1", function()
    local cartpole, pendulum = rl.env("cartpole"), rl.env("pendulum")
    assert.are.same({ "discrete", 2, 4 },
      { cartpole.action_space.kind, cartpole.action_space.size, cartpole.observation_space.size })
    assert.are.same({ "box", 1, -2, 2, 3 },
      { pendulum.action_space.kind, pendulum.action_space.size, pendulum.action_space.low, pendulum.action_space.high,
        pendulum.observation_space.size })
    assert.are.equal(0.02, cartpole.dt)
    assert.are.equal(0.05, pendulum.dt)
  end)

  it("let a reward and an end of one's own read the fields", function()
    local env = rl.env("cartpole", {
      start = 0, reward = function(s, a) return a[1] + s.vx end, done = function(s) return s.time > 0.05 end,
    })
    env:reset()
    local _, reward, terminated = env:step { 1 }
    assert.is_true(math.abs(reward[1] - 1.1951219512) < 1e-6) -- 10 N on 1.1 kg and the pole for 0.02 s
    assert.are.equal(0, terminated[1])
    env:step { 1 }
    assert.are.equal(1, select(3, env:step { 0 })[1])
  end)

  it("refuse an action that is no choice, and a matrix", function()
    local env = rl.env("cartpole")
    env:reset()
    refuses("not one of 0 .. 1", env.step, env, { 2 })
    refuses("option A: cartpole takes no matrices", rl.env, "cartpole", { A = { { 1 } } })
    refuses("option A: biped takes no matrices", rl.env, "biped", { A = rl.eye(2) })
    refuses("environment pendulum is not a creature", rl.creature, "pendulum")
  end)
end)

describe("lqr", function()
  local A, B = { { 1, 0.5 }, { 0, 2 } }, { { 0 }, { 1 } }

  it("takes its matrices as tables or tensors", function()
    local tables = rl.env("lqr", { A = A, B = B, noise = 0.5, n = 3, seed = 1 })
    local tensors = rl.env("lqr", { A = rl.tensor(A):t():clone():t(), B = rl.tensor(B), noise = 0.5, n = 3, seed = 1 })
    local obs = tables:reset()
    assert.are.same({ 3, 2 }, obs:shape())
    assert.is_true(obs:equal(tensors:reset()))
    for _ = 1, 5 do
      obs = tables:step { { 1 }, { 0 }, { -1 } }
      assert.is_true(obs:equal((tensors:step { { 1 }, { 0 }, { -1 } })))
    end
  end)

  it("takes numbers of tables in double", function()
    assert.is_true(math.abs(rl.lqr_gain({ A = { { 0.1 } } })[1][1] -
      rl.lqr_gain({ A = { { 0.1 + 1e-10 } } })[1][1]) > 1e-11) -- float32 tells 0.1 from 0.1 + 7e-9 only
  end)

  it("earns what the Riccati equation says under the best gain, and less beside it", function()
    local function costs(gain) -- of a start at 1, over 50 steps
      local env = rl.env("lqr", { seed = 7 })
      local s = env:reset()
      local start, total = s[1][1], 0
      for _ = 1, 49 do
        local reward
        s, reward = env:step(s * gain)
        total = total - reward[1]
      end
      return total / start ^ 2
    end
    local gain = rl.lqr_gain {}[1][1]
    assert.is_true(math.abs(gain + (math.sqrt(5) - 1) / 2) < 1e-12)
    assert.is_true(math.abs(costs(gain) - (math.sqrt(5) + 1) / 2) < 1e-5)
    assert.is_true(costs(gain - 0.05) > costs(gain) + 1e-3)
    assert.is_true(costs(gain + 0.05) > costs(gain) + 1e-3)
  end)

  it("gives a gain of m rows of n numbers", function()
    local gain = rl.lqr_gain { A = A, B = B, Q = rl.eye(2), R = { { 0.5 } }, gamma = 0.9 }
    assert.are.equal(1, #gain)
    assert.are.equal(2, #gain[1])
  end)

  it("refuses matrices that do not fit, by name and shape", function()
    refuses("A: shape [1, 1] expected, got [1, 2]", rl.env, "lqr", { A = { { 1, 2 } } })
    refuses("R [2, 2] is not positive definite", rl.env, "lqr", { A = rl.eye(2), R = { { 1, 0 }, { 0, 0 } } })
    refuses("Q [2, 2] is not symmetric", rl.lqr_gain, { Q = { { 1, 1 }, { 0, 1 } } })
    refuses("A [17, 17] has a size outside 1 .. 16", rl.env, "lqr", { A = rl.eye(17) })
    refuses("nan in row 2, column 1", rl.env, "lqr", { B = { { 1 }, { 0 / 0 } } })
    refuses("option A: row 2 has 1 numbers, row 1 has 2", rl.env, "lqr", { A = { { 1, 2 }, { 3 } } })
    refuses('unknown matrix "noise"', rl.env, "lqr", { noise = { { 1 } } })
  end)

  it("refuses what is no matrix", function()
    for _, value in ipairs { {}, { {} }, { 1, 2 }, { { "x" } }, { { { 1 } } }, rl.ones(3), rl.ones(1, 1, 1) } do
      refuses("option A: not a matrix", rl.env, "lqr", { A = value })
      refuses("option A: not a matrix", rl.lqr_gain, { A = value })
    end
    refuses("option A: matrix expected, got number", rl.lqr_gain, { A = 1 })
    local env = rl.env("lqr", { A = A, B = B })
    refuses("number or string expected", env.set, env, { A = A })
    refuses("option reward: function expected", rl.env, "lqr", { reward = { { 1 } } })
  end)

  it("has no best gain when the actions cannot keep the cost finite", function()
    refuses("A [2, 2], B [2, 1]", rl.lqr_gain, { A = { { 1.1, 0 }, { 0, 1 } }, B = B })
    refuses("gamma", rl.lqr_gain, { gamma = 1.5 })
  end)
end)

describe("a recording", function()
  it("of each shows its bodies in every frame", function()
    local folder = child.folder()
    local cases = { -- bodies, shapes
      cartpole = { 2, 3 },
      pendulum = { 2, 3 },
      lqr = { 3, 3, { A = { { 0.9, 0 }, { 0, 0.9 } } } },
    }
    for name, case in pairs(cases) do
      local env = rl.env(name, case[3] or {})
      local recording = env:record(rl.policy(env), { seconds = 0.5 })
      assert.are.equal(case[1], recording.n_bodies)
      assert.are.equal(case[2], #recording.shapes)
      assert.are.equal(3 * case[1], #recording.frames[1])
      assert.is_true(#recording.frames > 5)
      assert.is_true(replay.write(folder .. "/" .. name .. ".html", recording))
    end
    child.remove(folder)
  end)

  it("turns the pendulum the way it turns, all round and further", function()
    local env = rl.env("pendulum", { start_angle = 0, start_speed = 50, max_speed = 50, gravity = 0 })
    local frames = env:record(rl.policy(env)).frames
    local way = frames[2][6] > frames[1][6] and 1 or -1
    for i = 2, #frames do assert.is_true(way * (frames[i][6] - frames[i - 1][6]) > 0) end
    assert.is_true(math.abs(frames[#frames][6]) > 10)
  end)
end)
