#!/bin/sh
# Gymnasium 1.4.0 (PyPI), NormalizeReward. Guess: the discounted sum whose deviation divides the rewards starts anew
# with each episode. Seen: neither a time limit nor reset() ends it, in the plain wrapper and in the vector one with
# NEXT_STEP; there it also counts the resetting step. After a termination the last reward opens the next episode's sum.
# The vector wrapper with SAME_STEP does start anew and leaves the last reward out. So "rewards normalised" means three
# different scales, and on tasks that end by time only (Pendulum) the divisor is that of one endless episode.
. "$(dirname "$0")/lib.sh"
pypi gymnasium==1.4.0 numpy==2.4.6
seen=$(run_python - <<'PY'
import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import NormalizeReward
from gymnasium.wrappers.vector import NormalizeReward as VectorNormalizeReward

class ThreeSteps(gym.Env):
    observation_space = gym.spaces.Box(0, 3, (1,))
    action_space = gym.spaces.Discrete(2)

    def __init__(self, terminates):
        self.terminates = terminates

    def reset(self, *, seed=None, options=None):
        self.t = 0
        return np.zeros(1, np.float32), {}

    def step(self, action):
        self.t += 1
        end = self.t == 3
        return np.full(1, self.t, np.float32), 1.0, end and self.terminates, end and not self.terminates, {}

def plain(terminates):
    env = NormalizeReward(ThreeSteps(terminates), gamma=.5)
    sums = []
    for _ in range(2):
        env.reset()
        for _ in range(3):
            env.step(0)
            sums.append(float(env.discounted_reward[0]))
    return sums

def vector(terminates, mode):
    env = VectorNormalizeReward(SyncVectorEnv([lambda: ThreeSteps(terminates)], autoreset_mode=mode), gamma=.5)
    env.reset()
    sums = []
    for _ in range(7):
        env.step(np.zeros(1, int))
        sums.append(float(env.accumulated_reward[0]))
    return sums

for terminates in True, False:
    kind = "terminated" if terminates else "truncated"
    print(f"{kind}, plain:     ", *plain(terminates))
    print(f"{kind}, NEXT_STEP: ", *vector(terminates, AutoresetMode.NEXT_STEP))
    print(f"{kind}, SAME_STEP: ", *vector(terminates, AutoresetMode.SAME_STEP))

env = NormalizeReward(gym.make("Pendulum-v1"))
env.action_space.seed(0)
fresh, sums = 0., []
for episode in range(100):
    env.reset(seed=episode)
    fresh = 0.
    for _ in range(200):
        _, scaled, *_ = env.step(env.action_space.sample())
        raw = scaled * np.sqrt(env.return_rms.var + env.epsilon)
        fresh = .99 * fresh + float(np.ravel(raw)[0])
        sums.append(fresh)
print(f"Pendulum, 100 episodes: divisor {float(np.sqrt(env.return_rms.var)):.0f}; "
      f"of sums that start anew {np.std(sums):.0f}")
PY
)
expect "$seen" "terminated, plain:      1.0 1.5 1.0 1.5 1.75 1.0
terminated, NEXT_STEP:  1.0 1.5 1.0 1.0 1.5 1.75 1.0
terminated, SAME_STEP:  1.0 1.5 0.0 1.0 1.5 0.0 1.0
truncated, plain:      1.0 1.5 1.75 1.875 1.9375 1.96875
truncated, NEXT_STEP:  1.0 1.5 1.75 1.75 1.875 1.9375 1.96875
truncated, SAME_STEP:  1.0 1.5 0.0 1.0 1.5 0.0 1.0
Pendulum, 100 episodes: divisor 116; of sums that start anew 175"
