-- 4. Baselines: the same gradient with less noise.
--
--     g  =  E[ sum_t  grad log pi(a_t | s_t)  Psi_t ]             (Schulman et al. 2016, equation 1; Williams 1992)
--
-- holds for many Psi: the return of the whole episode; what is earned from t on, since an action cannot change the
-- past; and that less any b that does not depend on a_t, since the score has mean 0: a constant, the mean return from
-- t on, or best V(s_t), what is expected from the state. All are right on average, and how far they are off differs.
--
-- The linear-quadratic problem of script 3, with the gain fixed at k: its exact gradient is known (rl.lqr_return), and
-- so is V_t(s) = -(p_t s^2 + q_t). The figure is the error of a batch's gradient against the size of the batch.
local rl = require "rl"
local plot = require "rl.plot"

local opt = rl.options {
  episodes = 16384,  -- that are cut into batches
  k = -0.3, sigma = 0.5, steps = 10,
  figure = "04_baselines.svg",
}

local env = rl.env("lqr", { n = opt.episodes, limit = opt.steps })
local policy = rl.policy(env, { hidden = {}, normalize = false, std = "fixed", log_std = math.log(opt.sigma) })
policy.theta:copy_ { opt.k, 0 }
local batch = rl.rollout({ env = env, policy = policy, episodes = true, advantage = "total" }):collect(opt.steps)
local _, exact = rl.lqr_return({ gamma = 1, steps = opt.steps, start = 1, noise = 0 }, opt.k, math.log(opt.sigma))

-- V, from the last step back: a step costs (1 + k^2) s^2 + sigma^2 on average, and leads to (1 + k) s and a noise.
local V, p, q = {}, 0, 0
local to_go, after = {}, rl.zeros(opt.episodes) -- what each episode earns from t on
for t = opt.steps, 1, -1 do
  p, q = 1 + opt.k ^ 2 + (1 + opt.k) ^ 2 * p, (1 + p) * opt.sigma ^ 2 + q
  local s = batch.obs[t]:reshape(-1)
  V[t] = -(p * s * s + q)
  after = after + batch.reward[t]
  to_go[t] = after
end

local total = to_go[1]
local choices = {
  { name = "total return", psi = function() return total end },
  { name = "from t on", psi = function(t) return to_go[t] end },
  { name = "less its mean", psi = function(t) return to_go[t] - to_go[t]:mean() end },
  { name = "less V(s)", psi = function(t) return to_go[t] - V[t] end },
}
for _, choice in ipairs(choices) do
  local gradient = rl.zeros(opt.episodes) -- by k, of each episode
  for t = 1, opt.steps do
    local s, a = batch.obs[t]:reshape(-1), batch.action[t]:reshape(-1)
    gradient = gradient + (a - opt.k * s) * s / opt.sigma ^ 2 * choice.psi(t)
  end
  choice.x, choice.y = {}, {}
  local size = 4
  while size <= opt.episodes / 16 do
    local means = gradient:reshape(-1, size):mean(2)
    local error = math.sqrt((means - exact):square():mean()) / math.abs(exact)
    choice.x[#choice.x + 1], choice.y[#choice.y + 1] = math.log(size) / math.log(10), math.log(error) / math.log(10)
    size = size * 2
  end
  print(("%-13s mean %.3f (exact %.3f), deviation of an episode's %.2f"):format(choice.name, gradient:mean(), exact,
    math.sqrt((gradient - gradient:mean()):square():mean())))
end
assert(plot.write(opt.figure, {
  title = "log10 of the error", x_label = "log10 of the episodes in a batch", curves = choices,
}))

-- Exercises
-- 1. --set steps=30: the total return is now four times as noisy as what is less V(s), since an action is blamed for
--    ever more that it did not cause; with 10 steps it was three times.
-- 2. --set sigma=0.1: V(s) takes nine tenths of the deviation: hardly anything but the state decides about the return.
-- 3. How many episodes does the total return need for the error that "less V(s)" has with 10? The curves say about 100,
--    and (89.87 / 29.65)^2, from what is printed, 9 times as many.
