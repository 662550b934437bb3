-- Speed against effort: a human on muscles that walks, and what a metre costs it at every speed that it can reach.
--
--   build/rlrun scripts/tradeoff.lua                                    half an hour on two cores
--   build/rlrun scripts/tradeoff.lua --set generations=20 --set popsize=12
--   build/rlrun scripts/tradeoff.lua --set load=runs/.../design.lua     from another design that walks
--
-- A search with two objectives (rl.mo_cmaes) over the numbers that scripts/muscle_walk.lua searches. A design that
-- falls has no returns. The run's folder gets front.csv and front.svg, the cheapest and the fastest design, and a
-- replay of the latter.
local rl = require "rl"
local plot = require "rl.plot"

local opt = rl.options {
  load = "",           -- a design that walks; else the human of 1.3 m/s beside this file
  generations = 150,
  popsize = 32,
  sigma = 0.3,         -- first step, in the deviations of walking.lua
  seconds = 10,        -- of an episode
}

local here = (arg and arg[0] or "scripts/tradeoff.lua"):match("^(.*)/") or "."
local function start()
  return assert(rl.load_design(opt.load ~= "" and opt.load or here .. "/designs/human_1.3.lua"))
end
local space = rl.space(rl.walking.free(start()))
local world = { objective = "gait", time_limit = opt.seconds }
local env = rl.env(start(), world)
local es = rl.mo_cmaes { space = space, sigma = opt.sigma, popsize = opt.popsize, max_iterations = opt.generations }
local run = rl.run { name = "tradeoff", options = opt, env = env, search = es, iterations = opt.generations }
local SLOW, DEAR = 0, -20 -- m/s and J/(kg m): what every design on the front is better than

-- Speed in m/s and what a kilogram costs a metre, negative: larger is better.
local function judge(detail)
  local last = detail.fields
  if detail.refused or detail.terminated > 0 or last.x <= 0 then return { 0 / 0, 0 / 0 } end
  return { last.x / last.time, -last.cost_of_transport }
end

for generation in run:iterations() do
  local x, designs, returns = es:ask(), {}, {}
  for k = 1, #x do designs[k] = space:decode(x[k]) end
  local _, stats, details = env:evaluate_designs(designs, { common = true, seed = opt.seed, details = true })
  for k = 1, #x do returns[k] = judge(details[k]) end
  es:tell(x, returns)
  local _, values = es:front_lists()
  run:log(generation, {
    steps = stats.steps, on_front = #values, fastest = values[1][1], cheapest = -values[#values][2],
    hypervolume = es:hypervolume { SLOW, DEAR }, fallen = es.not_finite,
  })
end

local points, values = es:front_lists()
local curve = { name = "front", x = {}, y = {} }
local csv = assert(io.open(run:path("front.csv"), "w"))
csv:write("speed,cost_of_transport\n")
for k = #values, 1, -1 do
  curve.x[#curve.x + 1], curve.y[#curve.y + 1] = values[k][1], -values[k][2]
  csv:write(("%.6g,%.6g\n"):format(values[k][1], -values[k][2]))
end
csv:close()
local svg = assert(io.open(run:path("front.svg"), "w"))
svg:write(plot.svg { title = "cost of transport, J/(kg m)", x_label = "speed, m/s", y_label = "", curves = { curve } })
svg:close()
assert(space:save(run:path("fastest.lua"), space:decode(points[1])))
assert(space:save(run:path("cheapest.lua"), space:decode(points[#points])))
run:replay(rl.env(space:decode(points[1]), world):record("zero", { title = "the fastest" }))
run:finish()
print(("front: %d designs, from %.2f m/s at %.2f J/(kg m) to %.2f m/s at %.2f"):format(#values, values[#values][1],
  -values[#values][2], values[1][1], -values[1][2]))
