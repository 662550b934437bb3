-- rlrun gait: how what a run has learnt walks.
local arguments = require "rl.commands.arguments"
local core = require "rl.core"
local gait_report = require "rl.gait_report"
local run_env = require "rl.run_env"

local HELP = [[
usage: rlrun gait [options] FOLDER
  Plays episodes of what a run has learnt, prints what its walk is like, and writes a page with curves over the gait
  cycle: angles, moments and powers of the joints, forces of the ground, left and right, beside those of people where
  the creature is built as people are. FOLDER is a run's, or a policy.safetensors, or a design (.lua) of a creature with
  a gait of its own, which is played as it is. Reward and ends are the environment's own: functions of the script are
  not known here.
  --out FILE         the page (default: FOLDER/gait.html)
  --svg FILE         the curves as a picture, for a paper
  --episodes N       (default: 5)
  --seed N           of the episodes (default: 1)
  --agent NAME       of a world of several agents: whose (default: whose policy it is, or the first's)
  --set NAME=VALUE   one of the environment's options; again for another
  --sample           draws actions, in place of the most likely ones
]]

local KNOWN = { out = "text", svg = "text", episodes = "number", seed = "number", agent = "text", set = "list",
                sample = "flag" }

local function fail(...) arguments.fail("gait", ...) end

local function check_end(options, name, ending)
  local path = options[name]
  if path and path:lower():sub(-#ending) ~= ending then
    fail("--%s: the end of the path must be %s, got %s", name, ending, path)
  end
end

local function write(path, text)
  local ok, message = core.write_file(path, text)
  if not ok then core.leave(1, "rlrun gait: " .. tostring(message)) end
  print("wrote " .. path)
end

return function(...)
  local options, rest = arguments.read("gait", HELP, KNOWN, ...)
  if #rest == 0 then fail("a folder is missing") end
  if #rest > 1 then fail("one folder expected, got %q too", rest[2]) end
  local episodes = arguments.whole("gait", options, "episodes", 5, 1, 1000)
  local seed = arguments.whole("gait", options, "seed", 1, 0, 2 ^ 53)
  check_end(options, "out", ".html")
  check_end(options, "svg", ".svg")
  local folder = rest[1]:gsub("(.)/+$", "%1")
  local place = folder:match("^(.*)/[^/]*%.%w+$") or folder:find("%.%w+$") and "." or folder
  local env, player, note, own = run_env.open(folder, function(settings)
    arguments.apply("gait", options.set, settings)
    settings.seed = seed
  end)
  if not env then fail("%s", player) end
  if note then io.stderr:write(note, "\n") end
  env, player, note = run_env.seat(env, player, options.agent, own, not options.sample)
  if not env then fail("%s", player) end
  if note then io.stderr:write(note, "\n") end
  local result = arguments.interruptible(env.evaluate, env, player,
    { episodes = episodes, seed = seed, record = true, deterministic = not options.sample })
  local made, report = pcall(gait_report.new, result.recordings)
  if not made then fail("%s has no gait: %s", env.name, (tostring(report):gsub("^.-rl%.gait: ", ""))) end
  print(report:text())
  write(options.out or place .. "/gait.html", report:html(("%s: gait"):format(env.name)))
  if not options.svg then return end
  local svg = report:svg()
  if not svg then core.leave(1, "rlrun gait: " .. report:notes()[1]) end
  write(options.svg, svg)
end
