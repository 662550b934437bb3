-- A run: the folder an experiment leaves, what a person sees while it goes on, and what it takes to go on with it later.
--
--   local run = rl.run{ name = "moonwalk", options = opt, method = ppo, iterations = opt.iterations }
--   for i in run:iterations() do
--     local batch = ppo:collect(2048)
--     run:log(i, batch.stats, ppo:update(batch))
--   end
--   run:replay(recording)
--   run:finish()
--
-- <out>/<name>-<time>-<seed>/ gets config.json and script.lua at once, progress.csv with a row a log, and every few
-- seconds and at the end, however that comes, policy.safetensors and a checkpoint: all objects of the run and its table
-- `state`, between two iterations. `rlrun --resume FOLDER` runs the script again, whose loop then begins behind the last
-- checkpoint, and gives the bytes of a run that nobody ended.
--
-- Who asks the script to stop ends the loop at the next head; what stands behind it still runs, and run:finish leaves.
-- Loops without run:iterations are ended by run:log.
local core = require "rl.core"
local checkpoint = require "rl.checkpoint"
local data = require "rl.data"
local display = require "rl.display"
local events = require "rl.events"
local live = require "rl.live"
local needs = require "rl.needs"
local objects = require "rl.run_objects"
local progress = require "rl.progress"
local provenance = require "rl.provenance"
local replay = require "rl.replay"
local run_folder = require "rl.run_folder"

local run = {}
run.__index = run

local SAVE_EVERY = 5 -- seconds
local MOST_NOTES = 1000
local KNOWN = { "best", "checkpoint", "curriculum", "env", "envs", "iterations", "method", "name", "objects", "optimizer",
                "options", "policy", "resume", "rng", "search", "seed", "state", "value" }

local open_runs = {} -- until they are finished: not weak, so that a script that drops its run loses nothing

-- Opening

local function is_search(object) return type(object) == "userdata" and object.ask ~= nil end

local function check_names(settings)
  local known = {}
  for _, name in ipairs(KNOWN) do known[name] = true end
  for name in pairs(settings) do
    if not known[name] then error("rl.run: " .. core.unknown_name("setting", tostring(name), KNOWN), 4) end
  end
end

local function check(settings)
  if type(settings) ~= "table" then error("rl.run: a table of settings expected, got " .. type(settings), 3) end
  check_names(settings)
  local name = settings.name
  if name ~= nil and (type(name) ~= "string" or name == "" or name:find("/")) then
    error(("rl.run: name must be a string without a slash, got %s"):format(tostring(name)), 3)
  end
  for _, number in ipairs { "iterations", "checkpoint", "seed" } do
    if settings[number] ~= nil and type(settings[number]) ~= "number" then
      error(("rl.run: %s must be a number, got a %s"):format(number, type(settings[number])), 3)
    end
  end
  for _, list in ipairs { "envs", "objects", "state" } do
    if settings[list] ~= nil and type(settings[list]) ~= "table" then
      error(("rl.run: %s must be a table, got a %s"):format(list, type(settings[list])), 3)
    end
  end
  local kind = type(settings.policy)
  if kind ~= "nil" and not ((kind == "userdata" or kind == "table") and settings.policy.save) then
    error("rl.run: policy must have a method save(path)", 3)
  end
  for object_name, object in pairs(settings.objects or {}) do
    if type(object_name) ~= "string" or not objects.can_keep(object) then
      error(("rl.run: objects.%s must be an object of the module, or have state() and restore(data)"):format(
        tostring(object_name)), 3)
    end
  end
end

-- scripts/moonwalk.lua -> moonwalk
local function script_name(launch)
  local name = (launch.script or "run"):match("([^/]+)$") or "run"
  return (name:gsub("%.lua$", ""))
end

