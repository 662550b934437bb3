-- Does a creature learn to walk on all of its legs alike when it learns from mirror images, too? The same learning
-- without them (symmetric = false), with the image of every sample (data), with a loss on the difference between what
-- the policy does in a state and in its image (loss), and with networks that are symmetric by construction (network).
--
--   build/rlrun --threads 1 scripts/study/symmetry.lua                     60 runs, 1 to 2 minutes each
--   build/rlrun --threads 1 --task 3/16 scripts/study/symmetry.lua         the third of sixteen shares of them
--   build/rlrun --seed 2 scripts/study/symmetry.lua --set body=quadruped   four of them
--
-- A run that is done is a line in `out` and is not done again: whoever starts the study anew goes on with it. Bodies:
--
--   biped       on the Moon, reward `walk`: in turns, on straight legs
--   quadruped   on Earth, reward `go`: 1 m/s, no word about legs
--   human       on muscles, its reflexes and what the policy adds to them, on Earth, reward `go`: 1.3 m/s
--
-- At the end, for each body and mode: mean return of the episodes in the second, fifth and last tenth of the steps, and
-- what rl.gait says of 20 episodes by the likeliest actions, and of 20 by sampled ones: the noise that a policy learnt
-- with can be what keeps it on its feet. Means over seeds with their standard deviation.
local rl = require "rl"

local opt = rl.options {
  body = "",         -- "": all three
  symmetric = "",    -- "": all four
  steps = 0,         -- in thousands; 0: what the body takes
  episodes = 20,
  out = "symmetry.csv",
}

local abs, min, max = math.abs, math.min, math.max

-- The reward of scripts/moonwalk.lua at 9b2b53f.
local function idle(air, stance) return max(air - 0.7, 0) + max(stance - 0.9, 0) end
local function walk(s)
  local load_l, load_r = min(s.foot_l_load, 1.5), min(s.foot_r_load, 1.5)
  local scissor = max(-2.5, min(s.hip_r_speed - s.hip_l_speed, 2.5))
  return 2.2 - abs(s.com_vx - 1) + 0.5 * (min(load_l, 1) - min(load_r, 1)) * scissor
    - (load_l * abs(s.knee_l_angle) + load_r * abs(s.knee_r_angle)) - 0.5 * abs(s.angle)
    - (s.foot_l_contact + s.foot_r_contact == 0 and 1 or 0)
    - 0.5 * min(idle(s.foot_l_air, s.foot_l_stance) + idle(s.foot_r_air, s.foot_r_stance), 2)
    - 0.3 * min(s.foot_l_slide + s.foot_r_slide, 2) - 0.3 * s.effort
end

-- price: of effort, a share of the torque of motors, W/kg of muscles
local function go(speed, price)
  return function(s) return 1 + 2 * (1 - min(abs(s.com_vx - speed), 2)) - 0.5 * abs(s.angle) - price * s.effort end
end

local bodies = {
  biped = { steps = 2400, env = "biped",
            options = { control_rate = 50, substeps = 4, gravity = 1.62, reward = walk,
                        done = function(s) return s.fallen > 0 or s.head_height < 1.3 end } },
  quadruped = { steps = 1200, env = "quadruped",
                options = { control_rate = 50, substeps = 4, reward = go(1, 0.3) } },
  human = { steps = 800, env = "reflex_human",
            options = { control_rate = 50, substeps = 10, reward = go(1.3, 0.02) } },
}
local COPIES, HORIZON = 64, 128
local COLUMNS = { "body", "mode", "seed", "steps", "cpu", "return_1", "return_2", "return_3", "return_4", "return_5",
                  "return_6", "return_7", "return_8", "return_9", "return_10" }
