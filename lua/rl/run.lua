-- A run: the folder an experiment leaves, what a person sees while it goes on, and what it takes to go on with it.
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
-- `state`, between two iterations. `rlrun --resume FOLDER` runs the script again, whose loop then begins behind the
-- last checkpoint, and gives the bytes of a run that nobody ended.
--
-- Who asks the script to stop ends the loop at its next head; what stands behind it still runs, and run:finish leaves.
-- A loop without run:iterations is ended by run:log; after an error rlrun has the runs that are open saved.
local core = require "rl.core"
local checkpoint = require "rl.checkpoint"
local display = require "rl.display"
local events = require "rl.events"
local live = require "rl.live"
local make_row = require "rl.run_row"
local needs = require "rl.needs"
local parts = require "rl.run_parts"
local progress = require "rl.progress"
local provenance = require "rl.provenance"
local replay = require "rl.replay"
local run_folder = require "rl.run_folder"
local saving = require "rl.run_saving"
local silent = core.ranks().rank > 0 and require "rl.silent" -- the first rank writes and shows

local run = {}
run.__index = run

local SAVE_EVERY = 5 -- seconds
local RETRY = 1 -- seconds, after events for TensorBoard could not be written
local MOST_PATIENCE = 10 -- seconds that an iteration may take to be ended after a signal
local MOST_NOTES = 1000

