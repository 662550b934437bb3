-- A run: the folder an experiment leaves, and what a person sees while it goes on.
--
--   local run = rl.run{ name = "moonwalk", options = opt, policy = policy, iterations = opt.iterations }
--   for i = 1, opt.iterations do
--     local batch = ppo:collect(2048)
--     run:log(i, batch.stats, ppo:update(batch))
--   end
--   run:replay(recording)
--   run:finish()
--
-- <out>/<name>-<time>-<seed>/ gets config.json at once, progress.csv with a row a log, policy.safetensors every few
-- seconds and at the end, however that comes: when the script is asked to stop, run:log saves and ends it; after an
-- error rlrun has the runs that are open saved.

local core = require "rl.core"
local events = require "rl.events"
local live = require "rl.live"
local needs = require "rl.needs"
local progress = require "rl.progress"
local replay = require "rl.replay"

local run = {}
run.__index = run

local SAVE_EVERY = 5 -- seconds
local KNOWN = { "env", "iterations", "method", "name", "options", "policy" }

local open_runs = {} -- until they are finished: not weak, so that a script that drops its run loses nothing

-- Opening

local function check(settings)
  if type(settings) ~= "table" then error("rl.run: a table of settings expected, got " .. type(settings), 3) end
  local known = {}
  for _, name in ipairs(KNOWN) do known[name] = true end
  for name in pairs(settings) do
    if not known[name] then error("rl.run: " .. core.unknown_name("setting", tostring(name), KNOWN), 3) end
  end
  local name, iterations = settings.name, settings.iterations
  if name ~= nil and (type(name) ~= "string" or name == "" or name:find("/")) then
    error(("rl.run: name must be a string without a slash, got %s"):format(tostring(name)), 3)
  end
  if iterations ~= nil and type(iterations) ~= "number" then
    error(("rl.run: iterations must be a number, got a %s"):format(type(iterations)), 3)
  end
  local kind = type(settings.policy)
  if kind ~= "nil" and not ((kind == "userdata" or kind == "table") and settings.policy.save) then
    error("rl.run: policy must have a method save(path)", 3)
  end
end

-- scripts/moonwalk.lua -> moonwalk
local function script_name(launch)
  local name = (launch.script or "run"):match("([^/]+)$") or "run"
  return (name:gsub("%.lua$", ""))
end

-- Creates a folder that was not there before.
local function create_folder(out, name, seed)
  local base = ("%s/%s-%s-%.0f"):format(out, name, os.date("%Y%m%d-%H%M%S"), seed)
  local folder, number = base, 1
  while true do
    local ok, message, exists = core.make_directory(folder, true)
    if ok then return folder end
    if not exists then core.leave(1, "rl.run: " .. message .. " (choose another place with --out)") end
    number = number + 1
    folder = base .. "-" .. number
  end
end

-- Every option of the environment, by name.
local function environment(env)
  if not env then return nil end
  return { name = env.name, copies = env.n, observations = env.observation_space.size, actions = env.action_space.size,
           options = env:options() }
end

local function write_config(self, settings, launch)
  local text = core.json({
    name = self.name,
    environment = environment(settings.env),
    policy = settings.policy and settings.policy.options and settings.policy:options() or nil,
    method = settings.method and settings.method:options() or nil,
    options = settings.options or {},
    defaults = launch.defaults,
    iterations = settings.iterations,
    seed = self.seed,
    threads = core.threads(),
    script = launch.script,
    arguments = #launch.args > 0 and launch.args or nil,
    version = core.version,
    revision = core.revision,
    time = os.date("!%Y-%m-%dT%H:%M:%SZ"),
  }, true)
  local ok, message = core.write_file(self:path("config.json"), text .. "\n")
  if not ok then core.leave(1, "rl.run: " .. message) end
end

-- Closing

local function save(self)
  self.last_save = core.time()
  if not self.policy then return true end
  return self.policy:save(self:path("policy.safetensors"))
end

