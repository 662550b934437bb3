-- What tensorboard.sh has TensorBoard read. `part` 1: a run that logs two rows, waits for the file "go_on", logs three
-- more and ends in the middle of a record. `part` 2: the run resumed behind iteration 3; its returns are negative.
local rl = require "rl"
local events = require "rl.events"

local opt = rl.options { part = 1, folder = "", gravity = 1.62, note = "as \"it\" is" }

local function reward(s) return { upright = 1 - math.abs(s.angle), alive = 1 } end
local env = rl.env("cartpole", { n = 2, reward = reward })
local policy, value = rl.policy(env), rl.value(env)
local ppo = rl.ppo { env = env, policy = policy, value = value, lr = 1e-3 }

local function exists(path)
  local file = io.open(path)
  return file and file:close() or false
end

local function stats(sign)
  local batch = ppo:collect(64)
  local row = ppo:update(batch)
  batch.stats.mean_return = sign * batch.stats.steps
  return batch.stats, row
end

if opt.part == 1 then
  local run = rl.run { name = "grows", options = opt, env = env, policy = policy, method = ppo }
  for i = 1, 5 do
    run:log(i, stats(1))
    if i == 2 then
      while not exists("go_on") do os.execute("sleep 0.1") end
    end
  end
  run:finish()
  local torn = assert(io.popen("ls " .. run.folder .. "/events*")):read("*l")
  local file = assert(io.open(torn, "ab"))
  file:write(require("rl.core").event(os.time(), 128 * 6, { "rollout/ep_rew_mean" }, { 1 }):sub(1, -5))
  file:close()
else
  stats(1) stats(1) stats(1)
  local file = events.new(opt.folder, 128 * 3, ppo, opt)
  for i = 4, 7 do
    local row, more = stats(-1)
    for name, number in pairs(more) do row[name] = number end
    for name, number in pairs(row.terms) do row["reward/" .. name] = number end
    row.terms, row.iteration, row.seconds = nil, i, i
    assert(file:add(events.step_of(row), row.seconds, row))
  end
  file:close()
end
