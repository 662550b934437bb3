-- 7. Trust regions: how far a batch can be believed (TRPO).
--
--     maximise  L(theta) = E[ pi_theta(a|s) / pi_old(a|s)  A(s, a) ]   subject to  E[ KL(pi_old, pi_theta) ] <= delta
--
-- (Schulman et al. 2015). L says from the episodes of the old policy alone what a new one would earn more: A is the
-- advantage of an action, the ratio how much more often it would be taken. That the new policy also comes to other
-- states is left out, so L is right near the old policy only. TRPO goes along x = F^-1 g, by conjugate gradients that
-- need nothing but products F v; as far as 1/2 (c x)'F(c x) = delta; and shortens that until L has risen and KL fits.
--
-- The figure goes along x much further: what L promises, and what is true.
local rl = require "rl"
local plot = require "rl.plot"

local opt = rl.options {
  episodes = 500, steps = 10, k = -0.1, log_std = -0.7, figure = "07_trust_region.svg",
}

local env = rl.env("lqr", { n = opt.episodes, limit = opt.steps })
local policy = rl.policy(env, { hidden = {}, normalize = false })
policy.theta:copy_ { opt.k, 0, opt.log_std }
local rollout = rl.rollout { env = env, policy = policy, episodes = true, advantage = "time_baseline", gamma = 1 }
local batch = rollout:collect(opt.steps)
local n = opt.episodes * opt.steps
local obs, action, A = batch.obs:reshape(n, 1), batch.action:reshape(n, 1), batch.advantage:reshape(n)
local theta, old, log_prob = policy.theta:clone(), policy:dist(obs):detach(), batch.log_prob:reshape(n)

local function look(change) -- L of a whole episode, and KL, at theta + change
  policy.theta:copy_(theta + change)
  local new = policy:dist(obs)
  return ((new:log_prob(action) - log_prob):exp() * A):mean() * opt.steps, old:kl(new):mean()
end

local g = look(rl.zeros(#theta)):grad(policy)
local function F_times(v) -- the gradient of KL a little way along v, since its second derivative is F
  local _, kl = look(1e-2 * v)
  return kl:grad(policy) / 1e-2
end

local x, r, d = rl.zeros(#theta), g:clone(), g:clone() -- conjugate gradients: F x = g
for _ = 1, #theta do
  local Fd, rr = F_times(d), r:dot(r)
  local a = rr / d:dot(Fd)
  x, r = x + a * d, r - a * Fd
  d = r + r:dot(r) / rr * d
end

local function length_for(delta) return math.sqrt(2 * delta / x:dot(F_times(x))) end
local promised, kept = { name = "promised by L", x = {}, y = {} }, { name = "true", y = {} }
local farthest, candidates, COUNT = length_for(1), {}, 40
for i = 0, COUNT do
  local L, kl = look(farthest * (i / COUNT) * x)
  promised.x[i + 1], promised.y[i + 1], candidates[i + 1] = kl:item(), L:item(), policy.theta:totable()
end
local start = look(rl.zeros(#theta)):item()
local function judge(thetas) -- their true returns, of episodes that are the same each time
  return env:evaluate(policy, thetas, { episodes = 4000, common = true, deterministic = false, seed = 1, round = 1 })
end
local returns = judge(candidates)
kept.x = promised.x
for i = 1, #candidates do promised.y[i], kept.y[i] = promised.y[i] - start, returns[i] - returns[1] end

for _, delta in ipairs { 0.01, 0.05, 0.2, 1 } do
  local c = length_for(delta)
  local L, kl = look(c * x)
  while L:item() <= start or kl:item() > delta do
    c = 0.8 * c
    L, kl = look(c * x)
  end
  local rise = judge(policy.theta:reshape(1, -1))[1] - returns[1]
  print(("delta %.2f: KL %.3f, gain k %.3f, L promises %5.2f, it is %6.2f"):format(delta, kl:item(), policy.theta[1],
    L:item() - start, rise))
end
assert(plot.write(opt.figure, { title = "Rise of the return along the natural gradient", x_label = "KL(old, new)",
                                curves = { promised, kept } }))

-- Exercises
-- 1. --set k=-0.6, near the best gain: new policies come to much the same states, and L keeps its word up to KL 0.6.
-- 2. --set log_std=-2: a policy that hardly tries anything. The same KL now moves k by less than half as much.
-- 3. --set episodes=20: the direction itself is luck. L promises up to 11, and the return falls by as much as 43.
