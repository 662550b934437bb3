-- Body and control together: CMA-ES over the sizes of a creature, the strength and the paths of its muscles, and the
-- numbers of its controller at once, against the controller alone on the starting body. Both may look at the same
-- number of episodes; several seeds.
--
--   build/rlrun scripts/codesign.lua                                the strider on muscles
--   build/rlrun scripts/codesign.lua --set creature=gnome --set seeds=3 --set generations=60
--   build/rlrun scripts/codesign.lua --set actuation=motors         motors driven by a linear policy
--
-- A table at the end compares them. The run's folder keeps the best design of all (design.lua, a data file that
-- rl.load_design reads) and a replay of it.
local rl = require "rl"

local opt = rl.options {
  creature = "strider",    -- a creature of rl.creatures
  actuation = "muscles",   -- with a gait of their own; or motors, with a linear policy
  speed = 1.2,             -- m/s that the reward asks for
  slowest = 0.4,           -- share of the speed; slower after the first second ends an episode of the search
  seconds = 10,            -- of an episode
  generations = 120,
  popsize = 24,
  episodes = 1,            -- of each candidate
  sigma = 1,               -- initial step, in the standard deviations that the parameters are described with
  seeds = 5,
  test_episodes = 20,
}

local creature = rl.creatures[opt.creature] or error("no creature of rl.creatures: " .. opt.creature)
local function mean(value) return value end

local function environment(body, done)
  return rl.env(body, { time_limit = opt.seconds, target_speed = opt.speed, reset_noise = 0.01, done = done })
end

-- To stand is easier than to walk: a search that is rewarded for standing does not learn to walk.
local function fallen_or_slow(s)
  return s.fallen > 0 or s.time > 1 and math.abs(s.recent_speed) < opt.slowest * math.abs(opt.speed)
end

local start = creature.design(mean, opt.actuation)
local plain = environment(creature.build(start))
local env = environment(creature.build(start), fallen_or_slow)
local policy = opt.actuation == "motors" and rl.policy(env, { hidden = {}, std = "fixed", normalize = false }) or nil
local run = rl.run {
  name = "codesign_" .. opt.creature, options = opt, env = env, iterations = 2 * opt.seeds * opt.generations,
  state = { found = {}, refused = 0 },
}

-- The parts of a design that are control; the rest is body.
local CONTROL = { policy = true, transition = true, features = true, feedback = true, start = true }

-- The creature's design with its control free, and its body too or as it starts.
local function free(body_too)
  local design = creature.design(rl.param, opt.actuation)
  for part in pairs(design) do
    if not body_too and not CONTROL[part] then design[part] = start[part] end
  end
  if policy then
    design.policy = {}
    for i = 1, policy.theta:shape()[1] do design.policy[i] = rl.param(0, 0.3) end
  end
  return design
end

local spaces = { rl.space(free(false)), rl.space(free(true)) }

-- Mean returns of candidates of a space in an environment, and what they cost.
local function evaluate(where, space, candidates, options)
  local bodies, controllers = {}, {}
  for k = 1, #candidates do
    local design = space:decode(candidates[k])
    bodies[k], controllers[k] = creature.build(design), design.policy
  end
  if policy then options.policy, options.candidates = policy, controllers end
  return where:evaluate_designs(bodies, options)
end

local function finite_mean(returns)
  local sum, n = 0, 0
  for i = 1, #returns do
    local value = returns:get(i)
    if value == value then sum, n = sum + value, n + 1 end
  end
  return sum / n
end

-- Searches in turn: of each seed the controls alone, and the body too.
local state, es = run.state, nil
local function space_of(search) return spaces[search % 2 == 1 and 1 or 2] end
local function seed_of(search) return math.ceil(search / 2) end

local function begin(search)
  return rl.cmaes { space = space_of(search), sigma = opt.sigma, popsize = opt.popsize, seed = seed_of(search),
                    max_iterations = opt.generations }
end

-- Tested on episodes that the search has not seen: the best candidate, whose return also owes something to chance,
-- and the mean.
local function test(search)
  local returns, _, details = evaluate(plain, space_of(search), { es:best_list(), es:mean_list() }, {
    episodes = opt.test_episodes, seed = 1e6 + seed_of(search), round = 0, common = true, details = true,
  })
  local best = details[1]
  return { best = returns:get(1), mean = returns:get(2), x = es:best_list(), refused = state.refused,
           speed = best.fields.x / best.fields.time, falls = best.terminated }
end

for iteration in run:iterations() do
  local search = #state.found + 1
  es = es or run:keep("search", begin(search))
  local seed, x = seed_of(search), es:ask()
  local returns, stats = evaluate(env, space_of(search), x, { episodes = opt.episodes, seed = seed })
  if stats.refused == opt.popsize then error("every design was refused: " .. stats.reasons[1]) end
  es:tell(x, returns)
  state.refused = state.refused + stats.refused
  run:log(iteration, {
    seed = seed, parameters = #space_of(search), mean_return = finite_mean(returns), best_return = es.best_return,
    sigma = es.sigma, steps = stats.steps, refused = stats.refused,
  })
  if es:stop() then
    state.found[search] = test(search)
    es, state.refused = run:keep("search", nil), 0
  end
  if #state.found == 2 * opt.seeds then break end -- a search may end early
end
if es and es.best then state.found[#state.found + 1] = test(#state.found + 1) end -- was interrupted

local rows, winner, winning = {}, nil, nil
for search, found in ipairs(state.found) do
  local seed = seed_of(search)
  rows[seed] = rows[seed] or {}
  table.insert(rows[seed], found)
  if not winner or found.best > winner.best then winner, winning = found, search end
end

-- The best design of all: saved, and shown.
if winner then
  local space = space_of(winning)
  local design = space:decode(winner.x)
  assert(space:save(run:path("design.lua"), design))
  if policy then policy.theta:copy_(design.policy) end
  run:replay(environment(creature.build(design)):record(policy or "zero", {
    title = ("%s: best design of %d seeds"):format(opt.creature, opt.seeds), seed = 1e6,
  }))
end
run:finish()

print(("%d episodes a search; returns of %d fresh ones: the best candidate's (its speed and falls), the mean's"):format(
  opt.generations * opt.popsize * opt.episodes, opt.test_episodes))
print(("seed  control alone, %3d parameters        body and control, %3d parameters"):format(#spaces[1], #spaces[2]))
local function cell(r) return ("%7.2f (%5.2f m/s, %3.0f%%) %7.2f"):format(r.best, r.speed, 100 * r.falls, r.mean) end
local sums, wins = { 0, 0 }, 0
for seed, row in ipairs(rows) do
  print(("%4d  %s     %s   %d designs refused"):format(seed, cell(row[1]), cell(row[2]), row[2].refused))
  for i = 1, 2 do sums[i] = sums[i] + row[i].best / opt.seeds end
  wins = wins + (row[2].best > row[1].best and 1 or 0)
end
print(("mean  %7.2f                            %7.2f   body and control better in %d of %d"):format(
  sums[1], sums[2], wins, opt.seeds))