local GAIT = { "speed", "falls", "touchdowns", "alternating", "overlap", "uneven", "kind" }
local POLICIES = { "likeliest", "sampled" } -- actions
for _, actions in ipairs(POLICIES) do
  for _, name in ipairs(GAIT) do COLUMNS[#COLUMNS + 1] = actions .. "_" .. name end
end

-- What is done: key -> row by column.
local function read()
  local rows, file = {}, io.open(opt.out)
  if not file then return rows end
  for line in file:lines() do
    local row, i = {}, 0
    for word in line:gmatch("[^,]+") do
      i = i + 1
      row[COLUMNS[i] or i] = tonumber(word) or word
    end
    if i == #COLUMNS and row.seed ~= "seed" then rows[("%s %s %d"):format(row.body, row.mode, row.seed)] = row end
  end
  file:close()
  return rows
end

local function append(row)
  local words = {}
  for i, name in ipairs(COLUMNS) do
    words[i] = type(row[name]) == "number" and ("%.6g"):format(row[name]) or tostring(row[name])
  end
  local file = assert(io.open(opt.out, "a"))
  file:write(table.concat(words, ","), "\n")
  file:close()
end

local function learn(task)
  local began, body = os.clock(), assert(bodies[task.body], "body is biped, quadruped or human")
  local settings = { n = COPIES, seed = task.seed }
  for name, value in pairs(body.options) do settings[name] = value end
  local env = rl.env(body.env, settings)
  local iterations = max(1, math.floor((opt.steps > 0 and opt.steps or body.steps) * 1000 / (COPIES * HORIZON)))
  local shape = { hidden = { 64, 64 }, seed = task.seed, symmetric = task.mode == "network" }
  local policy, value = rl.policy(env, shape), rl.value(env, shape)
  local ppo = rl.ppo { env = env, policy = policy, value = value, minibatch = 256, epochs = 6, seed = task.seed,
                       symmetric = task.mode, reward_scaling = false }
  local run = rl.run { name = ("symmetry-%s-%s"):format(task.body, task.mode), options = task, seed = task.seed,
                       env = env, policy = policy, value = value, method = ppo, iterations = iterations }
  local sums = run.state
  for i in run:iterations() do
    ppo:set { lr = 3e-4 * (1 - (i - 1) / iterations) }
    local batch = ppo:collect(HORIZON)
    local stats = ppo:update(batch)
    run:log(i, batch.stats, stats)
    local mean, tenth = batch.stats.mean_return, math.ceil(10 * i / iterations)
    local sum, count = "sum_" .. tenth, "count_" .. tenth
    if mean and mean == mean then sums[sum], sums[count] = (sums[sum] or 0) + mean, (sums[count] or 0) + 1 end
  end
  if run:stopping() then run:finish() end
  local row = { body = task.body, mode = task.mode, seed = task.seed, steps = iterations * COPIES * HORIZON }
  for t = 1, 10 do row["return_" .. t] = (sums["sum_" .. t] or 0 / 0) / (sums["count_" .. t] or 1) end
  for _, actions in ipairs(POLICIES) do
    local measured = env:evaluate(policy, { episodes = opt.episodes, record = true,
                                            deterministic = actions == "likeliest" })
    local gait = rl.gait(measured.recordings)
    gait.touchdowns, gait.uneven = gait.steps, abs(gait.stance[1] - gait.stance[2])
    for _, name in ipairs(GAIT) do row[actions .. "_" .. name] = gait[name] end
  end
  run:finish()
  row.cpu = os.clock() - began
  append(row)
  print(("%s %s seed %d: return %.1f, %.2f m/s, falls %d of %d, %s; sampled %.2f m/s, %d, %s; %.0f s of CPU"):format(
    row.body, row.mode, row.seed, row.return_10, row.likeliest_speed, row.likeliest_falls, opt.episodes,
    row.likeliest_kind, row.sampled_speed, row.sampled_falls, row.sampled_kind, row.cpu))
end

-- "2.50 (0.13)": mean and standard deviation over seeds of what is a number.
local function spread(rows, name, format)
  local values = {}
  for _, row in ipairs(rows) do
    if type(row[name]) == "number" and row[name] == row[name] then values[#values + 1] = row[name] end
  end
  if #values == 0 then return "none" end
  local mean = format:format(rl.statistics.mean(values))
  return #values > 1 and ("%s (" .. format .. ")"):format(mean, rl.statistics.deviation(values)) or mean
end

local modes, names = { "false", "data", "loss", "network" }, { "biped", "quadruped", "human" }

local function rows_of(body, mode)
  local done, rows = read(), {}
  for seed = 1, 5 do rows[#rows + 1] = done[("%s %s %d"):format(body, mode, seed)] end
  return rows
end

local function print_returns()
  print("| body | mode | seeds | return after .2 of the steps | .5 | 1 | CPU, s |\n|---|---|---|---|---|---|---|")
  for _, body in ipairs(names) do
    for _, mode in ipairs(modes) do
      local rows = rows_of(body, mode)
      print(("| %s | %s | %d | %s | %s | %s | %s |"):format(body, mode, #rows, spread(rows, "return_2", "%.0f"),
        spread(rows, "return_5", "%.0f"), spread(rows, "return_10", "%.0f"), spread(rows, "cpu", "%.0f")))
    end
  end
end

-- What are kinds: "walks 3, limps 1".
local function count_kinds(rows, name)
  local count, order, words = {}, {}, {}
  for _, row in ipairs(rows) do
    if not count[row[name]] then order[#order + 1] = row[name] end
    count[row[name]] = (count[row[name]] or 0) + 1
  end
  for i, kind in ipairs(order) do words[i] = kind .. " " .. count[kind] end
  return table.concat(words, ", ")
end

local function print_gaits()
  print("\n| body | actions | mode | speed, m/s | falls | alternating | overlap | left less right in standing | kind |")
  print("|" .. ("---|"):rep(9))
  for _, body in ipairs(names) do
    for _, actions in ipairs(POLICIES) do
      for _, mode in ipairs(modes) do
        local rows, falls = rows_of(body, mode), 0
        for _, row in ipairs(rows) do falls = falls + row[actions .. "_falls"] end
        print(("| %s | %s | %s | %s | %d of %d | %s | %s | %s | %s |"):format(body, actions, mode,
          spread(rows, actions .. "_speed", "%.2f"), falls, #rows * opt.episodes,
          spread(rows, actions .. "_alternating", "%.2f"), spread(rows, actions .. "_overlap", "%.2f"),
          spread(rows, actions .. "_uneven", "%.2f"), count_kinds(rows, actions .. "_kind")))
      end
    end
  end
end

for task in rl.tasks({ body = opt.body ~= "" and { opt.body } or names,
                       mode = opt.symmetric ~= "" and { opt.symmetric } or modes, seed = { 1, 2, 3, 4, 5 } }, opt) do
  if not read()[("%s %s %d"):format(task.body, task.mode, task.seed)] then learn(task) end
end

print_returns()
print_gaits()
