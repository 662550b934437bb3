-- 15. Self-play: the last policy goes in circles, the mean of all so far arrives.
--
--     theta <- theta + lr E[ grad log p(a)  r(a, b) ],     a ~ p = softmax(theta),     b ~ p
--
-- r is what the move a earns against b: the opponent is the policy itself, which learns as well. What beats it today is
-- what it plays tomorrow, and then something else beats it. That the mean over time of what was played comes to where
-- it cannot be beaten, in games of two where one's gain is the other's loss, is known of fictitious play (Brown 1951;
-- Robinson 1951; with networks: Heinrich, Lanctot & Silver 2015). Leagues keep former selves for this reason.
--
-- Rock, paper, scissors: only to play all three equally often cannot be beaten. The figure is how often rock and paper
-- are played. What the best answer would earn is printed, 0 being perfect play.
local rl = require "rl"
local plot = require "rl.plot"

local opt = rl.options {
  updates = 600,
  rounds = 500,       -- to an update
  lr = 0.3,
  bonus = 0,          -- weight of the entropy of p, whose gradient pulls to the middle
  figure = "15_self_play.svg",
}

local beats = rl.tensor { { 0, -1, 1 }, { 1, 0, -1 }, { -1, 1, 0 } } -- row: mine, column: yours

local function softmax(theta)
  local e = (theta - theta:max()):exp()
  return e / e:sum()
end

local function draw(p, u) -- moves, as rows [n, 3] with a single 1, from u uniform in [0, 1)
  local first, second = u:lt(p[1]), u:lt(p[1] + p[2])
  return rl.tensor { first:totable(), (second - first):totable(), (1 - second):totable() }:t()
end

local rng, theta, sum = rl.rng(opt.seed), rl.tensor { 1, 0, 0 }, rl.zeros(3) -- it begins with much rock
local last = { name = "the policy", x = {}, y = {} }
local mean = { name = "the mean of all so far", x = {}, y = {}, width = 2.5 }
for update = 1, opt.updates do
  local p = softmax(theta)
  sum = sum + p
  last.x[update], last.y[update] = p[1], p[2]
  mean.x[update], mean.y[update] = sum[1] / update, sum[2] / update
  local mine, yours = draw(p, rng:uniform(opt.rounds)), draw(p, rng:uniform(opt.rounds))
  local r = (mine:matmul(beats) * yours):sum(2):reshape(-1, 1)
  local entropy_gradient = -(p * (p:log() - (p * p:log()):sum()))
  theta = theta + opt.lr * (((mine - p) * r):mean(1) + opt.bonus * entropy_gradient) -- grad log p(a) is a less p
end

local function report(name, p)
  print(("%-23s rock %.2f, paper %.2f, scissors %.2f; the best answer earns %.2f"):format(name, p[1], p[2], p[3],
    beats:matmul(p:reshape(3, 1)):max()))
end
report(last.name, softmax(theta))
report(mean.name, sum / opt.updates)
local middle = { name = "cannot be beaten", x = { 1 / 3 - 0.01, 1 / 3 + 0.01 }, y = { 1 / 3, 1 / 3 }, width = 5 }
assert(plot.write(opt.figure, { title = "Paper over rock", x_label = "share of rock", curves = { last, mean, middle },
                                height = 400 }))

-- Exercises
-- 1. --set updates=3000: the circles widen, and the best answer earns 0.90 from the policy, 0.01 from the mean.
-- 2. --set lr=1: they widen sooner: 0.96, and 0.04 from the mean.
-- 3. --set bonus=0.1: what is lost by being predictable is made good by a bonus for not being so, and the policy itself
--    ends in the middle: 0.02.
