-- 1. Finite differences: a gradient from returns alone.
--
--     dJ/dk  ~  (J(k + e) - J(k)) / e            (Peters & Schaal 2008, section 3.1; Kiefer & Wolfowitz 1952)
--
-- J(k) is the expected return of the controller a = k s, e a small change of its one parameter k. With n parameters a
-- gradient takes n + 1 evaluations. Each evaluation is the mean return of some episodes, which is where the trouble
-- lies: the noise of the mean is divided by e, so that a small e drowns in noise, and a large one is off the gradient.
--
-- The problem is the linear-quadratic one in one dimension: the state s moves by s' = s + a + noise, a step earns
-- r = -s^2 - a^2. Its J is known exactly (rl.lqr_return), so that the error of every estimate can be shown.
local rl = require "rl"
local plot = require "rl.plot"

local opt = rl.options {
  episodes = 20,      -- of each evaluation
  repeats = 30,       -- estimates that the error is the root mean square of
  central = false,    -- (J(k + e) - J(k - e)) / 2e instead
  k = -0.3, noise = 0.3, steps = 10,
  figure = "01_finite_differences.svg",
}

local env = rl.env("lqr", { limit = opt.steps, noise = opt.noise, start = 1 })
local policy = rl.policy(env, { hidden = {}, normalize = false }) -- parameters: k, an offset, log sigma
local _, exact = rl.lqr_return({ gamma = 1, steps = opt.steps, start = 1, noise = opt.noise }, opt.k, -20)

local function log10(x) return math.log(x) / math.log(10) end

-- common: both evaluations have the same starts and the same noise, so that most of it cancels in the difference.
local function estimate(e, common, seed)
  local a, b = opt.k + e, opt.central and opt.k - e or opt.k
  local returns = env:evaluate(policy, { { a, 0, 0 }, { b, 0, 0 } },
    { episodes = opt.episodes, common = common, seed = seed, round = 1 })
  return (returns[1] - returns[2]) / (a - b)
end

local curves = { { name = "fresh episodes", common = false }, { name = "the same starts and noise", common = true } }
for _, curve in ipairs(curves) do
  curve.x, curve.y = {}, {}
  for i = 0, 10 do
    local e, sum = 10 ^ (i / 4 - 3), 0
    for seed = 1, opt.repeats do sum = sum + (estimate(e, curve.common, seed) - exact) ^ 2 end
    curve.x[#curve.x + 1] = log10(e)
    curve.y[#curve.y + 1] = log10(math.sqrt(sum / opt.repeats) / math.abs(exact))
  end
end
assert(plot.write(opt.figure, {
  title = "Error of the gradient", x_label = "log10 of the difference e", y_label = "", curves = curves,
}))
print(("exact gradient %.3f; %s shows log10 of the relative error"):format(exact, opt.figure))
for i = 1, #curves[1].x, 2 do
  print(("e = %-7.3g fresh %6.3f, same %6.3f"):format(10 ^ curves[1].x[i], 10 ^ curves[1].y[i], 10 ^ curves[2].y[i]))
end

-- Exercises
-- 1. --set episodes=2000: a hundred times as many episodes, about a tenth of the error where noise makes it, and no
--    less at the right end, where the difference is too large.
-- 2. --set central=true: the error at the right is half of what it was. A difference about k is off by e^2, not by e.
-- 3. --set noise=0: no better. What is left at the left end of "the same starts and noise" is the luck of the starts
--    themselves: all evaluations share it, so no e can help.
