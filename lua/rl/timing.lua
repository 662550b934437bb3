-- Time measurements for benchmarks: medians of interleaved rounds, because machines are shared and noisy.
local core = require "rl.core"
local sorted_keys = require "rl.sorted_keys"
local statistics = require "rl.statistics"

local timing = {}

-- Calls each function of `cases` (name -> function) once a round, in turn, and returns name -> median seconds.
function timing.medians(rounds, cases)
  local names, seconds = sorted_keys(cases), {}
  for _, name in ipairs(names) do
    cases[name]() -- warm up
    seconds[name] = {}
  end
  for round = 1, rounds do
    for _, name in ipairs(names) do
      local start = core.time()
      cases[name]()
      seconds[name][round] = core.time() - start
    end
  end
  local medians = {}
  for _, name in ipairs(names) do
    medians[name] = statistics.median(seconds[name])
  end
  return medians
end

function timing.describe_machine()
  local chosen = os.getenv("OPENBLAS_CORETYPE") and "OPENBLAS_CORETYPE" or "OpenBLAS"
  print(("rl %s (%s), kernels: %s, chosen by %s"):format(core.version, core.revision, (core.kernels()), chosen))
end

return timing
