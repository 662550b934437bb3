-- One human on muscles at several speeds, and on the Moon: for each a CMA-ES run over the numbers that
-- scripts/muscle_walk.lua searches, begun where the run of the nearest speed ended. Slow walking, walking and running
-- are to come out of the same reflexes.
--
--   build/rlrun scripts/speeds.lua                               five minutes a speed
--   build/rlrun scripts/speeds.lua --set speeds="1.3 1.5 1.7" --set minutes=10
--   build/rlrun scripts/speeds.lua --set load=runs/.../design.lua --set first=1.3      from the design of a walk
--
-- The order is outwards from `first`. A search gets the mean of its neighbour's, the proportions of its spread, and its
-- best candidate. Elsewhere than on Earth speeds are those of the same Froude number: first * sqrt(gravity / 9.81); on
-- the way to the Moon the search also stops at Mars. Each leaves a folder with its design and a replay; the table is
-- printed at the end.
local rl = require "rl"

local opt = rl.options {
  creature = "reflex_human",
  load = "",                    -- begins here instead
  speeds = "0.8 1.3 1.8 2.5",   -- m/s, on Earth
  gravities = "3.72 1.62",      -- m/s^2: Mars, the Moon
  first = 1.3,                  -- m/s: the speed of the creature, or of the design
  minutes = 5,                  -- of a search
  generations = 0,              -- of a search, at most; 0: time decides
  popsize = 24,
  sigma = 1,                    -- first step of the first search, in standard deviations
  handed_on = 0.5,              -- first step of the others
  seconds = 10,                 -- of an episode
  test_seconds = 20,
}

local EARTH = 9.81

local creature = opt.load ~= "" and assert(rl.load_design(opt.load)) or rl.creature(opt.creature)
local space = rl.space(rl.walking.free(creature))
local start_speed
for i, name in ipairs(space.names) do if name == "start.vx" then start_speed = i end end

local function numbers(text)
  local list = {}
  for word in text:gmatch("%S+") do
    list[#list + 1] = tonumber(word) or error(("speeds and gravities are numbers, got %q"):format(word))
  end
  return list
end

-- Lists of { speed, gravity }, each the neighbour of the one before it, and the first ones of `first` on Earth.
local function make_chains()
  local slower, faster, lighter = {}, {}, {}
  for _, speed in ipairs(numbers(opt.speeds)) do
    local chain = speed < opt.first and slower or faster
    if speed ~= opt.first then chain[#chain + 1] = { speed = speed, gravity = EARTH } end
  end
  for _, gravity in ipairs(numbers(opt.gravities)) do
    lighter[#lighter + 1] = { speed = opt.first * math.sqrt(gravity / EARTH), gravity = gravity }
  end
  table.sort(slower, function(a, b) return a.speed > b.speed end)
  table.sort(faster, function(a, b) return a.speed < b.speed end)
  table.sort(lighter, function(a, b) return a.gravity > b.gravity end)
  return { slower, faster, lighter }
end

local chains = make_chains()

local function world_of(task, seconds)
  return { objective = "gait", target_speed = task.speed, gravity = task.gravity, time_limit = seconds,
           reset_noise = 0 }
end

local function title_of(task) return ("%.2f m/s, %.2f m/s^2"):format(task.speed, task.gravity) end

local function list_of(tensor)
  local list = {}
  for i = 1, #space do list[i] = math.min(math.max(tensor:get(i), space.lower[i]), space.upper[i]) end
  return list
end

-- Standard deviations in the proportions of `deviation`, of the size that the space says.
local function proportioned(deviation)
  local logarithms, spread = 0, {}
  for i = 1, #space do logarithms = logarithms + math.log(space[i].std / deviation:get(i)) / #space end
  for i = 1, #space do spread[i] = deviation:get(i) * math.exp(logarithms) end
  return spread
end

-- Where the search of a task begins: as its neighbour's ended, but at the new speed.
local function begin(task, neighbour)
  if not neighbour then return rl.cmaes { space = space, sigma = opt.sigma, popsize = opt.popsize, seed = opt.seed } end
  local function moved(x)
    x[start_speed] = math.max(x[start_speed] + task.speed - neighbour.speed, 0)
    return x
  end
  space.std = neighbour.spread
  local es = rl.cmaes { space = space, x0 = moved(list_of(neighbour.mean)), sigma = opt.handed_on,
                        popsize = opt.popsize, seed = opt.seed }
  es:inject(moved(list_of(neighbour.best)))
  return es
end

local function search(task, neighbour)
  local es = begin(task, neighbour)
  es:set { max_seconds = 60 * opt.minutes, max_iterations = opt.generations }
  local env = rl.env(space:decode(space.mean), world_of(task, opt.seconds))
  local run = rl.run { name = ("speed_%.2f_gravity_%.2f"):format(task.speed, task.gravity), options = opt, env = env,
                       search = es }
  for generation in run:iterations() do
    local x, designs = es:ask(), {}
    for k = 1, opt.popsize do designs[k] = space:decode(x[k]) end
    local returns, stats = env:evaluate_designs(designs)
    es:tell(x, returns)
    run:log(generation, { steps = stats.steps, mean_return = returns:mean(), best_return = es.best_return,
                          sigma = es.sigma })
  end
  local design, world = space:decode(es:best_list() or es:mean_list()), world_of(task, opt.test_seconds)
  assert(space:save(run:path("design.lua"), design))
  run:replay(rl.env(design, world):record("zero", { title = "the human on muscles, " .. title_of(task) }))
  run:finish()
  return {
    speed = task.speed, gravity = task.gravity, mean = es.mean, best = es.best or es.mean,
    spread = proportioned(es.deviation), evaluations = es.evaluations, walk = rl.walking.watch(design, world),
  }
end

local first = search { speed = opt.first, gravity = EARTH }
local found = { first }
for _, chain in ipairs(chains) do
  local neighbour = first
  for _, task in ipairs(chain) do
    neighbour = search(task, neighbour)
    found[#found + 1] = neighbour
  end
end

table.sort(found, function(a, b)
  if a.gravity ~= b.gravity then return a.gravity > b.gravity end
  return a.speed < b.speed
end)
print(("%-20s  evaluations  upright, s  speed, m/s  error  J/(kg m)  head sways  duty factor  flight  gait"):format(
  ("%g s each"):format(opt.test_seconds)))
for _, r in ipairs(found) do
  local fields = r.walk.fields
  local speed = fields.x / fields.time
  print(("%-20s  %11d  %10.1f  %10.2f  %4.0f%%  %8.2f  %6.1f deg  %11.2f  %5.0f%%  %s"):format(title_of(r),
    r.evaluations, fields.time, speed, 100 * math.abs(speed / r.speed - 1), fields.cost_of_transport, r.walk.sway,
    r.walk.duty, 100 * r.walk.flight, r.walk.gait))
end
