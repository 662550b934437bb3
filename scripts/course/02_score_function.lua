-- 2. The score function: make what was rewarded more likely.
--
--     grad_mu E[r(a)]  =  E[ grad_mu log p(a) r(a) ],   grad_mu log p(a) = (a - mu) / sigma^2
--
-- for actions a drawn from a Gaussian with mean mu and deviation sigma in each direction (Aleksandrov, Sysoyev &
-- Shemeneva 1968; Williams 1992, REINFORCE). The score, grad log p, points from the mean to the action, and each arrow
-- weighs what the action earned. Nothing is asked of the reward but its values: here it is 1 in a disc and 0 outside,
-- with a gradient of 0 wherever there is one.
--
-- A problem of one step in the plane: the figure is the way of the mean into the disc.
local rl = require "rl"
local plot = require "rl.plot"

local opt = rl.options {
  sigma = 0.7,
  samples = 200,    -- actions to a step
  updates = 60,
  lr = 0.2,
  offset = 0,       -- added to every reward, which changes no preference
  figure = "02_score_function.svg",
}

local disc = { x = 2, y = 1, radius = 1 }
local function reward(a) -- [n, 2] -> [n, 1]
  local distance = (a - rl.tensor { disc.x, disc.y }):square():sum(2):sqrt()
  return distance:le(disc.radius):reshape(-1, 1) + opt.offset
end

local rng, mu = rl.rng(opt.seed), rl.tensor { 0, 0 }
local way = { name = "the mean", x = { 0 }, y = { 0 }, width = 2.5 }
local earned
for update = 1, opt.updates do
  local a = mu + opt.sigma * rng:normal(opt.samples, 2)
  earned = reward(a)
  local score = (a - mu) / opt.sigma ^ 2
  mu = mu + opt.lr * (score * earned):mean(1) -- uphill, along the estimate
  way.x[update + 1], way.y[update + 1] = mu[1], mu[2]
end

local circle = { name = "where an action earns 1", x = {}, y = {} }
for i = 0, 60 do
  local angle = i / 60 * 2 * math.pi
  circle.x[i + 1], circle.y[i + 1] = disc.x + disc.radius * math.cos(angle), disc.y + disc.radius * math.sin(angle)
end
assert(plot.write(opt.figure, { title = "Ascent without a derivative", curves = { way, circle }, x_label = "a1" }))
print(("the mean is at %.2f, %.2f; of the last %d actions earned on average %.2f"):format(mu[1], mu[2], opt.samples,
  earned:mean()))

-- Exercises
-- 1. --set sigma=0.3: the mean stays at 0, 0. No action has reached the disc, so every estimate is 0: a policy gradient
--    learns from what it has tried.
-- 2. --set offset=10: a reward of 10 or 11 in place of 0 or 1 changes no preference, and the mean is lost. The expected
--    gradient is the same; --set samples=20000 finds the disc again. Script 4 does it for less.
-- 3. --set samples=5: it comes into the disc as well, by a crooked way.
