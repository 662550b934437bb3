-- The human's reflexes teach a network, which then learns by itself what they cannot: to walk on rough ground.
--
--   build/rlrun scripts/demonstrations.lua                     two minutes on one core
--   build/rlrun scripts/demonstrations.lua --set iterations=0  only what is copied from the reflexes
--
-- The reflexes are those of designs/human_1.3.lua, whose gains were searched on level ground. They walk with some noise
-- on their muscles, which is not written down: so the demonstrations have what to do after a stumble. The network
-- drives that body without reflexes: it is fitted to what the muscles were told (rl.clone), then learns on with PPO.
local rl = require "rl"

local opt = rl.options {
  episodes = 60, noise = 0.05,                    -- of the demonstrations; noise: in excitations, -1 to 1
  epochs = 15, hidden = 128,
  iterations = 80, copies = 64, horizon = 128,
  lr = 2e-4, log_std = -2,                        -- log_std: what it explores with after cloning
  critic_first = 5,                               -- iterations in which only the value learns
  roughness = 0.03, seconds = 10, trials = 100,
}

local here = (arg and arg[0] or "scripts/demonstrations.lua"):match("^(.*)/") or "."
local function human() return assert(rl.load_design(here .. "/designs/human_1.3.lua")) end
local body = human()
body.controller = nil

local world = { ground = "rough", roughness = opt.roughness, time_limit = opt.seconds, reset_noise = 0.05 }
local reflexes = rl.env(human(), world)
world.n = opt.copies
local env = rl.env(body, world)

local test = { episodes = opt.trials, seed = 1e6 + opt.seed }
local function falls(where, policy) return where:evaluate(policy, test).terminated end

-- 1. The reflexes show how one walks.
local demo = env:demonstrate(reflexes, { episodes = opt.episodes, noise = opt.noise })

-- 2. A network does the same.
local shape = { hidden = { opt.hidden, opt.hidden }, symmetric = true }
local policy, value = rl.policy(env, shape), rl.value(env, shape)
local ppo = rl.ppo { env = env, policy = policy, value = value, minibatch = 1024, epochs = 5, gamma = 0.995,
                     symmetric = "network" }
local run = rl.run { name = "demonstrations", options = opt, method = ppo, iterations = opt.iterations }
if not run.state.cloned then
  assert(demo:save(run:path("demonstrations.safetensors")))
  local clone = rl.clone { policy = policy, demonstrations = demo, env = env, epochs = opt.epochs }
  while not clone:stop() do clone:update() end
  run.state.reflexes, run.state.cloned = falls(reflexes, "zero"), falls(env, policy)
  local reals = env.action_space.size
  policy.theta:narrow(1, #policy.theta - reals + 1, reals):fill_(opt.log_std)
end

-- 3. It learns on.
for i in run:iterations() do
  ppo:set { lr = i > opt.critic_first and opt.lr or 0, value_lr = 1e-3 }
  local batch = ppo:collect(opt.horizon)
  run:log(i, batch.stats, ppo:update(batch))
end

local trained = falls(env, policy)
run:replay(env:record(policy, { title = "what the reflexes have taught", seed = test.seed }))
run:finish()
print((
  "%g cm rough ground, %d trials of %g s: %d falls by reflexes, %d by the network that copies them, %d after training"
):format(100 * opt.roughness, opt.trials, opt.seconds, run.state.reflexes, run.state.cloned, trained))
