-- What ranks cost: populations, batches and updates of the biped, and the exchanges between them.
--
--   build/rlrun --threads 2 scripts/bench/ranks.lua                  one process
--   mpirun -n 2 build/rlrun --mpi --threads 1 scripts/bench/ranks.lua
--
-- With --threads 1 and without --mpi: a model of many ranks from the processor time that one of them needs. A rank
-- evaluates its share of a generation, all wait for the one with the longest share, and each asks and tells for itself.
local rl = require "rl"

local opt = rl.options {
  creature = "biped",
  candidates = 256,   -- of a population
  copies = 256,
  steps = 32,         -- of a batch, of each copy
  rounds = 5,         -- the best counts
  generation = 2880,  -- candidates, in the model
  latency = 5e-6,     -- s of a message, in the model
  bandwidth = 1e9,    -- bytes/s
}

local ranks = rl.ranks()
-- Seconds of the best round, by this clock, and what the rounds sent and waited in the mean.
local function measure(f, clock)
  f()
  clock = clock or rl.time
  local best, before = math.huge, rl.ranks()
  for _ = 1, opt.rounds do
    local start = clock()
    f()
    best = math.min(best, clock() - start)
  end
  local after = rl.ranks()
  return best, (after.bytes - before.bytes) / opt.rounds, (after.waited - before.waited) / opt.rounds
end

local function report(what, count, unit, seconds, bytes, waited)
  print(("%-12s %9.0f %s/s  %.4f s, %.0f bytes sent, %.4f s waited"):format(what, count / seconds, unit, seconds, bytes,
    waited))
end

local env = rl.env(opt.creature, { n = opt.copies, reward = function(s) return s.vx end })
local policy = rl.policy(env, { hidden = { 64, 64 } })
local method = rl.ppo { env = env, policy = policy, value = rl.value(env, { hidden = { 64, 64 } }), epochs = 6,
                        minibatch = 256, reward_scaling = false }
print(("%d ranks of %d threads"):format(ranks.count, rl.threads()))

local plain = rl.env(opt.creature, { time_limit = 5 })
local linear = rl.policy(plain, { hidden = {} })
local dim = linear.theta:size(1)
local x = rl.rng(1):normal(opt.candidates, dim) * 0.1
local steps, lengths
local function evaluate()
  local _, stats
  _, stats, lengths = plain:evaluate(linear, x, { round = 1 })
  steps = stats.new_steps
end
report("population", opt.candidates, "episodes", measure(evaluate))

local batch
report("collect", opt.copies * opt.steps, "steps", measure(function() batch = method:collect(opt.steps) end))
report("collect, update", opt.copies * opt.steps, "steps", measure(function()
  batch = method:collect(opt.steps)
  method:update(batch)
end))

-- The model.
local function ask_and_tell(width)
  local es = rl.openai_es { x0 = rl.zeros(width), sigma = 0.1, directions = math.floor(opt.generation / 2) }
  local zeros = rl.zeros(opt.generation)
  return (measure(function() es:tell(es:ask(), zeros) end, os.clock))
end

local function generation_seconds(count, length_of, step, serial)
  local longest = 0
  for rank = 0, count - 1 do
    local own = 0
    for i = math.floor(opt.generation * rank / count) + 1, math.floor(opt.generation * (rank + 1) / count) do
      own = own + length_of(i)
    end
    longest = math.max(longest, own)
  end
  local hops = math.ceil(math.log(count) / math.log(2))
  return longest * step + serial + 17 * opt.generation / opt.bandwidth + 4 * hops * opt.latency
end

local function model(step, width, what, length_of)
  local serial = ask_and_tell(width)
  local one = generation_seconds(1, length_of, step, serial)
  print(("%d candidates of %d numbers, %s: %.3f s a generation, %.4f of them ask and tell"):format(opt.generation,
    width, what, one, serial))
  for _, count in ipairs { 2, 16, 64, 256, 1440 } do
    local many = generation_seconds(count, length_of, step, serial)
    print(("  %4d ranks: %.4f s, efficiency %.2f"):format(count, many, one / many / count))
  end
end

if ranks.count * rl.threads() == 1 then
  local step = measure(evaluate, os.clock) / steps
  local wide = rl.policy(plain, { hidden = { 64, 64 } }).theta:size(1)
  print(("%.1f us a step"):format(step * 1e6))
  for _, width in ipairs { dim, wide } do
    model(step, width, ("episodes of %.0f steps, at most %.0f"):format(lengths:mean(), lengths:max()),
      function(i) return lengths:get((i - 1) % opt.candidates + 1) end)
    model(step, width, "episodes of 500 steps", function() return 500 end)
  end
end
