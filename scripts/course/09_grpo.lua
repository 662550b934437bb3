-- 9. GRPO: episodes that began alike in the place of a critic.
--
--     A_i  =  (R_i - mean(R_1 ... R_G)) / std(R_1 ... R_G)               (Shao et al. 2024)
--
-- G episodes begin in the same state (with language models: answers to the same prompt), R_i is the return of one of
-- them, and A_i the advantage of each of its actions, in the objective of script 8. What the start was worth is the
-- same for all of a group and falls out; no value has to be learnt. What is lost is when in the episode it was earned.
--
-- The linear-quadratic problem with starts that differ much, so that most of a return is the luck of the start. The
-- figure has the gain k of runs that compare within groups, and of runs that compare every episode with all others.
local rl = require "rl"
local plot = require "rl.plot"

local opt = rl.options {
  group = 8,
  copies = 64,       -- episodes of a batch, in groups
  start = 2,         -- deviation of the first state
  updates = 60,
  lr = 0.02,
  runs = 3,
  figure = "09_grpo.svg",
}

local function learn(settings, seed)
  local env = rl.env("lqr", { n = opt.copies, seed = seed, limit = 10, start = opt.start })
  local policy = rl.policy(env, { hidden = {}, normalize = false, std = "fixed", log_std = -1, seed = seed })
  settings.env, settings.policy, settings.seed = env, policy, seed
  settings.gamma, settings.lr, settings.minibatch = 1, opt.lr, 0
  local grpo = rl.grpo(settings)
  local gains = { policy.theta[1] }
  for update = 1, opt.updates do
    grpo:update(grpo:collect(10))
    gains[update + 1] = policy.theta[1]
  end
  return gains
end

local best = rl.lqr_gain { gamma = 1 }[1][1]
local curves = { { name = "best", x = { 0, opt.updates }, y = { best, best }, colour = 3 } }
local ways = {
  { name = "all with all", colour = 2,
    settings = function() return { group = 1, advantage = "constant_baseline", normalize_advantage = true } end },
  { name = "groups of " .. opt.group, colour = 1, settings = function() return { group = opt.group } end },
}
for _, way in ipairs(ways) do
  local off, count = 0, 0
  for run = 1, opt.runs do
    local curve = { name = run == 1 and way.name or nil, colour = way.colour, x = {} }
    curve.y = learn(way.settings(), opt.seed + run - 1)
    for i = 1, #curve.y do
      curve.x[i] = i - 1
      if i > #curve.y / 2 then off, count = off + (curve.y[i] - best) ^ 2, count + 1 end
    end
    curves[#curves + 1] = curve
  end
  print(("%-12s off the best gain by %.3f in the second half (root mean square)"):format(way.name,
    math.sqrt(off / count)))
end
assert(plot.write(opt.figure, { title = "Gain k", x_label = "updates", curves = curves }))

-- Exercises
-- 1. --set start=0.1: starts that hardly differ, and groups gain nothing.
-- 2. --set group=2, and group=64, one start for the whole batch: both a little worse than 8. A pair says little about
--    what is normal for a start, and one start little about the others.
-- 3. --set copies=512: eight times as many episodes do for "all with all" what groups did with 64.
