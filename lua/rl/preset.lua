-- The nine code-level optimisations of Engstrom et al. 2020 ("Implementation Matters in Deep RL", arXiv 2005.12729,
-- section 3) as switches, and the algorithms they compare as presets.
--
--   local method, policy, value = rl.preset("trpo_plus", env, {
--     hidden = { 64, 64 }, updates = 200,        -- of the networks; how many updates there will be, for annealing
--     reward_clipping = false, gamma = 0.98,     -- a switch; any option of the method
--   })
--
-- rl.presets lists them: each is a table of such options, and `method` says whose constructor it is for. What is given
-- by name wins over what a switch implies (reward_clip = 5 over reward_clipping). A preset of one's own is one more
-- entry of that table.
local by_numbers = require "rl.by_numbers"
local core = require "rl.core"
local sorted_keys = require "rl.sorted_keys"

-- What each switch sets, on and off, of the method or of both networks.
local SWITCHES = {
  { name = "value_function_clipping", part = "method", option = "value_clip", on = 0.2, off = 0 },
  { name = "reward_scaling", part = "method", option = "reward_scaling", on = true, off = false },
  { name = "orthogonal_initialization", part = "network", option = "init", on = "orthogonal", off = "xavier" },
  { name = "adam_lr_annealing", part = "method", option = "anneal", on = "updates", off = 0 }, -- on: over all updates
  { name = "reward_clipping", part = "method", option = "reward_clip", on = 10, off = 0 },
  { name = "observation_normalization", part = "network", option = "normalize", on = true, off = false },
  { name = "observation_clipping", part = "network", option = "clip", on = 10, off = math.huge },
  { name = "tanh_activations", part = "network", option = "activation", on = "tanh", off = "relu" },
  { name = "global_gradient_clipping", part = "method", option = "max_grad_norm", on = 0.5, off = 0 },
}

-- A policy has all of these, a value those that are not of a policy only. `clip` is not here: it is PPO's.
local NETWORK = { "hidden", "layer_norm", "activation", "normalize", "normalizer", "init", "log_std", "std" }
local POLICY_ONLY = { log_std = true, std = true }

local function merge(...)
  local result = {}
  for i = 1, select("#", ...) do
    for name, value in pairs((select(i, ...))) do result[name] = value end
  end
  return result
end

local function all(on)
  local switches = {}
  for _, switch in ipairs(SWITCHES) do switches[switch.name] = on end
  return switches
end

-- "Minimal" leaves two on: the paper's code normalises observations and uses tanh in every algorithm it compares. For
-- TRPO+ and PPO-NoClip the authors chose among the optimisations by grid search on each task (most often without
-- annealing and value clipping in TRPO+); here they have all of them but one: none clips the value, PPO neither, for a
-- value that moves by .2 an update is late where updates are few (RESULTS.md). The user chooses:
-- value_function_clipping = true. In TRPO Adam steps the value alone, so annealing and gradient clipping are of the
-- value.
local minimal = merge(all(false), { observation_normalization = true, tanh_activations = true })
local full = merge(all(true), { value_function_clipping = false })
local trpo = { method = "trpo", fisher_fraction = 0.1 }

local presets = {
  ppo = merge(full, { method = "ppo" }),
  ppo_m = merge(minimal, { method = "ppo" }),
  ppo_noclip = merge(full, { method = "ppo", clip = 0 }),
  trpo = merge(minimal, trpo),
  trpo_plus = merge(full, trpo),
}

-- What a method that anneals begins at. Rates that fall to nothing are half in the mean, so they begin at twice what
-- they are otherwise; and the value is to be ready before the policy's rate has gone. Who names lr alone has it for
-- both.
local ANNEALED = { ppo = { lr = 6e-4, value_lr = 3e-3 } }

local function raise_rates(method, options)
  if options.lr ~= nil or (options.anneal or 0) == 0 then return end
  for name, rate in pairs(ANNEALED[method] or {}) do
    if options[name] == nil then options[name] = rate end
  end
end

local function check_method(name)
  for _, known in ipairs(core.methods) do
    if known == name then return end
  end
  error("rl.preset: " .. core.unknown_name("method", tostring(name), core.methods), 0)
end

local function check_names(settings)
  local known = { method = true, updates = true, seed = true, base = true }
  for _, switch in ipairs(SWITCHES) do known[switch.name] = true end
  for _, name in ipairs(NETWORK) do known[name] = true end
  for _, row in ipairs(core.describe_method(settings.method)) do
    known[row.name] = true
    if row.was and settings[row.was] ~= nil then
      error(("rl.preset: option %s is called %s since version 0.2"):format(row.was, row.name), 0)
    end
  end
  for name in pairs(settings) do
    if not known[name] then
      error("rl.preset: " .. core.unknown_name("option", tostring(name), sorted_keys(known)), 0)
    end
  end
end

-- What the switches of `settings` set of a part.
local function switched(settings, part)
  local options = {}
  for _, switch in ipairs(SWITCHES) do
    local on = settings[switch.name]
    if on ~= nil and type(on) ~= "boolean" then
      error(("rl.preset: %s must be true or false, got %s"):format(switch.name, tostring(on)), 0)
    end
    if on ~= nil and switch.part == part then
      local value
      if on then value = switch.on else value = switch.off end
      options[switch.option] = value
    end
  end
  return options
end

local function network_options(settings, is_policy)
  local options = switched(settings, "network")
  for _, name in ipairs(NETWORK) do
    if settings[name] ~= nil and (is_policy or not POLICY_ONLY[name]) then options[name] = settings[name] end
  end
  options.seed = settings.seed
  if settings.symmetric == "network" then options.symmetric = true end
  return options
end

local function method_options(settings)
  local options = switched(settings, "method")
  for _, row in ipairs(core.describe_method(settings.method)) do
    if settings[row.name] ~= nil then options[row.name] = settings[row.name] end
  end
  if options.anneal == "updates" then
    local updates = settings.updates
    if type(updates) ~= "number" or updates < 1 then
      error(("rl.preset: adam_lr_annealing needs the number of updates, got updates = %s; or say " ..
             "adam_lr_annealing = false"):format(tostring(updates)), 0)
    end
    options.anneal = updates
  end
  raise_rates(settings.method, options)
  options.seed, options.base = settings.seed, settings.base
  return options
end

local function build(name, env, options)
  if presets[name] == nil then
    error("rl.preset: " .. core.unknown_name("preset", tostring(name), sorted_keys(presets)), 0)
  end
  if options ~= nil and type(options) ~= "table" then
    error("rl.preset: a table of options expected, got " .. type(options), 0)
  end
  if type(env) ~= "userdata" then error("rl.preset: an environment expected, got " .. type(env), 0) end
  local settings = merge(presets[name], options or {})
  check_method(settings.method)
  check_names(settings)
  local policy = core.policy(env, network_options(settings, true))
  local value = core.value(env, network_options(settings, false))
  local parts = { env = env, policy = policy, value = value }
  local method = merge(method_options(settings), parts)
  by_numbers(settings.method, env, method)
  return core[settings.method](method), policy, value
end

-- rl.preset(name, env, options) -> method, policy, value
local function preset(name, env, options)
  local ok, method, policy, value = pcall(build, name, env, options)
  -- What is wrong is wrong in the caller's line, not in one of this file.
  if not ok then error((tostring(method):gsub("^[^\n]-%.lua:%d+: ", "")), 2) end
  return method, policy, value
end

return { new = preset, list = presets }
