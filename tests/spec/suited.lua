-- What a method can do with, for tests that loop over all: one that compares groups has no critic; one with a memory
-- may have critics of actions, and wants numbers and a squashed policy where it learns through them.
local core = require "rl.core"
local shown = require "spec.shown"

local suited = {}

function suited.has(name, option)
  for _, row in ipairs(name == "rollout" and {} or core.describe_method(name)) do
    if row.name == option then return true end
  end
  return false
end

function suited.groups(name) return suited.has(name, "group") end
function suited.remembers(name) return suited.has(name, "memory") end
function suited.policy_options(name) return name == "rollout" and {} or core.describe_method(name).policy end
function suited.squashes(name) return suited.policy_options(name).squash or false end
function suited.values_actions(name) return suited.has(name, "tau") end

-- Of a policy whose deviation nothing learns, and whose entropy nobody asks for.
function suited.is_deterministic(name) return suited.policy_options(name).std == "fixed" end

-- Learns from its batch by a critic that takes what was done.
function suited.judges_actions(name)
  return name ~= "rollout" and core.describe_method(name).value.action and not suited.remembers(name)
end

local function with(shape, more)
  local all = {}
  for key, x in pairs(shape or {}) do all[key] = x end
  for key, x in pairs(more or {}) do all[key] = x end
  return all
end

-- Whether it can do with the actions of the environment.
function suited.actions(name, env) return not suited.squashes(name) or env.action_space.kind == "box" end

-- The environment, or, where it cannot, what `other` opens.
function suited.env(name, env, other) return suited.actions(name, env) and env or other() end

function suited.policy(rl, name, env, shape) return rl.policy(env, with(shape, suited.policy_options(name))) end

function suited.value(rl, name, env, shape)
  local all = with(shape, name ~= "rollout" and core.describe_method(name).value)
  if suited.judges_actions(name) then all.history = nil end -- it reads the newest observation
  return not suited.groups(name) and rl.value(env, all) or nil
end

-- A small one of the environment with two networks of its own.
function suited.method(rl, name, env, options)
  local shape = { hidden = { 16 }, seed = 2 }
  local all = {
    env = env, seed = 1, minibatch = suited.has(name, "minibatch") and 64 or nil,
    policy = suited.policy(rl, name, env, shape),
    value = suited.value(rl, name, env, shape),
    demonstrations = shown(name, env),
  }
  if suited.remembers(name) then all.warmup, all.replay, all.memory = 400, 0.05, 1000 end
  for key, value in pairs(options or {}) do all[key] = value end
  return rl[name](all), all.policy, all.value
end

return suited
