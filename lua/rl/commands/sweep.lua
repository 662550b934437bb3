-- rlrun sweep: a script run many times, with other options and seeds, on several cores at once.
--
-- The sweep's folder has sweep.json, what was asked for; a folder NNNN-SEED for each run, in which the run makes its
-- own folder, with output.txt and, when it has ended, status.json; and in the end sweep.csv and report.html.
local arguments = require "rl.commands.arguments"
local compare = require "rl.compare"
local core = require "rl.core"
local process = require "rl.process" -- rlrun has it, and no script
local runs = require "rl.runs"
local statistics = require "rl.statistics"
local sweep = require "rl.sweep"

local read_text = runs.read_text

local HELP = [[
usage: rlrun sweep [options] SCRIPT
       rlrun sweep --resume FOLDER
  Runs a script with each combination of options and seeds, several at a time, and compares the runs.
  --set NAME=V,V,...   values of one of the script's options (rl.options); again for another option
  --set NAME=LOW:HIGH[:log][:int]   a range, for --random and --search
  --seeds 1..5         or 1,2,7 (default: 1)
  --random N           N settings drawn from the ranges and values, in place of all combinations
  --search N           N settings at most (whole generations of them) that CMA-ES asks for, seeking the best
  --metric NAME        the column of progress.csv that is compared (default: mean_return); --minimize: less is better
  --stop median        ends a run whose best so far is below the median of what the ended ones had by then
  --jobs N             runs at a time (default: one a core); --threads N: of each run (default: cores / jobs)
  --out DIR            where the sweep's folder goes (default: sweeps)
  --quiet              no progress
  --resume FOLDER      goes on with an interrupted sweep: what has ended is not run again
]]

local KNOWN = { set = "list", seeds = "text", random = "number", search = "number", metric = "text", minimize = "flag",
                stop = "text", jobs = "number", threads = "number", out = "text", quiet = "flag", resume = "text" }

local POLL, LOOK, PATIENCE = 0.05, 2, 20 -- seconds: between looks at children, at their rows; to end when asked to

local function fail(...) arguments.fail("sweep", ...) end
local function give_up(message) core.leave(1, "rlrun sweep: " .. tostring(message)) end
local function must(ok, message) return ok or give_up(message) end

local function read_json(path)
  local text = read_text(path)
  return text and core.parse_json(text)
end

-- The plan

-- name -> type of the script's options; it is asked in a process of its own, which must not take long.
local function types_of(script, folder)
  local output = folder .. "/options.txt"
  local child = must(process.spawn({ process.program(), "--options", script }, output))
  local start, status = core.time(), nil
  while not status do
    process.sleep(0.01)
    status = process.status(child)
    if not status and core.time() - start > 30 then
      process.stop(child, 9)
      give_up(script .. " does not say its options (rl.options) within 30 s")
    end
  end
  local text = read_text(output) or ""
  os.remove(core.write_path(output))
  if status ~= 0 then core.leave(2, text:gsub("%s+$", "")) end
  local types = {}
  for name, kind in text:gmatch("([^\t\n]+)\t(%l+)\t[^\n]*\n") do types[name] = kind end
  return types
end

local function whole(options, name, least, most)
  local value = options[name]
  if value and (value ~= math.floor(value) or value < least or value > most) then
    fail("--%s takes a whole number from %d to %d, not %g", name, least, most, value)
  end
end

local function check_options(options)
  whole(options, "random", 1, 100000)
  whole(options, "search", 4, 100000)
  whole(options, "jobs", 1, 1024)
  whole(options, "threads", 1, 1024)
  if options.random and options.search then fail("--random and --search are two ways: take one") end
  if options.stop and options.stop ~= "median" then fail("--stop knows \"median\", not %q", options.stop) end
end

local function create_folder(out, script)
  local base = ("%s/%s-%s"):format(out, (script:match("([^/]+)$"):gsub("%.lua$", "")), os.date("%Y%m%d-%H%M%S"))
  local folder, number = base, 1
  while true do
    local ok, message, exists = core.make_directory(folder, true)
    if ok then return folder end
    if not exists then give_up(message) end
    number = number + 1
    folder = base .. "-" .. number
  end
end

-- A new sweep: checked before it has a folder.
local function begin(options, script)
  check_options(options)
  if not read_text(script) then core.leave(2, "rlrun sweep: cannot open " .. script) end
  local scratch = os.tmpname()
  os.remove(core.write_path(scratch))
  must(core.make_directory(scratch, true))
  local called, types = pcall(types_of, script, scratch)
  os.remove(core.write_path(scratch))
  if not called then error(types, 0) end
  local plan = { script = script, sets = options.set, seeds = options.seeds or "1", random = options.random,
                 search = options.search, metric = options.metric, minimize = options.minimize, stop = options.stop,
                 types = types, version = core.version }
  local good, message = pcall(function()
    sweep.seeds(plan.seeds)
    sweep.plan(plan)
  end)
  if not good then fail("%s", message) end
  local folder = create_folder(options.out or "sweeps", script)
  must(core.write_file(folder .. "/sweep.json", core.json(plan, true) .. "\n"))
  return folder, plan
end

