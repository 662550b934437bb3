-- What TRPO takes for each number of an action, for KL adds up over them: with .01 nats in all creatures of several
-- joints hardly move, and a damping that does not grow with the metric weighs less and less. Choices count as one. What
-- else has a trust region (npg, enac, dapg) was not measured so, and keeps what its options say.
local EACH = { trpo = { max_kl = 0.01, damping = 0.1 } }

local function numbers(space)
  if space.kind == "box" then return space.size end
  local n = 0
  for _, factor in ipairs(space.factors or {}) do n = n + numbers(factor) end
  return n
end

-- Adds to the options of a method what they do not name.
return function(method, env, options)
  local n = math.max(1, numbers(env.action_space))
  for name, each in pairs(EACH[method] or {}) do
    if options[name] == nil then options[name] = each * n end
  end
end