-- Saves for the last time. Returns what to tell, and whether all went well.
local function close(self)
  self.closed = true
  local called, ok, message = pcall(save, self) -- before anything else can fail
  for i, other in ipairs(open_runs) do
    if other == self then table.remove(open_runs, i) break end
  end
  core.open_runs(#open_runs)
  pcall(self.live.stop, self.live)
  pcall(self.progress.close, self.progress)
  pcall(self.events.close, self.events)
  pcall(self.report.close, self.report)
  if called and ok then return "saved " .. self.folder, true end
  return ("%s: the policy could not be saved: %s"):format(self.folder, tostring(called and message or ok)), false
end

local function close_all(reason)
  local told = {}
  while #open_runs > 0 do
    local self = open_runs[1]
    local text = close(self)
    local where = self.iteration and "iteration " .. self.iteration or "the first iteration"
    local format = self.iteration and "%s (%s after %s)" or "%s (%s before %s)"
    if reason then text = format:format(text, reason, where) end
    told[#told + 1] = text
  end
  return told[1] and table.concat(told, "\n")
end

-- Ends the script if it has been asked to stop.
local function heed_signal()
  local signal = core.stopping()
  if not signal then return end
  local told = {}
  while #open_runs > 0 do told[#told + 1] = (close(open_runs[1])) end
  core.leave(128 + signal, "interrupted: " .. table.concat(told, "\n"))
end

-- The face

local function new(settings)
  needs("rl.run", "io", "os")
  if core.launch().ask then core.leave(0, "") end -- rlrun --options of a script that has none
  check(settings)
  local launch = core.launch()
  local self = setmetatable({ policy = settings.policy, last_save = -math.huge }, run)
  self.name = settings.name or script_name(launch)
  self.seed = settings.options and tonumber(settings.options.seed) or launch.seed
  self.folder = create_folder(launch.out, self.name, self.seed)
  self.start, self.last_log, self.last_steps = core.time(), core.time(), 0
  self.progress = progress.new(self:path("progress.csv"))
  self.events = events.new(self.folder, nil, settings.method, settings.options)
  self.report = require("rl.report").new { -- not before there is a run: it is large
    folder = self.folder, env = settings.env, policy = settings.policy, method = settings.method,
  }
  self.live = live.new(self.name, settings.iterations, launch.quiet)
  write_config(self, settings, launch)
  open_runs[#open_runs + 1] = self
  core.on_exit(close_all)
  core.open_runs(#open_runs)
  return self
end

-- Puts the numbers of a table into the row; { terms = { speed = 1 } } becomes "reward/speed".
local function merge(row, stats, prefix)
  for key, value in pairs(stats) do
    local kind, name = type(value), prefix .. tostring(key):gsub('[,"%c]', "_")
    if kind == "number" then
      row[name] = value
    elseif kind == "boolean" then
      row[name] = value and 1 or 0
    elseif kind == "table" and prefix == "" then
      merge(row, value, (key == "terms" and "reward" or name) .. "/")
    else
      error(("run:log: %q is a %s; only numbers can be logged"):format(name, kind), 4)
    end
  end
end

local function make_row(self, iteration, ...)
  local row = {}
  for i = 1, select("#", ...) do
    local stats = select(i, ...)
    if stats ~= nil and type(stats) ~= "table" then
      error(("run:log: a table of numbers expected, got a %s"):format(type(stats)), 3)
    end
    merge(row, stats or {}, "")
  end
  local now = core.time()
  row.iteration, row.seconds = iteration, now - self.start
  if row.steps and now > self.last_log then
    row.steps_per_second = (row.steps - self.last_steps) / (now - self.last_log)
    self.last_steps = row.steps
  end
  self.last_log = now
  return row
end

-- What only shows the run must not end it.
local function record(self, row)
  local function warn(ok, what, message)
    if ok or self.warned then return end
    self.warned = true
    io.stderr:write("\nrl.run: ", what, ": ", tostring(message), "\n")
  end
  local ok, message = self.events:add(events.step_of(row), row.seconds, row)
  warn(ok, "no events for TensorBoard", message)
  ok, message = self.report:add(row)
  warn(ok, "no report.html", message)
end

-- run:log(i, stats, ...): a row of progress.csv from the numbers of the tables.
function run:log(iteration, ...)
  if self.closed then error("run:log: the run is finished", 2) end
  if type(iteration) ~= "number" then
    error(("run:log: the iteration must be a number, got a %s"):format(type(iteration)), 2)
  end
  local row = make_row(self, iteration, ...)
  self.iteration = iteration
  self.progress:add(row)
  record(self, row)
  self.live:show(row)
  heed_signal()
  if core.time() - self.last_save >= SAVE_EVERY then
    local ok, message = save(self)
    if not ok then io.stderr:write("\nrl.run: the policy could not be saved: ", tostring(message), "\n") end
  end
end

-- Where a file of this name in the run's folder is.
function run:path(name) return self.folder .. "/" .. name end

-- Writes replay.html; see replay.lua for what a recording is. Returns its path.
function run:replay(recording)
  local path = self:path("replay.html")
  local ok, message = replay.write(path, recording)
  if not ok then error("run:replay: " .. message, 2) end
  return path
end

-- Saves, and says where unless rlrun is quiet.
function run:finish()
  if self.closed then return end
  heed_signal()
  local text, ok = close(self)
  if not ok then error("run:finish: " .. text, 2) end
  if not self.live.quiet then print(text) end
end

return new
