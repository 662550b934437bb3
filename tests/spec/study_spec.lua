-- The studies: that they run and print what they promise, and the exact figures they compare with.
local rl = require "rl"
local child = require "spec.child"

local scripts = os.getenv("RL_ROOT") .. "/scripts/study/"
local lqr_return, statistics = rl.lqr_return, rl.statistics

describe("the exact return of the linear-quadratic problem", function()
  local problem = { gamma = 0.9, steps = 10, start = 1.5, noise = 0.2 }

  it("is minus the expected cost of one step when there is one", function()
    local J = lqr_return({ gamma = 0.9, steps = 1, start = 2, noise = 5 }, -0.5, math.log(0.3))
    assert.is_true(math.abs(J + (1 + 0.25) * 4 + 0.09) < 1e-12) -- E r = -(1 + k^2) E s^2 - sigma^2
  end)

  it("has the derivatives that central differences give", function()
    local k, log_std, h = -0.3, -0.5, 1e-5
    local _, J_k, J_sigma = lqr_return(problem, k, log_std)
    local function slope(dk, ds)
      return (lqr_return(problem, k + dk, log_std + ds) - lqr_return(problem, k - dk, log_std - ds))
        / (2 * h)
    end
    assert.is_true(math.abs(J_k - slope(h, 0)) < 1e-7)
    assert.is_true(math.abs(J_sigma - slope(0, h)) < 1e-7)
  end)

  it("is greatest at the Riccati gain when it goes on and on without noise", function()
    local long = { gamma = 0.9, steps = 400, start = 1, noise = 0 }
    local _, slope = lqr_return(long, rl.lqr_gain { gamma = 0.9 }[1][1], -30)
    assert.is_true(math.abs(slope) < 1e-9)
  end)

  -- The mean of independent batches against the exact figure: within 4 standard errors, which are small.
  it("and its gradient are what rollouts and rl.reinforce estimate", function()
    local k, log_std, batches, copies = -0.3, -0.5, 12, 8000
    local env = rl.env("lqr", { n = copies, seed = 4, limit = problem.steps, start = problem.start,
                                noise = problem.noise })
    local policy = rl.policy(env, { hidden = {}, normalize = false })
    policy.theta:copy_ { k, 0, log_std }
    local method = rl.reinforce {
      env = env, policy = policy, seed = 5, gamma = problem.gamma, normalize_advantage = false,
      discounted_gradient = true,
    }
    local everything = rl.arange(copies * problem.steps)
    local sampled = { {}, {}, {} }
    for i = 1, batches do
      local batch = method:collect(problem.steps)
      local gradient = method:gradient(batch, everything) -- of the loss, a mean over steps
      sampled[1][i] = batch.stats.mean_return
      sampled[2][i], sampled[3][i] = -problem.steps * gradient[1], -problem.steps * gradient[3]
    end
    local exact = { lqr_return(problem, k, log_std) }
    exact[1] = lqr_return({ gamma = 1, steps = problem.steps, start = problem.start, noise = problem.noise },
      k, log_std) -- mean_return is not discounted
    for i = 1, 3 do
      local mean, error = statistics.mean(sampled[i]), statistics.half_width(sampled[i]) / 2.201 -- t, 11 degrees
      assert.is_true(error < 0.03 * math.abs(exact[i]), ("standard error %g of %g"):format(error, exact[i]))
      assert.is_true(math.abs(mean - exact[i]) < 4 * error, ("%g, not %g"):format(mean, exact[i]))
    end
  end)
end)

describe("the statistics of the studies", function()
  it("give Student's interval of the mean", function()
    -- 1 .. 5: mean 3, deviation sqrt 2.5; t of 4 degrees of freedom is 2.7764451051978 (scipy).
    assert.is_true(math.abs(statistics.half_width { 1, 2, 3, 4, 5 } - 2.7764451051978 * math.sqrt(2.5 / 5)) < 1e-9)
    -- 31 numbers: t of 30 degrees is 2.042.
    local list = {}
    for i = 1, 31 do list[i] = i % 2 end
    local deviation = math.sqrt(16 * 15 / 31 / 30)
    assert.is_true(math.abs(statistics.half_width(list) / (2.0423 * deviation / math.sqrt(31)) - 1) < 1e-3)
  end)

  it("give no interval for one number, and the median", function()
    local none = statistics.half_width { 3 }
    assert.are_not.equal(none, none)
    assert.are.equal(2, statistics.median { 3, 1, 2 })
    assert.are.equal(2.5, statistics.median { 4, 1, 2, 3 })
  end)
end)

