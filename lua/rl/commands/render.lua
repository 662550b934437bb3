-- rlrun render: pictures and films of what a run has learnt.
local arguments = require "rl.commands.arguments"
local core = require "rl.core"
local drawing = require "rl.drawing"
local picture = require "rl.picture"
local replay = require "rl.replay"
local run_env = require "rl.run_env"
local runs = require "rl.runs"

local HELP = [[
usage: rlrun render [--stride | --pose | --movie] [options] FOLDER
  Draws the replay of a run: a stride as a row of poses that fade (the default), a pose, or a film. FOLDER is a run's,
  or a replay.html. Of a run that has no replay, an episode of its policy is drawn.
  --stride           from a touchdown of a foot to its next; with --time the stride at that second
  --pose             one moment, with --time
  --movie            all of it, or from second --from to second --to (GIF, MP4; needs Cairo and ffmpeg)
  --time S           a second of the replay
  --poses N          of a stride (default: so many that they stand apart)
  --out FILE         .svg, .png (needs Cairo), .gif or .mp4, which also says what is drawn (default: FOLDER/stride.svg,
                     FOLDER/pose.svg, FOLDER/movie.mp4)
  --width N          in pixels (default: 960); of a .png there are twice as many
  --play             plays an episode of the policy also where there is a replay
  --paper            a pose or a film on white, as a stride is
  --light            a pose or a film by day
]]

local KNOWN = { stride = "flag", pose = "flag", movie = "flag", time = "number", from = "number", to = "number",
                poses = "number", out = "text", width = "number", play = "flag", paper = "flag",
                light = "flag" }
local SECONDS = 20 -- of an episode that is played

local function fail(...) arguments.fail("render", ...) end
local function give_up(message) core.leave(1, "rlrun render: " .. tostring(message)) end

-- An episode of the folder's policy.
local function play(folder)
  local path = run_env.policy_path(folder)
  if path == folder then fail("%s has neither a replay.html nor a policy.safetensors%s", folder, runs.hint(folder)) end
  local env, player, message = run_env.open(folder, function(settings) settings.seed = 1 end)
  if not env then fail("%s: only its replay could be drawn", player) end
  if message then io.stderr:write(message, "\n") end
  return env:record(player, { seconds = SECONDS, seed = 1, title = env.name })
end

local function exists(path)
  local file = io.open(core.read_path(path), "r")
  return file and file:close() or false
end

local function recording_of(folder, anew)
  if folder:find("%.html$") then
    local recording, message = replay.read(folder)
    if not recording then fail("%s", message) end
    return recording
  end
  if not core.list_directory(folder) then fail("there is no folder %s", folder) end
  for _, name in ipairs { "replay.html", "best.html", "latest.html" } do
    local path = folder .. "/" .. name
    if not anew and exists(path) then
      local recording, message = replay.read(path)
      if recording then return recording end
      io.stderr:write(message, "\n")
    end
  end
  return play(folder)
end

-- What is drawn, and where it goes.
local function choose(options, folder)
  local chosen
  for _, name in ipairs { "stride", "pose", "movie" } do
    if options[name] then
      if chosen then fail("--%s and --%s: one of them", chosen, name) end
      chosen = name
    end
  end
  local ending = options.out and (options.out:match("%.(%w+)$") or "")
  if ending and not (ending == "svg" or ending == "png" or ending == "gif" or ending == "mp4") then
    fail("--out takes a file that ends in .svg, .png, .gif or .mp4, not %s", options.out)
  end
  local is_film = ending == "gif" or ending == "mp4"
  chosen = chosen or is_film and "movie" or options.time and "pose" or "stride"
  if ending and is_film ~= (chosen == "movie") then
    fail("a %s goes to %s, not to %s", chosen == "movie" and "film" or "picture",
      chosen == "movie" and ".gif or .mp4" or ".svg or .png", options.out)
  end
  local place = folder:match("^(.*)/[^/]*%.html$") or folder:find("%.html$") and "." or folder
  return chosen, options.out or ("%s/%s.%s"):format(place, chosen, chosen == "movie" and "mp4" or "svg")
end

local function check_numbers(options)
  local width = options.width
  if width and (width < 100 or width > 8000 or width ~= math.floor(width)) then
    fail("--width takes a number of pixels from 100 to 8000, not %g", width)
  end
  local poses = options.poses
  if poses and (poses < 1 or poses > 100 or poses ~= math.floor(poses)) then
    fail("--poses takes a whole number from 1 to 100, not %g", poses)
  end
end

-- A second of the replay: its own beginning and end where the option is not given.
local function second(options, name, duration, otherwise)
  local value = options[name]
  if value and (value < 0 or value > duration) then
    fail("--%s takes a second from 0 to %.2f, the end of the replay, not %g", name, duration, value)
  end
  return value or otherwise
end

local function write_film(drawn, options, path, width)
  local from = second(options, "from", drawn.duration, 0)
  local to = second(options, "to", drawn.duration, drawn.duration)
  if to <= from then fail("--from %g lies behind --to %g", from, to) end
  local is_gif = path:find("%.gif$")
  local rate = is_gif and 25 or 50
  width = width - width % 2 -- as films want it
  local height = math.floor(width * 9 / 32 + 0.5) * 2
  local film = require "rl.film"
  local ok, message = film.write(path, {
    width = width, height = height, rate = rate, count = math.max(math.floor((to - from) * rate + 0.5), 1),
    frame = function(i)
      return drawn:pose(from + (i - 1) / rate, { width = width, height = height, paper = options.paper,
                                                 light = options.light })
    end,
  })
  if not ok then give_up(message) end
end

return function(...)
  local options, rest = arguments.read("render", HELP, KNOWN, ...)
  if #rest == 0 then fail("a folder is missing") end
  if #rest > 1 then fail("one folder expected, got %q too", rest[2]) end
  check_numbers(options)
  local folder = rest[1]:gsub("(.)/+$", "%1")
  local what, path = choose(options, folder)
  local recording = recording_of(folder, options.play)
  if recording.n_bodies == 0 then give_up("there is nothing to draw: the replay has no shapes") end
  local drawn, width = picture.new(recording), options.width or 960
  local ok, message
  if what == "movie" then
    arguments.interruptible(write_film, drawn, options, path, width)
    ok = true
  else
    local time = second(options, "time", drawn.duration, nil)
    local settings = { width = width, height = math.floor(width * 9 / 16 + 0.5), time = time, poses = options.poses,
                       paper = options.paper, light = options.light }
    local list = what == "stride" and drawn:stride(settings) or drawn:pose(time or drawn.duration / 2, settings)
    if path:find("%.png$") then
      ok, message = drawing.png(path, list)
    else
      ok, message = core.write_file(path, drawing.svg(list))
    end
  end
  if not ok then give_up(message) end
  print("wrote " .. path)
end
