-- Demonstrations for a method that cannot do without, nil for others: of random actions in its environment.
local core = require "rl.core"

return function(name, env)
  for _, row in ipairs(name == "rollout" and {} or core.describe_method(name)) do
    if row.name == "demonstration_coef" and row.default > 0 then return env:demonstrate("random", { episodes = 2 }) end
  end
end
