-- The environment of a run, made anew without its script: what config.json tells of it. Functions of the script are not
-- known: reward and ends are then the environment's own.
--
--   local path = run_env.policy_path(folder | file)
--   local body, options, note = run_env.describe(path)       for rl.env; nil, nil, message where there is none
local core = require "rl.core"
local creatures = require "rl.creatures"
local read_text = require("rl.runs").read_text

local run_env = {}

-- A run's folder stands for the policy in it.
function run_env.policy_path(path)
  local inside = path:gsub("(.)/+$", "%1") .. "/policy.safetensors"
  return read_text(inside) and inside or path
end

function run_env.is_known(name)
  if creatures[name] then return true end
  for _, known in ipairs((core.envs())) do
    if known == name then return true end
  end
  return false
end

-- Of the run that left a file.
function run_env.describe(path)
  local folder = path:match("^(.*)/[^/]*$") or "."
  local text = read_text(folder .. "/config.json") or read_text(folder .. "/../config.json")
  local config = text and core.parse_json(text)
  if type(config) ~= "table" then
    return nil, nil, ("there is no config.json beside %s that tells the environment"):format(path)
  end
  local env = config.environment
  if type(env) ~= "table" then
    return nil, nil, ("the run of %s names no environment (rl.run{ env = })"):format(path)
  end
  local options = {}
  for name, value in pairs(env.options or {}) do options[name] = value end
  for name, value in pairs(env.matrices or {}) do options[name] = value end
  local note = env.functions and
    "functions of the script are not known here: reward and ends are the environment's own" or nil
  if type(env.creature) == "table" then return env.creature, options, note end
  if not run_env.is_known(env.name) then
    return nil, nil, ("the environment %s of the run is the script's own, and not known here"):format(
      tostring(env.name))
  end
  return env.name, options, note
end

return run_env
