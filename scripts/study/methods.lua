-- All policy-gradient methods side by side on one environment, and two that collect while they learn: the same
-- network, the same discount, the same number of environment steps, each with batches and learning rates as suit it.
--
--   build/rlrun scripts/study/methods.lua                                    cart-pole, a few minutes on two cores
--   build/rlrun scripts/study/methods.lua --set env=pendulum --set steps=200000 --set threshold=-200 --set gamma=0.9
--   build/rlrun scripts/study/methods.lua --set env=hopper --set steps=1000000 --set only=ppo
--   build/rlrun scripts/study/methods.lua --set env=pair --set steps=400000 --set threshold=100
--
-- "pair" is a world of two hoppers, who share a policy and are both paid for the way of the slower one. There methods
-- whose critic knows what all sense (mappo), or also do (coma), stand beside the others.
--
-- Returns are of the deterministic policy. The table shows medians over seeds; curves.csv in the run's folder holds
-- every evaluation of every training.
local rl = require "rl"

local opt = rl.options {
  env = "cartpole",
  steps = 100000,         -- of each training
  seeds = 3,
  threshold = 475,        -- a return worth waiting for
  gamma = 0.99,
  reward_scaling = false, -- for rewards far from 1
  evaluations = 25,       -- of each training
  episodes = 20,          -- of each evaluation
  only = "",              -- the methods whose name contains this
}

-- steps: of each copy before an update; none: an episode of each. central: of worlds, alone: of one agent. Other
-- options are the defaults.
local methods = {
  { name = "reinforce", copies = 16, options = {} },
  { name = "actor_critic", copies = 16, steps = 1, options = {} },
  { name = "a2c", copies = 8, steps = 8, options = { lr = 1e-3 } },
  { name = "a3c", copies = 8, steps = 8, options = { lr = 1e-3 } },
  { name = "a2c_lag", of = "a2c", copies = 8, steps = 8, options = { lr = 1e-3, lag = 1 } },
  { name = "npg", copies = 8, steps = 128, options = {} },
  { name = "enac", copies = 32, options = { max_kl = 0.05 }, no_value = true },
  { name = "dapg", copies = 8, steps = 128, options = {}, alone = true, demonstrations = 4 }, -- at random
  { name = "trpo", copies = 8, steps = 128, options = {} },
  { name = "ppo", copies = 8, steps = 128, options = { lr = 1e-3 } },
  { name = "ppo_lag", of = "ppo", copies = 8, steps = 128, options = { lr = 1e-3, lag = 1 } },
  { name = "mappo", copies = 8, steps = 128, options = { lr = 1e-3 }, central = true },
  { name = "coma", copies = 8, steps = 128, options = { lr = 4e-3 }, central = true, actions = true },
  { name = "ppo_penalty", copies = 8, steps = 128, options = { lr = 1e-3 } },
  { name = "grpo", copies = 32, options = { lr = 1e-3 }, no_value = true, alone = true },
  { name = "sac", copies = 1, steps = 4, squash = true, actions = true,
    options = { lr = 1e-3, temperature_lr = 1e-3 } },
  { name = "ddpg", copies = 1, steps = 4, squash = true, actions = true, options = { lr = 1e-3 } },
  { name = "maddpg", copies = 1, steps = 4, squash = true, central = true, actions = true, options = { lr = 1e-3 } },
  { name = "awac", copies = 1, steps = 4, options = { lr = 1e-3, advantage_scale = 5 }, memory = true, actions = true },
  { name = "off_pac", copies = 1, steps = 4, memory = true,
    options = { lr = 1e-3, memory = 20000, minibatch = 128, rho_clip = 5, entropy_coef = 0.01 } },
}

local function open(copies, seed)
  if opt.env ~= "pair" then return rl.env(opt.env, { n = copies, seed = seed }) end
  return rl.env {
    name = "pair", n = copies, seed = seed, together = true, time_limit = 10,
    creatures = { first = { creature = "hopper", x = -1 }, last = { creature = "hopper", x = 1 } },
    reward = function(s) return { way = 0.1 * math.min(s.first.vx, s.last.vx) } end,
    done = function(s) return s.first.fallen + s.last.fallen > 0 end,
  }
end

-- The steps of an episode that runs out of time.
local function horizon(env)
  local options = env:options()
  return options.limit or options.time_limit and math.ceil(options.time_limit / env.dt) or 1000
