-- 5. Generalised advantage estimation: how far to trust a critic.
--
--     A_t  =  sum_l  (gamma lambda)^l  d_{t+l},     d_t = r_t + gamma V(s_{t+1}) - V(s_t)       (Schulman et al. 2016)
--
-- A_t stands for Psi_t of script 4. r_t is the reward, V a critic, which estimates what is earned from a state on, d_t
-- its surprise at step t. lambda = 1 adds all of them up, V(s_{t+1}) falls out, and what is left is the return from t
-- on less V(s_t): right on average whatever V is, and noisy. lambda = 0 takes the first surprise for all that an
-- action did: little noise, and wrong where the critic is wrong. gamma, the discount, is 1 here.
--
-- The linear-quadratic problem with the critic that script 4 knows, spoilt: V is `critic` times the truth. The figure
-- parts the error of a batch's gradient by the gain into what averages out and what does not.
local rl = require "rl"
local plot = require "rl.plot"

local opt = rl.options {
  critic = 0.7,       -- times the true V: 1 is a perfect critic, 0 none
  batch = 64,         -- episodes of a gradient
  batches = 400,
  k = -0.3, sigma = 0.5, steps = 20,
  figure = "05_gae.svg",
}

local n, sigma2 = opt.batch * opt.batches, opt.sigma ^ 2
local env = rl.env("lqr", { n = n, limit = opt.steps })
local policy = rl.policy(env, { hidden = {}, normalize = false, std = "fixed", log_std = math.log(opt.sigma) })
policy.theta:copy_ { opt.k, 0 }
local batch = rl.rollout({ env = env, policy = policy, episodes = true, advantage = "total" }):collect(opt.steps)
local _, exact = rl.lqr_return({ gamma = 1, steps = opt.steps, start = 1, noise = 0 }, opt.k, math.log(opt.sigma))

local s, a, V, p, q = {}, {}, { [opt.steps + 1] = rl.zeros(n) }, 0, 0
for t = opt.steps, 1, -1 do
  p, q = 1 + opt.k ^ 2 + (1 + opt.k) ^ 2 * p, (1 + p) * sigma2 + q
  s[t], a[t] = batch.obs[t]:reshape(-1), batch.action[t]:reshape(-1)
  V[t] = -opt.critic * (p * s[t] * s[t] + q)
end

-- Mean of the gradients that batches give, and their deviation.
local function judge(lambda)
  local advantage, gradient = rl.zeros(n), rl.zeros(n)
  for t = opt.steps, 1, -1 do
    local surprise = batch.reward[t] + V[t + 1] - V[t]
    advantage = surprise + lambda * advantage
    gradient = gradient + (a[t] - opt.k * s[t]) * s[t] / sigma2 * advantage
  end
  local means = gradient:reshape(opt.batches, opt.batch):mean(2)
  local mean = means:mean()
  return mean, math.sqrt((means - mean):square():mean())
end

local bias, noise, both = { name = "bias" }, { name = "deviation" }, { name = "error: both", width = 2.5 }
local least, best = math.huge, nil
for _, curve in ipairs { bias, noise, both } do curve.x, curve.y = {}, {} end
for i = 0, 20 do
  local lambda = i / 20
  local mean, deviation = judge(lambda)
  local error = math.sqrt((mean - exact) ^ 2 + deviation ^ 2)
  for _, curve in ipairs { bias, noise, both } do curve.x[i + 1] = lambda end
  bias.y[i + 1], noise.y[i + 1], both.y[i + 1] = math.abs(mean - exact), deviation, error
  if error < least then least, best = error, lambda end
end
assert(plot.write(opt.figure, {
  title = "Error of the gradient", x_label = "lambda", curves = { bias, noise, both },
}))
print(("exact gradient %.2f; error with lambda 0: %.2f, with 1: %.2f, least with %.2f: %.2f"):format(exact, both.y[1],
  both.y[#both.y], best, least))

-- Exercises
-- 1. --set critic=1: no bias with any lambda, so 0 is best. --set critic=0: lambda 0 sees the next reward only, and is
--    off by more than the gradient is long.
-- 2. --set batch=1024 --set batches=50: noise averages out, bias does not: the best lambda goes up to 0.95.
-- 3. --set batch=4: and with little data it is 0.
