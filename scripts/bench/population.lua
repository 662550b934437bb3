-- What does a second core bring to the evaluation of a population? Linear policies on the biped, as a search asks for
-- them: episodes end when they fall, at different times. One and two threads in turn, and the returns compared.
--
--   build/rlrun scripts/bench/population.lua
--   build/rlrun scripts/bench/population.lua --set candidates=64 --set rounds=31
local rl = require "rl"

local opt = rl.options { env = "biped", candidates = 256, episodes = 1, rounds = 15, reward = false }

-- reward = true: one in Lua, asked on the calling thread.
local reward
if opt.reward then reward = function(s) return 1 - math.abs(s.vx - 1) end end

local env = rl.env(opt.env, { seed = opt.seed, reward = reward })
local policy = rl.policy(env, { hidden = {} })
local x = rl.rng(opt.seed):normal(opt.candidates, policy.theta:shape()[1]) * 0.3

local function evaluate(threads)
  return function()
    rl.threads(threads)
    return env:evaluate(policy, x, { episodes = opt.episodes, seed = opt.seed, round = 0 })
  end
end

local one, stats = evaluate(1)()
local same = one:equal((evaluate(2)()))
local seconds = rl.timing.medians(opt.rounds, { one = evaluate(1), two = evaluate(2) })

rl.timing.describe_machine()
print(("%s, %d candidates, %d episodes each: %d steps; medians of %d rounds"):format(
  opt.env, opt.candidates, opt.episodes, stats.new_steps, opt.rounds))
print(("1 thread:   %8.0f steps/s"):format(stats.new_steps / seconds.one))
print(("2 threads:  %8.0f steps/s  efficiency %.2f"):format(stats.new_steps / seconds.two,
  seconds.one / seconds.two / 2))
print(same and "the same returns, bit for bit" or "THE RETURNS DIFFER")
