-- A curriculum: stages of a task, each of which goes on until a number that is logged says that it is learnt.
--
--   local curriculum = rl.curriculum {
--     env = env, number = "mean_return", window = 5,
--     stages = {
--       { set = { difficulty = 1 }, above = 2 },   -- until the mean of 5 rows' mean_return is above 2
--       { set = { difficulty = 2 }, above = 1 },
--       { set = { difficulty = 3 } },              -- the last one stays
--     },
--   }
--   local run = rl.run { method = ppo, curriculum = curriculum }
--
-- A run hands every row that it logs to the curriculum, adds the column `stage`, and keeps where it stands in its
-- checkpoints. Without a run: curriculum:observe(row) after every iteration.
local core = require "rl.core"
local sorted_keys = require "rl.sorted_keys"

local curriculum = {}
curriculum.__index = curriculum

local KNOWN, KNOWN_OF_STAGE = { "env", "number", "stages", "window" }, { "above", "below", "enter", "number", "set" }

local function refuse(...) error("rl.curriculum: " .. (...):format(select(2, ...)), 0) end

local function check_names(settings, known, what)
  local set = {}
  for _, name in ipairs(known) do set[name] = true end
  for name in pairs(settings) do
    if not set[name] then refuse("%s", core.unknown_name(what, tostring(name), known)) end
  end
end

local function check_stage(stage, i, last, settings)
  if type(stage) ~= "table" then refuse("stage %d: a table expected, got a %s", i, type(stage)) end
  check_names(stage, KNOWN_OF_STAGE, ("setting of stage %d"):format(i))
  for _, bound in ipairs { "above", "below" } do
    local value = stage[bound]
    if value ~= nil and (type(value) ~= "number" or value ~= value) then
      refuse("stage %d: %s must be a number, got %s", i, bound, tostring(value))
    end
  end
  if not last and not stage.above and not stage.below then
    refuse("stage %d never ends: it needs above or below, a bound on %s", i, stage.number or settings.number)
  end
  if stage.set ~= nil and type(stage.set) ~= "table" then refuse("stage %d: set must be a table of options", i) end
  if stage.set and not settings.env then refuse("stage %d: set needs the setting env", i) end
  if stage.enter ~= nil and not core.is_callable(stage.enter) then refuse("stage %d: enter must be a function", i) end
end

-- Sets the options of each stage once, so that a wrong one is told now and not when training has come so far. Not
-- reward and done: what they were cannot be asked, and so not be set back.
local function try_stages(self)
  local before = self.env and self.env:options()
  for i, stage in ipairs(self.stages) do
    local plain = {}
    for name, value in pairs(stage.set or {}) do
      if not (name == "reward" or name == "done") then plain[name] = value end
    end
    if next(plain) then
      local ok, message = pcall(self.env.set, self.env, plain)
      if not ok then refuse("stage %d: %s", i, (tostring(message):gsub("^[^\n]-%.lua:%d+: ", ""))) end
      for name in pairs(plain) do plain[name] = before[name] end
      self.env:set(plain)
    end
  end
end

-- What holds from the stage on.
local function apply(self)
  local stage = self.stages[self.stage]
  if stage.set then self.env:set(stage.set) end
  if stage.enter then stage.enter(self.stage) end
end

local function number_of(self) return self.stages[self.stage].number or self.number end

local PATIENCE = 10 -- rows: not every one has all numbers

-- A number that is never logged ends no stage. The rows of a stage are counted, but for those of batches in which no
-- episode has ended, and so none has a return; a number that an earlier stage had is one that is logged.
local function note_absence(self, row)
  local name = number_of(self)
  if type(row[name]) == "number" then self.known[name] = true end
  local episodes = row[(name:match("^.*/") or "") .. "episodes"]
  if self.stage == #self.stages or self.known[name] or episodes == 0 then return end
  self.rows = self.rows + 1
  if self.rows ~= PATIENCE then return end
  self.notice = ("none of %d rows has the number that ends stage %d: %s"):format(PATIENCE, self.stage,
    core.unknown_name("number", name, sorted_keys(row)))
end

-- Takes in a row of numbers. True when it begins a new stage.
function curriculum:observe(row)
  local stage, value = self.stages[self.stage], row[number_of(self)]
  note_absence(self, row)
  if type(value) ~= "number" or value ~= value or self.stage == #self.stages then return false end
  local seen = self.seen
  seen[#seen + 1] = value
  if #seen > self.window then table.remove(seen, 1) end
  if #seen < self.window then return false end
  local mean = 0
  for _, x in ipairs(seen) do mean = mean + x / #seen end
  local enough = (not stage.above or mean > stage.above) and (not stage.below or mean < stage.below)
  if not enough then return false end
  self.stage, self.seen, self.rows = self.stage + 1, {}, 0
  apply(self)
  return true
end

local function copy(list)
  local copied = {}
  for i, value in ipairs(list) do copied[i] = value end
  return copied
end

-- Of checkpoints.
function curriculum:state() return { stage = self.stage, seen = copy(self.seen) } end

function curriculum:restore(state)
  self.stage, self.seen, self.rows = math.max(1, math.min(state.stage, #self.stages)), copy(state.seen), 0
  apply(self)
end

local function is_env(env)
  local ok, set, options = pcall(function() return env.set, env.options end)
  return ok and core.is_callable(set) and core.is_callable(options)
end

local function new(settings)
  if type(settings) ~= "table" then refuse("a table of settings expected, got a %s", type(settings)) end
  check_names(settings, KNOWN, "setting")
  local number, window = settings.number or "mean_return", settings.window or 1
  if type(number) ~= "string" then refuse("number must be the name of a number that is logged") end
  if type(window) ~= "number" or window < 1 or window ~= math.floor(window) then
    refuse("window must be a number of rows, got %s", tostring(window))
  end
  if type(settings.stages) ~= "table" or #settings.stages < 1 then refuse("stages must be a list of them") end
  if settings.env ~= nil and not is_env(settings.env) then
    refuse("env must be an environment, got a %s", type(settings.env))
  end
  local self = setmetatable({ env = settings.env, number = number, window = window, stages = settings.stages, stage = 1,
                              seen = {}, rows = 0, known = {} }, curriculum)
  for i, stage in ipairs(self.stages) do check_stage(stage, i, i == #self.stages, self) end
  try_stages(self)
  return self
end

return function(settings)
  local ok, self = pcall(new, settings)
  if not ok then error(self, 2) end
  apply(self)
  return self
end
