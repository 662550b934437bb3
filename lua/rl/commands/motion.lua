-- rlrun motion: an episode as a table of numbers.
local arguments = require "rl.commands.arguments"
local core = require "rl.core"
local motion = require "rl.motion"
local run_env = require "rl.run_env"

local HELP = [[
usage: rlrun motion [options] FOLDER
  Plays an episode of what a run has learnt and writes it as a table: angles, speeds, moments and powers of the joints,
  forces of the ground on each foot and where they act, what each muscle does, the reward, a row each moment. FOLDER is
  a run's, or a policy.safetensors, or a design (.lua) of a creature with a gait of its own, which is played as it is.
  Reward and ends are the environment's own: functions of the script are not known here.
  --out FILE         .sto or .mot, as OpenSim reads them, .csv, or .bvh (default: FOLDER/motion.sto)
  --columns A,B,...  these alone (default: all)
  --list             prints the columns, with units, and what they are, and writes nothing
  --seconds S        (default: until the episode ends)
  --seed N           of the episode (default: 1)
  --agent NAME       of a world of several agents: whose (default: whose policy it is, or the first's)
  --set NAME=VALUE   one of the environment's options; again for another
  --sample           draws actions, in place of the most likely ones
]]

local KNOWN = { out = "text", columns = "text", list = "flag", seconds = "number", seed = "number", agent = "text",
                set = "list", sample = "flag" }

local function fail(...) arguments.fail("motion", ...) end

local function print_columns(recording)
  for _, column in ipairs((motion.columns(recording))) do
    print(("%-28s %-14s %s"):format(column.name, column.unit ~= "" and column.unit or "-", column.meaning))
  end
end

local function split(text)
  if not text then return nil end
  local names = {}
  for name in text:gmatch("[^,%s]+") do names[#names + 1] = name end
  return names
end

return function(...)
  local options, rest = arguments.read("motion", HELP, KNOWN, ...)
  if #rest == 0 then fail("a folder is missing") end
  if #rest > 1 then fail("one folder expected, got %q too", rest[2]) end
  local folder = rest[1]:gsub("(.)/+$", "%1")
  local out = options.out or (folder:match("^(.*)/[^/]*%.%w+$") or folder:find("%.%w+$") and "." or folder) ..
    "/motion.sto"
  local kind, wrong = motion.kind(out)
  if not kind then fail("--out: %s", wrong) end
  local seed = arguments.whole("motion", options, "seed", 1, 0, 2 ^ 53)
  if options.seconds and not (options.seconds >= 0 and options.seconds <= 1e6) then
    fail("--seconds takes a number from 0 to 1000000, not %g", options.seconds)
  end
  local env, player, note, own = run_env.open(folder, function(settings)
    arguments.apply("motion", options.set, settings)
    settings.seed = seed
  end)
  if not env then fail("%s", player) end
  if note then io.stderr:write(note, "\n") end
  env, player, note = run_env.seat(env, player, options.agent, own, not options.sample)
  if not env then fail("%s", player) end
  if note then io.stderr:write(note, "\n") end
  local recording = arguments.interruptible(env.record, env, player,
    { seconds = options.seconds, seed = seed, title = env.name, deterministic = not options.sample })
  if options.list then return print_columns(recording) end
  local called, ok, message = pcall(motion.write, out, recording, { columns = split(options.columns) })
  if not called then fail("%s", (tostring(ok):gsub("^.-recording:write: ", ""))) end
  if not ok then core.leave(1, "rlrun motion: " .. tostring(message)) end
  if message then io.stderr:write(message, "\n") end
  local moments = #recording.reward
  print(("wrote %s: %d moments, %.2f s"):format(out, moments, (moments - 1) * recording.dt))
end
