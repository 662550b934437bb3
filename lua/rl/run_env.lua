-- The environment of a run, made anew without its script: what config.json tells of it. Functions of the script are not
-- known: reward and ends are then the environment's own.
--
--   local path = run_env.policy_path(folder | file)
--   local body, options, note, cast = run_env.describe(path, change)    for run_env.make; or nil, nil, message
--   local env, player, note, own = run_env.open(path, change)    what was learnt there, ready to be played
--   env, player, note = run_env.seat(env, player, agent, own, deterministic)     of a world: as one of its agents
--
-- change(options) edits the options of the environment before it is made.
local core = require "rl.core"
local creatures = require "rl.creatures"
local design = require "rl.design"
local provenance = require "rl.provenance"
local run_config = require "rl.run_config"
local runs = require "rl.runs"
local sorted_keys = require "rl.sorted_keys"

local read_text = runs.read_text

local run_env = {}

-- The config.json of the run that left a file, and the folder that it is in: that of the file or the one above; or nil.
local function config_of(folder)
  for _, place in ipairs { folder, folder .. "/.." } do
    local text = read_text(place .. "/config.json")
    if text then return (run_config.parse(text)), place end
  end
end

-- agent -> the file of its policy, "random" or "zero", as a run's config.json says; and their names in order.
local function players_of(config)
  local players = {}
  for name, player in pairs(config.players or {}) do
    if type(player) == "string" and not player:find("/", 1, true) then players[name] = player end
  end
  return players, sorted_keys(players)
end

-- A run's folder stands for the policy in it; of those of several agents for the first.
function run_env.policy_path(path)
  local folder = path:gsub("(.)/+$", "%1")
  local inside = folder .. "/policy.safetensors"
  if read_text(inside) then return inside end
  local players, names = players_of(config_of(folder) or {})
  for _, name in ipairs(names) do
    local file = folder .. "/" .. players[name]
    if players[name]:find("%.safetensors$") and read_text(file) then return file end
  end
  return path
end

-- For who wants a policy, of what policy_path gives; nil: it may be one.
function run_env.no_policy(path)
  if path:find("%.lua$") then
    return ("%s is a design, which has no policy: rlrun gait and rlrun motion show it by its own gait"):format(path)
  end
  if read_text(path .. "/config.json") and read_text(path .. "/design.lua") then
    return ("the run %s has no policy; rlrun gait and rlrun motion show its design"):format(path)
  end
end

function run_env.is_known(name)
  if creatures[name] then return true end
  for _, known in ipairs((core.envs())) do
    if known == name then return true end
  end
  return false
end

-- Agents of a world may have had the script's reward only.
local function rewards_of(world)
  local rewards = {}
  for _, agent in ipairs(world.creatures) do
    if not agent.walks then rewards[agent.name] = function() return 0 end end
  end
  return next(rewards) and rewards or nil
end

-- In a world, where not all share the policy of a file: the agent that it is of, and who plays the others, by files
-- beside it, or those of the run where it is in a folder of its own.
local function cast_of(config, path, folder)
  local players, names = players_of(config)
  local agent, beside = config.environment.agent, path:match("^(.*/)[^/]*$") or ""
  for _, name in ipairs(names) do
    local file = players[name]
    if file == path:match("[^/]*$") then agent = name end
    if file:find("%.safetensors$") then
      players[name] = read_text(beside .. file) and beside .. file or folder .. "/" .. file
    end
  end
  return agent and { agent = agent, players = players }
end

-- Takes over what a curriculum or the script changed in an environment's options, and then what `change` does; says
-- what is left of the first. A file may hold anything: a value of another type than the one at first is none.
local function take_changes(config, options, change)
  local first, told = {}, {}
  for name, now in pairs(config.changed or {}) do
    if type(now) ~= "table" and type(now) == type(options[name]) then
      first[name], options[name] = options[name], now
    end
  end
  if change then change(options) end
  for _, name in ipairs(sorted_keys(first)) do
    if options[name] == config.changed[name] then
      told[#told + 1] = ("%s %s, %s at first"):format(name, provenance.text(options[name]),
        provenance.text(first[name]))
    end
  end
  return told[1] and "the environment is that of the run's end: " .. table.concat(told, "; ")
end

local function joined(first, second) return first and second and first .. "\n" .. second or first or second end

local NOT_KNOWN = "functions of the script are not known here: reward and ends are the environment's own"

-- Of the run that left a file, at its end. cast: for run_env.load.
function run_env.describe(path, change)
  local config, folder = config_of(path:match("^(.*)/[^/]*$") or ".")
  if not config then
    return nil, nil, ("there is no config.json beside %s that tells the environment"):format(path)
  end
  local env = config.environment
  if not env then
    return nil, nil, ("the run of %s names no environment (rl.run{ env = })"):format(path)
  end
  local options = {}
  for name, value in pairs(env.options or {}) do options[name] = value end
  for name, value in pairs(env.matrices or {}) do options[name] = value end
  local changes = take_changes(config, options, change)
  local note = env.functions and NOT_KNOWN or nil
  if type(env.creature) == "table" then return env.creature, options, joined(note, changes) end
  if type(env.world) == "table" and type(env.world.creatures) == "table" then
    options.reward = rewards_of(env.world)
    if options.reward then note = NOT_KNOWN .. ", and 0 for an agent that has none" end
    return env.world, options, joined(note, changes), cast_of(config, path, folder)
  end
  if not run_env.is_known(env.name) then
    return nil, nil, ("the environment %s of the run is the script's own, and not known here: the script can show " ..
      "it (env:evaluate, env:record and what recordings have)"):format(tostring(env.name))
  end
  return env.name, options, joined(note, changes)
