-- Runs set side by side: what they reached by setting, over seeds, as a table and as a page.
--
--   local result = compare.new(list_of_runs, { metric = "mean_return", minimize = false })
--   compare.text(result)            for a terminal
--   compare.write(result, path)     a page
--
-- A run's figure is the mean of the metric over its last tenth. Of a setting: the interquartile mean over its runs with
-- the 95% bootstrap interval (Agarwal et al. 2021), mean and standard deviation.
local core = require "rl.core"
local new_page = require("rl.page").new
local plot = require "rl.plot"
local runs = require "rl.runs"
local sorted_keys = require "rl.sorted_keys"
local statistics = require "rl.statistics"

local compare = {}

local MOST_ROWS, MOST_CURVES = 30, 7 -- on a terminal; in a chart, as many as there are colours

-- The metric that all runs have, where none was asked for.
local FIRST = { "mean_return", "best_return", "mean_lines", "survived" }

local function choose(common)
  for _, name in ipairs(FIRST) do
    if common[name] then return name end
  end
  local names = {}
  for name in pairs(common) do
    if not ({ iteration = 1, seconds = 1, steps = 1, steps_per_second = 1 })[name] then names[#names + 1] = name end
  end
  table.sort(names)
  return names[1]
end

local function summarize(group, metric, axis)
  local scores = {}
  for _, run in ipairs(group.runs) do
    local score = runs.score(run, metric)
    if score == score then scores[#scores + 1] = score end
  end
  local row = { label = group.label, runs = #group.runs, scores = scores, missing = #group.runs - #scores }
  row.iqm, row.mean, row.deviation = statistics.iqm(scores), statistics.mean(scores), statistics.deviation(scores)
  row.low, row.high = statistics.bootstrap(scores)
  local last, seconds = {}, {}
  for _, run in ipairs(group.runs) do
    if run.rows > 0 then
      last[#last + 1] = run.values[axis][run.rows]
      seconds[#seconds + 1] = run.values.seconds and run.values.seconds[run.rows]
    end
  end
  row.reached, row.seconds = statistics.median(last), statistics.median(seconds)
  return row
end

-- settings: metric, minimize, groups (of runs.group; else the runs are grouped here). Nil and a message when there is
-- nothing that all runs have.
function compare.new(list, settings)
  settings = settings or {}
  local common, any = runs.common(list)
  local metric = settings.metric
  if metric and not common[metric] then
    local names = sorted_keys(common)
    for _, run in ipairs(list) do
      if not run.values[metric] then
        return nil, ("%s has no column %q; all runs have %s"):format(run.folder, metric, table.concat(names, ", "))
      end
    end
  end
  if not any then
    return nil, "the runs have no column in common but the time: " .. list[1].folder .. " has " ..
      table.concat(list[1].columns, ", ") .. "; " .. list[#list].folder .. " has " ..
      table.concat(list[#list].columns, ", ")
  end
  local result = { runs = list, common = common, metric = metric or choose(common), axis = runs.axis(list),
                   groups = settings.groups or runs.group(list), rows = {} }
  for i, group in ipairs(result.groups) do
    result.rows[i] = summarize(group, result.metric, result.axis)
    result.rows[i].group = group
  end
  table.sort(result.rows, function(a, b)
    local x, y = a.iqm, b.iqm
    if x ~= x or y ~= y then return x == x and y ~= y end
    if x == y then return a.label < b.label end
    return (x > y) ~= (settings.minimize == true)
  end)
  return result
end

local function number(x) return x == x and ("%.5g"):format(x) or "-" end

local function cells_of(result)
  local cells = { { "setting", "runs", result.metric .. ", IQM", "95% of the IQM", "mean", "deviation", result.axis,
                    "seconds" } }
  for _, row in ipairs(result.rows) do
    cells[#cells + 1] = {
      row.label, ("%d%s"):format(row.runs, row.missing > 0 and (" (%d without it)"):format(row.missing) or ""),
      number(row.iqm), row.low == row.low and number(row.low) .. " .. " .. number(row.high) or "-", number(row.mean),
      number(row.deviation), row.reached == row.reached and plot.short(row.reached) or "-", number(row.seconds),
    }
  end
  return cells
end

-- The table, in columns.
function compare.text(result)
  local cells, widths, lines = cells_of(result), {}, {}
  local hidden = #cells - 1 - MOST_ROWS
  for _ = 1, hidden do cells[#cells] = nil end
  for _, row in ipairs(cells) do
    for k, cell in ipairs(row) do widths[k] = math.max(widths[k] or 0, #cell) end
  end
  for _, row in ipairs(cells) do
    local parts = {}
    for k, cell in ipairs(row) do
      local space = (" "):rep(widths[k] - #cell)
      parts[k] = k == 1 and cell .. space or space .. cell
    end
    lines[#lines + 1] = table.concat(parts, "  ")
  end
  if hidden > 0 then lines[#lines + 1] = ("... and %d settings more"):format(hidden) end
  return table.concat(lines, "\n")
end

-- A chart of a column by setting, in the order of the table: of the first ones, where there are many.
function compare.chart(result, name, width, height)
  local chart = { title = name, x_label = result.axis, width = width, height = height, curves = {} }
  for i = 1, math.min(#result.rows, MOST_CURVES) do
    local curve = runs.curve(result.rows[i].group, result.axis, name)
    curve.name, curve.colour = result.rows[i].label, i
    chart.curves[i] = curve
  end
  if #result.rows > MOST_CURVES then chart.title = ("%s, the first %d settings"):format(name, MOST_CURVES) end
  return chart
end

local function sorted_others(result)
  local names = {}
  for name in pairs(result.common) do
    if name ~= result.metric and name ~= result.axis and name ~= "iteration" and name ~= "seconds" then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

local function list_runs(page, result)
  local rows = { { "setting", "run", "seed", result.metric } }
  for _, row in ipairs(result.rows) do
    for _, run in ipairs(row.group.runs) do
      rows[#rows + 1] = { row.label, run.folder, tostring(run.config.seed), number(runs.score(run, result.metric)) }
    end
  end
  page:heading("Runs")
  page:table(rows)
end

-- Writes the page; true, or nil and a message.
function compare.write(result, path)
  local page = new_page("Runs compared by " .. result.metric)
  page:text(("%d runs of %d settings, %s"):format(#result.runs, #result.groups, os.date("!%Y-%m-%dT%H:%M:%SZ")))
  page:text("Of each run the mean over its last tenth; of a setting the interquartile mean over its runs (IQM) with " ..
    "its 95% bootstrap interval. Curves go as far as all runs of the setting have come; bands are 95% bootstrap " ..
    "intervals.")
  page:heading("Table")
  page:table(cells_of(result))
  page:heading("Learning")
  page:charts({ compare.chart(result, result.metric, 520, 280) }, true)
  local charts = {}
  for i, name in ipairs(sorted_others(result)) do
    charts[i] = compare.chart(result, name, 400, 220)
    charts[i].legend = false
  end
  page:heading("More, in the same colours")
  page:charts(charts)
  list_runs(page, result)
  return core.write_file(path, page:close())
end

return compare
