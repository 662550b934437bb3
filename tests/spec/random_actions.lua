-- Actions at random for all copies of an environment, of those that their masks allow.
local rl = require "rl"

local function choose(rng, allowed, first, n)
  local choice
  repeat choice = rng:integer(n) until not allowed or allowed[first + choice] == 1
  return choice - 1
end

return function(env, rng)
  local space, list = env.action_space, {}
  if space.kind == "box" then return rng:uniform(env.n, space.size) * 2 - 1 end
  local masks = space.masked and env:action_mask():totable() or {}
  for i = 1, env.n do
    local row, at = {}, 0
    for _, factor in ipairs(space.factors or { space }) do
      if factor.kind == "discrete" then
        row[#row + 1] = choose(rng, masks[i], at, factor.size)
        at = at + factor.size
      else
        for _ = 1, factor.size do row[#row + 1] = 2 * rng:uniform() - 1 end
      end
    end
    list[i] = space.factors and row or row[1]
  end
  return rl.tensor(list)
end
