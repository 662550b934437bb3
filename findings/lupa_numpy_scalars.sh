#!/bin/sh
# lupa 2.8 (PyPI), Lua in Python, with an environment of Gymnasium 1.4.0. Guess: a number or truth value that Python hands over is one in
# Lua, as 0, 0.0 and False are. Seen: of numpy's only float64 is. A False out of an array (terminated, of several environments) is a
# userdata, and a userdata is true: every step ends an episode. An int64 (the state of FrozenLake out of an array) equals no number, and
# as a key it is a new one each time: a table of values gets an entry in each step and never finds one again. Of this nothing raises
# an error, as + and < do. float32, of which most observations are, is the same. Handed over as lists (or by .item()) all are right.
. "$(dirname "$0")/lib.sh"
pypi lupa==2.8 gymnasium==1.4.0 numpy==2.4.6
seen=$(run_python - <<'PY'
import importlib
import gymnasium as gym
import numpy as np

LOOK = """function(x)
  return type(x), x == 0, x and "true" or "false"
end"""
COUNT = """function(envs, observation, actions, steps, hand_over)
  local visits, entries, ends = {}, 0, 0
  for step = 1, steps do
    local next_observation, reward, terminated, truncated = hand_over(envs.step(actions))
    for i = 0, 1 do
      local state = observation[i]
      if not visits[state] then entries = entries + 1 end
      visits[state] = (visits[state] or 0) + 1
      if terminated[i] or truncated[i] then ends = ends + 1 end
    end
    observation = next_observation
  end
  return entries, ends
end"""

for name in "lua54", "lua51":
    lua = importlib.import_module("lupa." + name).LuaRuntime(unpack_returned_tuples=True)
    print(name)
    look = lua.eval(LOOK)
    for value in 0.0, False, np.float64(0), np.float32(0), np.int64(0), np.bool_(False), np.bool_(False).item():
        kind, equal, truth = look(value)
        print(f"  {type(value).__module__} {type(value).__name__}: a {kind}, {'equal' if equal else 'not equal'} to 0, {truth}")
    for how, hand_over in ("as they are", lambda *all: all[:4]), ("as lists", lambda *all: tuple(a.tolist() for a in all[:4])):
        envs = gym.make_vec("FrozenLake-v1", num_envs=2, vectorization_mode="sync", is_slippery=False)
        observation = hand_over(envs.reset(seed=1)[0])[0]
        entries, ends = lua.eval(COUNT)(envs, observation, np.array([1, 2]), 30, hand_over)
        print(f"  60 steps of FrozenLake, arrays {how}: {entries} states visited, {ends} ends of episodes")
PY
)
expect "$seen" "lua54
  builtins float: a number, equal to 0, true
  builtins bool: a boolean, not equal to 0, false
  numpy float64: a number, equal to 0, true
  numpy float32: a userdata, not equal to 0, true
  numpy int64: a userdata, not equal to 0, true
  numpy bool: a userdata, not equal to 0, true
  builtins bool: a boolean, not equal to 0, false
  60 steps of FrozenLake, arrays as they are: 60 states visited, 60 ends of episodes
  60 steps of FrozenLake, arrays as lists: 7 states visited, 7 ends of episodes
lua51
  builtins float: a number, equal to 0, true
  builtins bool: a boolean, not equal to 0, false
  numpy float64: a number, equal to 0, true
  numpy float32: a userdata, not equal to 0, true
  numpy int64: a userdata, not equal to 0, true
  numpy bool: a userdata, not equal to 0, true
  builtins bool: a boolean, not equal to 0, false
  60 steps of FrozenLake, arrays as they are: 60 states visited, 60 ends of episodes
  60 steps of FrozenLake, arrays as lists: 7 states visited, 7 ends of episodes"
