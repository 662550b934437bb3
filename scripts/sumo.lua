-- Sumo: two wrestlers on wheels teach themselves, by self-play, to throw each other down and out of the ring.
--
--   build/rlrun scripts/sumo.lua                      a minute on two cores
--   build/rlrun scripts/sumo.lua --set iterations=20  beginners
--
-- Who touches the ground with trunk, head or base has lost, and so has who is out of the ring. One policy plays both,
-- as each sees the world from its own side, and learns from both. Every few iterations a copy of it enters a league,
-- plays against former ones and is rated: report.html in the run's folder shows how ratings rise.
local rl = require "rl"

local opt = rl.options {
  ring = 2,                       -- m from the middle to its edge
  iterations = 120, copies = 64, horizon = 128,
  every = 10,                     -- iterations from a member of the league to the next
  bouts = 200,                    -- of the last member against the first
}

local function wheel(name, x)
  return { name = name, mass = 3, friction = 1, shape = { kind = "circle", radius = 0.13 },
           joint = { name = name .. "_axle", parent = "base", at = { x, 0 }, lower = -1e6, upper = 1e6 } }
end
local wrestler = {
  name = "wrestler", position = { 0, 0.13 }, trunk = "trunk", feet = { "rear", "front", "arm", "hand" },
  bodies = {
    { name = "base", mass = 16, shape = { kind = "polygon", points = {
      { -0.19, 0 }, { 0.19, 0 }, { 0.15, 0.16 }, { -0.15, 0.16 } } } },
    wheel("rear", -0.2), wheel("front", 0.2),
    { name = "trunk", mass = 24,
      joint = { name = "waist", parent = "base", at = { 0, 0.16 }, lower = -1.2, upper = 0.7 },
      shapes = {
        { kind = "polygon", points = {
          { -0.13, 0 }, { 0.13, 0 }, { 0.22, 0.26 }, { 0.14, 0.48 }, { -0.14, 0.48 }, { -0.18, 0.26 } } },
        { kind = "circle", radius = 0.14, center = { 0.03, 0.6 } }, -- the head
      } },
    { name = "arm", mass = 3, shape = { kind = "box", width = 0.34, height = 0.1, center = { 0.15, 0 } },
      joint = { name = "shoulder", parent = "trunk", at = { 0.05, 0.42 }, lower = -1.2, upper = 1.4 } },
    { name = "hand", mass = 3, joint = { name = "elbow", parent = "arm", at = { 0.3, 0 }, lower = -1.4, upper = 1.8 },
      shapes = { { kind = "box", width = 0.3, height = 0.1, center = { 0.13, 0 } },
                 { kind = "circle", radius = 0.09, center = { 0.28, 0 } } } },
  },
  motors = { -- N m, rad/s
    { joint = "rear_axle", torque = 30, speed = 20 }, { joint = "front_axle", torque = 30, speed = 20 },
    { joint = "waist", torque = 250, speed = 8 }, { joint = "shoulder", torque = 150, speed = 10 },
    { joint = "elbow", torque = 110, speed = 12 },
  },
}

-- A wrestler at x that looks at its foe.
local function place(x, foe)
  local senses = {}
  for _, body in ipairs { "trunk", "base", "hand" } do senses["foe_" .. body] = { of = foe, body = body } end
  return { creature = wrestler, x = x, turned = x > 0, senses = senses }
end

local function has_lost(s) return (s.fallen > 0 or math.abs(s.world_x) > opt.ring) and 1 or 0 end

local env
env = rl.env {
  name = "sumo", n = opt.copies, time_limit = 10, together = true, reset_noise = 0.1,
  creatures = { a = place(-0.9, "b"), b = place(0.9, "a") },
  reward = function(s)
    local foe, forward = s.b, 1
    if s.agent == "b" then foe, forward = s.a, -1 end
    return {
      bout = 10 * (has_lost(foe) - has_lost(s)),
      push = 0.01 * forward * (s.world_vx + foe.world_vx), -- what one gains by it the other loses
      effort = -0.0004 * s.effort,
    }
  end,
  done = function(s) return has_lost(s) > 0 end,
}

local policy = rl.policy(env, { hidden = { 64, 64 } })
local value = rl.value(env, { hidden = { 64, 64 } })
local ppo = rl.ppo { env = env, policy = policy, value = value, minibatch = 512, epochs = 5, lr = 5e-4, gamma = 0.995,
                     reward_scaling = false }
local run = rl.run { name = "sumo", options = opt, method = ppo, iterations = opt.iterations }
local league = run:keep("league", rl.league { env = env, folder = run:path("league"), seed = opt.seed,
                                              score = function(episode) return episode.terms.bout end })
for i in run:iterations() do
  if i % opt.every == 1 then league:add(policy, i) end
  local batch = ppo:collect(opt.horizon)
  run:log(i, batch.stats, ppo:update(batch), league:stats())
end
local last = league:add(policy, opt.iterations + 1)

for _, m in ipairs(league:table()) do print(("%4d %6.0f, 95%%: %5.0f to %5.0f"):format(m.at, m.rating, m.low, m.high)) end
local match = league:match(last, 1, opt.bouts)
local replay = env:record({ a = policy, b = league:table()[math.ceil(last / 2)].policy }, { title = "sumo", seconds = 10 })
run:replay(replay)
run:finish()
print(("the last against the first: %d and %d of %d bouts won, from the left and from the right"):format(
  match.sides[1].won, match.sides[2].won, opt.bouts / 2))
