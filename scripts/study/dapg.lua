-- What demonstrations are worth where rewards are rare: a pendulum that earns only while it stands upright, by natural
-- steps and by PPO, from nothing, from a policy that was cloned, and with the demonstrations beside the batch (DAPG).
--
--   build/rlrun --threads 1 scripts/study/dapg.lua                 a few minutes on one core
--   build/rlrun scripts/study/dapg.lua --set seeds=1 --set only=dapg
--
-- The one who shows it pumps energy into the pendulum and holds it, but every third action or so is random. Returns
-- are of the likeliest actions: steps upright, of 200.
local rl = require "rl"

local opt = rl.options {
  steps = 60000,          -- of each training
  seeds = 5, first = 1,
  episodes = 3,           -- that are demonstrated
  chance = 0.3,           -- of an action of the demonstration to be random
  test = 50,              -- episodes of each evaluation
  evaluations = 6,
  only = "",              -- the rows whose name contains this
}

local METHODS = {
  { name = "npg", method = "npg" },
  { name = "npg, cloned", method = "npg", cloned = true },
  { name = "dapg", method = "dapg", cloned = true, shown = true },
  { name = "ppo", method = "ppo" },
  { name = "ppo, cloned", method = "ppo", cloned = true },
  { name = "ppo, demonstrations beside", method = "ppo", cloned = true, shown = true },
}

local function upright(s) return math.cos(s.angle) > 0.95 and 1 or 0 end

local function open(seed) return rl.env("pendulum", { n = 8, seed = seed, reward = upright }) end

-- Energy is pumped in below, and held by a spring above (Astrom & Furuta 2000).
local function demonstrate(env, seed)
  local rng = rl.rng(seed)
  return env:demonstrate(function(_, s)
    local c, w = math.cos(s.angle), s.angular_speed
    if rng:uniform(1):item() < opt.chance then return 4 * rng:uniform(1):item() - 2 end
    if c > 0.8 then return math.max(-2, math.min(2, -10 * math.sin(s.angle) - 2 * w)) end
    local missing = 15 * (1 - c) - 0.5 * w * w
    return missing * w > 0 and 2 or -2
  end, { episodes = opt.episodes, seed = seed })
end

local function train(row, seed)
  local env = open(seed)
  local policy = rl.policy(env, { hidden = { 32, 32 }, seed = seed })
  local options = { env = env, policy = policy, value = rl.value(env, { hidden = { 32, 32 }, seed = seed }),
                    seed = seed, lr = row.method == "ppo" and 3e-4 or nil }
  local demo = demonstrate(env, seed)
  local returns = {}
  local function test()
    returns[#returns + 1] = env:evaluate(policy, { episodes = opt.test, seed = 1e6 + seed }).mean_return
  end
  if row.cloned then
    rl.clone({ policy = policy, demonstrations = demo, epochs = 100, minibatch = 64, seed = seed }):run()
  end
  if row.shown then options.demonstrations, options.demonstration_coef = demo, 0.1 end
  local learner = rl[row.method](options)
  test()
  local taken, next_test = 0, opt.steps / opt.evaluations
  while taken < opt.steps do
    local batch = learner:collect(128)
    learner:update(batch)
    taken = batch.stats.steps
    if taken >= next_test then
      test()
      next_test = next_test + opt.steps / opt.evaluations
    end
  end
  return returns
end

for _, row in ipairs(METHODS) do
  if row.name:find(opt.only, 1, true) then
    for seed = opt.first, opt.first + opt.seeds - 1 do
      local texts = {}
      for i, value in ipairs(train(row, seed)) do texts[i] = ("%.0f"):format(value) end
      print(("| %s | %d | %s |"):format(row.name, seed, table.concat(texts, " | ")))
      io.flush()
    end
  end
end
