-- What can be done with rl.clone{ ... } as a whole: its method run, loaded where it is first called.
local cloning = require("rl.core").cloning

-- All epochs; each(stats) is called after every one, false ends it. Where there is an environment the policy is then
-- tried in `episodes` of it: mean_return, mean_length and how many `terminated`.
function cloning.run(self, options)
  local policy, env = self:parts()
  options = options or {}
  for name in pairs(options) do
    if name ~= "each" and name ~= "episodes" and name ~= "seed" then
      error(("rl.clone: run has no option %q: each, episodes, seed"):format(tostring(name)), 2)
    end
  end
  local stats
  while not self:stop() do
    stats = self:update()
    if options.each and options.each(stats) == false then break end
  end
  stats = stats or {}
  if env and (options.episodes or 20) > 0 then
    local test = env:evaluate(policy, { episodes = options.episodes or 20, seed = options.seed })
    stats.mean_return, stats.mean_length, stats.terminated = test.mean_return, test.mean_length, test.terminated
  end
  return stats
end
