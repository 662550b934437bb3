-- rlrun report: runs compared.
local arguments = require "rl.commands.arguments"
local compare = require "rl.compare"
local core = require "rl.core"
local plot = require "rl.plot"
local runs = require "rl.runs"

local HELP = [[
usage: rlrun report [options] FOLDER...
  Compares runs. A FOLDER is a run's, or holds runs: runs/, the folder of a sweep. Runs that differ in their seed alone
  make a group, whose interquartile mean and 95% bootstrap interval are printed, and drawn in a page.
  --metric NAME      the column of progress.csv that is compared (default: mean_return, where all runs have it)
  --minimize         less is better
  --out FILE         the page (default: report.html)
  --svg FILE         the curves of the metric as a picture, for a paper
  --png FILE         the same as pixels, two for each of --width's (needs Cairo)
  --width N, --height N   of these pictures (default: 640 and 360)
]]

local KNOWN = { metric = "text", minimize = "flag", out = "text", svg = "text", png = "text", width = "number",
                height = "number" }

local function read_all(folders)
  local list, seen = {}, {}
  for _, folder in ipairs(folders) do
    local paths, message = runs.find(folder)
    if not paths then core.leave(2, "rlrun report: " .. message) end
    for _, path in ipairs(paths) do
      local run, reason = runs.read(path)
      if not run then core.leave(2, "rlrun report: " .. reason) end
      if not seen[path] then list[#list + 1] = run end
      seen[path] = true
    end
  end
  return list
end

local function check(ok, message)
  if not ok then core.leave(1, "rlrun report: " .. tostring(message)) end
end

return function(...)
  local options, folders = arguments.read("report", HELP, KNOWN, ...)
  if #folders == 0 then arguments.fail("report", "a folder is missing") end
  for _, name in ipairs { "width", "height" } do
    if options[name] and (options[name] < 100 or options[name] > 10000) then
      arguments.fail("report", "--%s takes a number of pixels from 100 to 10000, not %g", name, options[name])
    end
  end
  local result, message = compare.new(read_all(folders), options)
  if not result then core.leave(2, "rlrun report: " .. message) end
  print(compare.text(result))
  local path = options.out or "report.html"
  check(compare.write(result, path))
  print("wrote " .. path)
  if not (options.svg or options.png) then return end
  local chart = compare.chart(result, result.metric, options.width or 640, options.height or 360)
  if options.svg then
    check(core.write_file(options.svg, plot.svg(chart)))
    print("wrote " .. options.svg)
  end
  if options.png then
    check(plot.png(options.png, chart))
    print("wrote " .. options.png)
  end
end