-- The parts of a run: those that are given, and what the method was made of.
local function find_parts(self, settings)
  local method = settings.method
  self.search = settings.search or is_search(method) and method or nil
  if is_search(method) then method = nil end
  self.method = method
  local parts = type(method) == "userdata" and core.method_parts(method) or {}
  self.policy, self.value = settings.policy or parts.policy, settings.value or parts.value
  self.envs, self.optimizers = {}, {}
  for _, env in ipairs { settings.env or parts.env, settings.env and parts.env } do
    if env ~= self.envs[1] then self.envs[#self.envs + 1] = env end
  end
  for _, env in ipairs(settings.envs or {}) do
    if env ~= self.envs[1] then self.envs[#self.envs + 1] = env end
  end
end

local function keep_parts(self, settings)
  self.objects = objects.new()
  for i, env in ipairs(self.envs) do self.objects:set(i == 1 and "env" or "env" .. i, env) end
  for _, name in ipairs { "policy", "value", "method", "search" } do
    if objects.can_keep(self[name]) then self.objects:set(name, self[name]) end
  end
  for _, name in ipairs { "optimizer", "rng", "curriculum" } do
    if objects.can_keep(settings[name]) then self.objects:set(name, settings[name]) end
  end
  self.optimizers.optimizer = settings.optimizer
  local names = {}
  for name in pairs(settings.objects or {}) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do self.objects:set(name, settings.objects[name]) end
end

-- Of the run, where the script says it; else of what it is about.
local function seed_of(self, settings, launch)
  local given = settings.seed or settings.options and tonumber(settings.options.seed)
  if given then return given end
  local options = self.method and self.method.options and self.method:options() or
                    self.search and self.search:options() or {}
  return options.seed or self.envs[1] and core.env_facts(self.envs[1]).seed or launch.seed
end

-- Telling

-- What fails is told once, until it has succeeded again.
local function complain(self, what, ok, message)
  if ok then
    self.failing[what] = nil
  elseif not self.failing[what] then
    self.failing[what] = true
    io.stderr:write(("\nrl.run: %s: %s\n"):format(what, tostring(message)))
  end
  return ok
end

local function tell_once(self, text)
  if self.told[text] then return end
  self.told[text] = true
  io.stderr:write("\nrl.run: ", text, "\n")
end

-- Saving

-- The policy as it is; where the script has left it as it was made, what a search over its parameters has found: its
-- mean.
local function policy_to_save(self)
  local policy, search = self.policy, self.search
  if not (search and self.theta and search.iterations > 0 and search.dim == self.theta:size(1) and
    policy.theta:equal(self.theta)) then
    return policy
  end
  local found = policy:clone()
  found.theta:copy_(search.mean)
  return found
end

-- The best design of a search over a description, unless the script has put another there.
local function save_design(self)
  local search = self.search
  if not (search and search.space and search.best) or self.designed == search.best_evaluation then return true end
  local path = self:path("design.lua")
  local there = provenance.read(path)
  if there and self.design_text ~= there then return true end
  local ok, message = search.space:save(path, search.space:decode(search.best))
  self.designed, self.design_text = search.best_evaluation, provenance.read(path)
  return ok, message
end

local function save(self)
  self.last_save = core.time()
  local ok, message = true, nil
  if self.policy then ok, message = policy_to_save(self):save(self:path("policy.safetensors")) end
  if ok and self.search then ok, message = self.search:save(self:path("search.safetensors")) end
  if ok then ok, message = save_design(self) end
  if ok and self.place.changed then
    ok, message = self.place:write_config()
    self.place.changed = not ok
  end
  return ok, message
end

local function snapshot(self, iteration)
  local notices = {}
  local archive = self.objects:put(notices)
  for name, text in pairs(notices) do tell_once(self, ("%s: %s"):format(name, text)) end
  archive:put_text("run", data.encode {
    iteration = iteration, seconds = core.time() - self.start, last_steps = self.last_steps, step = self.step,
    best = self.best, state = self.state, live = live.texts(), notes = self.place.config.notes,
    finished = self.finished,
  })
  return archive
end

-- A checkpoint of what is complete. true, or nil and a message.
local function write_checkpoint(self, iteration)
  self.last_checkpoint = core.time()
  local called, archive = pcall(snapshot, self, iteration)
  if not called then return nil, archive end
  local ok, message = checkpoint.write(self.folder, iteration, archive)
  if not ok then return nil, message end
  self.checkpointed = iteration
  archive:close()
  if self.best_archive then
    ok, message = checkpoint.write_best(self.folder, self.best_archive)
    if not ok then return nil, message end
    self.best_archive:close()
    self.best_archive = nil
  end
  return true
end

-- Somebody may have removed the folder: then it is made again.
local function guarded(self, what, f, ...)
  local called, ok, message = pcall(f, self, ...)
  if not called then ok, message = nil, ok end
  if not ok and self.place:revive() then
    self.progress:renew()
    called, ok, message = pcall(f, self, ...)
    if not called then ok, message = nil, ok end
    io.stderr:write("\nrl.run: ", self.folder, " was removed; it has been made again\n")
  end
  return complain(self, what, ok, message), message
end

local CHECKPOINT, POLICY = "the checkpoint could not be written", "the policy could not be saved"

-- Closing

local function where_it_goes_on(self)
  if not self.checkpointed then return "" end
  return ("\nrlrun --resume %s goes on behind iteration %d"):format(self.folder, self.checkpointed)
end

-- An iteration that was logged and left by a break is complete.
local function is_complete(self)
  if self.current and self.current == self.iteration then self.done, self.current = self.current, nil end
  return self.looping and not self.current
end

-- Saves for the last time. Returns what to tell, and whether all went well. `failed`: in the midst of an iteration.
local function close(self, failed)
  self.closed = true
  local ok, message = guarded(self, POLICY, save) -- before anything else can fail
  if not failed and is_complete(self) and self.done ~= self.checkpointed then
    guarded(self, CHECKPOINT, write_checkpoint, self.done)
  end
  for i, other in ipairs(open_runs) do
    if other == self then table.remove(open_runs, i) break end
  end
  core.open_runs(#open_runs)
  pcall(self.display.stop, self.display)
  local written, reason = self.progress:close()
  if ok and not written then ok, message = nil, reason end
  pcall(self.events.close, self.events)
  self.place:close()
  if ok then return "saved " .. self.folder, true end
  return ("%s: %s: %s"):format(self.folder, written and POLICY or "rows are lost", message), false
end

local function close_all(reason)
  local told = {}
  while #open_runs > 0 do
    local self = open_runs[1]
    local text = close(self, reason ~= nil)
    local where = self.iteration and "iteration " .. self.iteration or "the first iteration"
    local format = self.iteration and "%s (%s after %s)" or "%s (%s before %s)"
    if reason then text = format:format(text, reason, where) .. where_it_goes_on(self) end
    told[#told + 1] = text
  end
  return told[1] and table.concat(told, "\n")
end

-- Ends the script if it has been asked to stop.
local function heed_signal()
  local signal = core.stopping()
  if not signal then return end
  local told = {}
  while #open_runs > 0 do
    local self = open_runs[1]
    local text = close(self, false)
    told[#told + 1] = text .. where_it_goes_on(self)
  end
  core.leave(128 + signal, table.concat({ "interrupted", told[1] and table.concat(told, "\n") }, ": "))
end

-- Resuming

local function decode(archive, folder)
  local text = archive:text("run")
  local state = text and data.decode(text)
  if type(state) ~= "table" then core.leave(1, ("rl.run: %s: its checkpoint is of no run"):format(folder)) end
  return state
end

-- What is known at once; objects are set back where the loop begins, so that nothing of what the script does before it
-- counts twice.
local function take_up(self, archive, iteration)
  local kept = decode(archive, self.folder)
  self.archive, self.done, self.checkpointed, self.finished = archive, iteration, iteration, kept.finished
  self.start, self.last_steps, self.step, self.best = core.time() - kept.seconds, kept.last_steps, kept.step, kept.best
  self.place.config.notes = kept.notes
  for key in pairs(self.state) do self.state[key] = nil end
  for key, value in pairs(kept.state) do self.state[key] = value end
  live.restore(kept.live or {}, core.launch().force)
end

local function take(self, name)
  local ok, message = self.objects:take(self.archive, name)
  if ok then
    if message then tell_once(self, ("%s: %s"):format(name, message)) end
    return
  end
  local text = ("%s: %s does not go on from its checkpoint: %s"):format(self.folder, name, message)
  if not core.launch().force then core.leave(1, "rl.run: " .. text) end
  tell_once(self, text .. " (it begins anew)")
end

-- The face

local function new(settings)
  needs("rl.run", "io", "os")
  check(settings)
  heed_signal()
  local launch = core.launch()
  local self = setmetatable({ last_save = -math.huge, last_checkpoint = core.time(), failing = {}, told = {} }, run)
  find_parts(self, settings)
  keep_parts(self, settings)
  self.name, self.iterations_wanted = settings.name or script_name(launch), settings.iterations
  self.seed = seed_of(self, settings, launch)
  self.curriculum, self.best_by = settings.curriculum, settings.best or "mean_return"
  self.checkpoint_every = settings.checkpoint or SAVE_EVERY
  self.state = settings.state or {}
  if type(self.policy) == "userdata" then self.theta = self.policy.theta:clone() end
  self.start, self.last_log, self.last_steps, self.done = core.time(), core.time(), 0, 0
  local archive, iteration
  self.place, archive, iteration, self.resumed =
    run_folder.open(provenance.describe(self, settings, launch), launch, settings.resume)
  self.folder = self.place.path
  if archive then take_up(self, archive, iteration) end
  local path = self:path("progress.csv")
  self.progress = self.resumed and progress.resume(path, iteration) or progress.new(path)
  self.events = events.new(self.folder, self.resumed and (self.step or 0) or nil, self.method, settings.options)
  self.display = display.new(self.name, settings.iterations, launch.quiet, iteration)
  self.env_options = {}
  for i, env in ipairs(self.envs) do self.env_options[i] = env:options() end
  open_runs[#open_runs + 1] = self
  core.on_exit(close_all)
  core.open_runs(#open_runs)
  return self
end

-- Writes down what has happened: in config.json, by iteration.
function run:note(text)
  local config = self.place.config
  config.notes = config.notes or {}
  if #config.notes < MOST_NOTES then
    table.insert(config.notes, { iteration = self.current or self.iteration or self.done, text = tostring(text) })
    self.place.changed = true
  end
end

-- Options that somebody has set since the last look.
local function note_changes(self)
  for i, env in ipairs(self.envs) do
    local before, now = self.env_options[i], env:options()
    local changed
    for name, value in pairs(now) do
      if before[name] ~= value then
        changed = changed or {}
        changed[#changed + 1] = ("%s %s, was %s"):format(name, tostring(value), tostring(before[name]))
      end
    end
    if changed then
      table.sort(changed)
      self:note(("%s: %s"):format(i == 1 and "env" or "env" .. i, table.concat(changed, ", ")))
      self.env_options[i] = now
    end
  end
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
  self.step = events.step_of(row)
  complain(self, "no events for TensorBoard", self.events:add(self.step, row.seconds, row))
end

local function follow_curriculum(self, row)
  local curriculum = self.curriculum
  if type(curriculum) == "table" then
    row.stage = curriculum.stage
    if curriculum:observe(row) then self:note("stage " .. curriculum.stage) end
  elseif curriculum then
    curriculum(row, self)
  end
end

-- run:log(i, stats, ...): a row of progress.csv from the numbers of the tables.
function run:log(iteration, ...)
  if self.closed then error("run:log: the run is finished", 2) end
  if type(iteration) ~= "number" then
    error(("run:log: the iteration must be a number, got a %s"):format(type(iteration)), 2)
  end
  if self.resumed and not self.looping then
    error("run:log: a run is resumed by its loop: for i in run:iterations(n) do", 2)
  end
  local row = make_row(self, iteration, ...)
  self.iteration = iteration
  follow_curriculum(self, row)
  complain(self, "rows wait", self.progress:add(row))
  record(self, row)
  note_changes(self)
  self.row = row
  self.display:show(row)
  if not self.looping then heed_signal() end
  if core.time() - self.last_save >= SAVE_EVERY then guarded(self, POLICY, save) end
end

-- After an iteration: is it the best so far? Its objects are held until the next checkpoint is written.
local function follow_best(self)
  local value = self.row and self.row[self.best_by]
  if type(value) ~= "number" or value ~= value or self.best and value <= self.best.value then return end
  self.best = { value = value, iteration = self.done }
  local called, archive = pcall(snapshot, self, self.done)
  if called then self.best_archive = archive end
end

-- All that happens between two iterations; the number of the next, or nil.
local function head(self, n)
  if self.current then
    self.done, self.current = self.current, nil
    follow_best(self)
    self.row = nil
    if self.archive then
      self.archive:close()
      self.archive = nil
    end
  end
  local over = self.done >= n or self.search and self.search.iterations > 0 and self.search:stop() ~= nil or
                 self.finished and n <= self.finished
  if core.stopping(true) then
    core.stopping() -- from here on nothing is cut short
    over = true
  end
  if over then
    if self.checkpointed ~= self.done then guarded(self, CHECKPOINT, write_checkpoint, self.done) end
    guarded(self, POLICY, save)
    return nil
  end
  if core.time() - self.last_checkpoint >= self.checkpoint_every and self.checkpointed ~= self.done then
    guarded(self, CHECKPOINT, write_checkpoint, self.done)
  end
  self.current = self.done + 1
  for _, text in ipairs(live.poll(self.current)) do self:note(text) end
  return self.current
end

-- for i in run:iterations(n) do ... end: the iterations up to n (by default rl.run's) that are still to be done.
function run:iterations(n)
  n = n or self.iterations_wanted or math.huge
  if type(n) ~= "number" then error("run:iterations: a number expected, got a " .. type(n), 2) end
  if self.closed then error("run:iterations: the run is finished", 2) end
  self.looping, self.target = true, n
  if self.archive then
    for _, name in ipairs(self.objects.names) do take(self, name) end
  end
  return function() return head(self, n) end
end

-- Keeps an object in the checkpoints of the run from here on, and gives it back: an object of the module, or a table with
-- state() and restore(data). Where the run has been resumed and its checkpoint has one of this name, it is set back.
-- With nil: no more.
function run:keep(name, object)
  if type(name) ~= "string" then error("run:keep: a name expected, got a " .. type(name), 2) end
  if object ~= nil and not objects.can_keep(object) then
    error(("run:keep: %s must be an object of the module, or have state() and restore(data)"):format(name), 2)
  end
  self.objects:set(name, object)
  if name == "search" then self.search, self.designed = object, nil end
  if self.archive and self.looping and object ~= nil and objects.is_in(self.archive, name) then take(self, name) end
  return object
end

-- Writes a checkpoint now: of the iteration that was logged last, for loops without run:iterations.
function run:checkpoint()
  local ok, message = write_checkpoint(self, self.looping and self.done or self.iteration or 0)
  if not ok then error("run:checkpoint: " .. message, 2) end
end

-- The signal by which the script has been asked to stop, or false.
function run:stopping() -- luacheck: no self
  return core.stopping()
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
  self.finished = self.target
  local text, ok = close(self, false)
  if not ok then error("run:finish: " .. text, 2) end
  if not self.display.quiet then print(text) end
end

return new
