-- rlrun sweep: a script run many times, with other options and seeds, on several cores at once.
--
-- The sweep's folder has sweep.json, what was asked for; a folder NNNN-SEED for each run, in which the run makes its
-- own folder, with output.txt and, when it has ended, status.json; and in the end sweep.csv and report.html.
local arguments = require "rl.commands.arguments"
local compare = require "rl.compare"
local core = require "rl.core"
local process = require "rl.process" -- rlrun has it, and no script
local runs = require "rl.runs"
local sweep = require "rl.sweep"
local trials = require "rl.commands.trials"

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
      rows > 0 and run.values.seconds and ("%.3f"):format(run.values.seconds[rows]) or "",
      quote(run and run.folder or trial.path),
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
      local list = trials.of(settings, seeds, search.told)
      trials.run_all(self, list)
      search:tell(trials.figures(list, seeds))
      settings = search:ask()
    end
  else
    trials.run_all(self, trials.of(whole_plan.settings, seeds, 0))
  end
  if not self.plain then io.write("\r\27[K") end
  core.stopping() -- what is left is short, and is not cut
  write_report(self)
  core.open_runs(0)
end
