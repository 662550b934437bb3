#!/bin/sh
# Gymnasium 1.4.0 (PyPI), MaxAndSkipObservation. Guess: where an episode ends amid the steps that are skipped, the observation is the last
# that there was, or the maximum of the last two, as SuperSuit 3.11.0 has it with frame_skip and max_observation. Seen: what comes
# after the last whole skip is left out. The observation is what the wrapper said the step before, while the rewards up to the end are
# counted; where the first skip is not over it is one of another episode, or zeros before any. For a fall that matters little, but over a
# time limit a learner bootstraps from there: its critic is asked for a state of up to skip - 2 steps ago, or of somewhere else.
# Limits that the skip divides (1000 by 4) are right, those that a reset's random first steps have shifted are not.
. "$(dirname "$0")/lib.sh"
pypi gymnasium==1.4.0 SuperSuit==3.11.0 pettingzoo==1.27.0 numpy==2.4.6
seen=$(run_python - <<'PY'
import gymnasium as gym
import numpy as np
import supersuit
from gymnasium.wrappers import MaxAndSkipObservation

class Steps(gym.Env):
    """Observes 100 * episode + step, and is cut after so many steps."""
    observation_space, action_space = gym.spaces.Box(0, 999, (1,), np.float32), gym.spaces.Discrete(2)

    def __init__(self, lengths): self.lengths, self.episode = lengths, 0

    def reset(self, *, seed=None, options=None):
        self.episode, self.t = self.episode + 1, 0
        return self.observe(), {}

    def observe(self): return np.array([100 * self.episode + self.t], np.float32)

    def step(self, action):
        self.t += 1
        return self.observe(), 1.0, False, self.t == self.lengths[self.episode - 1], {}

def gymnasium_skip(env, n): return MaxAndSkipObservation(env, skip=n)

def supersuit_skip(env, n): return supersuit.frame_skip_v0(supersuit.max_observation_v0(env, 2), n)

def play(env):
    observation, _ = env.reset(seed=1)
    told, end = [f"{observation[0]:g}"], False
    while not end:
        observation, reward, terminated, end, _ = env.step(0)
        told.append(f"{observation[0]:g} (reward {reward:g}{', truncated' if end else ''})")
    return " ".join(told)

for skip in gymnasium_skip, supersuit_skip:
    for lengths in (2, 4), (8, 10, 3, 1):
        env = skip(Steps(lengths), 4)
        for length in lengths:
            print(f"{skip.__name__} 4, {length} steps: {play(env)}")
PY
)
expect "$seen" "gymnasium_skip 4, 2 steps: 100 0 (reward 2, truncated)
gymnasium_skip 4, 4 steps: 200 204 (reward 4, truncated)
gymnasium_skip 4, 8 steps: 100 104 (reward 4) 108 (reward 4, truncated)
gymnasium_skip 4, 10 steps: 200 204 (reward 4) 208 (reward 4) 208 (reward 2, truncated)
gymnasium_skip 4, 3 steps: 300 303 (reward 3, truncated)
gymnasium_skip 4, 1 steps: 400 303 (reward 1, truncated)
supersuit_skip 4, 2 steps: 100 102 (reward 2, truncated)
supersuit_skip 4, 4 steps: 200 204 (reward 4, truncated)
supersuit_skip 4, 8 steps: 100 104 (reward 4) 108 (reward 4, truncated)
supersuit_skip 4, 10 steps: 200 204 (reward 4) 208 (reward 4) 210 (reward 2, truncated)
supersuit_skip 4, 3 steps: 300 303 (reward 3, truncated)
supersuit_skip 4, 1 steps: 400 401 (reward 1, truncated)"
