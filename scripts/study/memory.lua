-- What memory is worth: two tasks that no policy can do which sees the present alone, learnt by PPO without memory,
-- from the last observations (history), and with a recurrent layer (gru).
--
--   build/rlrun scripts/study/memory.lua --set only=maze        a T-maze (Bakker 2002): the sign at its start says
--                                                               which way to turn at its end, 20 steps later
--   build/rlrun scripts/study/memory.lua --set only=pendulum    the pendulum without its velocity
--
-- Steps are fixed beforehand. A return is of the deterministic policy over 100 episodes at the end of the training;
-- every seed has its row in memory.csv in the run's folder, the table shows all of them.
local rl = require "rl"

local opt = rl.options {
  only = "",         -- the task
  first = 1,         -- seed
  seeds = 5,
  length = 20,       -- of the maze's corridor
  maze_steps = 300000,
  pendulum_steps = 500000,
  episodes = 100,
  memories = "none history gru",
}

-- Observations: sign left or right, corridor, junction, as Bakker has them. North, east, south, west: choices 1 to 4.
local SIGN = { { 0, 1, 1 }, { 1, 1, 0 } }
local function maze(copies, seed)
  local length = opt.length
  return rl.lua_env { n = copies, seed = seed, observation = 3, action = { "discrete", 4 },
    reset = function(self, rng)
      self.place, self.step, self.sign = 0, 0, rng:integer(2)
      return SIGN[self.sign]
    end,
    step = function(self, action)
      self.step = self.step + 1
      local at_end = self.place == length
      if at_end and (action == 1 or action == 3) then
        return { 0, 0, 0 }, (action == 1) == (self.sign == 1) and 4 or -0.1, true
      end
      local before = self.place
      if action == 2 and not at_end then self.place = before + 1 end
      if action == 4 and before > 0 then self.place = before - 1 end
      local seen = self.place == 0 and SIGN[self.sign] or self.place == length and { 0, 1, 0 } or { 1, 0, 1 }
      return seen, self.place == before and -0.1 or 0, false, self.step >= 10 * length
    end }
end

-- Gym's pendulum, which shows the cosine and the sine of its angle.
local function pendulum(copies, seed)
  return rl.lua_env { n = copies, seed = seed, observation = 2, action = { "box", 1, -2, 2 },
    reset = function(self, rng)
      self.angle, self.speed, self.step = (2 * rng:uniform() - 1) * math.pi, 2 * rng:uniform() - 1, 0
      return { math.cos(self.angle), math.sin(self.angle) }
    end,
    step = function(self, action)
      local u = math.max(-2, math.min(2, action[1]))
      local angle = (self.angle + math.pi) % (2 * math.pi) - math.pi
      local cost = angle ^ 2 + 0.1 * self.speed ^ 2 + 0.001 * u ^ 2
      self.speed = math.max(-8, math.min(8, self.speed + (15 * math.sin(self.angle) + 3 * u) * 0.05))
      self.angle, self.step = self.angle + self.speed * 0.05, self.step + 1
      return { math.cos(self.angle), math.sin(self.angle) }, -cost, false, self.step >= 200
    end }
end

-- threshold: a return that cannot be had without memory. In the maze one who does not know the way gets 1.95.
local tasks = {
  { name = "maze", make = maze, steps = opt.maze_steps, copies = 32, batch = 128, threshold = 3.9, history = 4,
    options = { gamma = 0.98, lr = 1e-3, entropy_coef = 0.01, minibatch = 512, epochs = 4, sequence = 64 } },
  { name = "pendulum", make = pendulum, steps = opt.pendulum_steps, copies = 16, batch = 128, threshold = -200,
    history = 4, options = { gamma = 0.95, lr = 1e-3, minibatch = 256, epochs = 10, reward_scaling = true },
    anneal = true, log_std = 0.5 },
}

local function train(task, memory, seed, csv)
  local env = task.make(task.copies, seed)
  local shape = { hidden = { 64 }, seed = seed, history = memory == "history" and task.history or 1,
    gru = memory == "gru" and 64 or 0 }
  if memory ~= "gru" then shape.hidden = { 64, 64 } end
  local value = rl.value(env, shape)
  shape.log_std = task.log_std
  local policy = rl.policy(env, shape)
  local options = { env = env, policy = policy, value = value, seed = seed }
  for name, x in pairs(task.options) do options[name] = x end
  if task.anneal then options.anneal = math.ceil(task.steps / (task.copies * task.batch)) + 1 end
  options.minibatch = math.min(options.minibatch, math.ceil(task.steps / task.copies) * task.copies)
  local ppo, start, first = rl.ppo(options), rl.time(), nil
  local stats
  repeat
    local batch = ppo:collect(math.min(task.batch, math.ceil(task.steps / task.copies)))
    ppo:update(batch)
    stats = batch.stats
    if not first and stats.mean_return and stats.mean_return >= task.threshold then first = stats.steps end
  until stats.steps >= task.steps
  local last = env:evaluate(policy, { episodes = opt.episodes, seed = 1000 + seed }).mean_return
  csv:write(("%s,%s,%d,%d,%.6g,%.1f\n"):format(task.name, memory, seed, stats.steps, last, rl.time() - start))
  csv:flush()
  return last, first
end

local run = rl.run { name = "memory", options = opt }
local csv = assert(io.open(run:path("memory.csv"), "w"))
csv:write "task,memory,seed,steps,return,seconds\n"
print(("%-9s %-8s %8s  %s"):format("task", "memory", "reached", "returns, by seed"))
for _, task in ipairs(tasks) do
  for memory in (task.name:find(opt.only, 1, true) and opt.memories or ""):gmatch "%S+" do
    local returns, reached = {}, 0
    for seed = opt.first, opt.first + opt.seeds - 1 do
      local last = train(task, memory, seed, csv)
      returns[#returns + 1] = ("%.2f"):format(last)
      reached = reached + (last >= task.threshold and 1 or 0)
    end
    print(("%-9s %-8s %3d of %d  %s"):format(task.name, memory, reached, opt.seeds, table.concat(returns, " ")))
  end
end
csv:close()
run:finish()
