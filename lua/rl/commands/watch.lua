-- rlrun watch: a window on what a run has learnt so far.
local arguments = require "rl.commands.arguments"
local core = require "rl.core"
local drawing = require "rl.drawing"
local process = require "rl.process"
local runs = require "rl.runs"
local run_env = require "rl.run_env"
local watch = require "rl.watch"

local HELP = [[
usage: rlrun watch [options] FOLDER
  Shows a run's policy in a window, also while it learns: a policy that is saved is taken up within a second. The
  environment is that of the run, with its own reward and ends: functions of the script are not known here.
  keys: space pause, s slow motion, arrows or the mouse push the creature, g less gravity and G more, r reset, q quit
  --width N, --height N   of the window (default: 960 and 540)
  --seed N           of the episodes (default: 1)
  --frames N         ends after so many pictures, a sixtieth of a second each
  --screenshot FILE  the last picture as a .png
Needs SDL 2 and Cairo when rlrun is built (Debian: libsdl2-dev libcairo2-dev).
]]

local KNOWN = { width = "number", height = "number", seed = "number", frames = "number", screenshot = "text" }
local RATE = 60 -- pictures a second

local function fail(...) arguments.fail("watch", ...) end
local function give_up(message) core.leave(1, "rlrun watch: " .. tostring(message)) end

local function whole(options, name, low, high, default)
  local value = options[name] or default
  if value and (value ~= math.floor(value) or value < low or value > high) then
    fail("--%s takes a whole number from %.0f to %.0f, not %g", name, low, high, value)
  end
  return value
end

-- What files hold; nil where one is not there.
local function read_all(files)
  local texts = {}
  for i, path in ipairs(files) do
    texts[i] = runs.read_text(path)
    if not texts[i] then return nil end
  end
  return table.concat(texts)
end

-- What is watched; its load() gives who plays anew when a file has changed.
local function open(folder, seed)
  local path = run_env.policy_path(folder)
  if run_env.no_policy(path) then fail("%s", run_env.no_policy(path)) end
  if not runs.read_text(path) or path == folder and core.list_directory(folder) then
    fail("%s has no policy.safetensors (yet)%s", folder, runs.hint(folder))
  end
  local body, settings, message, cast = run_env.describe(path)
  if not body then fail("%s", message) end
  if message then io.stderr:write(message, "\n") end
  settings.n, settings.seed = 1, seed
  local env, problem = run_env.make(body, settings)
  if not env then fail("%s", problem) end
  local files = run_env.files(path, cast)
  local text = read_all(files)
  local policy, reason = run_env.load(path, env, cast)
  if not policy then give_up(reason) end
  for name, player in pairs(type(policy) == "table" and policy or {}) do
    if player == "random" then io.stderr:write(("agent %s, whose actions were random, rests here\n"):format(name)) end
  end
  local function load()
    local now = read_all(files)
    if not now or now == text then return nil end
    text = now
    return (run_env.load(path, env, cast))
  end
  return watch.new { env = env, policy = policy, load = load, title = folder:match("[^/]+$") }
end

local function handle(watched, window)
  for _, event in ipairs(window:events()) do
    if event.kind == "quit" then
      watched.done = true
    elseif event.kind == "key" then
      watched:key(event)
    else
      watched:mouse(event)
    end
  end
end

local function must(ok, message)
  if not ok then give_up(message) end
  return ok
end

-- In time with the clock; with a number of frames each is a sixtieth of a second.
local function run(watched, window, width, height, frames)
  local canvas = must(drawing.canvas(width, height))
  local last, count = core.time(), 0
  while not watched.done and count ~= frames do
    local start = core.time()
    handle(watched, window)
    watched:advance(frames and 1 / RATE or start - last)
    last = start
    local now_width, now_height = window:size()
    if now_width ~= width or now_height ~= height then
      width, height = now_width, now_height
      canvas = must(drawing.canvas(width, height))
    end
    canvas:draw(watched:picture(width, height))
    must(window:show(canvas))
    count = count + 1
    if not frames then process.sleep(math.max(1 / RATE - (core.time() - start), 0.001)) end
  end
  return canvas
end

return function(...)
  local options, rest = arguments.read("watch", HELP, KNOWN, ...)
  if #rest == 0 then fail("a folder is missing") end
  if #rest > 1 then fail("one folder expected, got %q too", rest[2]) end
  local width, height = whole(options, "width", 100, 8000, 960), whole(options, "height", 100, 8000, 540)
  local frames, seed = whole(options, "frames", 1, 1e9), whole(options, "seed", 0, 2 ^ 53, 1)
  local found, module = pcall(require, "rl.window")
  if not found then give_up("this build has no SDL 2 (Debian: libsdl2-dev, then build again)") end
  local cairo, message = drawing.cairo()
  if not cairo then give_up(message) end
  local folder = rest[1]:gsub("(.)/+$", "%1")
  local watched = open(folder, seed)
  if watched.head.n_bodies == 0 then give_up("there is nothing to see: the environment draws nothing") end
  local window = must(module.open("rlrun watch " .. folder, width, height))
  local canvas = arguments.interruptible(run, watched, window, width, height, frames)
  if options.screenshot then must(canvas:png(core.write_path(options.screenshot))) end
  window:close()
end
