-- What a trust region takes for each number of an action, for KL adds up over them: with .01 nats in all creatures of
-- several joints hardly move, and a damping that does not grow with the metric weighs less and less. Choices count as
-- one. TRPO and the natural gradient without its line search were measured so; enac and dapg keep what their options
-- say.
local EACH = { max_kl = 0.01, damping = 0.1 }
local METHODS = { trpo = true, npg = true }

local function numbers(space)
  if space.kind == "box" then return space.size end
  local n = 0
  for _, factor in ipairs(space.factors or {}) do n = n + numbers(factor) end
  return n
end

-- Adds to the options of a method what they do not name.
return function(method, env, options)
  if not METHODS[method] then return end
  local n = math.max(1, numbers(env.action_space))
  for name, each in pairs(EACH) do
    if options[name] == nil then options[name] = each * n end
  end
end
