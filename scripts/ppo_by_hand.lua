-- PPO written out, in the order of the paper (Schulman et al. 2017), for those who want a loss of their own: the whole
-- method is here, only the networks, the rollout and reverse-mode differentiation are the module's.
--
--   build/rlrun scripts/ppo_by_hand.lua
--   build/rlrun scripts/ppo_by_hand.lua --set compare=true      beside rl.ppo: the same seed, the same numbers
local rl = require "rl"

local opt = rl.options {
  env = "cartpole",
  copies = 8,
  steps = 128,         -- of each copy, to one update
  iterations = 40,
  gamma = 0.99,        -- discount
  lambda = 0.95,       -- of generalised advantage estimation
  clip = 0.2,          -- of the ratio: beyond it the objective no longer rises
  entropy_coef = 0.0,  -- coefficient of the bonus
  value_coef = 0.5,
  lr = 3e-4,
  max_grad_norm = 0.5,
  epochs = 10,
  minibatch = 64,
  compare = false,     -- train rl.ppo as well
}

local function make_agent()
  local env = rl.env(opt.env, { n = opt.copies, seed = opt.seed })
  return env, rl.policy(env, { seed = opt.seed }), rl.value(env, { seed = opt.seed })
end

local env, policy, value = make_agent()
local rollout = rl.rollout {
  env = env, policy = policy, value = value, gamma = opt.gamma, lambda = opt.lambda, seed = opt.seed,
}
local policy_adam = rl.adam(policy, { lr = opt.lr, max_grad_norm = opt.max_grad_norm })
local value_adam = rl.adam(value, { lr = opt.lr, max_grad_norm = opt.max_grad_norm })
local shuffle = rl.rng(opt.seed, "shuffle")

-- Equation 7, with an entropy bonus: L = E[min(r A, clip(r, 1 - eps, 1 + eps) A)] + c H, where r = pi / pi_old.
local function policy_loss(obs, action, old_log_prob, advantage)
  local dist = policy:dist(obs)
  local ratio = (dist:log_prob(action) - old_log_prob):exp()
  local clipped = ratio:clamp(1 - opt.clip, 1 + opt.clip)
  return -rl.min(ratio * advantage, clipped * advantage):mean() - opt.entropy_coef * dist:entropy():mean()
end

-- The value learns the returns that the advantages were computed from.
local function value_loss(obs, target)
  return opt.value_coef * 0.5 * (value:forward(obs) - target):square():mean()
end

local function normalize(x)
  local centered = x - x:mean()
  return centered / (math.sqrt(centered:square():mean()) + 1e-8)
end

-- A batch is [steps, copies, ...]; minibatches want rows.
local function update(batch)
  local n = opt.steps * opt.copies
  local obs, action = batch.obs:reshape(n, -1), batch.action:reshape(n, -1)
  local log_prob, advantage, target = batch.log_prob:reshape(n), batch.advantage:reshape(n), batch.target:reshape(n)
  for _ = 1, opt.epochs do
    local order = shuffle:permutation(n)
    for first = 1, n, opt.minibatch do
      local rows = order:narrow(1, first, math.min(opt.minibatch, n - first + 1))
      local states = obs:rows(rows)
      local loss = policy_loss(states, action:rows(rows), log_prob:rows(rows), normalize(advantage:rows(rows)))
      policy_adam:step(loss:grad(policy))
      value_adam:step(value_loss(states, target:rows(rows)):grad(value))
    end
  end
  policy:observe(obs) -- the normalisers of the networks' inputs
  value:observe(obs)
end

local ppo
if opt.compare then
  local other_env, other_policy, other_value = make_agent()
  ppo = rl.ppo {
    env = other_env, policy = other_policy, value = other_value, seed = opt.seed, gamma = opt.gamma,
    lambda = opt.lambda, clip = opt.clip, entropy_coef = opt.entropy_coef, value_coef = opt.value_coef, lr = opt.lr,
    max_grad_norm = opt.max_grad_norm, epochs = opt.epochs, minibatch = opt.minibatch,
    reward_scaling = false,
  }
end

local function mean_return(batch) -- of the episodes that ended
  return batch and batch.stats.mean_return and ("%.5f"):format(batch.stats.mean_return) or "-"
end

local row = "%9s %8s %12s %12s"
print(row:format("iteration", "steps", "by hand", "rl.ppo"))
for i = 1, opt.iterations do
  local batch, other = rollout:collect(opt.steps), ppo and ppo:collect(opt.steps)
  print(row:format(i, batch.stats.steps, mean_return(batch), mean_return(other)))
  update(batch)
  if ppo then ppo:update(other) end
end
