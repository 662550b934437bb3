-- Humans of other sizes: their masses and inertias beside regressions on mass and height, and how those walk whose
-- gains muscle_walk.lua has searched again (scripts/designs/human_1.50m.lua, human_1.95m.lua).
--
--   build/rlrun scripts/study/bodies.lua
--   build/rlrun scripts/muscle_walk.lua --seed 1 --set height=1.5 --set speed=1.19 --set max_minutes=9     a search
--   build/rlrun scripts/muscle_walk.lua --seed 1 --set height=1.95 --set speed=1.36 --set max_minutes=9
--
-- The regressions are Zatsiorsky & Seluyanov's (1983): kg and kg cm^2 from mass in kg and height in cm, of men of 73
-- (9) kg and 174 (6) cm; far from these they are no measure: in the shank's, inertia falls faster with size than any
-- body's can. Their thigh reaches above the hip joint, so it is heavier than one that ends there.
local rl = require "rl"

local opt = rl.options {
  sizes = "1.5 1.65 1.79 1.95",  -- m; masses by the model's body mass index
  episodes = 100, seconds = 20,
  noise = 0.01,                  -- rad and m/s by which episodes begin otherwise
}

local SEGMENTS = { { "thigh_l", "thigh" }, { "shank_l", "shank" }, { "foot_l", "foot" } }
local SHARES = { thigh = 0.100, shank = 0.0465, foot = 0.0145 } -- of the mass, Dempster 1955
local MASSES = {
  thigh = { -2.649, 0.1463, 0.0137 }, shank = { -1.592, 0.0362, 0.0121 }, foot = { -0.829, 0.0077, 0.0073 },
}
local INERTIAS = {
  thigh = { -3690, 32.02, 19.24 }, shank = { -1152, 4.594, 6.815 }, foot = { -97.09, 0.414, 0.614 },
}

local function regression(t, mass, height) return t[1] + t[2] * mass + t[3] * 100 * height end

print("height  mass     segment  kg      of Dempster  of Zatsiorsky  kg m^2   of Zatsiorsky")
for size in opt.sizes:gmatch("%S+") do
  local height = tonumber(size)
  local human, mass, bodies = rl.creature("human", { height = height }), 0, {}
  for _, body in ipairs(human.bodies) do
    mass, bodies[body.name] = mass + body.mass * (body.name == "trunk" and 1 or 2), body
  end
  for _, segment in ipairs(SEGMENTS) do
    local body, name = bodies[segment[1]], segment[2]
    print(("%4.2f m  %5.1f kg %-7s  %6.3f  %5.2f        %5.2f          %.5f  %5.2f"):format(height, mass, name,
      body.mass, body.mass / (SHARES[name] * mass), body.mass / regression(MASSES[name], mass, height),
      body.inertia, 1e4 * body.inertia / regression(INERTIAS[name], mass, height)))
  end
end

print(("%d episodes of at most %g s from starts that differ by %g:"):format(opt.episodes, opt.seconds, opt.noise))
local here = (arg and arg[0] or "scripts/study/bodies.lua"):match("^(.*)/") or "."
for _, name in ipairs { "human_1.50m", "human_1.95m" } do
  local design = assert(rl.load_design(("%s/../designs/%s.lua"):format(here, name)))
  local env = rl.env(design, { objective = "gait", time_limit = opt.seconds, reset_noise = opt.noise })
  local _, _, details = env:evaluate_designs({ design }, { episodes = opt.episodes, seed = 1e6, details = true })
  local last = details[1].fields
  print(("%s: falls %.0f of %d, %.2f m/s (%.2f asked for), cost of transport %.2f J/(kg m)"):format(name,
    details[1].terminated * opt.episodes, opt.episodes, last.x / last.time, design.target_speed,
    last.cost_of_transport))
end
