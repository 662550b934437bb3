-- What tensorboard.sh has TensorBoard read: a run that logs two rows, waits for the file "go_on", logs three more and
-- is ended in the middle of a record. Its checkpoint is of iteration 3; resumed, its returns are negative.
local rl = require "rl"

local opt = rl.options { gravity = 1.62, note = "as \"it\" is" }

local function reward(s) return { upright = 1 - math.abs(s.angle), alive = 1 } end
local env = rl.env("cartpole", { n = 2, reward = reward })
local policy, value = rl.policy(env), rl.value(env)
local ppo = rl.ppo { env = env, policy = policy, value = value, lr = 1e-3 }

local function exists(path)
  local file = io.open(path)
  return file and file:close() or false
end

local run = rl.run {
  name = "grows", options = opt, env = env, policy = policy, value = value, method = ppo, iterations = 7,
  checkpoint = 1e9, -- none but our own
}
local resumed = exists("go_on")
for i in run:iterations() do
  if i == 4 and not resumed then run:checkpoint() end
  local batch = ppo:collect(64)
  batch.stats.mean_return = (resumed and -1 or 1) * batch.stats.steps
  run:log(i, batch.stats, ppo:update(batch))
  if i == 2 then
    while not exists("go_on") do os.execute("sleep 0.1") end
  elseif i == 5 and not resumed then
    local torn = assert(io.popen("ls " .. run.folder .. "/events*")):read("*l")
    local file = assert(io.open(torn, "ab"))
    file:write(require("rl.core").event(os.time(), 128 * 6, { "rollout/ep_rew_mean" }, { 1 }):sub(1, -5))
    file:close()
    os.exit(0)
  end
end
run:finish()
