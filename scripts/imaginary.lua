-- Imaginary bipeds learn to walk on their muscles: one CMA-ES run a creature over everything that its design leaves
-- free: the strength and the paths of its muscles, the states, targets and gains of its gait, and its first moment.
--
--   build/rlrun scripts/imaginary.lua                                  all three, about half an hour on two cores
--   build/rlrun scripts/imaginary.lua --set creature=strider --set speed=2
--   build/rlrun scripts/imaginary.lua --set body=true                  sizes of the body are free too
--   build/rlrun scripts/imaginary.lua --set creature=gnome --set load=scripts/designs/gnome_1.2.lua     show a design
--
-- Each leaves a folder with its best design (design.lua), a replay of it, and the progress of the search.
local rl = require "rl"

local opt = rl.options {
  creature = "",       -- one of rl.creatures; all imaginary ones when empty
  speed = 1.2,         -- m/s
  gravity = 9.81,      -- m/s^2
  seconds = 10,        -- of an episode
  slowest = 0.4,       -- share of the speed; slower after the first second ends an episode of the search: one that is
                       -- rewarded for standing does not learn to walk
  body = false,        -- lengths and radii of the body too
  generations = 400,
  popsize = 24,
  episodes = 1,        -- of each candidate; all begin a little differently
  sigma = 1,           -- initial step, in the standard deviations of the design's parameters
  reset_noise = 0.01,  -- rad and m/s by which an episode begins otherwise
  test_episodes = 20,
  load = "",           -- a design to show instead of a search
}

local function mean(value) return value end

local function environment(creature, done)
  return rl.env(creature, {
    time_limit = opt.seconds, target_speed = opt.speed, gravity = opt.gravity, reset_noise = opt.reset_noise,
    done = done,
  })
end

local function fallen_or_slow(s)
  return s.fallen > 0 or s.time > 1 and math.abs(s.recent_speed) < opt.slowest * math.abs(opt.speed)
end

-- The best design found by a search, from the means of a creature's parameters on.
local function search(module, space, env, es, run)
  for generation in run:iterations() do
    local x, creatures = es:ask(), {}
    for k = 1, #x do creatures[k] = module.build(space:decode(x[k])) end
    local returns, stats, details = env:evaluate_designs(creatures, { episodes = opt.episodes, details = true })
    if stats.refused == #x then error("every design was refused: " .. stats.reasons[1]) end
    es:tell(x, returns)
    local sum, fields, seconds, best = 0, nil, 0, -math.huge
    for _, detail in ipairs(details) do
      if not detail.refused then sum = sum + detail["return"] end
      if not detail.refused and detail["return"] > best then
        fields, seconds, best = detail.fields, detail.length * env.dt, detail["return"]
      end
    end
    run:log(generation, {
      steps = stats.steps, mean_return = sum / (#x - stats.refused), best_return = es.best_return, sigma = es.sigma,
      refused = stats.refused, best_seconds = seconds, best_distance = fields.x,
    })
  end
  return space:decode(es:best_list() or es:mean_list())
end

local function walk(name)
  local module = rl.creatures[name] or error("no creature of rl.creatures: " .. name)
  local free = module.design(rl.param, "muscles")
  if not opt.body then free.body = module.design(mean, "muscles").body end
  local space = rl.space(free)
  local start = module.build(module.design(mean, "muscles"))
  local env, search_env = environment(start), environment(start, fallen_or_slow)
  local es = opt.load == "" and rl.cmaes { space = space, sigma = opt.sigma, popsize = opt.popsize,
                                           max_iterations = opt.generations } or nil
  local run = rl.run { name = "imaginary_" .. name, options = opt, env = env, envs = { search_env }, search = es,
                       iterations = opt.generations }
  local design = es and search(module, space, search_env, es, run) or assert(rl.load_design(opt.load))
  local creature = module.build(design)
  local _, _, details = env:evaluate_designs({ creature }, {
    episodes = opt.test_episodes, seed = 1e6, round = 0, details = true,
  })
  assert(space:save(run:path("design.lua"), design))
  run:replay(environment(creature):record("zero", { title = name .. ": best design", seed = 1e6 }))
  run:finish()
  local test = details[1]
  return {
    name = name, parameters = #space, result = test["return"], falls = test.terminated,
    seconds = test.length * env.dt, speed = test.fields.x / test.fields.time,
    cost = test.fields.cost_of_transport,
  }
end

local names = {}
for name, module in pairs(rl.creatures) do
  local imaginary = module.design(mean, "muscles").physiology
  if opt.creature == name or opt.creature == "" and imaginary then names[#names + 1] = name end
end
table.sort(names)
local rows = {}
for i, name in ipairs(names) do rows[i] = walk(name) end

print(("%d fresh episodes of at most %g s each; %g m/s wanted, at %g m/s^2"):format(opt.test_episodes, opt.seconds,
  opt.speed, opt.gravity))
print("creature   parameters  return  upright, s  falls  speed, m/s  cost of transport, J/(kg m)")
for _, row in ipairs(rows) do
  print(("%-10s %10d %7.2f %11.2f %5.0f%% %11.2f %12.1f"):format(row.name, row.parameters, row.result, row.seconds,
    100 * row.falls, row.speed, row.cost))
end
