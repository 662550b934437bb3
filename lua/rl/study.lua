-- What the reports of studies (scripts/study) share: the runs that they are of, and what stands in their tables.
--
--   for run in study.runs(folder) do ... end          -- as runs.read gives them; an error where there is none
--   local runs_of, envs = study.by_point(folder)      -- runs_of[env][point]: { run.values, ... } of complete runs
--   study.interval { 1, 2, 3 }                        -- mean, half of its 95% interval; NaN of too short a list
--   study.cell({ 1, 2, 3 }, "%.1f")                   -- "2.0 +- 2.5"
local runs = require "rl.runs"
local statistics = require "rl.statistics"

local study = {}

function study.runs(folder)
  local folders, message = runs.find(folder)
  if not folders then error(message, 0) end
  local i = 0
  return function()
    i = i + 1
    return folders[i] and assert(runs.read(folders[i]))
  end
end

-- The options of a run, which must have these.
local function options_of(run, names)
  local options = run.config.options or {}
  for _, name in ipairs(names) do
    if options[name] == nil then
      error(("%s is no run of such a study: it has no option %s"):format(run.folder, name), 0)
    end
  end
  return options
end

-- Of studies with options env, point and evaluations; a run is complete with as many rows as evaluations.
function study.by_point(folder)
  local runs_of, envs = {}, {}
  for run in study.runs(folder) do
    local task = options_of(run, { "env", "point", "evaluations" })
    if not runs_of[task.env] then
      runs_of[task.env], envs[#envs + 1] = {}, task.env
    end
    local of = runs_of[task.env]
    of[task.point] = of[task.point] or {}
    if run.rows >= task.evaluations then table.insert(of[task.point], run.values) end
  end
  table.sort(envs)
  return runs_of, envs
end

function study.interval(list)
  return statistics.mean(list), #list > 1 and statistics.half_width(list) or 0 / 0
end

function study.cell(list, format)
  if #list == 0 then return "-" end
  if #list == 1 then return format:format(list[1]) end
  return (format .. " +- " .. format):format(study.interval(list))
end

return study
