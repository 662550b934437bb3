-- Who plays the agents of a run's world where not all act by one policy: those that learn, each by its own, and those
-- that they learn beside (env:players).
--
--   seats.by_agents(object)               whether it is a table of objects of the module, by agents
--   local world, problem, order = seats.check(settings)   where settings are given by agents: their world, and which
--   seats.kind_of(object)                 "rl.policy", "table"
--   local ok, message = seats.save(run)   a file for each policy; config.json says who plays whom
local core = require "rl.core"

local seats = {}

function seats.by_agents(object)
  if type(object) ~= "table" or object.save or object.state then return false end
  for _, of in pairs(object) do
    if type(of) == "userdata" then return true end
  end
  return false
end

-- The name of its type, of objects of the module their own.
local function kind_of(object)
  local kind = type(object) == "userdata" and getmetatable(object) -- a name, of objects of the module
  return type(kind) == "string" and kind or type(object)
end
seats.kind_of = kind_of

-- The world of methods that are given by agents; nil and what is wrong.
local function world_of(methods)
  local world
  for name, method in pairs(methods) do
    local known, made_of = pcall(core.method_parts, method)
    if not known then return nil, ("method.%s: a method expected, got %s"):format(tostring(name), kind_of(method)) end
    local agent, own = core.env_facts(made_of.env).agent, core.env_world(made_of.env)
    if agent ~= name then
      return nil, ("method.%s is of %s, not of env:agent(%q)"):format(tostring(name), made_of.env.name, tostring(name))
    end
    if world and world ~= own then return nil, ("method.%s is of another world than the others"):format(name) end
    world = own
  end
  return world
end

-- What is wrong with the policy of an agent, or nil.
local function problem_of(world, name, policy, method)
  if kind_of(policy) ~= "rl.policy" then
    return ("policy.%s: a policy expected, got %s"):format(name, kind_of(policy))
  end
  if method and core.method_parts(method).policy ~= policy then
    return ("policy.%s is not the one of method.%s: leave it out, or make the method with it"):format(name, name)
  end
  local fits, message = core.policy_fits(policy, world:agent(name))
  return not fits and ("policy.%s: %s"):format(name, message) or nil
end

-- The agents of `world` that have a method or a policy, in their order; nil and what is wrong.
local function order_of(world, methods, policies)
  local names, order, known = {}, {}, {}
  for i, agent in ipairs(world.agents) do
    names[i], known[agent.name] = agent.name, true
    if methods[agent.name] or policies[agent.name] then order[#order + 1] = agent.name end
  end
  for name, policy in pairs(policies) do
    if not known[name] then return nil, "policy: " .. core.unknown_name("agent", tostring(name), names) end
    local problem = problem_of(world, name, policy, methods[name])
    if problem then return nil, problem end
  end
  return order
end

function seats.check(settings)
  local methods = seats.by_agents(settings.method) and settings.method
  local policies = seats.by_agents(settings.policy) and settings.policy
  if not (methods or policies) then return nil end
  if methods and settings.policy and not policies then
    return nil, "policy: policies by agents expected, as the methods are"
  end
  local world, message
  if methods then
    world, message = world_of(methods)
    if not world then return nil, message end
  else
    world = type(settings.env) == "userdata" and core.env_world(settings.env)
    if not (world and world.agents) then
      return nil, "policy: policies by agents want env, the world that they are of"
    end
  end
  local order
  order, message = order_of(world, methods or {}, policies or {})
  return order and world, message, order
end

-- Agent -> a policy, a list of them, "random" or "zero"; the world; and whose policy is that of the run, where one is.
-- nil: all share one, or there is no world.
local function players_of(parts)
  local env = parts.envs[1]
  local world = env and core.env_world(env)
  if not (world and world.agents) then return nil end
  local agent = core.env_facts(env).agent
  if not (parts.policies or agent and type(parts.policy) == "userdata") then return nil end
  local players = world:players()
  for name, policy in pairs(parts.policies or { [agent] = parts.policy }) do players[name] = policy end
  return players, world, not parts.policies and agent or nil
end

local function alike(world, one, other)
  local a, b = world:agent(one), world:agent(other)
  return a.observation_space.size == b.observation_space.size and a.action_space.kind == b.action_space.kind and
    a.action_space.size == b.action_space.size
end

local function file_of(name, used)
  local stem = "policy." .. name:gsub("[^%w_-]", "_")
  local file, number = stem .. ".safetensors", 1
  while used[file] do
    number = number + 1
    file = ("%s-%d.safetensors"):format(stem, number)
  end
  used[file] = true
  return file
end

-- Of several opponents none is more than the others: who can use the policy that learns plays by that.
local function worth_saving(player, world, own, name)
  if type(player) ~= "table" then return player end
  return not (own and alike(world, own, name)) and player[1] or nil
end

function seats.save(run)
  local players, world, own = players_of(run.parts)
  if not players then return true end
  local told, used = {}, {}
  for _, agent in ipairs(world.agents) do
    local name = agent.name
    local player = worth_saving(players[name], world, own or run.parts.seats[1], name)
    local file = file_of(name, used)
    if name == own then
      told[name] = "policy.safetensors"
    elseif type(player) == "userdata" then
      local ok, message = player:save(run:path(file))
      if not ok then return nil, message end
      told[name] = file
    else
      told[name] = player
    end
  end
  local config = run.place.config
  if not config.players or core.json(told) ~= core.json(config.players) then
    config.players, run.place.changed = told, true
  end
  return true
end

return seats
