-- That results do not depend on the number of threads.
local assert = require "luassert"
local rl = require "rl"

local any_threads = {}

-- Holds when an environment by random actions comes to the same observations on one thread as on two.
function any_threads.same_steps(make, steps)
  local function walk(count)
    rl.threads(count)
    local env = make()
    local rng, observation = rl.rng(6), env:reset()
    for _ = 1, steps do observation = env:step(rng:uniform(env.n, env.action_space.size) * 2 - 1) end
    return observation
  end
  local one, two = walk(1), walk(2)
  rl.threads(0)
  assert.is_true(one:equal(two))
end

-- Holds when try(threads, code) returns the same bytes on 1, 2 and 4 threads, and behind them a notice on several or
-- on none. Returns that notice, and the bytes.
function any_threads.alike(try, code)
  local one, quiet = try(1, code)
  assert.is_nil(quiet) -- one thread copies nothing
  local two, notice = try(2, code)
  assert.is_true(one == two, "other bytes on two threads")
  local four, again = try(4, code)
  assert.is_true(one == four, "other bytes on four threads")
  assert.equal(notice == nil, again == nil)
  return notice, one
end

return any_threads