local open_runs = {} -- until they are finished: not weak, so that a script that drops its run loses nothing

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
  local ok, message = saving.save(self) -- before anything else can fail
  if not failed and is_complete(self) then saving.write_checkpoint(self, self.done) end
  for i, other in ipairs(open_runs) do
    if other == self then table.remove(open_runs, i) break end
  end
  core.open_runs(#open_runs)
  pcall(self.display.stop, self.display)
  saving.complain(self, "rows are lost", self.progress:close())
  pcall(self.events.close, self.events)
  saving.complain(self, "no report.html", self.report:close())
  self.place:close()
  if ok then return "saved " .. self.folder, true end
  return ("%s: %s"):format(self.folder, message), false
end

local function close_all(reason)
  local told = {}
  while #open_runs > 0 do
    local self = open_runs[1]
    local text = close(self, reason ~= nil)
    local iteration = self.iteration or self.done > 0 and self.done
    local where = iteration and "iteration " .. provenance.text(iteration) or "the first iteration"
    local format = iteration and "%s (%s after %s)" or "%s (%s before %s)"
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
    told[#told + 1] = close(self, false) .. where_it_goes_on(self)
  end
  core.leave(128 + signal, table.concat({ "interrupted", told[1] and table.concat(told, "\n") }, ": "))
end

-- Resuming

-- What is known at once; objects are set back where the loop begins, so that nothing of what the script does before it
-- counts twice.
local function take_up(self, archive, iteration)
  local text = archive:text("run")
  local ok, kept = core.unpack(text or "")
  if not ok then core.leave(1, ("rl.run: %s: its checkpoint is of no run"):format(self.folder)) end
  self.archive, self.done, self.checkpointed, self.finished = archive, iteration, iteration, kept.finished
  self.start, self.last_steps, self.step, self.best = core.time() - kept.seconds, kept.last_steps, kept.step, kept.best
  self.place.config.notes, self.env_options = kept.notes, kept.env_options or {}
  for key in pairs(self.state) do self.state[key] = nil end
  for key, value in pairs(kept.state) do self.state[key] = value end
  live.restore(kept.live or {}, core.launch().force)
end

local function take(self, name)
  local ok, message = self.parts:take(self.archive, name)
  if ok then
    if message then saving.tell_once(self, ("%s: %s"):format(name, message)) end
    return
  end
  local text = ("%s: %s does not go on from its checkpoint: %s"):format(self.folder, name, message)
  if not core.launch().force then core.leave(1, "rl.run: " .. text) end
  saving.tell_once(self, text .. " (it begins anew)")
end

-- Options of environments, which curricula and scripts change

-- Of the first environment those that are not what it began with: what is learnt last is learnt with these.
local function write_changed_options(self)
  local config, changed = self.place.config, {}
  for name, value in pairs(config.environment and config.environment.options or {}) do
    local now = self.env_options[1][name]
    if now ~= nil and now ~= value then changed[name] = now end
  end
  config.changed = next(changed) and changed or nil
  self.place.changed = true
end

-- Opening

-- scripts/moonwalk.lua -> moonwalk
local function script_name(launch)
  local name = (launch.script or "run"):match("([^/]+)$") or "run"
  return (name:gsub("%.lua$", ""))
end

local function new(settings)
  needs("rl.run", "io", "os")
  if core.launch().ask then core.leave(0, "") end -- rlrun --options of a script that has none
  parts.check(settings)
  heed_signal()
  local launch, now = core.launch(), core.time()
  if launch.task and not launch.tasks_read then
    core.leave(2, "rlrun: --task: the script has no list of tasks (rl.tasks), every share would do the same")
  end
  local made_of = parts.new(settings)
  local policy = made_of.policy
  local self = setmetatable({
    name = settings.name or script_name(launch), seed = made_of:seed(settings, launch.seed), parts = made_of,
    state = settings.state or {}, iterations_wanted = settings.iterations, best_by = settings.best or "mean_return",
    checkpoint_every = launch.checkpoint or settings.checkpoint or SAVE_EVERY, curriculum = settings.curriculum,
    theta = type(policy) == "userdata" and policy.theta:clone() or nil, -- as it was made
    start = now, last_log = now, last_ranks = core.ranks(), last_steps = 0, last_save = -math.huge,
    last_checkpoint = now, done = 0, failing = {}, told = {}, env_options = {}, last_failure = -math.huge,
    checkpoint_took = 0,
  }, run)
  local archive, iteration
  self.place, archive, iteration, self.resumed =
    run_folder.open(provenance.describe(self, settings, launch), launch, settings.resume)
  self.folder = self.place.path
  if core.make_directory(checkpoint.folder(self.folder)) then made_of:spill(checkpoint.folder(self.folder)) end
  if archive then take_up(self, archive, iteration) end
  local path = self:path("progress.csv")
  self.progress = silent or self.resumed and progress.resume(path, iteration) or progress.new(path)
  self.events = silent or
    events.new(self.folder, self.resumed and (self.step or 0) or nil, made_of.method, settings.options)
  self.report = silent or require("rl.report").new { -- not before there is a run: it is large
    folder = self.folder, env = made_of.envs[1], policy = policy, policies = made_of.policies, method = made_of.method,
    methods = made_of.methods,
  }
  self.display = silent or display.new(self.name, settings.iterations, launch.quiet, iteration)
  for i, env in ipairs(made_of.envs) do self.env_options[i] = self.env_options[i] or env:options() end
  write_changed_options(self)
  saving.write_config(self)
  open_runs[#open_runs + 1] = self
  core.on_exit(close_all)
  core.open_runs(#open_runs)
  return self
end

-- The face

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
  for i, env in ipairs(self.parts.envs) do
    local before, changed = self.env_options[i], {}
    local ok, now = pcall(env.options, env)
    if not ok then now = before end -- a trainer's thread has it, and nobody changes it
    for name, value in pairs(now) do
      if before[name] ~= value then
        changed[#changed + 1] = ("%s %s, was %s"):format(name, provenance.text(value), provenance.text(before[name]))
      end
    end
    if #changed > 0 then
      table.sort(changed)
      self:note(("%s: %s"):format(i == 1 and "env" or "env" .. i, table.concat(changed, ", ")))
      self.env_options[i] = now
      write_changed_options(self)
    end
  end
end

local function follow_curriculum(self, row)
  local curriculum = self.curriculum
  if type(curriculum) == "table" then
    row.stage = curriculum.stage
    if curriculum:observe(row) then self:note("stage " .. curriculum.stage) end
    if curriculum.notice then saving.tell_once(self, "curriculum: " .. curriculum.notice) end
  elseif curriculum then
    local copy = {}
    for name, value in pairs(row) do copy[name] = value end
    curriculum(copy, self)
  end
end

local function add_events(self, row)
  if core.time() - self.last_failure < RETRY then return end
  local ok, message = self.events:add(self.step, row.seconds, row)
  if not ok then self.last_failure = core.time() end
  saving.complain(self, "no events for TensorBoard", ok, message)
end

-- run:log(i, stats, ...): a row of progress.csv from the numbers of the tables.
function run:log(iteration, ...)
  if self.closed then error("run:log: the run is finished", 2) end
  if type(iteration) ~= "number" then
    error(("run:log: the iteration must be a number, got a %s"):format(type(iteration)), 2)
  end
  if iteration ~= iteration or math.abs(iteration) > 2 ^ 53 then
    error(("run:log: the iteration must be a number up to 2^53, got %g"):format(iteration), 2)
  end
  if self.resumed and not self.looping then
    error("run:log: a run is resumed by its loop: for i in run:iterations(n) do", 2)
  end
  local row = make_row(self, iteration, ...)
  self.iteration, self.row, self.step = iteration, row, events.step_of(row)
  local search = self.parts.search
  if search and search.notice then saving.tell_once(self, "search: " .. search.notice) end
  follow_curriculum(self, row)
  saving.complain(self, "rows wait", self.progress:add(row))
  add_events(self, row)
  saving.complain(self, "no report.html", self.report:add(row))
  note_changes(self)
  self.display:show(row)
  if not self.looping then heed_signal() end
  if core.time() - self.last_save >= SAVE_EVERY then saving.save(self) end
end

-- An iteration is complete.
local function complete(self)
  self.done, self.current = self.current, nil
  saving.follow_best(self, self.done)
  self.row = nil
  if self.archive then self.archive = self.archive:close() end
end

local function is_over(self, n)
  if core.stopping(true) then return core.stopping() end -- from here on nothing is cut short
  local search = self.parts.search
  return self.done >= n or search and search.evaluations > 0 and search:stop() or self.finished and n <= self.finished
end

-- Iterations may end when a signal comes, so that what stands behind the loop runs, unless they take very long.
local function set_patience(self, took)
  self.longest = math.max(self.longest or 0, took)
  core.patience(self.longest <= MOST_PATIENCE and math.ceil(1.5 * self.longest) + 1 or 0)
end

-- A signal may cut an iteration short that takes longer than a second: then what is before it is on the disk.
local function is_due(self)
  local now = core.time()
  local took = now - self.last_head
  self.last_head = now
  if self.done > self.first then set_patience(self, took) end
  return now - self.last_checkpoint >= self.checkpoint_every or took > 1 and self.checkpoint_took < 0.01 * took
end

-- All that happens between two iterations; the number of the next, or nil.
local function head(self, n)
  if self.current then complete(self) end
  local due = core.agree(is_due(self))
  local over = core.agree(is_over(self, n) and true)
  if due or over then saving.write_checkpoint(self, self.done) end
  if over then
    saving.save(self)
    return nil
  end
  self.current = self.done + 1
  for _, text in ipairs(live.poll(self.current)) do self:note(text) end
  return self.current
end

-- for i in run:iterations(n) do ... end: the iterations up to n (by default rl.run's) that are still to be done. Ends
-- also when the run's search has met one of its criteria, and when the script has been asked to stop.
function run:iterations(n)
  n = n or self.iterations_wanted or math.huge
  if type(n) ~= "number" or n ~= n then
    error("run:iterations: a number expected, got " .. (n ~= n and "nan" or "a " .. type(n)), 2)
  end
  if self.closed then error("run:iterations: the run is finished", 2) end
  self.looping, self.target, self.last_head, self.first = true, n, core.time(), self.done
  if self.archive then
    for _, name in ipairs(self.parts.names) do take(self, name) end
  end
  return function() return head(self, n) end
end

-- Keeps an object in the checkpoints of the run from here on, and gives it back: an object of the module, or a table
-- with state() and restore(data). Where the run has been resumed and its checkpoint has one of this name, it is set
-- back. With nil: no more.
function run:keep(name, object)
  if type(name) ~= "string" then error("run:keep: a name expected, got a " .. type(name), 2) end
  if object ~= nil and not parts.is_object(object) then
    error(("run:keep: %s must be an object of the module, or have state() and restore(data)"):format(name), 2)
  end
  local problem = object ~= nil and self.parts:clash(name)
  if problem then error("run:keep: " .. problem, 2) end
  if name == "search" and self.parts.search then saving.save(self) end -- as it ends
  self.parts:keep(name, object)
  if self.archive and self.looping and object ~= nil and parts.is_in(self.archive, name) then take(self, name) end
  return object
end

-- Writes a checkpoint now: for loops without run:iterations, of the iteration that was logged last.
function run:checkpoint()
  local ok, message = saving.write_checkpoint(self, self.looping and self.done or self.iteration or 0)
  if not ok then error("run:checkpoint: " .. message, 2) end
end

-- The signal by which the script has been asked to stop, or false.
function run:stopping() -- luacheck: no self
  return core.stopping()
end

-- Where a file of this name in the run's folder is.
function run:path(name) return self.folder .. "/" .. name end

-- Writes replay.html; see replay.lua for what a recording is. Returns its path; nil and a message, which is also told,
-- where the disk is full: that ends no training.
function run:replay(recording)
  local path = self:path("replay.html")
  local ok, message = replay.write(path, recording)
  if not ok and saving.revive(self) then ok, message = replay.write(path, recording) end
  saving.complain(self, "no replay.html", ok, message)
  if not ok then return nil, message end
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
