-- The gains of the human's reflexes, searched on several grounds at once: a walk that looks like people's on level
-- ground (norms.lua), that stays up on rough ground, and when balls hit it from behind. New ground and balls each
-- generation, the same for all candidates of one: what wins by luck does not last, and the mean of the search is the
-- answer.
--
--   build/rlrun scripts/human_gait.lua                                                     from the published gains
--   build/rlrun scripts/human_gait.lua --set load=scripts/designs/human_walk.lua           goes on from a design
--   build/rlrun scripts/human_gait.lua --set load=scripts/designs/human_2.5.lua --set speed=2.5 --set like_people=0 \
--     --set rough=0 --set balls=0 --set level=1                                            a speed, on level ground
--
-- Steps of physics of 2 ms (`--set substeps=5`) halve the time; gains that were found so are to be searched on at 1 ms.
-- The run's folder gets design.lua, which rl.load_design reads.
local rl = require "rl"
local gait_report = require "rl.gait_report"

local opt = rl.options {
  load = "",            -- a design whose gains to start from; else the published ones and walking.lua's reflexes beside
  speed = 1.3,          -- m/s
  pace = 0,             -- m/s: where the search begins, `speed` comes nearer by .04 each generation; 0: at once
  minutes = 30,
  generations = 100000,
  popsize = 24,
  sigma = 1,            -- first step, in the deviations of walking.lua
  like_people = 1,      -- weights: of the curves of angles and force on level ground,
  rough = 1,            -- of rough ground,
  balls = 0.3,          -- of balls from behind,
  level = 0,            -- and of level ground, by the gait's objective
  roughness = 0.03,     -- m
  throw_speed = 5,      -- m/s
  noise = 0.02,         -- rad and m/s by which starts differ
  episodes = 2,         -- of each candidate in each world; of balls one
  seconds = 8,          -- of an episode,
  watched = 6,          -- and of the one that is compared with people
  substeps = 10,
}

local start = opt.load ~= "" and assert(rl.load_design(opt.load)) or rl.walking.ready(rl.creature("reflex_human"))
start.target_speed = opt.speed
local space = rl.space(rl.walking.free(start))
local begin = opt.pace > 0 and opt.pace or opt.speed
local pace = begin

local function world(more)
  local options = { objective = "gait", target_speed = pace, reset_noise = opt.noise, substeps = opt.substeps,
                    time_limit = opt.seconds }
  for name, value in pairs(more) do options[name] = value end
  return options
end

local first = space:decode(space.mean)
local worlds = {
  { name = "rough", weight = opt.rough, episodes = opt.episodes,
    env = rl.env(first, world { ground = "rough", roughness = opt.roughness }) },
  { name = "balls", weight = opt.balls, episodes = 1,
    env = rl.env(first, world { throw_interval = 2, throw_side = "back", throw_speed = opt.throw_speed }) },
  { name = "level", weight = opt.level, episodes = opt.episodes, env = rl.env(first, world {}) },
}
local GREATEST = 1.7 * opt.seconds -- the objective's weights

-- What a curve may miss people's band by, as a root of the mean square, before it counts in full; and its weight.
local CURVES = { ["hip angle"] = { 8, 0.6 }, ["knee angle"] = { 8, 1.4 }, ["ankle angle"] = { 8, 1 },
                 ["force of the ground, upward"] = { 0.2, 1 } }
local SWING = math.rad(60) -- of the knee, at most

local function miss(x, most) return math.min(math.max(x, 0) / most, 1) end

local function seconds_of(recording) return (recording.reward:shape()[1] - 1) * recording.dt end

-- 0 to 1: how much a walk on level ground is like people's.
local function likeness(design, seed)
  local env = rl.env(design, world { time_limit = opt.watched, reset_noise = 0.01 })
  local recording = env:record("zero", { seed = seed })
  if recording.terminated then return 0.3 * seconds_of(recording) / opt.watched end
  local report = gait_report.new(recording)
  if #report.kept == 0 then return 0.3 end -- no strides
  local curves, weights = 0, 0
  for _, kept in ipairs(report.kept) do
    local curve = CURVES[kept.what]
    if curve then
      curves, weights = curves + curve[2] * math.min(kept.beyond / curve[1], 1.5), weights + curve[2]
    end
  end
  local gait, peak = report.gait, 0 -- body weights that are exceeded in a hundredth of the time
  for _, side in ipairs { "l", "r" } do
    peak = math.max(peak, rl.statistics.quantile(recording.fields["foot_" .. side .. "_load"]:totable(), 0.99))
  end
  local knee = (gait.legs[1].knee.swing + gait.legs[2].knee.swing) / 2
  return 0.3 + 0.7 * math.max(0, 1 - 0.7 * curves / weights - 0.1 * miss(peak - 1.3, 2)
    - 0.1 * miss(math.abs(knee - SWING), math.rad(40)) - 0.05 * miss(math.abs(gait.cadence - 110) - 5, 30)
    - math.max(math.abs(gait.speed / pace - 1) - 0.03, 0) - 0.02 * gait.cost_of_transport)
end

local es = rl.cmaes { space = space, sigma = opt.sigma, popsize = opt.popsize, seed = opt.seed,
                      max_seconds = 60 * opt.minutes, max_iterations = opt.generations }
local run = rl.run { name = "human_gait", options = opt, env = worlds[1].env, search = es }
for generation in run:iterations(opt.generations) do
  pace = math.min(begin + 0.04 * (generation - 1), opt.speed)
  local x, designs, values = es:ask(), {}, {}
  local seed = 100000 * opt.seed + generation
  local row = { steps = 0 }
  for k = 1, opt.popsize do designs[k], values[k] = space:decode(x[k]), 0 end
  for _, place in ipairs(worlds) do
    if place.weight > 0 then
      place.env:set { target_speed = pace }
      local returns, stats = place.env:evaluate_designs(designs, {
        episodes = place.episodes, common = true, seed = seed,
      })
      for k = 1, opt.popsize do
        local value = returns:get(k)
        values[k] = values[k] + place.weight * (value == value and value / GREATEST or -1) -- refused: NaN
      end
      row.steps = row.steps + stats.steps
      row[place.name], row[place.name .. "_falls"] = returns:mean() / GREATEST, stats.terminated / stats.episodes
    end
  end
  if opt.like_people > 0 then
    row.like_people = 0
    for k = 1, opt.popsize do
      local value = likeness(designs[k], seed)
      values[k], row.like_people = values[k] + opt.like_people * value, row.like_people + value / opt.popsize
    end
  end
  es:tell(x, values)
  local sum, best = 0, -math.huge
  for _, value in ipairs(values) do sum, best = sum + value, math.max(best, value) end
  row.mean_return, row.best_return, row.sigma, row.pace = sum / opt.popsize, best, es.sigma, pace
  run:log(generation, row)
  if generation % 10 == 0 then assert(space:save(run:path("design.lua"), space:decode(es:mean_list()))) end
end
pace = opt.speed
local design = space:decode(es:mean_list())
assert(space:save(run:path("design.lua"), design))
local recording = rl.env(design, world { time_limit = 10 }):record("zero", { title = "the human's walk" })
run:replay(recording)
run:finish()
print(("%.2f of %g s: %s"):format(seconds_of(recording), 10, rl.gait(recording)))
