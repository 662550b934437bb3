-- The gait objective of envs/creature/gait_objective.h, written as a reward in Lua over the documented fields.
local rl = require "rl"

local function beyond(value, threshold, full) return math.min(math.max(value - threshold, 0) / full, 1) end

-- Of one step of 0.02 s, with the default weights and thresholds.
local function gait(target)
  local dt = 0.02
  return function(s)
    return {
      alive = dt * (1 + 0.2 + 0.1 + 0.2 + 0.2),
      speed = -dt * beyond(math.abs(s.recent_speed - target), 0.05, math.max(math.abs(target), 0.5)),
      head_orientation = -dt * 0.2 * beyond(math.abs(s.head_angle), 0.1, 1),
      head_velocity = -dt * 0.1 * beyond(s.head_speed, 0.2, 1),
      slide = -dt * 0.2 * beyond(s.foot_l_slide + s.foot_r_slide, 0.1, 1),
      effort = -dt * 0.2 * beyond(s.recent_cost_of_transport, 0, 20),
    }
  end
end

describe("the gait objective", function()
  it("in Lua over the fields is the one in C, term by term", function()
    local common = { n = 3, seed = 4, target_speed = 1.2, done = function() return false end }
    local function env(extra)
      local options = {}
      for name, value in pairs(common) do options[name] = value end
      for name, value in pairs(extra) do options[name] = value end
      return rl.env("biped", options)
    end
    local in_c, in_lua = env { objective = "gait" }, env { reward = gait(1.2) }
    local rng, least, most = rl.rng(2), math.huge, -math.huge
    in_c:reset()
    in_lua:reset()
    for _ = 1, 100 do
      local action = rng:uniform(3, 6) * 2 - 1
      local _, a = in_c:step(action)
      local _, b = in_lua:step(action)
      assert.is_true((a - b):abs():max() < 1e-5)
      least, most = math.min(least, a:min()), math.max(most, a:max())
    end
    assert.is_true(most - least > 0.005)
  end)

  it("logs its terms by name, and they add up to the return", function()
    local env = rl.env("biped", { objective = "gait", target_speed = 1 })
    local result = env:evaluate(rl.policy(env), { episodes = 3 })
    for _, episode in ipairs(result.episodes) do
      local sum = 0
      for _, name in ipairs { "alive", "speed", "head_orientation", "head_velocity", "slide", "effort" } do
        sum = sum + episode.terms[name]
      end
      assert.is_true(math.abs(sum - episode["return"]) < 1e-4)
      assert.is_true(math.abs(episode.terms.alive - 1.7 * 0.02 * episode.length) < 1e-4)
      assert.are.equal(0, episode.terms.upright)
    end
  end)

  it("is an option with a name", function()
    local env = rl.env("hopper", { objective = "gait", effort_threshold = 2 })
    env:set { objective = "plain" }
    local ok, message = pcall(rl.env, "hopper", { objective = "fast" })
    assert.is_false(ok)
    assert.is_truthy(tostring(message):find("objective", 1, true))
  end)
end)
