-- rlrun --resume FOLDER: the command that the run was started with, and the folders of all runs of that start.
--
-- A script that opens several runs (a loop over seeds) is run again as a whole. Each of its runs finds the folder that
-- it had: one that was finished has nothing left to do in its loop, the one that was interrupted goes on, and those
-- that had not begun do so.
local core = require "rl.core"
local provenance = require "rl.provenance"
local run_config = require "rl.run_config"
local runs = require "rl.runs"

local resume = {}

local function fail(...) core.leave(2, "rlrun: " .. (...):format(select(2, ...))) end

-- The config.json of a folder, or nil and a message.
function resume.config(folder)
  local text = provenance.read(folder .. "/config.json")
  if not text then
    return nil, ("%s is not the folder of a run: it has no config.json that can be read"):format(folder)
  end
  local config, message = run_config.parse(text)
  return config, not config and ("%s/config.json is damaged: %s"):format(folder, message) or nil
end

local function exists(path) return provenance.read(path) ~= nil end

-- Runs of the same start, by number.
local function siblings(parent, session)
  local folders = {}
  for _, name in ipairs(core.list_directory(parent) or {}) do
    local config = resume.config(parent .. "/" .. name)
    local command = config and config.command
    if command and command.session == session and command.run then folders[command.run] = parent .. "/" .. name end
  end
  return folders
end

local function same(a, b) return a and b and a.number == b.number and a.count == b.count end

-- The newest run in the folder that belongs to this share of a list of tasks (--task), or nil. One that does not say
-- how it was started cannot be resumed, so it is none.
local function run_of_task(folder, task)
  local newest, time
  for _, name in ipairs(core.list_directory(folder) or {}) do
    local config = resume.config(folder .. "/" .. name)
    local command = config and config.command
    local own = command and command.script and same(command.task, task) and (config.time or "")
    if own and (not time or own > time) then
      newest, time = folder .. "/" .. name, own
    end
  end
  return newest
end

-- Fills in what the run of launch.resume was started with; what this command line says counts more.
function resume.open(launch)
  local folder = launch.resume:gsub("(.)/+$", "%1")
  if launch.task and not exists(folder .. "/config.json") then
    local found = run_of_task(folder, launch.task)
    if not found and launch.script then return end -- which begins it
    if not found then
      fail("%s has no run of task %.0f/%.0f: name the script too, and it begins", folder, launch.task.number,
        launch.task.count)
    end
    folder = found
  end
  local config, message = resume.config(folder)
  if not config then fail("%s", message .. runs.hint(folder)) end
  local command = config.command
  if not (command and command.script) then
    fail("%s cannot be resumed: its config.json does not say how it was started", folder)
  end
  local script = command.script
  if not exists(script) and script:sub(1, 1) ~= "/" and command.directory then
    script = command.directory .. "/" .. script
  end
  if not exists(script) then
    fail("%s: its script %s is not there; its text is in %s/script.lua", folder, script, folder)
  end
  if launch.task and not same(launch.task, command.task) then
    local of = command.task
    fail("%s was started %s", folder, of and ("with --task %.0f/%.0f"):format(of.number, of.count) or "without --task")
  end
  launch.script, launch.args, launch.task = script, command.arguments or {}, command.task
  if not launch.seed_given then launch.seed, launch.seed_given = command.seed or 1, command.seed_given or false end
  local later = command.set_later or {} -- by command lines that resumed it; they count more than its arguments
  for name, value in pairs(launch.set) do later[name] = value end
  launch.set, launch.set_later = command.set or {}, later
  local parent = folder:match("^(.*)/[^/]*$") or "."
  if parent == "" then parent = "/" end
  launch.out = parent
  local folders = siblings(parent, command.session)
  if command.run then folders[command.run] = folder end -- of copies, the one that was asked for
  launch.resumed = { session = command.session, folders = folders }
end

return resume