describe("the runs of a study", function()
  local study = require "rl.study"
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  local function leave(name, config)
    child.shell(folder, "mkdir " .. name)
    child.write(("%s/%s/config.json"):format(folder, name), config)
    child.write(("%s/%s/progress.csv"):format(folder, name), "iteration,test_return\n1,2\n2,5\n")
  end

  it("are taken by environment and point, those that are complete", function()
    leave("a", '{ "options": { "env": "hopper", "point": "ppo", "evaluations": 2 } }')
    leave("b", '{ "options": { "env": "biped", "point": "ppo", "evaluations": 3 } }')
    local runs_of, envs = study.by_point(folder)
    assert.are.same({ "biped", "hopper" }, envs)
    assert.are.same({ 2, 5 }, runs_of.hopper.ppo[1].test_return)
    assert.are.same({}, runs_of.biped.ppo)
  end)

  it("that lack what says where they belong are named with it", function()
    for config, lacks in pairs { ["{}"] = "env", ['{ "options": { "env": "a", "point": "b" } }'] = "evaluations",
                                 ['{ "options": { "env": "a", "evaluations": 3 } }'] = "point" } do
      leave("old", config)
      local ok, message = pcall(study.by_point, folder)
      assert.is_false(ok)
      assert.are.equal(("%s/old is no run of such a study: it has no option %s"):format(folder, lacks), message)
      child.shell(folder, "rm -r old")
    end
  end)
end)

describe("the keys of a table", function()
  it("have one order, whatever they are", function()
    local sorted_keys = require "rl.sorted_keys"
    assert.are.same({ 1, 2.5, 10, "a", "b", false, true },
      sorted_keys { [true] = 1, b = 1, [10] = 1, [false] = 1, a = 1, [2.5] = 1, [1] = 1 })
  end)
end)

