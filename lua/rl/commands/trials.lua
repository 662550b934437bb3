-- The trials of a sweep, one setting with one seed each: started, watched, stopped, and what they came to.
--
--   trials.run_all(self, trials.of(settings, seeds, 0))     -- when it returns, each has state and figure
--   trials.figures(list, seeds)                             -- of each setting
--
-- self: folder, plan (what the sweep was asked for), jobs, threads, quiet, plain (no line to draw anew), metric (nil:
-- of the first run), trials (all so far).
local core = require "rl.core"
local process = require "rl.process" -- rlrun has it, and no script
local runs = require "rl.runs"
local statistics = require "rl.statistics"
local sweep = require "rl.sweep"

local read_text = runs.read_text

local trials = {}

local POLL, LOOK, PATIENCE = 0.05, 2, 20 -- seconds: between looks at children, at their rows; to end when asked to

local function must(ok, message) return ok or core.leave(1, "rlrun sweep: " .. tostring(message)) end

local function trial_folder(self, trial) return ("%s/%04d-%.0f"):format(self.folder, trial.number, trial.seed) end

local function name_of(trial)
  local label = sweep.label(trial.setting)
  return (label == "" and "" or label .. " ") .. ("seed %.0f"):format(trial.seed)
end

-- The folder of the run that a trial has made, if it has.
local function run_of(path)
  local found = runs.find(path)
  return found and found[#found]
end

-- Removes what a trial left that did not end. Links are removed, not followed.
local function remove(path)
  if os.remove(core.write_path(path)) then return end
  for _, name in ipairs(core.list_directory(path) or {}) do remove(path .. "/" .. name) end
  os.remove(core.write_path(path))
end

local function command_of(self, trial)
  local words = { process.program(), "--quiet", "--threads", ("%.0f"):format(self.threads) }
  local function add(...) for _, word in ipairs { ... } do words[#words + 1] = word end end
  local old = run_of(trial.path)
  for _, name in ipairs(old and core.list_directory(old .. "/checkpoints") or {}) do
    if name:find("%.safetensors$") then
      add("--resume", old)
      return words
    end
  end
  remove(trial.path)
  must(core.make_directory(trial.path))
  add("--seed", ("%.0f"):format(trial.seed), "--out", trial.path)
  for _, pair in ipairs(trial.setting) do add("--set", pair.name .. "=" .. pair.text) end
  add(self.plan.script)
  return words
end

local function last_line(path)
  local last = ""
  for line in (read_text(path) or ""):gmatch("[^\n]+") do
    if not line:find("^%s") and line ~= "stack traceback:" and not line:find("^saved ") then last = line end
  end
  return last
end

local function say(self, format, ...)
  if self.plain then print(format:format(...)) else io.write("\r\27[K", format:format(...), "\n") end
  io.flush()
end

-- What a trial came to: its state, and its figure, NaN where there is none.
local function read_result(self, trial)
  trial.run = nil
  local path = run_of(trial.path)
  if path then trial.run = runs.read(path) end
  if trial.run and not self.metric then
    for _, name in ipairs { "mean_return", "best_return" } do
      if trial.run.values[name] then
        self.metric = name
        break
      end
    end
  end
  trial.figure = trial.run and self.metric and runs.score(trial.run, self.metric) or 0 / 0
end

local function finish(self, trial, status)
  trial.state = status == 0 and "done" or trial.hopeless and "stopped" or "failed"
  if core.stopping() and status ~= 0 then
    trial.state = "interrupted" -- to be run again
  else
    must(core.write_file(trial.path .. "/status.json", core.json { state = trial.state, status = status } .. "\n"))
  end
  read_result(self, trial)
  if trial.state == "failed" then
    say(self, "failed: %s with status %d: %s (%s/output.txt)", name_of(trial), status,
      last_line(trial.path .. "/output.txt"), trial.path)
  elseif not self.quiet and self.plain and trial.state ~= "interrupted" then
    say(self, "%s: %s  %s %s", trial.state, name_of(trial), self.metric or "", trial.figure == trial.figure and
      ("%.5g"):format(trial.figure) or "-")
  end
  if trial.state == "done" and not trial.run then
    say(self, "%s made no run (rl.run): there is nothing to compare", name_of(trial))
  end
end

-- Whether a trial ended in an earlier part of the sweep.
local function ended_before(self, trial)
  local text = read_text(trial.path .. "/status.json")
  local status = text and core.parse_json(text)
  if not status then return false end
  trial.state = status.state
  read_result(self, trial)
  return true
end

-- Stops trials that have no hope, when they should be.
local function look(self, trial)
  if self.plan.stop ~= "median" or trial.hopeless or core.time() < (trial.next_look or 0) then return end
  trial.next_look = core.time() + LOOK
  local path = run_of(trial.path)
  local run = path and runs.read(path)
  if not run or not self.metric or not run.values[self.metric] then return end
  local ended = {}
  for _, other in ipairs(self.trials) do
    if other.state == "done" and other.run then ended[#ended + 1] = other.run.values[self.metric] end
  end
  if sweep.hopeless(run.values[self.metric], ended, self.plan.minimize) then
    trial.hopeless = true
    process.stop(trial.child)
  end
end

local function duration(seconds)
  return ("%d:%02d"):format(math.floor(seconds / 60), math.floor(seconds % 60))
end

-- How far a trial is, looked up now and then: " 45/80 312".
local function progress_of(self, trial)
  local now = core.time()
  if now >= (trial.next_read or 0) then
    local path = run_of(trial.path)
    local run = path and runs.read(path)
    if run and run.rows > 0 then
      local metric = self.metric or "mean_return"
      local value = run.values[metric] and runs.score(run, metric) or 0 / 0
      trial.progress = (" %.0f%s%s"):format(run.values.iteration[run.rows],
        run.config.iterations and ("/%.0f"):format(run.config.iterations) or "",
        value == value and (" %.4g"):format(value) or "")
    end
    trial.next_read = core.time() + math.max(LOOK, 50 * (core.time() - now))
  end
  return trial.progress or ""
end

-- One line for all that goes on.
local function show(self, queue, running)
  if self.plain or self.quiet or core.time() - (self.shown or 0) < 0.5 then return end
  self.shown = core.time()
  local ended, names = 0, {}
  for _, trial in ipairs(self.trials) do
    if trial.state and trial.state ~= "interrupted" then ended = ended + 1 end
  end
  for i, trial in ipairs(running) do names[i] = name_of(trial) .. progress_of(self, trial) end
  local left = ""
  if self.took > 0 then
    local to_do = (#queue + #running * 0.5) * self.took / self.count / self.jobs
    left = "  left " .. duration(to_do)
  end
  local text = ("sweep: %d of %d ended, %d running%s  %s"):format(ended, #self.trials, #running, left,
    table.concat(names, " | "))
  io.write("\r", text:sub(1, core.terminal_width() - 1), "\27[K")
  io.flush()
end

local function stop_all(running)
  for _, trial in ipairs(running) do process.stop(trial.child) end
  local deadline = core.time() + PATIENCE
  while #running > 0 do
    for i = #running, 1, -1 do
      if process.status(running[i].child) then table.remove(running, i) end
    end
    if core.time() > deadline then
      for _, trial in ipairs(running) do process.stop(trial.child, 9) end
    end
    process.sleep(POLL)
  end
end

local function interrupted(self, running)
  stop_all(running)
  local ended = 0
  for _, trial in ipairs(self.trials) do
    if trial.state and trial.state ~= "interrupted" then ended = ended + 1 end
  end
  local text = "interrupted: %d of %d runs have ended; go on with: rlrun sweep --resume %s"
  core.leave(128 + core.stopping(), text:format(ended, #self.trials, self.folder))
end

-- Runs trials, `jobs` at a time; returns when all have ended.
function trials.run_all(self, list)
  local queue, running = {}, {}
  for _, trial in ipairs(list) do
    self.trials[#self.trials + 1] = trial
    trial.path = trial_folder(self, trial)
    if not ended_before(self, trial) then queue[#queue + 1] = trial end
  end
  while #queue > 0 or #running > 0 do
    while #queue > 0 and #running < self.jobs and not core.stopping() do
      local trial = table.remove(queue, 1)
      local words = command_of(self, trial)
      trial.start = core.time()
      trial.child = must(process.spawn(words, trial.path .. "/output.txt"))
      running[#running + 1] = trial
    end
    if core.stopping() then interrupted(self, running) end
    for i = #running, 1, -1 do
      local trial = running[i]
      local status = process.status(trial.child)
      if status then
        table.remove(running, i)
        self.took, self.count = self.took + core.time() - trial.start, self.count + 1
        finish(self, trial, status)
      else
        look(self, trial)
      end
    end
    show(self, queue, running)
    process.sleep(POLL)
  end
end

-- Each setting with each seed; they are numbered from first + 1 on.
function trials.of(settings, seeds, first)
  local list = {}
  for i, setting in ipairs(settings) do
    for _, seed in ipairs(seeds) do list[#list + 1] = { number = first + i, setting = setting, seed = seed } end
  end
  return list
end

-- A setting's figure: the interquartile mean over its seeds; NaN where one has failed.
function trials.figures(list, seeds)
  local figures = {}
  for i = 1, #list, #seeds do
    local of_setting = {}
    for k = i, i + #seeds - 1 do of_setting[#of_setting + 1] = list[k].figure end
    local figure = statistics.iqm(of_setting)
    for _, x in ipairs(of_setting) do
      if x ~= x then figure = 0 / 0 end
    end
    figures[#figures + 1] = figure
  end
  return figures
end

return trials
