-- How fast is the muscle-driven human? Simulated seconds a second and a core with random excitations, the share of
-- b2World::Step in it (Box2D times itself), at steps of 1 ms and of 2 ms, and what a second thread brings.
local rl = require "rl"

local opt = rl.options { copies = 16, steps = 50, rounds = 9 }

-- Runs `steps` actions in all copies; fallen ones begin again.
local function stepper(substeps)
  local env = rl.env("human", { n = opt.copies, seed = 1, substeps = substeps })
  local rng = rl.rng(2)
  local actions = {}
  for i = 1, 16 do actions[i] = rng:uniform(opt.copies, env.action_space.size) * 2 - 1 end
  env:reset()
  return function(threads)
    return function()
      rl.threads(threads)
      for i = 1, opt.steps do env:step(actions[(i - 1) % 16 + 1]) end
    end
  end, env
end

-- One thread, so that wall-clock time is the time of the core.
local function physics_share(step, env)
  local shares = {}
  for round = 1, opt.rounds do
    local start, physics = rl.time(), env.physics_seconds
    step()
    shares[round] = (env.physics_seconds - physics) / (rl.time() - start)
  end
  table.sort(shares)
  return shares[math.floor((opt.rounds + 1) / 2)]
end

rl.timing.describe_machine()
for _, substeps in ipairs { 10, 5 } do
  local run, env = stepper(substeps)
  local share = physics_share(run(1), env)
  local seconds = rl.timing.medians(opt.rounds, { one = run(1), two = run(2) })
  local simulated = opt.copies * opt.steps * env.dt
  print(("steps of %g ms: %6.1f simulated s/s on one core, %.0f%% of it b2World::Step; %.2f times as fast on two")
    :format(1000 * env.dt / substeps, simulated / seconds.one, 100 * share, seconds.one / seconds.two))
end
