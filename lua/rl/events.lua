-- What run:log logs, for TensorBoard: event files in the run's folder, beside progress.csv.
--
--   local file = events.new(folder, resumed_at, method, options)     -- resumed_at: the step of the checkpoint, or nil
--   file:add(step, seconds, row)                                     -- row: name -> number, as in progress.csv
--   file:close()
--
-- Tags are Stable-Baselines3's where they mean the same, terms of rewards are reward/NAME, all else is run/NAME. A step
-- is a step of the environment where the row says how many there were, else an iteration. What is not finite is left
-- out.
--
-- TensorBoard 2.21 reads the files of a folder in the order of their names as text. Of steps that two files have, its
-- default server shows the later file's and the other (--load_fast false) both, unless they come while it runs and the
-- files do not begin with a version record, as these do not. So a run that is resumed cuts its files behind the
-- checkpoint and goes on in a new one: a server that is started then finds nothing twice, and one that was running
-- drops what it had.
local core = require "rl.core"
local sorted_keys = require "rl.sorted_keys"

local events = {}
events.__index = events

local TAGS = {
  mean_return = "rollout/ep_rew_mean", mean_length = "rollout/ep_len_mean", approx_kl = "train/approx_kl",
  clip_fraction = "train/clip_fraction", explained_variance = "train/explained_variance",
  policy_loss = "train/policy_gradient_loss", steps = "time/total_timesteps", steps_per_second = "time/fps",
  iteration = "time/iterations", seconds = "time/time_elapsed",
}

-- Those that are not a number of the row: of the row, and of the options of the method.
local DERIVED = {
  ["train/entropy_loss"] = function(row) return row.entropy and -row.entropy end,
  ["train/value_loss"] = function(row) return row.value_loss and 2 * row.value_loss end, -- ours is half of the square
  ["train/loss"] = function(row, options)
    if not (row.policy_loss and row.entropy and options.entropy_coef) then return nil end
    return row.policy_loss - options.entropy_coef * row.entropy + (row.value_loss or 0) * (options.value_coef or 0)
  end,
  ["train/learning_rate"] = function(_, options) return (options.anneal or 0) == 0 and options.lr or nil end,
  ["train/clip_range"] = function(row, options) return row.clip_fraction and options.clip end,
}
local REPLACED = { entropy = true, value_loss = true } -- by one of DERIVED

local function tag_of(name)
  if TAGS[name] then return TAGS[name] end
  return name:find("^reward/") and name or "run/" .. name
end

-- The step of a row: of the environment, where it is known.
function events.step_of(row) return row.steps or row.iteration end

local function read(path)
  local file, message = io.open(core.write_path(path), "rb") -- what this wrote
  if not file then return nil, message end
  local text
  text, message = file:read("*a")
  file:close()
  if text then return text end
  return nil, ("cannot read %s: %s"):format(path, message)
end

local function cut(path, step)
  local text, message = read(path)
  if not text then return nil, message end
  local kept = core.cut_events(text, step)
  if kept == "" then return os.remove(core.write_path(path)) end
  return kept == text or core.write_file(path, kept)
end

-- Drops what is later than `step` from the files that an earlier part of the run left, and what was half written. Files
-- of other programs are left alone; the new file's name comes behind theirs.
local function cut_files(self, step)
  for _, name in ipairs(assert(core.list_directory(self.folder, true))) do
    local time = tonumber((name:match("tfevents%.(%d+)")))
    local number = name:match("^events%.out%.tfevents%.%d+%.(%d+)%.rl$")
    if time then self.time = math.max(self.time, number and time or time + 1) end
    if number then
      self.number = math.max(self.number, tonumber(number))
      local ok, message = cut(self.folder .. "/" .. name, step)
      if not ok then io.stderr:write("rl.run: events of TensorBoard stay as they are: ", message, "\n") end
    end
  end
end

local function open(self)
  self.number = self.number + 1
  local path = ("%s/events.out.tfevents.%010.0f.%04.0f.rl"):format(self.folder, self.time, self.number)
  local file, message = io.open(core.write_path(path), "wb")
  if not file then return nil, message end
  file:setvbuf("no") -- a row is one write: nothing of one that failed comes later
  self.file = file
  return true
end

-- options: of the script, shown in the tab HPARAMS.
function events.new(folder, resumed_at, method, options)
  local self = setmetatable({ folder = folder, method = method, options = options, number = 0, time = os.time() },
    events)
  if resumed_at then cut_files(self, resumed_at) end
  self.resumed = resumed_at ~= nil
  return self
end

local function settings_record(self)
  local names, values = sorted_keys(self.options or {}), {}
  for i, name in ipairs(names) do
    local value = self.options[name]
    names[i], values[i] = tostring(name), type(value) == "number" and value or tostring(value)
  end
  return #names > 0 and core.settings_event(os.time(), names, values) or ""
end

local function write(self, record)
  if not self.file then
    local ok, message = open(self)
    if not ok then return nil, message end
    if self.number == 1 and not self.resumed then record = settings_record(self) .. record end
  end
  local ok, message = self.file:write(record)
  if ok then return true end
  pcall(self.file.close, self.file) -- part of the record may be there: what follows goes to another file
  self.file = nil
  return nil, message
end

local function is_finite(x) return type(x) == "number" and x - x == 0 end

-- Those of the method; as they were, while a thread has it.
local function options_now(self)
  if self.method and self.method.options then
    local ok, options = pcall(self.method.options, self.method)
    if ok then self.method_options = options end
  end
  return self.method_options or {}
end

-- Returns true, or nil and a message when the record cannot be written; the next one is tried again, in a new file.
function events:add(step, seconds, row)
  local tags, numbers = {}, {}
  local function put(tag, number)
    if is_finite(number) then tags[#tags + 1], numbers[#numbers + 1] = tag, number end
  end
  local options = options_now(self)
  for name, number in pairs(row) do
    if not REPLACED[name] then put(tag_of(name), number) end
  end
  for tag, derive in pairs(DERIVED) do put(tag, derive(row, options)) end
  self.start = self.start or os.time() - seconds
  return write(self, core.event(self.start + seconds, math.floor(step), tags, numbers))
end

-- What follows goes to another file: its folder has been removed.
function events:renew()
  if self.file then pcall(self.file.close, self.file) end
  self.file = nil
end

events.close = events.renew

return events