end

local function create(method, seed)
  local env = open(method.copies, seed)
  local policy = rl.policy(env, { hidden = { 64, 64 }, seed = seed, squash = method.squash,
                                  std = rl.describe(method.of or method.name).policy.std })
  local options = { env = env, policy = policy, seed = seed, gamma = opt.gamma }
  if not (method.memory or method.squash) then options.reward_scaling = opt.reward_scaling end
  if not method.no_value then
    options.value = rl.value(env, { hidden = { 64, 64 }, seed = seed, action = method.actions,
                                    central = method.central })
  end
  if method.demonstrations then
    options.demonstrations = env:demonstrate("random", { episodes = method.demonstrations, seed = seed })
  end
  for name, value in pairs(method.options) do options[name] = value end
  return rl[method.of or method.name](options), policy, env
end

-- Trains with a row of `curves` for each evaluation. Returns what the table shows; `steps` is nil when the threshold
-- was not reached, seconds are without the evaluations.
local function train(method, seed, curves)
  local learner, policy, env = create(method, seed)
  local length, every = method.steps or horizon(env), opt.steps / opt.evaluations
  local result, taken, next_look, stats = { seconds = 0 }, 0, every, nil
  while taken < opt.steps do
    local start = rl.time()
    local batch = learner:collect(length)
    stats = learner:update(batch)
    result.seconds = result.seconds + rl.time() - start
    taken = batch.stats.steps
    if taken >= next_look or taken >= opt.steps then
      result.last = env:evaluate(policy, { episodes = opt.episodes, seed = seed }).mean_return
      if result.last >= opt.threshold and not result.steps then result.steps = taken end
      curves:write(("%s,%d,%d,%.6g,%.6g,%.6g,%.6g\n"):format(method.name, seed, taken, result.last,
        stats.approx_kl or 0 / 0, stats.entropy or 0 / 0, stats.explained_variance or 0 / 0))
      next_look = next_look + every * math.ceil((taken - next_look + 1) / every)
    end
  end
  result.approx_kl, result.entropy, result.explained_variance = stats.approx_kl, stats.entropy, stats.explained_variance
  return result
end

-- The median of a figure over the trainings that have it.
local function median(results, name, format)
  local list = {}
  for _, result in ipairs(results) do list[#list + 1] = result[name] end
  return #list > 0 and format:format(rl.statistics.median(list)) or "-"
end

local function row(...) print("| " .. table.concat({ ... }, " | ") .. " |") end

local first = open(1, opt.seed) -- an unknown environment is refused before there is a run
local function suits(method)
  if method.squash and first.action_space.kind ~= "box" then return false end
  if first.agents then return not method.alone end
  return not method.central
end

local chosen, names = {}, {}
for _, method in ipairs(methods) do
  if suits(method) then
    names[#names + 1] = method.name
    if method.name:find(opt.only, 1, true) then chosen[#chosen + 1] = method end
  end
end
if #chosen == 0 then
  error(("no method for %s is named %q; there are %s"):format(opt.env, opt.only, table.concat(names, ", ")), 0)
end

local run = rl.run { name = "methods", options = opt }
local curves = assert(io.open(run:path("curves.csv"), "w"))
curves:write("method,seed,steps,return,approx_kl,entropy,explained_variance\n")
print(("%s, %d steps, %d seeds"):format(opt.env, opt.steps, opt.seeds))
print("")
row("method", "return at the end", ("steps to %g"):format(opt.threshold), "reached", "seconds", "KL", "entropy",
  "explained variance")
row("---", "---", "---", "---", "---", "---", "---", "---")
for _, method in ipairs(chosen) do
  local results, reached = {}, 0
  for i = 1, opt.seeds do
    results[i] = train(method, opt.seed + i - 1, curves)
    if results[i].steps then reached = reached + 1 end
  end
  row(method.name, median(results, "last", "%.1f"), median(results, "steps", "%.0f"),
    ("%d of %d"):format(reached, opt.seeds), median(results, "seconds", "%.1f"),
    median(results, "approx_kl", "%.2g"), median(results, "entropy", "%.2f"),
    median(results, "explained_variance", "%.2f"))
  io.stdout:flush()
end
curves:close()
run:finish()
