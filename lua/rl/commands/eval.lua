-- rlrun eval: how good is a policy?
local arguments = require "rl.commands.arguments"
local core = require "rl.core"
local measure = require "rl.gait"
local runs = require "rl.runs"
local run_env = require "rl.run_env"
local statistics = require "rl.statistics"

local HELP = [[
usage: rlrun eval [options] POLICY
  Plays episodes with a policy and prints mean, deviation and 95% interval of the returns, and how many terminated (a
  creature that fell); of a creature also how it walks (rl.gait). POLICY is a policy.safetensors, or a run's folder. The
  environment is that of the run, as config.json beside the policy tells, with its own reward and ends: functions of the
  script are not known here.
  --episodes N       (default: 100)
  --env NAME         another environment
  --set NAME=VALUE   one of the environment's options; again for another
  --seed N           of the episodes (default: 1)
  --sample           draws actions, in place of the most likely ones
]]

local KNOWN = { episodes = "number", env = "text", set = "list", seed = "number", sample = "flag" }

local RECORDED = 20 -- episodes, for the gait

local function fail(...) arguments.fail("eval", ...) end

local function percent(x) return ("%.1f %%"):format(100 * x) end

local function print_result(env, result)
  local returns, lengths = {}, {}
  for i, episode in ipairs(result.episodes) do returns[i], lengths[i] = episode["return"], episode.length end
  local n = #returns
  local low, high = statistics.interval(returns)
  local iqm_low, iqm_high = statistics.bootstrap(returns)
  local least, most = statistics.proportion(result.terminated, n)
  print(("%s, %d episodes"):format(env.name, n))
  if n > 1 then
    print(("return      %.5g, deviation %.5g, 95%% of the mean %.5g .. %.5g"):format(statistics.mean(returns),
      statistics.deviation(returns), low, high))
    print(("            IQM %.5g, 95%% %.5g .. %.5g; from %.5g to %.5g, median %.5g"):format(statistics.iqm(returns),
      iqm_low, iqm_high, statistics.quantile(returns, 0), statistics.quantile(returns, 1),
      statistics.median(returns)))
  else
    print(("return      %.5g"):format(returns[1]))
  end
  print(("length      %.5g steps"):format(statistics.mean(lengths)))
  print(("terminated  %d of %d: %s, 95%% %s .. %s"):format(result.terminated, n, percent(result.terminated / n),
    percent(least), percent(most)))
  for _, agent in ipairs(env.agents or {}) do
    local of = result.agents[agent.name]
    print(("agent %-6s return %.5g, length %.5g steps"):format(agent.name, of.mean_return, of.mean_length))
  end
  if not result.recordings[1].creature or env.agents then return end
  local gait = measure(result.recordings)
  print("gait        " .. gait:line())
  print("            " .. gait:details())
end

return function(...)
  local options, rest = arguments.read("eval", HELP, KNOWN, ...)
  local episodes, seed = options.episodes or 100, options.seed or 1
  if #rest == 0 then fail("a policy is missing") end
  if #rest > 1 then fail("one policy expected, got %q too", rest[2]) end
  if episodes ~= math.floor(episodes) or episodes < 1 or episodes > 65536 then
    fail("--episodes takes a whole number from 1 to 65536, not %g", episodes)
  end
  if seed ~= math.floor(seed) or seed < 0 or seed > 2 ^ 53 then
    fail("--seed takes a whole number from 0 to 2^53, not %g", seed)
  end
  local path = run_env.policy_path(rest[1])
  if run_env.no_policy(path) then fail("%s", run_env.no_policy(path)) end
  if not runs.read_text(path) then
    if runs.read_text(path .. "/config.json") then fail("the run %s has no policy", path) end
    fail("there is no policy: cannot read %s%s", path, runs.hint(path))
  end
  local function change(settings) arguments.apply("eval", options.set, settings) end
  local body, settings, message, cast
  if options.env then
    if not run_env.is_known(options.env) then
      fail("%s", core.unknown_name("environment", options.env, (core.envs())))
    end
    body, settings = options.env, {}
    change(settings)
  else
    body, settings, message, cast = run_env.describe(path, change)
    if not body then fail("%s: name an environment by --env", message) end
    if message then io.stderr:write(message, "\n") end
  end
  settings.n, settings.seed = 1, seed
  local env, reason = run_env.make(body, settings)
  if not env then fail("%s", reason) end
  local policy, notice = run_env.load(path, env, cast)
  if not policy then core.leave(1, "rlrun eval: " .. tostring(notice)) end
  if notice then io.stderr:write(notice, "\n") end
  print_result(env, env:evaluate(policy, { episodes = episodes, deterministic = not options.sample, seed = seed,
                                           record = math.min(episodes, RECORDED) }))
end
