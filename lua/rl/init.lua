-- The module: local rl = require "rl". A list of what users see; the parts live in their own files.
local found, core = pcall(require, "rl.core")
if not found then -- a module for another Lua asks for functions that this one has not
  local message = tostring(core)
  local another = message:find("undefined symbol: lua", 1, true) or message:find("version mismatch", 1, true)
  error(another and ("rl/core.so was built for another Lua than this, %s:\n%s"):format(_VERSION, core) or core, 0)
end
if type(core) ~= "table" or not (rawget(core, "version") and rawget(core, "revision")) then
  local search = rawget(package, "searchpath") -- not in 5.1
  local path = search and search("rl.core", package.path .. ";" .. package.cpath)
  error(("rl: rl.core%s belongs to another module that is called rl as well; put the folders of this one first in " ..
    "package.path and package.cpath"):format(path and " of " .. path or ""), 0)
end
local VERSION = "0.2.0" -- of the files in Lua
if core.version ~= VERSION then
  error(("rl: its files in Lua are of version %s, its rl.core is of %s: two are installed, and package.path and " ..
    "package.cpath lead to different ones"):format(VERSION, core.version), 0)
end
local design = require "rl.design"
local from_env = require "rl.from_env"
local param = require "rl.param"
local preset = require "rl.preset"
require "rl.recording"

local rl = {
  version = core.version,
  _VERSION = "rl " .. core.version,
  revision = core.revision,
  threads = core.threads,
  ranks = core.ranks,
  confine = core.confine,

  -- tensors and random streams
  tensor = core.tensor,
  frombytes = core.frombytes,
  zeros = core.zeros,
  ones = core.ones,
  full = core.full,
  eye = core.eye,
  arange = core.arange,
  min = core.min,
  max = core.max,
  where = core.where,
  rng = core.rng,

  -- creatures and environments
  env = core.env,
  envs = require("rl.envs"),
  lqr_gain = core.lqr_gain,
  lqr_return = require("rl.lqr_return"),
  tetris = core.tetris,
  lua_env = core.lua_env,
  joint = require("rl.joint"),
  creature = core.creature,
  creatures = require("rl.creatures"),
  feasible = core.feasible,
  muscle_curves = core.muscle_curves,
  muscle_rest = core.muscle_rest,
  muscle_step = core.muscle_step,

  -- variables: gradients of one's own losses
  variable = core.variable,
  adam = core.adam,
  sgd = core.sgd,
  rmsprop = core.rmsprop,

  -- policies and values
  policy = core.policy,
  value = core.value,
  load_policy = core.load_policy,
  load_value = core.load_value,

  -- demonstrations
  demonstration = core.demonstration,
  load_demonstration = core.load_demonstration,
  clone = core.clone,

  -- policy-gradient methods, each of core.methods below
  rollout = core.rollout,
  methods = core.methods,
  preset = preset.new,
  presets = preset.list,

  -- derivative-free searches, each of core.searches below
  searches = core.searches,
  map = require("rl.map"),
  functions = require("rl.functions"),

  -- descriptions with free numbers
  param = param.new,
  space = require("rl.space"),
  save_design = design.save,
  load_design = design.load,
  load_creature = require("rl.load_creature"),

  describe = require("rl.describe"),

  -- experiments, most of which are in LATER
  options = require("rl.options"),
  live = require("rl.live").open,
  timing = require("rl.timing"),
  time = core.time,
  bench = core.bench,
}

require "rl.clone"

for _, list in ipairs { rl.methods, rl.searches } do
  for _, name in ipairs(list) do rl[name] = core[name] end
end
core.from_env(from_env)

-- What a game that only plays or trains does without: loaded where it is first asked for.
local LATER = {
  contour = "rl.contour",
  curriculum = "rl.curriculum",
  export_creature = "rl.export_creature",
  gait = "rl.gait",
  gallery = "rl.gallery",
  league = "rl.league",
  load_league = "rl.load_league",
  motion = "rl.read_motion",
  ratings = "rl.ratings",
  run = "rl.run",
  statistics = "rl.statistics",
  tasks = "rl.tasks",
  visualize_random = "rl.visualize",
  walking = "rl.walking",
}
local require = require

return setmetatable(rl, {
  __index = function(_, name)
    local file = LATER[name]
    if not file then return nil end
    rl[name] = require(file)
    return rl[name]
  end,
})
