-- Policies of every kind with weights off their first values, and what policy:mean says to random observations.
--
--   rlrun tests/peers/cases.lua --folder DIR [--rows 10000] [--large true]
--
-- DIR gets, for each case, NAME.lua, NAME.onnx, NAME.h, NAME.safetensors and NAME.txt: the numbers of rows,
-- observations, actions and steps of an episode (0: it remembers nothing), then in each row an observation and the
-- action.
local rl = require "rl"

local opt = rl.options { folder = "", rows = 1000, large = false }

local cases = { -- observations, actions (negative: choices), options
  small = { 24, 4, {} },
  discrete = { 7, -5, { value_head = true } },
  relu = { 33, 2, { activation = "relu", std = "state", value_head = true, hidden = { 40, 9 } } },
  normed = { 5, 3, { layer_norm = true, std = "fixed", hidden = { 32, 33 }, clip = 0.75 } },
  linear = { 3, 2, { hidden = {}, normalize = false } },
  clipped = { 65, -2, { hidden = { 1, 99 }, activation = "identity", normalize = false, clip = 1.5,
    layer_norm = true } },
  squashed = { 6, 3, { squash = true, activation = "relu" } },
  masked = { 4, { "discrete", 6 }, { value_head = true }, true },
  factors = { 5, { { "discrete", 3 }, { "box", 2, -1, 2 }, { "discrete", 4 } }, { std = "state", value_head = true },
    true },
  named = { 6, { gear = { "discrete", { "up", "down" } }, steer = { "box", 1 }, aim = { "box", 2 } },
    { std = "fixed" } },
  history = { 4, { { "discrete", 3 }, { "box", 2, -1, 2 } }, { history = 3, clip = 2 }, true },
  recurrent = { 5, 3, { gru = 7, hidden = { 12 } } },
  chosen = { 4, { { "discrete", 3 }, { "box", 2, -1, 2 } }, { gru = 70, history = 2, hidden = {}, std = "state",
    value_head = true, activation = "relu" }, true },
  pair = { 3, 2, { history = 2, normalize = false, hidden = {} } },
  scaled = { 4, 2, { normalizer = "scale", history = 2 } },
  lessened = { 5, 3, { normalizer = "large" }, narrow = true },
  kept = { 4, -3, { normalizer = "large", gru = 5, hidden = { 9 } }, narrow = true },
  deep = { 2, 1, { hidden = { 8, 8, 8, 8, 8, 8, 8 }, value_head = true } },
}
if opt.large then cases = { small = cases.small, large = { 243, 39, { hidden = { 512, 512, 512 } } } } end

local function write(name, case)
  local seen, actions = case[1], case[2]
  local rng = rl.rng(#name + seen)
  if type(actions) == "number" then
    actions = actions < 0 and { "discrete", -actions } or { "box", actions, -2, 2 }
  end
  local env = rl.lua_env {
    observation = seen, action = actions, masked = case[4] or false,
    reset = function() return {} end, step = function() return {}, 0 end }
  local n, space = env.observation_space.size, env.action_space
  local policy = rl.policy(env, case[3])
  for i = 1, 10 do
    local seen_now = i * rng:normal(50, n) + 3
    if case.narrow then seen_now:narrow(2, 1, 2):mul_(0.01) end -- two are smaller than 1
    policy:observe(seen_now)
  end
  policy.theta:add_(0.05 * rng:normal(#policy.theta))
  if case[3].std == "fixed" then policy.log_std:add_(rng:normal(#policy.log_std)) end
  local at = ("%s/%s"):format(opt.folder, name)
  for _, form in ipairs { "lua", "onnx", "h" } do assert(policy:export(at .. "." .. form)) end
  assert(policy:save(at .. ".safetensors"))
  local observations = 20 * rng:normal(opt.rows, n)
  for row = 1, case[4] and opt.rows or 0 do -- of each factor something is allowed
    local place = seen
    for _, factor in ipairs(space.factors or { space }) do
      local allowed = factor.kind == "discrete" and rng:integer(factor.size)
      for i = 1, allowed and factor.size or 0 do
        observations:set(row, place + i, (i == allowed or rng:integer(2) == 1) and 1 or 0)
      end
      place = place + (allowed and factor.size or 0)
    end
  end
  local steps = (policy:options().history > 1 or policy:options().gru > 0) and 7 or 0
  local mean = steps == 0 and policy:mean(observations):totable() or {}
  for row = 1, steps > 0 and opt.rows or 0 do
    if row % steps == 1 then policy:reset() end
    mean[row] = policy:mean(observations:narrow(1, row, 1)):totable()[1]
  end
  local file = assert(io.open(at .. ".txt", "w"))
  file:write(("%d %d %d %d\n"):format(opt.rows, n, space.width or space.kind == "box" and space.size or 1, steps))
  for row, observation in ipairs(observations:totable()) do
    local action = type(mean[row]) == "table" and mean[row] or { mean[row] }
    for _, list in ipairs { observation, action } do
      for _, x in ipairs(list) do file:write(("%.9g "):format(x)) end
    end
    file:write "\n"
  end
  file:close()
end

for name, case in pairs(cases) do write(name, case) end
