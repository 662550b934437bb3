-- Sumo: wrestlers on wheels teach themselves, by self-play, to throw each other down and to push each other out of the
-- ring.
--
--   build/rlrun scripts/sumo.lua                      a minute or two on two cores
--   build/rlrun scripts/sumo.lua --set iterations=20  beginners
--
-- Who touches the ground with trunk, head or base has lost, and so has who is out of the ring. One policy plays both,
-- each of whom sees the world from its own side, and learns from both. Every few iterations a copy of it enters a
-- league, plays against former ones and is rated: report.html in the run's folder shows how ratings rise. Opponents may
-- also be drawn from the league (opponents=league), which brings nothing here: see scripts/study/league.lua.
-- scripts/love/sumo: you against it.
local rl = require "rl"

local opt = rl.options {
  ring = 2,                          -- m from its middle to its edge
  seconds = 10,                      -- of a bout
  iterations = 80, copies = 64, horizon = 128,
  every = 10,                        -- iterations from a member of the league to the next
  bouts = 200,                       -- of the last member against the first
  opponents = "self",                -- or league: drawn from it, and only the other side is learnt from
  itself = 0.5,                      -- of the worlds of `league`, where it plays against itself as it is
}
local from_league = opt.opponents == "league"
local function check(name, holds, expected)
  if not holds then error(("option %s: %s expected, got %s"):format(name, expected, opt[name]), 0) end
end
check("opponents", from_league or opt.opponents == "self", "self or league")
check("iterations", opt.iterations >= 1, "1 or more")
check("every", opt.every >= 1, "1 or more")
check("bouts", opt.bouts >= 2 and opt.bouts % 2 == 0, "an even number from 2 on")
check("itself", opt.itself >= 0 and opt.itself <= 1, "a share from 0 to 1")

local here = (arg and arg[0] or "scripts/sumo.lua"):match("^(.*)/") or "."
local wrestler = assert(rl.load_design(here .. "/designs/wrestler.lua"))

-- A wrestler at x that sees its foe.
local function place(x, foe)
  local senses = {}
  for _, body in ipairs { "trunk", "base", "hand" } do senses["foe_" .. body] = { of = foe, body = body } end
  return { creature = wrestler, x = x, turned = x > 0, senses = senses }
end

local function lost(s) return (s.fallen > 0 or math.abs(s.world_x) > opt.ring) and 1 or 0 end

local env = rl.env {
  name = "sumo", n = from_league and 2 * opt.copies or opt.copies, -- as many steps to learn from
  time_limit = opt.seconds, together = true, reset_noise = 0.1,
  creatures = { a = place(-0.9, "b"), b = place(0.9, "a") },
  reward = function(s)
    local foe, forward = s.b, 1
    if s.agent == "b" then foe, forward = s.a, -1 end
    return {
      bout = 10 * (lost(foe) - lost(s)),
      push = 0.01 * forward * (s.world_vx + foe.world_vx), -- what one gains by it the other loses
      effort = -0.0004 * s.effort,
    }
  end,
  done = function(s) return lost(s) > 0 end,
}

local seat = from_league and env:agent("a") or env -- whose steps are learnt from
local policy, value = rl.policy(seat, { hidden = { 64, 64 } }), rl.value(seat, { hidden = { 64, 64 } })
local ppo = rl.ppo { env = seat, policy = policy, value = value, minibatch = 512, epochs = 5, lr = 5e-4, gamma = 0.995,
                     reward_scaling = false }
local run = rl.run { name = "sumo", options = opt, method = ppo, iterations = opt.iterations }
local league = run:keep("league", rl.league { env = env, folder = run:path("league"), seed = opt.seed,
                                              score = function(episode) return episode.terms.bout end })

local function opponents() -- one for each world
  local list = league:draw(env.worlds)
  for i = 1, math.floor(opt.itself * #list) do list[i] = policy end
  return list
end

for i in run:iterations() do
  if (i - 1) % opt.every == 0 then league:add(policy, i) end
  if from_league then env:players { b = opponents() } end
  local batch = ppo:collect(opt.horizon)
  run:log(i, batch.stats, ppo:update(batch), league:stats())
  run.state.next = i + 1
end

local last = league:add(policy, run.state.next)
local members = league:table()
for _, m in ipairs(members) do print(("%4d %6.0f, 95%%: %.0f to %.0f"):format(m.at, m.rating, m.low, m.high)) end
local match = league:match(last, 1, opt.bouts)
local replay = env:record({ a = policy, b = members[last - 1].policy }, { title = "sumo" })
for side = -1, 1, 2 do -- the edge of the ring, to be seen
  local x = side * opt.ring
  local edge = { x, 0, x + 0.03 * side, 0.05, x + 0.09 * side, 0.05, x + 0.12 * side, 0 }
  table.insert(replay.shapes, { body = 0, kind = "polygon", closed = false, points = edge })
end
run:replay(replay)
run:finish()
print(("the last against the first: %d of %d bouts won from the left, %d from the right"):format(
  match.sides[1].won, opt.bouts / 2, match.sides[2].won))
