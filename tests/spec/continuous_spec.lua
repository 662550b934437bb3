-- Continuous collision of environments: what the option gives, seen from Lua. The physics is tested in
-- tests/c/test_continuous.c.
local rl = require "rl"

-- Sums of the observations of some steps of random actions.
local function trace(name, options, continuous)
  options.n, options.seed, options.continuous = 16, 3, continuous
  local env = rl.env(name, options)
  local rng, sums = rl.rng(4), {}
  env:reset()
  for i = 1, 60 do sums[i] = env:step(rng:uniform(16, env.action_space.size) * 2 - 1):sum() end
  return sums
end

local worlds = {
  { "biped", {} },
  { "biped", { gravity = 100, control_rate = 10, substeps = 1, ground = "rough", roughness = 0.3 } },
  { "quadruped", { ground = "steps", step_height = 0.2, throw_interval = 0.1 } },
  { "bipedal_walker", {} },
  { "bipedal_walker_hardcore", {} },
}

describe("the option continuous", function()
  it("is auto for all that stands on the ground, with the results of always", function()
    for _, world in ipairs(worlds) do
      local name, options = world[1], world[2]
      assert.are.equal("auto", rl.env(name):options().continuous)
      local automatic = trace(name, options, "auto")
      assert.are.same(trace(name, options, "always"), automatic)
      assert.are_not.same(trace(name, options, "never"), automatic)
    end
  end)

  it("takes no other word", function()
    assert.has_error(function() rl.env("biped", { continuous = "sometimes" }) end)
  end)
end)