end

-- The environment of a description, or nil and a message: a file may describe what is none.
function run_env.make(body, options)
  if type(body) == "table" and body.creatures then
    local world = {}
    for name, value in pairs(options) do world[name] = value end
    for name, value in pairs(body) do world[name] = value end
    body, options = world, nil
  end
  local made, env = pcall(core.env, body, options)
  if made then return env end
  return nil, (tostring(env):gsub("^[^\n]-%.lua:%d+: ", ""))
end

-- The player of an agent beside the one whose policy `path` is: what the run says; otherwise that policy where it fits,
-- else nobody.
local function other_player(path, env, cast, name)
  local told, own = cast.players[name], env:agent(name)
  if told == "zero" or told == "random" then return told end
  if told then return core.load_policy(told, own) end
  return core.load_policy(path, own) or "zero"
end

-- Who plays there, for env:record and env:evaluate: the policy of a file, or with a cast a player for each agent. nil
-- and a message where one does not fit.
function run_env.load(path, env, cast)
  if not (cast and env.agents) then return core.load_policy(path, env) end
  local policy, note = core.load_policy(path, env:agent(cast.agent))
  if not policy then return nil, note end
  local players = { [cast.agent] = policy }
  for _, agent in ipairs(env.agents) do
    if agent.name ~= cast.agent then
      local player, message = other_player(path, env, cast, agent.name)
      if not player then return nil, message end
      players[agent.name], note = player, note or message
    end
  end
  return players, note
end

-- The files that run_env.load reads.
function run_env.files(path, cast)
  local files = { path }
  for _, player in pairs(cast and cast.players or {}) do
    if player:find("%.safetensors$") then files[#files + 1] = player end
  end
  table.sort(files)
  return files
end

local function is_file(path) return read_text(path) ~= nil end

-- Of a run's folder the policy, or the design of one without a policy; of a design, the creature by its own gait.
local function what_is_at(path)
  local folder = path:gsub("(.)/+$", "%1")
  local policy = run_env.policy_path(folder)
  if policy == folder and is_file(folder .. "/design.lua") then return folder .. "/design.lua" end
  return policy
end

-- An environment with one copy, and a policy or "zero", for env:record and env:evaluate; nil and a message where there
-- is none. path: a folder of a run, a policy.safetensors, or a design (.lua) with bodies. own: the agent that the file
-- is of, where it is of one.
function run_env.open(path, change)
  local file = what_is_at(path)
  local is_design = file:find("%.lua$")
  if not is_file(file) then
    return nil, is_file(file .. "/config.json") and ("the run %s has neither a policy nor a design"):format(file) or
      ("there is neither a policy nor a design: cannot read %s%s"):format(file, runs.hint(path))
  end
  local body, options, note, cast = run_env.describe(file, change)
  local player = "zero"
  if is_design then
    local found, message = design.load(file)
    if not found then return nil, message end
    if not found.bodies then return nil, ("%s has no bodies: its numbers are a part of a creature"):format(file) end
    body, options, note = found, options or {}, note and body and note or nil
    if change then change(options) end
  elseif not body then
    return nil, note
  end
  options.n = 1
  local env, reason = run_env.make(body, options)
  if not env then return nil, reason end
  if not is_design then
    local policy, message = run_env.load(file, env, cast)
    if not policy then return nil, message end
    player, note = policy, joined(note, message)
  end
  return env, player, note, cast and cast.agent
end

-- Of a world: as the agent of that name, beside whom the others are played; nil: whose the file is (own), or else the
-- first. Another environment stays as it is. The note says whose it is, and who else there is.
function run_env.seat(env, player, name, own, deterministic)
  if not env.agents then
    if name then return nil, ("--agent is for worlds of several agents; %s is none"):format(env.name) end
    return env, player
  end
  local names, players, others = {}, {}, {}
  for i, agent in ipairs(env.agents) do
    names[i] = agent.name
    players[agent.name] = type(player) == "table" and player[agent.name] or player
  end
  own = name or own or names[1]
  local player_of = players[own] or nil
  if not player_of then return nil, core.unknown_name("agent", own, names) end
  players[own] = nil
  env:players(players, { deterministic = deterministic })
  for _, other in ipairs(names) do
    if other ~= own then others[#others + 1] = other end
  end
  return env:agent(own), player_of, not name and others[1] and ("of agent %s; --agent has others: %s"):format(own,
    table.concat(others, ", ")) or nil
end

return run_env
