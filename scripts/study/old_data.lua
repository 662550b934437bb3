-- What data of somebody else brings: advantage-weighted actor-critic from demonstrations, and off-policy actor-critic
-- from the steps of a behaviour policy, each beside the same without its ideas. Returns are of the deterministic
-- policy, as means over seeds with an interval of 95%.
--
--   build/rlrun scripts/study/old_data.lua                             rl.awac on pendulum, some minutes on a core
--   build/rlrun scripts/study/old_data.lua --set env=hopper --set demonstrator=teacher --set demonstrations=2000
--   build/rlrun scripts/study/old_data.lua --set method=off_pac --set env=cartpole --set offline=5000 --set steps=0
--   build/rlrun scripts/study/old_data.lua --set method=off_pac --set offline=0 --set steps=20000
local rl = require "rl"

local opt = rl.options {
  method = "awac",           -- or off_pac
  env = "pendulum",
  seeds = 5,                 -- from --seed on
  demonstrations = 2000,     -- steps of somebody else that are remembered
  demonstrator = "pumping",  -- who: pumping (a controller of the pendulum), teacher (a network of rl.sac) or chance
  slips = 0.3,               -- share of the demonstrator's actions that are by chance
  teacher_steps = 20000,     -- that a teacher has learnt from
  offline = 2000,            -- gradient steps before the first step of one's own
  steps = 4000,              -- of one's own; a gradient step after each
  only = "",                 -- the variants whose name contains this
  lr = 1e-3,
  gamma = 0.99,
  advantage_scale = 5,       -- of awac
  rho_clip = 5,              -- of off_pac, as what follows
  entropy_coef = 0.01,
  memory = 20000,
  minibatch = 128,
  episodes = 20,             -- of each evaluation
}

local variants = {
  awac = {
    { name = "demonstrations, then online", demonstrations = true },
    { name = "online only" },
    { name = "all steps weigh alike", demonstrations = true, options = { advantage_scale = 1e9 } },
    { name = "plain cloning", demonstrations = true, offline_only = true, options = { advantage_scale = 1e9 } },
  },
  off_pac = {
    { name = "off-policy", demonstrations = true },
    { name = "without ratios", demonstrations = true, options = { ratios = false } },
    { name = "without correction", demonstrations = true, options = { correction = false } },
    { name = "on-policy actor-critic", on_policy = true },
  },
}

-- Who demonstrates: a function from a tensor of observations to actions, and the rng of its slips.

local function pumping(obs) -- towards the energy that it has upright, then balance
  local actions = {}
  for i, row in ipairs(obs:totable()) do
    local cosine, sine, speed = row[1], row[2], row[3]
    local action = -12 * sine - 3 * speed
    if cosine < 0.9 then
      action = speed * speed / 2 + 15 * cosine < 15 and 2 or -2
      if speed < 0 then action = -action end
    end
    actions[i] = { math.max(-2, math.min(2, action)) }
  end
  return actions
end

local function teacher()
  local env = rl.env(opt.env, { n = 4, seed = 999 })
  local shape = { hidden = { 64, 64 }, activation = "relu", seed = 999 }
  shape.squash = true
  local policy = rl.policy(env, shape)
  shape.squash, shape.action = nil, true
  local sac = rl.sac { env = env, policy = policy, value = rl.value(env, shape), seed = 999, memory = 100000,
                       lr = 1e-3, minibatch = 128, temperature = 0.2 }
  for _ = 1, opt.teacher_steps / 4 do sac:update(sac:collect(1)) end
  print(("teacher: return %.1f"):format(env:evaluate(policy, { episodes = 20, seed = 7 }).mean_return))
  return function(obs) return policy:mean(obs):totable() end
end

local function chance(env, rng)
  local space = env.action_space
  if space.kind == "discrete" then return rng:integer(0, space.size - 1), -math.log(space.size) end
  local action = {}
  for i = 1, space.size do action[i] = rng:uniform(1)[1] * (space.high - space.low) + space.low end
  return action, -space.size * math.log(space.high - space.low)
end

