-- What config.json and the folder of a run tell of it.
local child = require "spec.child"

describe("the record of a run", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  -- config.json as a table.
  local function config(script, arguments)
    local status, _, errors = child.run(folder, script, arguments)
    assert.equal(0, status, errors)
    local text = child.read(folder .. "/runs/" .. child.list(folder .. "/runs")[1] .. "/config.json")
    return require("rl.core").parse_json(text), text
  end

  it("names the seed of each object, the folder too", function()
    local record = config([[
      local rl = require "rl"
      local env = rl.env("cartpole", { seed = 11 })
      local policy, value = rl.policy(env, { seed = 12 }), rl.value(env, { seed = 13 })
      rl.run { name = "s", method = rl.ppo { env = env, policy = policy, value = value, seed = 14 } }:finish()
    ]], "--quiet")
    assert.same({ 11, 12, 13, 14, 14 }, { record.environment.seed, record.policy.seed, record.value.seed,
                                          record.method.seed, record.seed })
    assert.truthy(child.list(folder .. "/runs")[1]:find("^s%-%d+%-%d+%-14$"))
  end)

  it("has the reward's text, the creature, and what env:set changed", function()
    local record = config([[
      local rl = require "rl"
      local env = rl.env("hopper", {
        reward = function(s)
          return s.vx
        end,
      })
      local run = rl.run { name = "s", env = env }
      env:set { gravity = 3 }
      run:log(1, {})
      env:set { reward = function(s) return -s.vx end, done = function() return false end }
      env:reset()
      env:step(rl.zeros(1, 3))
      run:finish()
    ]], "--quiet --seed 3")
    local reward = record.environment.functions.reward
    assert.equal("        reward = function(s)\n          return s.vx\n        end,", reward.text)
    assert.equal(3, reward.line)
    assert.equal("hopper", record.environment.creature.name)
    assert.truthy(#record.environment.creature.bodies > 2)
    assert.equal("env: gravity 3, was 9.81", record.notes[1].text)
    assert.equal(1, record.notes[1].iteration)
    assert.equal(require("rl.core").kernels(), record.kernels)
    assert.equal("script.lua", record.command.script)
    assert.equal(3, record.command.seed)
  end)

  it("has matrices, searches and all environments", function()
    local record = config([[
      local rl = require "rl"
      local env = rl.env("lqr", { A = { { 1, 0.5 }, { 0, 1 } }, B = { { 0 }, { 1 } } })
      local es = rl.cem { x0 = { 1, 2 }, seed = 9 }
      rl.run { name = "s", env = env, envs = { rl.env("cartpole", { seed = 5 }) }, search = es }:finish()
    ]], "--quiet")
    assert.same({ { 1, 0.5 }, { 0, 1 } }, record.environment.matrices.A)
    assert.equal("cem", record.search.name)
    assert.equal(9, record.search.seed)
    assert.equal(5, record.environments[2].seed)
  end)

  it("keeps the script's text", function()
    local script = "local rl = require 'rl'\nrl.run { name = 's' }:finish() -- \233\n"
    config(script, "--quiet")
    assert.equal(script, child.read(folder .. "/runs/" .. child.list(folder .. "/runs")[1] .. "/script.lua"))
  end)
end)
