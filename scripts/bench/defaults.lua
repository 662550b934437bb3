-- Do defaults learn? Methods with nothing but an environment, on seven tasks, and beside them Stable-Baselines3's with
-- nothing but an environment (peers/defaults.py, which loads this file for its tasks and its judge).
--
--   build/rlrun --threads 1 scripts/bench/defaults.lua --set out=results.csv
--   build/rlrun --threads 1 scripts/bench/defaults.lua --set out=results.csv --set show=true    the table
--
-- A training is a line of results.csv, appended once it is done; a training that has its line is not done again. So it
-- can be stopped and run again, and a changed default asks for lines to be taken out. Seeds from 11 on are reported;
-- defaults were chosen with seeds from 101 on.
-- Judged are both sides alike: the deterministic policy, 20 episodes whose starts no training has seen, the same ones
-- for all with a seed; on the way, after each tenth of the steps, 5 episodes.
local rl = require "rl"

-- What a script of this folder plays, as it stands there.
local here = debug.getinfo(1, "S").source:match("^@(.*)/[^/]*$") or "."
local function game_of(script)
  local game
  local stop = {}
  local seen = setmetatable({
    options = function(options) return options end,
    lua_env = function(description)
      game = description
      error(stop)
    end,
  }, { __index = rl })
  local load_script = assert(loadfile(here .. "/../" .. script))
  package.loaded.rl = seen
  local _, message = pcall(load_script)
  package.loaded.rl = rl
  if message ~= stop then error(message, 0) end
  return game
end

-- Steps were stated before the first training.
local study = {
  tasks = {
    { name = "cartpole", steps = 50000 },
    { name = "pendulum", steps = 100000 },
    { name = "lander", steps = 100000, script = "lua_env.lua" },
    { name = "hopper", steps = 200000 },
    { name = "biped", steps = 200000 },
    { name = "human", steps = 200000 },
    { name = "bipedal_walker", steps = 300000 },
  },
}

local by_name = {}
for _, task in ipairs(study.tasks) do by_name[task.name] = task end

function study.make(name, seed)
  local task = by_name[name]
  if not task.script then return rl.env(name, { seed = seed }) end
  task.game = task.game or game_of(task.script)
  task.game.n, task.game.seed = 1, seed
  return rl.lua_env(task.game)
end

-- A policy that can hold what the other side has learnt: its tanh and linear networks know no normaliser.
function study.peer_policy(name, linear)
  return rl.policy(study.make(name, 1), { hidden = linear and {} or { 64, 64 }, normalize = false })
end

function study.judge(name, policy, seed, at_end)
  local env = study.make(name, seed)
  local episodes = at_end and 20 or 5
  return env:evaluate(policy, { episodes = episodes, seed = (at_end and 20000 or 10000) + seed }).mean_return
end

if not arg then return study end -- for Python

local opt = rl.options {
  out = "results.csv",
  show = false, -- the table of what there is, and no training
  task = "",    -- "": all
  method = "",  -- "": all
  first = 11,   -- seeds
  seeds = 5,
  steps = 0,    -- 0: those of the task
}

-- Each gives a function that does one iteration and returns the steps so far, and the policy.
local methods = {}

local function gradient(method, policy)
  return function()
    local batch = method:collect()
    method:update(batch)
    return batch.stats.steps
  end, policy
end

for _, name in ipairs { "ppo", "trpo" } do
  methods[name] = function(env, seed) return gradient(rl[name] { env = env, seed = seed }) end
end

function methods.cmaes(env, seed)
  local es, policy = rl.cmaes { env = env, seed = seed }
  return function()
    local x = es:ask()
    local returns, stats = env:evaluate(policy, policy:spread(x), { common = true })
    es:tell(x, returns)
    policy.theta:copy_(policy:spread(es.mean))
    return stats.steps
  end, policy
end

for _, name in ipairs { "ppo", "trpo_plus" } do
  methods["preset_" .. name] = function(env, seed, steps)
    return gradient(rl.preset(name, env, { seed = seed, updates = math.ceil(steps / 2048) }))
  end
end

