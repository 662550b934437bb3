-- Two bipeds in one world beside two worlds of one: whether a side has an advantage, and what it costs. Two of the same
-- untrained policy face each other, close enough to fall over each other; who falls first has lost. Starts are mirror
-- images, so either wins half of the bouts that have a winner, whichever the physics takes first.
local rl = require "rl"
local statistics = rl.statistics

local opt = rl.options {
  bouts = 500,   -- of each order
  worlds = 64,   -- of two
  seconds = 2,   -- of each measurement
  rounds = 3,    -- of which the best counts
}

-- The first that is made stands on the left, or on the right.
local function duel(n, left, change)
  local x = left and -0.4 or 0.4
  local world = { name = "duel", n = n, together = true, time_limit = 5 }
  world.creatures = {
    { name = "first", creature = "biped", x = x, turned = not left, walks = true, senses = { foe = "second" } },
    { name = "second", creature = "biped", x = -x, turned = left, walks = true, senses = { foe = "first" } },
  }
  for name, value in pairs(change or {}) do world[name] = value end
  return rl.env(world)
end

-- Bouts that the first has won, and those with a winner.
local function chances(left)
  local env = duel(1, left, { together = false })
  local policy = rl.policy(env, { hidden = { 16 }, seed = 3, log_std = 0 })
  local result = env:evaluate(policy, { episodes = opt.bouts, deterministic = false, seed = left and 1 or 2 })
  local won, decided = 0, 0
  for i = 1, #result.episodes, 2 do
    local one, two = result.episodes[i].length, result.episodes[i + 1].length
    if one ~= two then decided = decided + 1 end
    if one > two then won = won + 1 end
  end
  return won, decided
end

for _, left in ipairs { true, false } do
  local won, decided = chances(left)
  local low, high = statistics.proportion(won, decided)
  print(("made first, on the %s: wins %d of the %d of %d bouts that have a winner: %.1f %%, 95%% %.1f .. %.1f"):format(
    left and "left" or "right", won, decided, opt.bouts, 100 * won / decided, 100 * low, 100 * high))
end

-- Steps of a creature a second.
local function speed(env)
  local rollout = rl.rollout { env = env, policy = rl.policy(env, { hidden = { 16 }, seed = 3 }) }
  local best = 0
  rollout:collect(8)
  for _ = 1, opt.rounds do
    local begun, steps = rl.time(), 0
    repeat
      rollout:collect(32)
      steps = steps + 32 * env.n
    until rl.time() - begun >= opt.seconds
    best = math.max(best, steps / (rl.time() - begun))
  end
  return best
end

local alone = speed(rl.env("biped", { n = 2 * opt.worlds, time_limit = 5 }))
local beside = speed(duel(opt.worlds, true))
local apart = speed(duel(opt.worlds, true, { together = false }))
print(("%d threads, steps of a creature a second: %d worlds of one %.0f; %d worlds of two %.0f (%.2f of that), %.0f "
  .. "where one rests until both have ended"):format(rl.threads(), 2 * opt.worlds, alone, opt.worlds, beside,
  beside / alone, apart))
