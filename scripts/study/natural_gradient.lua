-- Why natural gradients? The one-dimensional linear-quadratic problem (Kakade 2002; Peters & Schaal 2008): s' = s + a,
-- r = -s^2 - a^2, a Gaussian policy a ~ N(k s, sigma^2) with parameters k and log sigma, discount 0.9.
--
--   build/rlrun scripts/study/natural_gradient.lua         a minute; prints the paths, writes natural_gradient.html
--
-- The best gain is known exactly, by the Riccati equation, and so is the expected return (rl.lqr_return), whose
-- contours the picture shows. With the largest learning rate that the steepest start allows, the plain gradient has
-- made sigma small while the gain is still far off, and is then very slow; the natural gradient measures a step by how
-- much it changes the actions, and goes to the best gain straight. With a fixed step it slows down as sigma^2 does;
-- with a fixed KL each update goes equally far, until the noise of the estimate is all that is left to follow.
local rl = require "rl"

local opt = rl.options {
  updates = 100,
  copies = 1000, -- episodes an update
  lr = 0.1,      -- of the plain gradient: 0.5 diverges from k = -0.1, sigma = 1
  step = 0.5,    -- of the natural gradient
  max_kl = 0.01, -- or how far it goes each time
}

local problem = { gamma = 0.9, steps = 50, start = 1, noise = 0 }
local best = rl.lqr_gain { gamma = problem.gamma }[1][1]
local starts = { { -0.1, 0 }, { -1.3, 0 }, { -0.1, -1.5 }, { -1.2, -1 } } -- k, log sigma
local K, LOG_STD = { -1.5, 0.1, label = "gain k" }, { -2.5, 0.3, label = "log &sigma;" } -- what is shown
local ROWS = { 0, 5, 10, 20, 50, 100, 200, 500, 1000 } -- updates that are printed

-- What the three share: the likelihood-ratio gradient of the discounted return, with a learnt baseline.
local VALUE_LR = 3e-3
local estimator = {
  episodes = true, advantage = "baseline", discounted_gradient = true, normalize_advantage = false,
  gamma = problem.gamma, epochs = 3, minibatch = 1000, max_grad_norm = 0,
}
local methods = {
  { label = "plain gradient", color = "#c0392b", make = rl.reinforce,
    options = { sgd = true, lr = opt.lr, value_lr = VALUE_LR } },
  { label = "natural, fixed step", color = "#2471a3", make = rl.npg,
    options = { step = opt.step, damping = 0, lr = VALUE_LR } },
  { label = "natural, fixed KL", color = "#1e8449", make = rl.npg,
    options = { max_kl = opt.max_kl, damping = 0, lr = VALUE_LR } },
}

local function merge(...)
  local result = {}
  for i = 1, select("#", ...) do
    for name, value in pairs((select(i, ...))) do result[name] = value end
  end
  return result
end

-- The path { { k, log sigma }, ... } of a method, until it leaves the picture below.
local function walk(method, start)
  local env = rl.env("lqr", { n = opt.copies, seed = opt.seed, limit = problem.steps, start = problem.start,
                              noise = problem.noise })
  local policy = rl.policy(env, { hidden = {}, normalize = false })
  policy.theta:copy_ { start[1], 0, start[2] } -- gain, bias, log sigma
  local parts = { env = env, policy = policy, value = rl.value(env, { hidden = { 32 } }), seed = opt.seed }
  local learner = method.make(merge(estimator, method.options, parts))
  local path = { { start[1], start[2] } }
  for i = 1, opt.updates do
    learner:update(learner:collect(problem.steps))
    path[i + 1] = { policy.theta[1], policy.theta[3] }
    if path[i + 1][2] < LOG_STD[1] then break end
  end
  return path
end

-- The first update whose gain is within 5% of the best, and what sigma is then.
local function arrival(path)
  for i, point in ipairs(path) do
    if math.abs(point[1] / best - 1) <= 0.05 then
      return ("update %d, sigma %.3f"):format(i - 1, math.exp(point[2]))
    end
  end
  return ("not in %d updates"):format(#path - 1)
end

local function print_paths(start, paths)
  print(("\nfrom k %.2f, sigma %.3f"):format(start[1], math.exp(start[2])))
  print("| update | plain: k, sigma | natural, fixed step | natural, fixed KL |\n|---|---|---|---|")
  for _, i in ipairs(ROWS) do
    local cells = {}
    for m, path in ipairs(paths) do
      local point = path[i + 1]
      cells[m] = point and ("%.3f, %.3f"):format(point[1], math.exp(point[2])) or ""
    end
    if i <= opt.updates then print(("| %d | %s |"):format(i, table.concat(cells, " | "))) end
  end
  local cells = {}
  for m, path in ipairs(paths) do cells[m] = arrival(path) end
  print(("| gain within 5%% | %s |"):format(table.concat(cells, " | ")))
end

print(("best gain, by the Riccati equation: %.4f; expected return there with sigma = 0: %.4f"):format(best,
  (rl.lqr_return(problem, best, -20))))
local drawn = {}
for _, start in ipairs(starts) do
  local paths = {}
  for m, method in ipairs(methods) do
    paths[m] = walk(method, start)
    drawn[#drawn + 1] = { label = method.label, color = method.color, points = paths[m], mark = 10 }
  end
  print_paths(start, paths)
end

local run = rl.run { name = "natural_gradient", options = opt }
local picture = run:path("natural_gradient.html")
assert(rl.contour(picture, {
  title = "Plain and natural gradient on a linear-quadratic problem",
  note = ("Contours: the exact expected return. A dot every 10 updates of %d episodes each. Plain: lr %g; natural: " ..
    "step %g, or KL %g."):format(opt.copies, opt.lr, opt.step, opt.max_kl),
  x = K, y = LOG_STD, paths = drawn,
  line = { x = best, label = ("Riccati: k = %.3f"):format(best) },
  f = function(k, log_std) return (rl.lqr_return(problem, k, log_std)) end,
  levels = { -1.45, -1.5, -1.6, -1.8, -2.1, -2.5, -3, -4, -5, -7, -10, -15, -25, -50 },
}))
run:finish()
print("open " .. picture)
