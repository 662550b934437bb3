-- Runs with a search: what they leave when they are interrupted.
local child = require "spec.child"

describe("a run with a search", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  -- Ends in the fifth iteration as Ctrl-C ends it.
  local function interrupted(loop, settings)
    return ([[
      local rl = require "rl"
      local env = rl.env("cartpole")
      local policy = rl.policy(env, { hidden = {} })
      local es = rl.cmaes { x0 = policy.theta, sigma = 0.3 }
      local run = rl.run { name = "es", env = env, policy = policy, %s }
      for i %s do
        local x = es:ask()
        local returns, stats = env:evaluate(policy, x)
        es:tell(x, returns)
        run:log(i, { mean_return = returns:mean(), steps = stats.steps })
        if i == 5 then
          io.open("ready", "w"):close()
          while not require("rl.core").stopping(true) do end
        end
      end
      run:finish()
    ]]):format(settings, loop)
  end

  for name, script in pairs {
    ["in a loop of its own"] = interrupted("= 1, 1000", "method = es, iterations = 1000"),
    ["in the run's loop"] = interrupted("in run:iterations(1000)", "search = es"),
  } do
    it("leaves what it found when it is interrupted " .. name, function()
      local status, _, errors = child.signal(folder, script, { "INT" }, "--quiet")
      assert.equal(130, status, errors)
      local _, out, more = child.run(folder, [[
        local rl = require "rl"
        local env = rl.env("cartpole")
        local policy = rl.policy(env, { hidden = {} })
        local saved = assert(rl.load_policy(arg[1] .. "/policy.safetensors", env))
        local es = rl.cmaes { x0 = policy.theta, sigma = 0.3 }
        assert(es:load(arg[1] .. "/search.safetensors"))
        print(saved.theta:equal(policy.theta), saved.theta:equal(es.mean), es.iterations)
      ]], "runs/*")
      assert.truthy(out:find("^false\ttrue\t[56]\n"), out .. more)
    end)
  end

  it("keeps the policy that the script has put into place", function()
    local script = interrupted("in run:iterations(3)", "search = es"):gsub("run:finish%(%)",
      "policy.theta:fill_(7) run:finish()")
    local status, _, errors = child.run(folder, script, "--quiet")
    assert.equal(0, status, errors)
    local _, out = child.run(folder, [[
      print(require("rl").load_policy(arg[1] .. "/policy.safetensors").theta[1])
    ]], "runs/*")
    assert.equal("7.0\n", (out:gsub("^7\n", "7.0\n")))
  end)

  it("over a description leaves its best design and itself when it is interrupted", function()
    local status, _, errors = child.signal(folder, [[
      local rl = require "rl"
      local es = rl.cmaes { space = rl.space { size = rl.param(1, 0.5, 0, 3) }, seed = 1 }
      local run = rl.run { name = "design", search = es }
      for i in run:iterations() do
        local x = es:ask()
        es:tell(x, rl.map(function(k) return -(k[1] - 2) ^ 2 end, x))
        run:log(i, { best_return = es.best_return })
        if i == 3 then
          io.open("ready", "w"):close()
          while not require("rl.core").stopping(true) do end
        end
      end
      run:finish()
    ]], { "INT" }, "--quiet")
    assert.equal(130, status, errors)
    local path = folder .. "/runs/" .. child.list(folder .. "/runs")[1]
    local size = assert(require("rl").load_design(path .. "/design.lua")).size
    assert.is_true(math.abs(size - 2) < 0.5, size)
    assert.truthy(child.read(path .. "/search.safetensors"))
  end)

  it("over a description leaves its best design, unless the script has left another", function()
    local script = [[
      local rl = require "rl"
      local space = rl.space { size = rl.param(1, 0.5, 0, 3), legs = { rl.param(2, 1, 0, 5) } }
      local es = rl.cmaes { space = space, seed = 1 }
      local run = rl.run { name = "design", search = es }
      for i in run:iterations(4) do
        local x = es:ask()
        local values = {}
        for k = 1, #x do values[k] = -(x[k]:get(1) - 2) ^ 2 end
        es:tell(x, values)
        run:log(i, { best_return = es.best_return })
      end
      %s
      run:finish()
      local design = assert(rl.load_design(run:path("design.lua")))
      print(design.size, space:decode(es.best).size)
    ]]
    local status, out, errors = child.run(folder, script:format(""), "--quiet")
    assert.equal(0, status, errors)
    local saved, best = out:match("^(%S+)\t(%S+)\n$")
    assert.equal(best, saved)
    local own = select(2, child.run(folder, script:format(
      "rl.save_design(run:path('design.lua'), { size = 42 })"), "--quiet"))
    assert.truthy(own:find("^42\t"), own)
  end)

  it("counts steps as a method does: all so far", function()
    local _, out = child.run(folder, [[
      local rl = require "rl"
      local env = rl.env("pendulum", { limit = 10 })
      local policy = rl.policy(env, { hidden = {} })
      local x = rl.zeros(3, #policy.theta)
      for _ = 1, 2 do
        local _, stats = env:evaluate(policy, x)
        print(stats.steps, stats.new_steps)
      end
      print(select(2, env:evaluate(policy, x)).steps)]])
    assert.equal("30\t30\n60\t30\n90\n", out)
  end)
end)
