#!/bin/sh
# LÖVE 11.4 (Debian 12), love.math's random generator. Guess: setState(getState()) brings a generator back to where it was, so that a run
# that is resumed, or played again from a saved state, draws the same numbers. Seen: it does for random(), not for randomNormal(). Normals
# are made in pairs, and the second of a pair is kept outside of the state: saved after an odd number of them, the resumed run leaves one
# out and is off by one from there. An even number hides it, as a test that saves before the first draw does. A learner that
# draws one action of three joints a step, saved after any odd step, goes another way.
. "$(dirname "$0")/lib.sh"
seen=$(love <<'LUA'
local function draw(generator, method, n)
  local drawn = {}
  for i = 1, n do drawn[i] = ("%.4f"):format(generator[method](generator)) end
  return table.concat(drawn, " ")
end
for _, method in ipairs { "random", "randomNormal" } do
  for drawn = 0, 3 do
    local original, resumed = love.math.newRandomGenerator(7), love.math.newRandomGenerator(1)
    draw(original, method, drawn)
    resumed:setState(original:getState())
    print(("%s, saved after %d: original %s, resumed %s"):format(method, drawn, draw(original, method, 4), draw(resumed, method, 4)))
  end
end
LUA
)
expect "$seen" "random, saved after 0: original 0.1870 0.6277 0.1677 0.7881, resumed 0.1870 0.6277 0.1677 0.7881
random, saved after 1: original 0.6277 0.1677 0.7881 0.6114, resumed 0.6277 0.1677 0.7881 0.6114
random, saved after 2: original 0.1677 0.7881 0.6114 0.8045, resumed 0.1677 0.7881 0.6114 0.8045
random, saved after 3: original 0.7881 0.6114 0.8045 0.5746, resumed 0.7881 0.6114 0.8045 0.5746
randomNormal, saved after 0: original 0.4626 -0.4472 0.5887 0.1437, resumed 0.4626 -0.4472 0.5887 0.1437
randomNormal, saved after 1: original -0.4472 0.5887 0.1437 1.2952, resumed 0.5887 0.1437 1.2952 0.4615
randomNormal, saved after 2: original 0.5887 0.1437 1.2952 0.4615, resumed 0.5887 0.1437 1.2952 0.4615
randomNormal, saved after 3: original 0.1437 1.2952 0.4615 1.2371, resumed 1.2952 0.4615 1.2371 -0.4233"
