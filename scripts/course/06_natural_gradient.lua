-- 6. The natural gradient: directions that do not depend on how the policy was written down.
--
--     theta  <-  theta + alpha F^-1 g,        F = E[ grad log pi  (grad log pi)' ]      (Kakade 2001; Amari 1998)
--
-- g is the plain gradient of the return: the steepest way up where a step's length is that of the numbers. F, the
-- Fisher matrix, measures a change d of the parameters by what it does to the probabilities of actions, to second
-- order: KL(old, new) ~ 1/2 d'F d. F^-1 g is the steepest way up by that measure, whatever the numbers mean.
--
-- The decks' example: s' = s + a, r = -s^2 - a^2, a ~ N(k s, sigma^2), discount gamma. It has the parameters k and
-- log sigma, and once more k / scale in the place of k: the same policies, one axis in other units. Return, gradient
-- and F are exact, and alpha makes every step, plain or natural, as long as 1/2 d'F d = delta.
local rl = require "rl"
local plot = require "rl.plot"

local opt = rl.options {
  scale = 0.2, delta = 0.02, updates = 60,
  figure = "06_natural_gradient.svg",
}

local problem = { gamma = 0.9, steps = 50, start = 1, noise = 0 }
local best = rl.lqr_gain { gamma = problem.gamma }[1][1]

-- The diagonal of F for k and log sigma, the rest is 0: E[s^2] / sigma^2 and 2, summed over discounted steps.
local function fisher(k, log_std)
  local variance, u, by_k, by_sigma, weight = math.exp(2 * log_std), problem.start ^ 2, 0, 0, 1
  for _ = 1, problem.steps do
    by_k, by_sigma = by_k + weight * u / variance, by_sigma + weight * 2
    u, weight = (1 + k) ^ 2 * u + variance, weight * problem.gamma
  end
  return by_k, by_sigma
end

local function climb(k, log_std, scale, natural)
  local way = { x = { k }, y = { log_std } }
  for i = 1, opt.updates do
    local _, g_k, g_sigma = rl.lqr_return(problem, k, log_std)
    local F_k, F_sigma = fisher(k, log_std)
    g_k, F_k = g_k * scale, F_k * scale ^ 2 -- by k / scale
    local d_k, d_sigma = g_k, g_sigma
    if natural then d_k, d_sigma = d_k / F_k, d_sigma / F_sigma end
    local alpha = math.sqrt(2 * opt.delta / (d_k * F_k * d_k + d_sigma * F_sigma * d_sigma))
    k, log_std = k + scale * alpha * d_k, log_std + alpha * d_sigma
    way.x[i + 1], way.y[i + 1] = k, log_std
  end
  return way
end

local curves = {}
for _, height in ipairs { -1.55, -1.8, -2.5, -4, -7, -12, -20 } do -- lines of equal return; it is higher below them
  local line = { x = {}, y = {}, colour = 7, width = 0.6 }
  for i = 0, 140 do
    local k, low, high = i / 100 - 1.35, -3, 0.3
    local crossed = rl.lqr_return(problem, k, low) > height and rl.lqr_return(problem, k, high) < height
    for _ = 1, 30 do
      local middle = (low + high) / 2
      if rl.lqr_return(problem, k, middle) > height then low = middle else high = middle end
    end
    line.x[i + 1], line.y[i + 1] = k, crossed and low or 0 / 0
  end
  curves[#curves + 1] = line
end
curves[#curves + 1] = { name = "best k", x = { best, best }, y = { -3, 0.3 }, colour = 3, width = 1 }
for i, start in ipairs { { -0.1, 0 }, { -1.3, 0 } } do
  for j, way in ipairs { { "plain", 1, false }, { "plain, rescaled", opt.scale, false }, { "natural", 1, true },
                         { "natural, rescaled", opt.scale, true } } do
    local curve = climb(start[1], start[2], way[2], way[3])
    curve.name, curve.colour, curve.width = i == 1 and way[1] or nil, ({ 2, 5, 1, 6 })[j], j == 3 and 5 or 2
    curves[#curves + 1] = curve
    print(("from k %.1f, %-17s after %d updates k %.3f (best %.3f), log sigma %.2f"):format(start[1], way[1],
      opt.updates, curve.x[#curve.x], best, curve.y[#curve.y]))
  end
end
assert(plot.write(opt.figure, { title = "log sigma over k", x_label = "k", curves = curves, height = 400 }))

-- Exercises
-- 1. --set scale=1: nothing is rescaled, and the plain ways coincide, too.
-- 2. --set scale=5: the plain gradient now runs to the best k and leaves sigma for later. Neither unit is wrong.
-- 3. --set delta=0.5: all ways get near the best k, the natural one with a log sigma of -13: it tries nothing any more.