local ORDER = { "ppo", "trpo", "cmaes", "preset_ppo", "preset_trpo_plus" }
local PEER = { ppo = "ppo", trpo = "trpo", cmaes = "ars", preset_ppo = "ppo", preset_trpo_plus = "trpo" }

local function read()
  local lines, file = {}, io.open(opt.out)
  if not file then return lines end
  for line in file:lines() do
    local task, library, method, seed, steps, final = line:match("^([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),")
    if task then
      local key = table.concat({ task, library, method }, ",")
      lines[key] = lines[key] or {}
      lines[key][tonumber(seed)] = { steps = tonumber(steps), final = tonumber(final) }
    end
  end
  file:close()
  return lines
end

local function train(task, method, seed)
  local steps, env, cpu = opt.steps > 0 and opt.steps or task.steps, study.make(task.name, seed), 0
  local iterate, policy = methods[method](env, seed, steps)
  local curve, taken = {}, 0
  while taken < steps do
    local start = os.clock()
    taken = iterate()
    cpu = cpu + os.clock() - start
    while #curve < 10 and taken >= (#curve + 1) * steps / 10 do
      curve[#curve + 1] = ("%.4g"):format(study.judge(task.name, policy, seed, false))
    end
  end
  local line = ("%s,rl,%s,%d,%d,%.4f,%s,%.1f,%s"):format(task.name, method, seed, taken,
    study.judge(task.name, policy, seed, true), table.concat(curve, " "), cpu, rl.version)
  local file = assert(io.open(opt.out, "a"))
  file:write(line, "\n")
  file:close()
  print(line)
end

local function finals(list)
  local values = {}
  for seed = opt.first, opt.first + opt.seeds - 1 do
    if list and list[seed] then values[#values + 1] = list[seed].final end
  end
  return values
end

-- The 95% interval of the difference of interquartile means, each side's seeds drawn for themselves.
local function difference(ours, theirs)
  local rng, draws = rl.rng(1), {}
  local function draw(list)
    local drawn, u = {}, rng:uniform(#list):totable()
    for i = 1, #list do drawn[i] = list[math.min(#list, 1 + math.floor(u[i] * #list))] end
    return rl.statistics.iqm(drawn)
  end
  for i = 1, 10000 do draws[i] = draw(ours) - draw(theirs) end
  return rl.statistics.quantile(draws, 0.025), rl.statistics.quantile(draws, 0.975)
end

local function show(lines)
  print("| task | steps | method | ours: IQM (least, most) | peer | its IQM (least, most) | difference, 95% interval |")
  print("|---|---|---|---|---|---|---|")
  local function text(list)
    if #list == 0 then return "-" end
    local least, most = rl.statistics.quantile(list, 0), rl.statistics.quantile(list, 1)
    return ("%.1f (%.1f, %.1f)%s"):format(rl.statistics.iqm(list), least, most,
      #list == opt.seeds and "" or (" of %d"):format(#list))
  end
  for _, task in ipairs(study.tasks) do
    for _, method in ipairs(ORDER) do
      local ours = finals(lines[task.name .. ",rl," .. method])
      local theirs = finals(lines[task.name .. ",sb3," .. PEER[method]])
      local interval = "-"
      if #ours > 1 and #theirs > 1 then
        local low, high = difference(ours, theirs)
        interval = ("%.1f [%.1f, %.1f]%s"):format(rl.statistics.iqm(ours) - rl.statistics.iqm(theirs), low, high,
          high < 0 and " worse" or "")
      end
      if #ours > 0 then
        print(("| %s | %d | %s | %s | %s | %s | %s |"):format(task.name, task.steps, method, text(ours), PEER[method],
          text(theirs), interval))
      end
    end
  end
end

local lines = read()
for seed = opt.first, opt.first + opt.seeds - 1 do
  for _, task in ipairs(study.tasks) do
    for _, method in ipairs(ORDER) do
      local key = task.name .. ",rl," .. method
      local wanted = (opt.task == "" or opt.task == task.name) and (opt.method == "" or opt.method == method)
      if wanted and not opt.show and not (lines[key] and lines[key][seed]) then train(task, method, seed) end
    end
  end
end
show(read())
