-- rl's side of scripts/bench/bbob.py: runs on COCO's functions, one for each line of standard input.
--
--   function dimension instance seed budget x0_1 ... x0_n       answered by a line:
--   evaluations best 1e1 1e-1 1e-3 1e-5 1e-8                    best: value found over the least there is; then the
--                                                               evaluations until it was as low as that, 0 for never
local rl = require "rl"

local opt = rl.options { restarts = "bipop", tolgap = 0.03, bound = 0, -- 0: none
                         modules = "." } -- folder of bbob_coco.so

local TARGETS = { 1e1, 1e-1, 1e-3, 1e-5, 1e-8 }

package.cpath = opt.modules .. "/?.so;" .. package.cpath
local coco = require "bbob_coco"

local function run(number, dimension, instance, seed, budget, x0)
  local bound = opt.bound > 0 and opt.bound or math.huge
  local f, least = coco.problem(number, dimension, instance)
  local es = rl.cmaes {
    x0 = x0, sigma = 2, seed = seed, restarts = opt.restarts, restart_lower = -4, restart_upper = 4,
    tolgap = opt.tolgap,
    lower = -bound, upper = bound, minimize = true, target = least + 1e-8, max_evaluations = budget,
  }
  local evaluations, best, reached, hits = 0, math.huge, 0, { 0, 0, 0, 0, 0 }
  while not es:stop() do
    local x, values = es:ask_lists(), {}
    for k = 1, #x do
      local value = f(x[k])
      values[k], evaluations = value, evaluations + 1
      if value < best then
        best = value
        while TARGETS[reached + 1] and best <= least + TARGETS[reached + 1] do
          reached = reached + 1
          hits[reached] = evaluations
        end
      end
    end
    es:tell(x, values)
  end
  return ("%d %.3e %s"):format(evaluations, best - least, table.concat(hits, " "))
end

for line in io.lines() do
  local words = {}
  for word in line:gmatch "%S+" do words[#words + 1] = tonumber(word) end
  local x0 = {}
  for i = 6, #words do x0[i - 5] = words[i] end
  print(run(words[1], words[2], words[3], words[4], words[5], x0))
  io.stdout:flush()
end
