-- All derivative-free methods side by side: on the standard functions, and on the controller of one creature. And ARS,
-- OpenAI-ES and CMA-ES with the settings that were published for them, on BipedalWalker.
--
--   build/rlrun scripts/study/search_methods.lua                              the first two, some minutes on two cores
--   build/rlrun scripts/study/search_methods.lua --set functions=false --set env=biped --set only=cma
--   build/rlrun scripts/study/search_methods.lua --published --out study      the last, hours; --task I/15: a share
--   build/rlrun scripts/study/search_methods.lua --published --report study   its table, as far as all seeds have come
--   build/rlrun report --metric test_return --svg curves.svg study            its curves
--
-- Functions: evaluations until f <= target from x0 ~ U[-4, 4]^n with a deviation of 2, median of the runs that get
-- there and how many do. Creature: the return of a linear policy after as many episodes for every method; of the mean
-- of the search, not of its best candidate, whose return is also chance. Methods whose step does not adapt (ARS,
-- OpenAI-ES, finite differences, PI2's deviation) have one that falls at a rate which suits the sphere, the same for
-- all functions. Published settings: a linear policy from zero, normalised observations, 64 episodes an iteration and
-- .1 taken off each step (rl-zoo) for all three; the mean is judged by 20 episodes.
local rl = require "rl"
local study = require "rl.study"

local opt = rl.options {
  functions = true,
  dimension = 10,
  runs = 11,
  target = 1e-6,
  budget = 100000,    -- evaluations of a run
  creature = true,
  env = "hopper",
  seeds = 3,
  episodes = 6400,    -- of a training, all candidates together
  only = "",          -- the methods whose name contains this
  published = false,  -- the third part, alone
  method = "",        -- of it: one of PUBLISHED, else all
  iterations = 200, test_every = 10,
  report = "",        -- a folder with its runs
}

-- The schedule of a step that shrinks by `factor` each iteration.
local function falling(first, factor) return function(iteration) return first * factor ^ iteration end end

-- What a method wants beside its defaults: f, on a function; env, for a linear policy.
local METHODS = {
  { "CMA-ES", "cmaes", f = { sigma = 2 }, env = { sigma = 0.3, popsize = 32 } },
  { "CMA-ES, not active", "cmaes", f = { sigma = 2, active = false },
    env = { sigma = 0.3, popsize = 32, active = false } },
  { "CMA-ES, separable", "cmaes", f = { sigma = 2, diagonal = true },
    env = { sigma = 0.3, popsize = 32, diagonal = true } },
  { "CMA-ES, IPOP", "cmaes", f = { sigma = 2, restarts = "ipop" } },
  { "CMA-ES, BIPOP", "cmaes", f = { sigma = 2, restarts = "bipop" } },
  { "CEM", "cem", f = { sigma = 2, elite = 0.3 }, env = { sigma = 0.5, popsize = 64, elite = 0.2 } },
  { "CEM, noisy", "cem", f = { sigma = 2, elite = 0.2, noise = falling(1, 0.85) },
    env = { sigma = 0.5, popsize = 64, elite = 0.2, noise = falling(0.05, 0.97) } },
  { "RWR", "rwr", f = { sigma = 2 }, env = { sigma = 0.5, popsize = 64 } },
  { "PI2", "pi2", f = { sigma = 2, decay = 0.93 }, env = { sigma = 0.5, popsize = 64, decay = 0.98 } },
  { "PI2-CMA", "pi2", f = { sigma = 2, adapt = true, full = true },
    env = { sigma = 0.5, popsize = 64, adapt = true } },
  { "PoWER", "power", env = { sigma = 0.3, popsize = 32, decay = 0.99 }, shift = true },
  { "ARS", "ars", f = { sigma = 1e-4, lr = falling(0.5, 0.995) },
    env = { sigma = 0.1, lr = 0.05, directions = 16, top = 8 } },
  { "OpenAI-ES", "openai_es", f = { sigma = 1e-4, lr = falling(0.2, 0.99), weight_decay = 0, directions = 10 },
    env = { sigma = 0.1, lr = 0.05, directions = 32 } },
  { "finite differences", "finite_difference", f = { sigma = 1e-4, lr = falling(1, 0.995), normalize = true },
    env = { sigma = 0.1, lr = 0.3, directions = 64, normalize = true } },
  { "hill climbing", "hill_climb", f = { sigma = 2 }, env = { sigma = 0.3, popsize = 32 } },
}
-- ARS: its paper's steps for HalfCheetah, half of the directions as rl-zoo on this body. OpenAI-ES: its paper. CMA-ES:
-- full covariance; sigma and popsize are ours.
local PUBLISHED = {
  ars = { lr = 0.02, sigma = 0.03, directions = 32, top = 16 },
  openai_es = { lr = 0.01, sigma = 0.02, directions = 32 },
  cmaes = { sigma = 0.1, popsize = 64 },
}
local FUNCTIONS = { "sphere", "ellipsoid", "cigar", "discus", "rosenbrock", "different_powers", "rastrigin" }

local function create(method, own, common)
  local options = {}
  for name, value in pairs(own) do options[name] = value end
  for name, value in pairs(common) do options[name] = value end
  return rl[method[2]](options)
end

-- Evaluations to the target, or nil.
local function solve(method, f, seed)
  local rng, x0 = rl.rng(seed, opt.dimension), {}
  for i = 1, opt.dimension do x0[i] = 8 * rng:uniform() - 4 end
  local es = create(method, method.f, { x0 = x0, seed = seed, minimize = true, target = opt.target,
                                        max_evaluations = opt.budget })
  while not es:stop() do
    local x, values, finite = es:ask_lists(), {}, false
    for k = 1, #x do
      values[k] = f(x[k])
      finite = finite or math.abs(values[k]) < math.huge
    end
    if not finite then return nil end -- the search has diverged
    es:tell(x, values)
  end
  return es.best_return <= opt.target and es.evaluations or nil
end

-- The return of the mean after opt.episodes episodes.
local function train(method, seed)
  local env = rl.env(opt.env, { seed = seed })
  local policy = rl.policy(env, { hidden = {}, seed = seed })
  local es = create(method, method.env, { x0 = policy.theta, seed = seed, max_evaluations = opt.episodes })
  env:evaluate(policy, rl.rng(seed):normal(32, policy.theta:shape()[1]) * 0.3, { observe = true, seed = seed })
  while not es:stop() do
    local x = es:ask()
    local returns = env:evaluate(policy, x, { seed = seed, round = es.iterations })
    if method.shift then returns = returns - returns:min() end -- PoWER weighs by returns, which must not be negative
    es:tell(x, returns)
  end
  policy.theta:copy_(es.mean)
  return env:evaluate(policy, { episodes = 20, seed = seed + 1000 }).mean_return
end

-- A run of one method with its published settings.
local function train_published(task)
  local env = rl.env("bipedal_walker", { seed = task.seed })
  local policy = rl.policy(env, { hidden = {}, std = "fixed", seed = task.seed })
  policy.theta:zero_()
  local options = { x0 = policy.theta, seed = task.seed }
  for name, value in pairs(PUBLISHED[task.method]) do options[name] = value end
  local es = rl[task.method](options)
  local run = rl.run { name = "published", options = task, env = env, policy = policy, search = es,
                       iterations = task.iterations, state = { episodes = 0 } }
  for i in run:iterations() do
    local x = es:ask()
    local returns, stats, lengths = env:evaluate(policy, x, { observe = true })
    es:tell(x, returns - 0.1 * lengths)
    policy.theta:copy_(es.mean)
    run.state.episodes = run.state.episodes + stats.episodes
    local row = { episodes = run.state.episodes, mean_return = returns:mean(), length = lengths:mean() }
    if i % task.test_every == 0 then
      row.test_return = env:evaluate(policy, { episodes = 20, seed = task.seed + i }).mean_return
    end
    run:log(i, row)
  end
  run:finish()
end

local function row(cells) print("| " .. table.concat(cells, " | ") .. " |") end

-- One line a method, one cell a column: cell(method, column).
local function print_table(title, methods, columns, cell)
  local head, rule = { "method" }, { "---" }
  for _, column in ipairs(columns) do head[#head + 1], rule[#rule + 1] = column, "---" end
  print("\n" .. title .. "\n")
  row(head)
  row(rule)
  for _, method in ipairs(methods) do
    local cells = { method[1] }
    for _, column in ipairs(columns) do cells[#cells + 1] = cell(method, column) end
    row(cells)
    io.stdout:flush()
  end
end

local function chosen(part)
  local list = {}
  for _, method in ipairs(METHODS) do
    if method[part] and method[1]:lower():find(opt.only:lower(), 1, true) then list[#list + 1] = method end
  end
  if #list == 0 then error(("no method's name contains %q"):format(opt.only), 0) end
  return list
end

-- The means of all seeds by the number of episodes; how many walk, which gives more than 0.
local function report_published()
  local columns, reached = {}, {}
  for run in study.runs(opt.report) do
    local of_method = reached[run.config.options.method] or {}
    reached[run.config.options.method] = of_method
    of_method[#of_method + 1] = {}
    for k = 1, run.rows do of_method[#of_method][run.values.iteration[k]] = run.values.test_return[k] end
  end
  for i = 40, opt.iterations, 40 do columns[#columns + 1] = ("%d episodes"):format(64 * i) end
  local methods = {}
  for name in pairs(PUBLISHED) do methods[#methods + 1] = { name } end
  table.sort(methods, function(a, b) return a[1] < b[1] end)
  local title = "bipedal_walker: return of the search's mean, mean over seeds, 95% by Student's t (runs above 0)"
  print_table(title, methods, columns, function(method, column)
    local returns, above, runs_of = {}, 0, reached[method[1]] or {}
    for _, run in ipairs(runs_of) do
      local x = run[tonumber(column:match("%d+")) / 64]
      if not x or x ~= x then return "" end
      returns[#returns + 1], above = x, above + (x > 0 and 1 or 0)
    end
    return ("%.0f ± %.0f (%d of %d)"):format(rl.statistics.mean(returns), rl.statistics.half_width(returns), above,
      #returns)
  end)
end

if opt.published and opt.report ~= "" then
  report_published()
  return
end

if opt.published then
  local seeds = {}
  for i = 1, 5 do seeds[i] = 7001003 * i + 17 end
  for task in rl.tasks({ method = { "ars", "cmaes", "openai_es" }, seed = seeds }, opt) do train_published(task) end
  return
end

if opt.functions then
  local function cell(method, name)
    local found = {}
    for run = 1, opt.runs do found[#found + 1] = solve(method, rl.functions[name], 1000 * opt.seed + run) end
    return #found > 0 and ("%.0f (%d)"):format(rl.statistics.median(found), #found) or "-"
  end
  local title = "Evaluations to %g in %d dimensions: median of the runs that get there within %d, how many of %d do"
  print_table(title:format(opt.target, opt.dimension, opt.budget, opt.runs), chosen("f"), FUNCTIONS, cell)
end

if opt.creature then
  local seeds = {}
  for i = 1, opt.seeds do seeds[i] = ("seed %d"):format(opt.seed + i - 1) end
  local title = "%s: return of a linear policy after %d episodes"
  print_table(title:format(opt.env, opt.episodes), chosen("env"), seeds, function(method, seed)
    return ("%.1f"):format(train(method, tonumber(seed:match("%d+"))))
  end)
end
