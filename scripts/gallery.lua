-- A gallery of walking bodies: for each leg length and each speed the body and the controller, found together, that
-- walk best. Ends with a page that shows them as a map, with a replay in each cell (gallery.html in the run's folder).
--
--   build/rlrun scripts/gallery.lua                               the strider on muscles, ten minutes on two cores
--   build/rlrun scripts/gallery.lua --set creature=gnome --set evaluations=5000
--
-- rlrun --resume goes on with a run; Ctrl-C ends it with the page, too.
--
-- It begins with a design that walks. A walk is good (the return) that lasts, with a level and steady head, feet that
-- do not slide, and little energy; at what speed is a measure, and so is how long the legs are.
local rl = require "rl"

local opt = rl.options {
  creature = "strider",   -- of rl.creatures, with legs of thigh and shank: strider, gnome
  design = "",            -- a file of rl.load_design to begin with; by default that of scripts/designs
  search = "map_elites",  -- or cma_me
  evaluations = 20000,
  popsize = 48,
  sigma = 0.3,            -- in the standard deviations that the design is described with
  seconds = 6,            -- of an episode
  fastest = 2.4,          -- m/s on the map
}

local creature = rl.creatures[opt.creature] or error("no creature of rl.creatures: " .. opt.creature)
local space = rl.space(creature.design(rl.param, "muscles"))
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or ""
local file = opt.design ~= "" and opt.design or ("%sdesigns/%s_1.2.lua"):format(here, opt.creature)
local function leg_of(design) return design.body.thigh + design.body.shank end
local shortest, longest = leg_of(space:decode(space.lower)), leg_of(space:decode(space.upper))
local measures = {
  { name = "speed", lower = 0.2, upper = opt.fastest, cells = 22 },    -- m/s
  { name = "leg", lower = shortest, upper = longest, cells = 14 },     -- m
}

local options = {
  space = space, x0 = space:encode(assert(rl.load_design(file))), measures = measures, seed = opt.seed,
  popsize = opt.popsize, sigma = opt.sigma, max_evaluations = opt.evaluations,
}
if opt.search == "map_elites" then options.initial, options.initial_sigma = 2 * opt.popsize, 0.5 end
assert(opt.search == "map_elites" or opt.search == "cma_me", "option search: map_elites or cma_me")
local es = rl[opt.search](options)
local world = { objective = "gait", speed_weight = 0, time_limit = opt.seconds, reset_noise = 0 }
local function env_of(x) return rl.env(creature.build(space:decode(x)), world) end
local env = env_of(es.mean)
local run = rl.run { name = "gallery_" .. opt.creature, options = opt, env = env, search = es }

for iteration in run:iterations() do
  local x, bodies, told = es:ask(), {}, {}
  for k = 1, #x do
    local design = space:decode(x[k])
    bodies[k], told[k] = creature.build(design), { 0, leg_of(design) }
  end
  local returns, stats = env:evaluate_designs(bodies, { means = { "com_vx" } })
  for k = 1, #x do told[k][1] = stats.means:get(k, 1) end
  es:tell(x, returns, told)
  run:log(iteration, {
    steps = stats.steps, filled = es.filled, qd_score = es.qd_score, best_return = es.best_return,
    mean_return = es.qd_score / math.max(es.filled, 1), outside = es.outside, refused = stats.refused,
  })
  if es:stop() then break end
end

-- The page: episodes again, recorded.
local cells, walking = es:archive(), 0
for _, cell in ipairs(cells) do
  cell.recording = env_of(cell.x):record("zero", { title = ("%.2f m/s"):format(cell.measures.speed), plain = true })
  local walks = #cell.recording.frames * cell.recording.dt > opt.seconds - 0.05
  walking = walking + (walks and 1 or 0)
  cell.text = ("%.2f m/s on legs of %.2f m, return %.2f%s"):format(cell.measures.speed, cell.measures.leg, cell.value,
    walks and "" or ": falls")
end
measures[1].unit, measures[2].name, measures[2].unit = "m/s", "leg: thigh and shank", "m"
assert(rl.gallery(run:path("gallery.html"), {
  title = ("Gallery: %s"):format(opt.creature), measures = measures, value = "return", cells = cells,
  text = ("%d evaluations by %s"):format(es.evaluations, opt.search),
}))
run:finish()
print(("%d evaluations: %d of %d cells filled, %d walk to the end, QD score %.1f: %s"):format(es.evaluations, es.filled,
  es.cells, walking, es.qd_score, run:path("gallery.html")))
