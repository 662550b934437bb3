-- OpenAI-ES (Salimans et al. 2017) teaches a creature to walk, on any number of cores and machines: every rank draws
-- the same generation and evaluates its part of it, and only returns travel.
--
--   build/rlrun scripts/es_walk.lua                                     the cores of this machine
--   mpirun -n 8 build/rlrun --mpi --threads 1 scripts/es_walk.lua       eight processes, the same bytes
--   srun build/rlrun --mpi scripts/es_walk.lua                          those of a Slurm job
--
-- It ends when the mean policy returns `target`, and says how long that took on how many cores. With --set times=es.csv
-- it writes it there too: a file that several numbers of ranks have added to is the figure of time against cores.
local rl = require "rl"

local opt = rl.options {
  creature = "hopper",
  seconds = 5,        -- of an episode
  directions = 64,    -- pairs of candidates a generation
  sigma = 0.1,
  lr = 0.05,
  target = 200,       -- mean return that ends the search
  generations = 150,  -- at most
  test_every = 10,
  times = "",         -- a CSV file that gets a line: creature, cores, seconds
}

local env = rl.env(opt.creature, { time_limit = opt.seconds })
local policy = rl.policy(env, { hidden = {} })
local es = rl.openai_es { x0 = policy.theta, sigma = opt.sigma, lr = opt.lr, directions = opt.directions }
local run = rl.run { name = "es_" .. opt.creature, options = opt, env = env, policy = policy, search = es,
                     iterations = opt.generations, state = { seconds = 0 } }
local cores = rl.ranks().count * rl.threads()

for generation in run:iterations() do
  local start = rl.time()
  local x = es:ask()
  local returns, stats = env:evaluate(policy, x, { common = true, observe = true })
  es:tell(x, returns)
  run.state.seconds = run.state.seconds + rl.time() - start
  policy.theta:copy_(es.mean)
  local tested
  if generation % opt.test_every == 0 or generation == opt.generations then
    tested = env:evaluate(policy, { episodes = 16, seed = 1e6 }).mean_return
  end
  run:log(generation, stats, { mean_return = returns:mean(), tested = tested })
  if tested and tested >= opt.target then break end
end

local result = env:evaluate(policy, { episodes = 100, seed = 2e6 })
run:replay(env:record(policy, { title = opt.creature .. " by OpenAI-ES" }))
run:finish()
if opt.times ~= "" then
  local file = assert(io.open(opt.times, "a"))
  file:write(("%s,%d,%.2f\n"):format(opt.creature, cores, run.state.seconds))
  file:close()
end
print(("%d generations on %d cores: %.1f s, %.1f of them waiting for other ranks"):format(es.iterations, cores,
  run.state.seconds, rl.ranks().waited))
print(("evaluation: episodes 100 mean_return %.2f falls %d"):format(result.mean_return, result.terminated))