-- Steps of the demonstrator, without those at which time ran out: nobody has seen what came after them.
local function demonstrate(demonstrator, seed)
  local env = rl.env(opt.env, { n = 10, seed = 500 + seed })
  local rng = rl.rng(500 + seed)
  local steps = { obs = {}, action = {}, reward = {}, next_obs = {}, terminated = {}, log_prob = {} }
  local obs = env:reset()
  while #steps.obs < opt.demonstrations do
    local before, actions, log_probs = obs:totable(), demonstrator and demonstrator(obs) or {}, {}
    for i = 1, env.n do
      if not demonstrator or rng:uniform(1)[1] < opt.slips then actions[i], log_probs[i] = chance(env, rng) end
    end
    local reward, terminated, truncated
    obs, reward, terminated, truncated = env:step(actions)
    local after = obs:totable()
    for i = 1, env.n do
      if truncated[i] == 0 then
        local k = #steps.obs + 1
        steps.obs[k], steps.action[k], steps.reward[k] = before[i], actions[i], reward[i]
        steps.next_obs[k], steps.terminated[k], steps.log_prob[k] = after[i], terminated[i], log_probs[i] or 0
      end
    end
  end
  for name, list in pairs(steps) do steps[name] = rl.tensor(list) end
  print(("demonstrations for seed %d: reward a step %.3f"):format(seed, steps.reward:mean()))
  return steps
end

local function create(variant, seed)
  local env = rl.env(opt.env, { n = 1, seed = seed })
  local shape = { hidden = { 64, 64 }, seed = seed, normalize = opt.env ~= "pendulum" }
  local policy = rl.policy(env, shape)
  shape.action = opt.method == "awac"
  local options = {
    env = env, policy = policy, value = rl.value(env, shape), seed = seed, gamma = opt.gamma, lr = opt.lr,
  }
  if variant.on_policy then
    options.lr = 3e-4
    return rl.actor_critic(options), policy
  end
  options.memory, options.minibatch = opt.memory, opt.minibatch
  if opt.method == "awac" then
    options.advantage_scale = opt.advantage_scale
  else
    options.rho_clip, options.entropy_coef = opt.rho_clip, opt.entropy_coef
  end
  for name, value in pairs(variant.options or {}) do options[name] = value end
  return rl[opt.method](options), policy
end

local test = rl.env(opt.env, { n = opt.episodes, seed = 1000 })
local function test_return(policy) return test:evaluate(policy, { episodes = opt.episodes, seed = 7 }).mean_return end

-- Returns after the updates offline, in the middle of what follows, and at the end.
local function train(variant, seed, steps)
  local learner, policy = create(variant, seed)
  if variant.demonstrations and steps then learner:remember(steps) end
  if variant.demonstrations and steps and opt.offline > 0 then learner:update(opt.offline) end
  local result = { test_return(policy) }
  local own = variant.offline_only and 0 or opt.steps
  for step = 1, own do
    learner:update(learner:collect(1))
    if step == math.floor(own / 2) then result[2] = test_return(policy) end
  end
  result[2] = result[2] or result[1]
  result[3] = own > 0 and test_return(policy) or result[1]
  return result
end

local function shown(list)
  return ("%.1f ± %.1f"):format(rl.statistics.mean(list), #list > 1 and rl.statistics.half_width(list) or 0)
end

local run = rl.run { name = "old_data", options = opt }
local demonstrator
if opt.demonstrator == "teacher" then demonstrator = teacher() end
if opt.demonstrator == "pumping" then demonstrator = pumping end
print(("rl.%s, %s: %d steps of %s, %d gradient steps, %d steps of one's own; %d seeds from %d"):format(opt.method,
  opt.env, opt.demonstrations, opt.demonstrator, opt.offline, opt.steps, opt.seeds, opt.seed))
print("")
print("| variant | offline | half way | end | by seed |")
print("| --- | --- | --- | --- | --- |")
local demonstrations = {}
for _, variant in ipairs(variants[opt.method]) do
  if variant.name:find(opt.only, 1, true) then
    local columns, each = { {}, {}, {} }, {}
    for i = 1, opt.seeds do
      local seed = opt.seed + i - 1
      if opt.demonstrations > 0 and not demonstrations[seed] then
        demonstrations[seed] = demonstrate(demonstrator, seed)
      end
      local result = train(variant, seed, demonstrations[seed])
      for k = 1, 3 do columns[k][i] = result[k] end
      each[i] = ("%.0f"):format(result[3])
    end
    print(("| %s | %s | %s | %s | %s |"):format(variant.name, shown(columns[1]), shown(columns[2]), shown(columns[3]),
      table.concat(each, " ")))
    io.stdout:flush()
  end
end
run:finish()
