-- scripts/moonwalk.lua on motors and on muscles, and scripts/train_design.lua, which goes on from a design.
local child = require "spec.child"
local rl = require "rl"

describe("a training script", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  local function run(script, arguments) return child.script(folder, script, "--seed 1 " .. arguments) end

  local function only_run() return folder .. "/runs/" .. child.list(folder .. "/runs")[1] end

  it("moonwalk.lua learns on muscles, and names an actuation that does not exist", function()
    local status, out, errors = run("moonwalk.lua", "--set actuation=muscles --set iterations=1")
    assert.are.equal(0, status, errors)
    assert.is_truthy(out:find("evaluation: episodes 20 mean_speed [%d.-]+ falls %d+ %l+: [^\n]+\n$"), out)
    local body = rl.creature("reflex_human")
    body.clock = 1.2
    local policy = assert(rl.load_policy(only_run() .. "/policy.safetensors", rl.env(body)))
    assert.are.equal(14, policy.log_std:shape()[1])
    local wrong, _, message = run("moonwalk.lua", "--set actuation=muscle")
    assert.are_not.equal(0, wrong)
    assert.is_truthy(message:find('actuation is "motors" or "muscles", got muscle', 1, true), errors)
  end)

  it("moonwalk.lua shows a policy that is not symmetric, too", function()
    local status, _, errors = run("moonwalk.lua", "--set symmetric=false --set iterations=1")
    assert.are.equal(0, status, errors)
    local again, out, message = run("moonwalk.lua", ("--load '%s/policy.safetensors'"):format(only_run()))
    assert.are.equal(0, again, message)
    assert.is_truthy(out:find("evaluation: episodes 20", 1, true), out)
  end)

  it("train_design.lua begins with the gait of the design, and leaves a body and a policy that fit", function()
    local strider = rl.creatures.strider
    local space = rl.space(strider.design(rl.param, "muscles"))
    local x = {}
    for i, mean in ipairs(space.mean) do x[i] = 1.01 * mean end -- a body of its own, as a search would find one
    local design = space:decode(x)
    assert(space:save(folder .. "/found.lua", design))
    local status, out, errors = run("train_design.lua",
      "--set creature=strider --set design=found.lua --set iterations=1 --set seconds=0.5 --set test_episodes=3")
    assert.are.equal(0, status, errors)
    local body = assert(rl.load_design(only_run() .. "/design.lua"))
    local env = rl.env(body, { objective = "gait", target_speed = 1.3, ground = "rough", roughness = 0.02,
                               control_rate = 50, substeps = 20, time_limit = 0.5 })
    local found = env:evaluate_designs({ strider.build(design) }, { episodes = 3, seed = 1e6 + 1, round = 0 })
    assert.is_truthy(out:find(("found:   return %5.2f "):format(found:get(1)), 1, true), out)
    assert.is_truthy(out:find("trained: return", 1, true), out)
    assert(rl.load_policy(only_run() .. "/policy.safetensors", env))
  end)

  it("train_design.lua reads a design as data", function()
    child.write(folder .. "/found.lua", 'return { bodies = os.execute("touch ran") }\n')
    local status, _, errors = run("train_design.lua", "--set design=found.lua")
    assert.are_not.equal(0, status)
    assert.is_truthy(errors:find("found.lua:1:", 1, true), errors)
    assert.is_nil(child.read(folder .. "/ran"))
    child.write(folder .. "/found.lua", "return { thigh = 1 }\n")
    status, _, errors = run("train_design.lua", "--set design=found.lua")
    assert.are_not.equal(0, status)
    assert.is_truthy(errors:find("no creature of rl.creatures: reflex_human", 1, true), errors)
  end)
end)
