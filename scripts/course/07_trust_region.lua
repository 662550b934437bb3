-- 7. Trust regions: how far a batch can be believed (TRPO).
--
--     maximise   L(theta) = E[ pi_theta(a|s) / pi_old(a|s)  A(s, a) ]    subject to   E[ KL(pi_old, pi_theta) ] <= delta
--
-- (Schulman et al. 2015). L says from the episodes of the old policy alone what a new one would earn more: A is the
-- advantage of an action, the ratio how much more often it would be taken. That the new policy also comes to other
-- states is left out, so L is right near the old policy only. TRPO goes along x = F^-1 g, by conjugate gradients that
-- need nothing but products F v; as far as 1/2 (c x)'F(c x) = delta; and halves that until L has risen and KL fits.
--
-- The figure goes along x much further: what L promises, what is true, and how far TRPO goes with several deltas.
local rl = require "rl"
local plot = require "rl.plot"

local opt = rl.options {
  episodes = 500, steps = 10,
  k = -0.1, log_std = -0.7,
  reach = 1,         -- the greatest KL in the figure
  figure = "07_trust_region.svg",
}

local env = rl.env("lqr", { n = opt.episodes, limit = opt.steps })
local policy = rl.policy(env, { hidden = {}, normalize = false })
policy.theta:copy_ { opt.k, 0, opt.log_std }
local batch = rl.rollout({ env = env, policy = policy, episodes = true, advantage = "time_baseline", gamma = 1 })
  :collect(opt.steps)
local n = opt.episodes * opt.steps
local obs, action, A = batch.obs:reshape(n, 1), batch.action:reshape(n, 1), batch.advantage:reshape(n)
local theta, old, log_prob = policy.theta:clone(), policy:dist(obs):detach(), batch.log_prob:reshape(n)

-- L, times the steps of an episode, and KL, at theta + change.
local function look(change)
  policy.theta:copy_(theta + change)
  local new = policy:dist(obs)
  return ((new:log_prob(action) - log_prob):exp() * A):mean() * opt.steps, old:kl(new):mean()
end

local zero = rl.zeros(#theta)
local g = look(zero):grad(policy)
local function F_times(v) -- the gradient of KL a little way along v, since its second derivative is F
  local _, kl = look(1e-2 * v)
  return kl:grad(policy) / 1e-2
end

local x, r, d = zero:clone(), g:clone(), g:clone() -- conjugate gradients: F x = g
for _ = 1, #theta do
  local Fd, rr = F_times(d), r:dot(r)
  if rr < 1e-10 * g:dot(g) then break end
  local a = rr / d:dot(Fd)
  x, r = x + a * d, r - a * Fd
  d = r + r:dot(r) / rr * d
end

local function length_for(delta) return math.sqrt(2 * delta / x:dot(F_times(x))) end
local promised, kept = { name = "promised by L", x = {}, y = {} }, { name = "true", x = {}, y = {} }
local farthest, candidates, COUNT = length_for(opt.reach), {}, 40
for i = 0, COUNT do
  local L, kl = look(farthest * (i / COUNT) * x)
  promised.x[i + 1], promised.y[i + 1], candidates[i + 1] = kl:item(), L:item(), policy.theta:totable()
end
local start = look(zero):item()
local returns = env:evaluate(policy, candidates, { episodes = 4000, common = true, deterministic = false })
for i = 1, #candidates do
  promised.y[i] = promised.y[i] - start
  kept.x[i], kept.y[i] = promised.x[i], returns[i] - returns[1]
end

for _, delta in ipairs { 0.01, 0.05, 0.2, 1 } do
  local c = length_for(delta)
  local L, kl = look(c * x)
  while L:item() <= start or kl:item() > delta do
    c = c / 2
    L, kl = look(c * x)
  end
  print(("delta %.2f: KL %.3f, gain k %.3f, L promises %.2f"):format(delta, kl:item(), policy.theta[1], L:item() - start))
end
assert(plot.write(opt.figure, { title = "Rise of the return along the natural gradient", x_label = "KL(old, new)",
                                curves = { promised, kept } }))