local function resume(options)
  local folder = options.resume:gsub("(.)/+$", "%1")
  local plan = read_json(folder .. "/sweep.json")
  if not plan then core.leave(2, "rlrun sweep: " .. folder .. " is no sweep: it has no sweep.json") end
  for _, name in ipairs { "seeds", "random", "search", "metric", "minimize", "stop" } do
    if options[name] then fail("--%s belongs to the sweep and cannot be changed by --resume", name) end
  end
  if #options.set > 0 then fail("--set belongs to the sweep and cannot be changed by --resume") end
  return folder, plan
end

-- Trials: one setting with one seed

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
  local status = read_json(trial.path .. "/status.json")
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
local function run_all(self, trials)
  local queue, running = {}, {}
  for _, trial in ipairs(trials) do
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

local function trials_of(settings, seeds, first)
  local trials = {}
  for i, setting in ipairs(settings) do
    for _, seed in ipairs(seeds) do
      trials[#trials + 1] = { number = first + i, setting = setting, seed = seed }
    end
  end
  return trials
end

-- A setting's figure: the interquartile mean over its seeds; NaN where one has failed.
local function figures_of(trials, seeds)
  local figures = {}
  for i = 1, #trials, #seeds do
    local list = {}
    for k = i, i + #seeds - 1 do list[#list + 1] = trials[k].figure end
    local figure = statistics.iqm(list)
    for _, x in ipairs(list) do
      if x ~= x then figure = 0 / 0 end
    end
    figures[#figures + 1] = figure
  end
  return figures
end

-- Results

local function quote(text) return text:find('[,"\n]') and '"' .. text:gsub('"', '""') .. '"' or text end

local function write_table(self)
  local lines = { "setting,seed,state,metric,figure,iterations,seconds,folder" }
  for _, trial in ipairs(self.trials) do
    local run = trial.run
    local rows = run and run.rows or 0
    lines[#lines + 1] = table.concat({
      quote(sweep.label(trial.setting)), ("%.0f"):format(trial.seed), trial.state, self.metric or "",
      trial.figure == trial.figure and ("%.9g"):format(trial.figure) or "", tostring(rows),
      rows > 0 and ("%.3f"):format(run.values.seconds[rows]) or "", quote(run and run.folder or trial.path),
    }, ",")
  end
  must(core.write_file(self.folder .. "/sweep.csv", table.concat(lines, "\n") .. "\n"))
end

local function write_report(self)
  local groups, by_label, list, counts = {}, {}, {}, { done = 0, stopped = 0, failed = 0 }
  for _, trial in ipairs(self.trials) do
    counts[trial.state] = counts[trial.state] + 1
    if trial.run and trial.run.rows > 0 and trial.state ~= "failed" then
      local label = sweep.label(trial.setting)
      if label == "" then label = trial.run.name end
      if not by_label[label] then
        by_label[label] = { label = label, runs = {} }
        groups[#groups + 1] = by_label[label]
      end
      table.insert(by_label[label].runs, trial.run)
      list[#list + 1] = trial.run
    end
  end
  write_table(self)
  if #list > 0 then
    local result, message = compare.new(list, { metric = self.plan.metric, minimize = self.plan.minimize,
                                                groups = groups })
    if not result then give_up(message) end
    if not self.quiet then print(compare.text(result)) end
    must(compare.write(result, self.folder .. "/report.html"))
  end
  local text = ("%d runs done, %d stopped, %d failed; %s/%s"):format(counts.done, counts.stopped, counts.failed,
    self.folder, #list > 0 and "report.html" or "sweep.csv")
  if counts.failed > 0 or #list == 0 then core.leave(1, text) end
  if not self.quiet then print(text) end
end

return function(...)
  local options, rest = arguments.read("sweep", HELP, KNOWN, ...)
  local folder, plan
  if options.resume then
    if #rest > 0 then fail("--resume takes the script from the sweep, not %q", rest[1]) end
    check_options(options)
    folder, plan = resume(options)
  else
    if #rest == 0 then fail("a script is missing") end
    if #rest > 1 then fail("one script expected, got %q too", rest[2]) end
    folder, plan = begin(options, rest[1])
  end
  local jobs = options.jobs or process.cores()
  local self = { folder = folder, plan = plan, trials = {}, took = 0, count = 0, metric = plan.metric, jobs = jobs,
                 threads = options.threads or math.max(math.floor(process.cores() / jobs), 1),
                 quiet = options.quiet, plain = options.quiet or not core.is_terminal() }
  local seeds = sweep.seeds(plan.seeds)
  local whole_plan = sweep.plan(plan)
  core.open_runs(1) -- a signal is ours to hand on
  if plan.search then
    local search = sweep.search(whole_plan.sets, plan.search, plan.minimize or nil)
    local settings = search:ask()
    while settings do
      local trials = trials_of(settings, seeds, search.told)
      run_all(self, trials)
      search:tell(figures_of(trials, seeds))
      settings = search:ask()
    end
  else
    run_all(self, trials_of(whole_plan.settings, seeds, 0))
  end
  core.open_runs(0)
  if not self.plain then io.write("\r\27[K") end
  write_report(self)
end
