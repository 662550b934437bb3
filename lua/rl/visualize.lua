-- What does a new task look like before anything has learnt? One episode of random actions as a replay, and what there
-- was to see: whether the reward is ever anything but 0, whether observations are of a size that a network can use,
-- how long an episode lasts.
--
--   rl.visualize_random(env, { path = "random.html", seconds = 60, seed = 1, title = ... }) -> path, summary

local core = require "rl.core"
local replay = require "rl.replay"

local KNOWN = { "path", "seconds", "seed", "title" }

local function check(env, options)
  if type(env) ~= "userdata" or not env.record then
    error("rl.visualize_random: an environment expected, got " .. type(env), 3)
  end
  if type(options) ~= "table" then
    error("rl.visualize_random: a table of options expected, got " .. type(options), 3)
  end
  for name in pairs(options) do
    local known = false
    for _, other in ipairs(KNOWN) do known = known or other == name end
    if not known then error("rl.visualize_random: " .. core.unknown_name("option", tostring(name), KNOWN), 3) end
  end
  if options.path ~= nil and type(options.path) ~= "string" then
    error("rl.visualize_random: option path: string expected, got " .. type(options.path), 3)
  end
end

-- Of the list from `first` on.
local function statistics(name, values, first)
  local sum, low, high = 0, values[first] or 0, values[first] or 0
  for i = first, #values do
    sum, low, high = sum + values[i], math.min(low, values[i]), math.max(high, values[i])
  end
  return { name = name, mean = sum / math.max(#values - first + 1, 1), min = low, max = high }, sum
end

local function summarize(env, recording)
  local rewards
  for _, series in ipairs(recording.series) do
    if series.name == "reward" then rewards = series.values end
  end
  local summary = { length = #rewards - 1, terminated = recording.terminated, observation = {} }
  summary.reward, summary["return"] = statistics("reward", rewards, 2) -- the start has none
  local names = env.observation_space.names or {}
  for i, column in ipairs(recording.observation:t():totable()) do
    summary.observation[i] = statistics(names[i] or "o" .. i, column, 1)
  end
  return summary
end

local function show(env, recording, summary, path)
  print(core.format("random actions on %s: return %.4g in %d steps (%.1f s), %s; see %s",
    env.name, summary["return"], summary.length, summary.length * recording.dt,
    summary.terminated and "terminated" or "not terminated", path))
  local width = 6
  for _, row in ipairs(summary.observation) do width = math.max(width, #row.name) end
  local format = "  %-" .. width .. "s %10s %10s %10s"
  print(format:format("", "mean", "min", "max"))
  local function line(row)
    local function short(value) return core.format("%.3g", value) end
    print(format:format(row.name, short(row.mean), short(row.min), short(row.max)))
  end
  line(summary.reward)
  for _, row in ipairs(summary.observation) do line(row) end
end

local function visualize_random(env, options)
  options = options or {}
  check(env, options)
  local recording = env:record("random", {
    seconds = options.seconds or 60, seed = options.seed, title = options.title or env.name .. ", random actions",
  })
  local path = options.path or "random.html"
  local ok, message = replay.write(path, recording)
  if not ok then return nil, message end
  local summary = summarize(env, recording)
  if not core.launch().quiet then show(env, recording, summary, path) end
  return path, summary
end

return visualize_random
