-- A world of two bipeds that look at each other, for the specs of worlds, with what is to be otherwise.
return function(change)
  local world = {
    name = "pair", n = 2, seed = 1,
    creatures = {
      a = { creature = "biped", x = -1, senses = { other = "b" } },
      b = { creature = "biped", x = 1, turned = true, senses = { other = "a" } },
    },
    reward = function(s) return s.vx end,
  }
  for name, value in pairs(change or {}) do world[name] = value end
  return world
end
