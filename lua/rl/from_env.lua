-- What needs a policy makes its own where it is given nothing but an environment: constructors in C ask this file then.
--
--   local ppo, policy, value = rl.ppo { env = env }
--   local es, policy = rl.cmaes { env = env }
--   local x = es:ask()                          -- candidates of an iteration begin alike:
--   es:tell(x, (env:evaluate(policy, policy:spread(x), { common = true })))
--
-- A method gets a policy, and a value where it can use one, with the method's seed; PPO and TRPO have a few defaults of
-- their own. A search gets a linear policy, with `symmetric = "network"` one of half as many numbers. Its normaliser is
-- filled by a first population of random ones and stays as it is, for the task must not move; it only divides: 0 is
-- where things rest, and where random ones fell is nowhere.
local by_numbers = require "rl.by_numbers"
local core = require "rl.core"

local FIRST = 16 -- random policies

local makes = {} -- by the name of what is made

local function copy(options)
  local result = {}
  for name, value in pairs(options) do result[name] = value end
  return result
end

local function has(rows, name)
  for _, row in ipairs(rows) do
    if row.name == name then return true end
  end
  return false
end

-- What a method wants of its environment, where it is no policy or value that it asks for.
local function check(name, rows, env)
  local space, whole = env.action_space, rows.value and rows.value.central
  if whole and core.env_facts(env).agent then
    error(("rl.%s: its critic is of a whole world with one policy, and %s is an agent of one: use rl.%s, or give the "
      .. "environment of the world"):format(name, env.name, rows.policy.squash and "ddpg" or "ppo"))
  end
  if rows.policy.squash and space.kind == "box" and space.high - space.low == math.huge then
    error(("rl.%s: it acts within bounds, and the actions of %s have none: give them bounds, or use rl.ppo"):format(
      name, env.name))
  end
end

-- What TRPO and PPO do otherwise than their options say. Where actions are numbers TRPO makes no observation larger: of
-- normalised ones those that hardly vary cost as much of its trust region as the rest, and what has many muscles learns
-- late to stand. It begins with larger deviations, or now and then a walker never tries what walks. PPO's value learns
-- as fast as TRPO's: with the policy's 3e-4 some landers went on crashing.
local OF_NUMBERS = { trpo = { normalizer = "large", log_std = 0 } }
local VALUE_LR = { ppo = 1e-3 }
-- A creature is paid at every step for what it does, so that a shorter trace is enough and noise is less. Where what
-- matters comes late, as in a game that is won or lost in the end, it is not: worlds and all else keep what the option
-- says.
local LAMBDA_OF_CREATURES = { ppo = 0.9 }

for _, name in ipairs(core.methods) do
  local rows = core.describe_method(name)
  local compares = has(rows, "group")   -- episodes, in place of learning a value
  local actions = has(rows, "tau") -- values them, from a memory
  local activation = actions and "relu" or nil
  makes[name] = function(options)
    local env, seed, symmetric = options.env, options.seed, options.symmetric == "network" or nil
    local fitted = {}
    local of_policy = copy(rows.policy) -- how it wants it
    if getmetatable(env) == "rl.env" then
      if options.value == nil then check(name, rows, env) end
      if env.action_space.kind ~= "box" then of_policy.squash = nil end -- the method says what it is for
      if OF_NUMBERS[name] and env.action_space.kind == "box" then fitted = OF_NUMBERS[name] end
      by_numbers(name, env, options)
      local gae = options.advantage == nil or options.advantage == "gae"
      if gae and options.lambda == nil and LAMBDA_OF_CREATURES[name] and core.env_facts(env).creature then
        options.lambda = LAMBDA_OF_CREATURES[name]
      end
    end
    if VALUE_LR[name] and options.lr == nil and options.value_lr == nil then options.value_lr = VALUE_LR[name] end
    of_policy.seed, of_policy.symmetric, of_policy.activation = seed, symmetric, activation
    for option, x in pairs(fitted) do of_policy[option] = x end
    options.policy = core.policy(env, of_policy)
    if options.value == nil and not compares then
      local of_value = copy(rows.value) -- what its critic reads
      of_value.seed, of_value.symmetric, of_value.activation = seed, symmetric, activation
      of_value.normalizer = fitted.normalizer
      options.value = core.value(env, of_value)
    end
    return core[name](options), options.policy, options.value
  end
end

local SYMMETRIC = { network = true, [false] = false, ["false"] = false } -- as methods say
local MANY = 300 -- coordinates: a covariance of more takes longer to learn than the search is

for _, name in ipairs(core.searches) do
  local rows = core.describe_search(name)
  local has_diagonal, steps = has(rows, "diagonal"), has(rows, "lr") -- steps: of a length of its own, along a slope
  makes[name] = function(options)
    local env, symmetric = options.env, SYMMETRIC[options.symmetric or false]
    if symmetric == nil then
      error(('rl.%s: option symmetric: "network" or false expected, got %s: a search has no samples to mirror'):format(
        name, tostring(options.symmetric)))
    end
    local policy = core.policy(env, { hidden = {}, std = "fixed", normalizer = "scale", seed = options.seed,
                                      symmetric = symmetric })
    policy.theta:zero_()
    options.env, options.symmetric, options.x0 = nil, nil, policy:free()
    if options.scale == nil and not steps then -- actions deviate by sigma, however many numbers they follow from
      options.scale = 1 / math.sqrt(env.observation_space.size + 1)
    end
    if has_diagonal and options.diagonal == nil then options.diagonal = policy:free():size(1) > MANY end
    local es = core[name](options)
    local sigma = tonumber(options.sigma) or 0.3 -- no schedule: they only show what there is to see
    local random = core.rng(es:options().seed):normal(FIRST, es.dim) * sigma * (options.scale or 1)
    env:evaluate(policy, policy:spread(random), { observe = true })
    return es, policy
  end
end

return function(name, options)
  local ok, object, policy, value = pcall(makes[name], copy(options))
  -- What is wrong is wrong in the line that called the constructor, two calls from here.
  if not ok then error(type(object) == "string" and object:gsub("^[^\n]-%.lua:%d+: ", "") or object, 3) end
  return object, policy, value
end