describe("the study", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  local function run(name, settings)
    local words = {}
    for _, setting in ipairs(settings) do words[#words + 1] = "--set " .. setting end
    local status, out, errors = child.shell(folder, ("'%s' --quiet %s '%s%s.lua'"):format(child.rlrun,
      table.concat(words, " "), scripts, name))
    assert.are.equal(0, status, errors)
    return out
  end

  it("implementation_matters prints its table beside the published one", function()
    local out = run("implementation_matters", { "seeds=2", "steps=2048", "episodes=2" })
    for _, row in ipairs { "| PPO |", "| PPO%-M |", "| TRPO |", "| TRPO%+ |", "| PPO%-NoClip |" } do
      assert.is_truthy(out:find(row .. " %l+ [%d.]+, value [%d.]+ | %-?%d+ | ± %d+ |"), row .. " in " .. out)
    end
    -- From the published means: 3292 - 3050 and 3292 - 2735 for Walker2d, and so on.
    assert.is_truthy(out:find("| AAI |[^\n]*| 242 | 99 | 224 |"), out)
    assert.is_truthy(out:find("| ACLI |[^\n]*| 557 | 423 | 444 |"), out)
  end)

  it("search_methods trains by published settings in shares", function()
    local status, _, errors = child.shell(folder, ("'%s' --quiet --task 3/3 --seed 4 '%ssearch_methods.lua' " ..
      "--published --iterations 2 --test_every 1"):format(child.rlrun, scripts))
    assert.are.equal(0, status, errors)
    local runs = child.list(folder .. "/runs")
    assert.are.equal(1, #runs)
    local text = child.read(folder .. "/runs/" .. runs[1] .. "/progress.csv")
    assert.is_truthy(text:find("\n2,128,[%d.]+,%-?[%d.]+,%-?[%d.]+,"), text)
    assert.is_truthy(child.read(folder .. "/runs/" .. runs[1] .. "/config.json"):find('"openai_es"', 1, true))
    -- A run that came to 40 iterations, and one more: (10 - 20) / 2, t 12.706 times 15.
    for name, mean in pairs { a = 10, b = -20 } do
      child.shell(folder, ("mkdir -p long/%s && cp runs/*/config.json long/%s"):format(name, name))
      child.write(("%s/long/%s/progress.csv"):format(folder, name),
        ("iteration,test_return\n1,\n40,%d\n80,\n"):format(mean))
    end
    local out = run("search_methods", { "published=true", "report=long" })
    assert.is_truthy(out:find("| openai_es | -5 ± 191 (1 of 2) |  |", 1, true), out)
  end)

  it("methods prints a row for each method and keeps the curves", function()
    local out = run("methods", { "steps=1000", "seeds=1", "evaluations=1", "episodes=2" })
    local runs = child.list(folder .. "/runs")
    local curves = child.read(folder .. "/runs/" .. runs[1] .. "/curves.csv")
    for _, name in ipairs { "reinforce", "actor_critic", "a2c", "a3c", "a2c_lag", "npg", "trpo", "ppo", "ppo_lag",
                            "enac", "ppo_penalty", "grpo" } do
      assert.is_truthy(out:find("\n| " .. name .. " | %d+%.%d |"), name .. " in " .. out)
      assert.is_truthy(curves:find("\n" .. name .. ",1,%d+,%d+"), name .. " in " .. curves)
    end
  end)

  it("methods has rows of a world for methods whose critic knows all agents, and of no other environment", function()
    for _, name in ipairs { "mappo", "coma", "maddpg" } do
      local out = run("methods",
        { "steps=2000", "seeds=1", "evaluations=1", "episodes=2", "env=pair", "only=" .. name })
      assert.is_truthy(out:find("\n| " .. name .. " | %-?%d+%.%d |"), out)
    end
    local status, _, errors = child.shell(folder, ("'%s' '%smethods.lua' --set only=coma"):format(child.rlrun, scripts))
    assert.are.equal(1, status)
    assert.is_truthy(errors:find('no method for cartpole is named "coma"; there are reinforce', 1, true), errors)
    status, _, errors = child.shell(folder,
      ("'%s' '%smethods.lua' --set env=pair --set only=grpo"):format(child.rlrun, scripts))
    assert.are.equal(1, status)
    assert.is_truthy(errors:find('no method for pair is named "grpo"', 1, true), errors)
  end)

  it("lag trains each point, and its report has a row for each", function()
    run("lag", { "steps=8192", "evaluations=3", "episodes=2", "env=cartpole" })
    assert.are.equal(30, #child.list(folder .. "/runs"))
    local out = run("lag", { "report=runs" })
    for _, point in ipairs { "ppo", "ppo_lag", "ppo_lag_gae", "a2c", "a2c_lag", "a2c_lag_gae" } do
      assert.is_truthy(out:find("| cartpole | " .. point .. " | 5 | [%d.]+ %+%- [%d.]+ | "), point .. " in " .. out)
    end
  end)

  it("asynchronous trains each point, and its report has rows and a picture of all", function()
    run("asynchronous", { "steps=1600", "evaluations=3", "episodes=2" })
    assert.are.equal(25, #child.list(folder .. "/runs"))
    local out = run("asynchronous", { "report=runs", "svg=curves.svg" })
    local picture = child.read(folder .. "/curves.svg")
    for _, point in ipairs { "a3c", "a2c", "lag_1", "lag_4", "lag_16" } do
      assert.is_truthy(out:find("| cartpole | " .. point .. " | 5 | [%d.]+ %+%- [%d.]+ | "), point .. " in " .. out)
      assert.is_truthy(picture:find(point, 1, true))
    end
  end)

  it("natural_gradient prints the paths and draws them", function()
    local out = run("natural_gradient", { "updates=2", "copies=50" })
    assert.is_truthy(out:find("best gain, by the Riccati equation: -0.5884", 1, true), out)
    local picture = child.read(folder .. "/" .. out:match("open (%S+)"))
    local _, ways = picture:gsub('class="way"', "")
    assert.are.equal(12, ways) -- 3 methods from 4 starts
    assert.falsy(picture:find("http", 1, true)) -- nothing is loaded
  end)
end)
