-- Which matters more: the algorithm, or the code around it? Engstrom et al. 2020 (arXiv 2005.12729) trained PPO and
-- TRPO with and without nine code-level optimisations, and PPO without its clipping. Here the same on a creature.
--
--   build/rlrun scripts/study/implementation_matters.lua                  hopper, 5 seeds, minutes on two cores
--   build/rlrun scripts/study/implementation_matters.lua --set creature=biped --set seeds=20 --set steps=1000000
--   build/rlrun scripts/study/implementation_matters.lua --set grid=true  how the learning rates below were chosen
--
-- Reported is the mean return of the trained policy with its actions sampled, as in the paper, and a 95% confidence
-- interval over seeds by Student's t; then the paper's measures, average algorithmic and code-level improvement:
--   AAI  = max(|PPO - TRPO+|, |PPO-M - TRPO|)      ACLI = max(|PPO - PPO-M|, |TRPO+ - TRPO|)
local rl = require "rl"

local opt = rl.options {
  creature = "hopper",
  seeds = 5,        -- trainings of each algorithm
  steps = 200000,   -- of each training
  episodes = 50,    -- to evaluate a trained policy
  copies = 8,       -- of the environment
  grid = false,     -- try the candidates instead
}

local BATCH = 2048 -- steps of an iteration
local MINIBATCHES = 32

-- The paper tuned each algorithm by a grid on each task; so is this, coarsely, on the hopper (grid = true, with seeds
-- of its own): how far the policy goes (lr, for TRPO max_kl) and the learning rate of the value.
-- The published means, for TASKS, are of 80 agents or more, a million steps each, in MuJoCo.
local TASKS = { "Walker2d", "Hopper", "Humanoid" }
local algorithms = {
  { name = "PPO", preset = "ppo", tuned = { lr = 1e-3, value_lr = 1e-3 }, published = { 3292, 2513, 806 } },
  { name = "PPO-M", preset = "ppo_m", tuned = { lr = 1e-3, value_lr = 1e-3 }, published = { 2735, 2142, 674 } },
  { name = "TRPO", preset = "trpo", tuned = { max_kl = 0.1, value_lr = 3e-4 }, published = { 2791, 2043, 586 } },
  { name = "TRPO+", preset = "trpo_plus", tuned = { max_kl = 0.1, value_lr = 3e-4 }, published = { 3050, 2466, 1030 } },
  { name = "PPO-NoClip", preset = "ppo_noclip", tuned = { lr = 1e-4, value_lr = 1e-3 },
    published = { 2867, 2371, 831 } },
}

-- What the grid tries for an algorithm.
local function candidates(algorithm)
  local list = {}
  for _, value_lr in ipairs { 3e-4, 1e-3 } do
    if algorithm.tuned.max_kl then
      for _, kl in ipairs { 0.01, 0.03, 0.1 } do list[#list + 1] = { max_kl = kl, value_lr = value_lr } end
    else
      for _, lr in ipairs { 1e-4, 3e-4, 1e-3 } do list[#list + 1] = { lr = lr, value_lr = value_lr } end
    end
  end
  return list
end

-- Trains and returns the mean return of the policy.
local function train(preset, tuned, seed)
  local updates = math.max(1, math.floor(opt.steps / BATCH + 0.5))
  local env = rl.env(opt.creature, { n = opt.copies, seed = seed })
  local options = {
    value_function_clipping = preset ~= "ppo_m" and preset ~= "trpo", -- so RESULTS.md has it; off in rl.presets
    hidden = { 64, 64 }, seed = seed, updates = updates, minibatch = BATCH / MINIBATCHES, epochs = 10,
    gamma = 0.99, lambda = 0.95,
  }
  if tuned.max_kl then -- a trust region: lr is the value's
    options.max_kl, options.lr = tuned.max_kl, tuned.value_lr
  else
    options.lr, options.value_lr = tuned.lr, tuned.value_lr
  end
  local method, policy = rl.preset(preset, env, options)
  for _ = 1, updates do method:update(method:collect(BATCH / opt.copies)) end
  return env:evaluate(policy, { episodes = opt.episodes, deterministic = false, seed = seed }).mean_return
end

local function train_seeds(preset, tuned, first)
  local returns = {}
  for i = 1, opt.seeds do returns[i] = train(preset, tuned, first + i - 1) end
  return returns
end

-- A row of a Markdown table.
local function row(...) print("| " .. table.concat({ ... }, " | ") .. " |") end

local function plus_minus(returns)
  return #returns > 1 and ("± %.0f"):format(rl.statistics.half_width(returns)) or "(one seed)"
end

local function describe(tuned)
  return (tuned.max_kl and "kl %g, value %g" or "lr %g, value %g"):format(tuned.max_kl or tuned.lr, tuned.value_lr)
end

if opt.grid then
  row("algorithm", "learning rates", "return", "95%")
  row("---", "---", "---", "---")
  for _, algorithm in ipairs(algorithms) do
    for _, tuned in ipairs(candidates(algorithm)) do
      local returns = train_seeds(algorithm.preset, tuned, opt.seed + 1000)
      row(algorithm.name, describe(tuned), ("%.0f"):format(rl.statistics.mean(returns)), plus_minus(returns))
      io.stdout:flush()
    end
  end
  return
end

print(("%s, %d steps of training, %d seeds, %d episodes each; published: Engstrom et al. 2020"):format(
  opt.creature, opt.steps, opt.seeds, opt.episodes))
print("")
row("algorithm", "learning rates", "return", "95%", "seeds", "seconds each", table.concat(TASKS, " | "))
row("---", "---", "---", "---", "---", "---", "---", "---", "---")
local mean, published = {}, { {}, {}, {} }
for _, algorithm in ipairs(algorithms) do
  local start = rl.time()
  local returns = train_seeds(algorithm.preset, algorithm.tuned, opt.seed)
  table.sort(returns)
  mean[algorithm.preset] = rl.statistics.mean(returns)
  for i = 1, #TASKS do published[i][algorithm.preset] = algorithm.published[i] end
  row(algorithm.name, describe(algorithm.tuned), ("%.0f"):format(mean[algorithm.preset]), plus_minus(returns),
    ("%.0f to %.0f"):format(returns[1], returns[#returns]), ("%.1f"):format((rl.time() - start) / opt.seeds),
    table.concat(algorithm.published, " | "))
  io.stdout:flush()
end

local function aai(m) return math.max(math.abs(m.ppo - m.trpo_plus), math.abs(m.ppo_m - m.trpo)) end
local function acli(m) return math.max(math.abs(m.ppo - m.ppo_m), math.abs(m.trpo_plus - m.trpo)) end

for _, measure in ipairs { { "AAI", aai }, { "ACLI", acli } } do
  local of_paper = {}
  for i = 1, #TASKS do of_paper[i] = measure[2](published[i]) end
  row(measure[1], "", ("%.0f"):format(measure[2](mean)), "", "", "", table.concat(of_paper, " | "))
end
