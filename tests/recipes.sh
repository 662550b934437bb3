#!/bin/sh
# Do the recipes of CONTRIBUTING.md work? Applies its changes to a copy of the sources, builds that without optimisation,
# and runs the tests that go through the lists of methods, searches, parts and fields: recipes.sh ROOT
set -eu
root=$1
[ -z "${RL_SANITIZE:-}" ] || exit 77
command -v patch >/dev/null || command -v git >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

export CCACHE_BASEDIR="$work" # as if they lay in one place, where ccache is

cd "$root"
tar c --exclude='./build*' --exclude=./.git --exclude=./runs --exclude='./scripts/*.html' . | tar x -C "$work"
cd "$work"
awk '/^```diff/ { open = 1; next } /^```/ { open = 0 } open' CONTRIBUTING.md >recipes.diff
[ "$(grep -c '^+++ ' recipes.diff)" -eq 7 ] || { echo "recipes: 7 files expected in CONTRIBUTING.md"; exit 1; }
if command -v patch >/dev/null; then patch -p1 --fuzz=0 <recipes.diff; else git apply recipes.diff; fi

tests="test_method_options test_search test_search_state test_parts test_creature_env"
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Debug -DRL_WERROR=ON >/dev/null
cmake --build build --target rlrun $tests >build.log || { cat build.log; exit 1; }
for test in $tests; do build/tests/"$test" >log 2>&1 || { cat log; exit 1; }; done

build/rlrun lua/docs/definition.lua lua/rl/meta/options.lua
export RL_ROOT="$work" RLRUN="$work/build/rlrun" RL_SANITIZE=
for spec in definition methods search parts; do
  (cd build && ./rlrun ../tests/busted.lua --output=plainTerminal ../tests/spec/${spec}_spec.lua) >log 2>&1 || { cat log; exit 1; }
  grep -q " / 0 failures / 0 errors" log || { cat log; exit 1; }
done

cat >new.lua <<'LUA'
local rl = require "rl"
local env = rl.env("human", { n = 1, reward = function(s) return s.lean_speed + s.angular_speed end })
env:reset()
local _, reward = env:step(rl.zeros(1, env.action_space.size))
assert(reward:item() == 0, "the field is the other one's negative")
local warm = rl.creature("human")
for _, muscle in ipairs(warm.muscles) do muscle.rest_heat = 50 end
local function burnt(creature)
  local world = rl.env(creature, { reward = function(s) return s.metabolic_power end })
  world:reset()
  return select(2, world:step(rl.zeros(1, env.action_space.size))):item()
end
assert(burnt(warm) > burnt("human") + 100, "W of some kilograms of muscle")
warm.muscles[1].rest_heat = 101
local ok, message = pcall(rl.env, warm)
assert(not ok and message:find("rest_heat", 1, true), message)
local cart = rl.env("cartpole", { n = 8 })
local method = rl.surrogate { env = cart, policy = rl.policy(cart), value = rl.value(cart) }
assert(method:update(method:collect(32)).epochs_done == 1)
local search = rl.random_search { x0 = { 3, 3 }, minimize = true, seed = 1, max_iterations = 300 }
while not search:stop() do
  local x = search:ask()
  search:tell(x, rl.map(function(p) return p[1] ^ 2 + p[2] ^ 2 end, x))
end
assert(search.best_return < 0.01, search.best_return)
LUA
build/rlrun new.lua
echo "the recipes work"
