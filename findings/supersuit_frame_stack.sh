#!/bin/sh
# SuperSuit 3.11.0 (PyPI). Guess: each step of frame_stack_v1 and frame_stack_v2 returns an observation of its own, as
# Gymnasium's FrameStackObservation does. Seen: the buffer itself, the same array each time, which the next step moves on:
# three observations that a learner has kept are all the last one, and what a step came from equals what it led to. A memory
# that stores references, as a list of transitions does, learns from pairs without a difference. delay_observations_v0 of the
# same package copies.
. "$(dirname "$0")/lib.sh"
pypi SuperSuit==3.11.0 pettingzoo==1.27.0 gymnasium==1.4.0 numpy==2.4.6
seen=$(run_python - <<'PY'
import gymnasium, numpy as np, supersuit

class Clock(gymnasium.Env):
    observation_space, action_space = gymnasium.spaces.Box(0, 9, (1,), np.float32), gymnasium.spaces.Discrete(2)

    def reset(self, seed=None, options=None):
        self.t = 1
        return np.array([1], np.float32), {}

    def step(self, action):
        self.t += 1
        return np.array([self.t], np.float32), 0.0, False, False, {}

for name, make in {"frame_stack_v1": lambda e: supersuit.frame_stack_v1(e, 2),
                   "frame_stack_v2": lambda e: supersuit.frame_stack_v2(e, 2),
                   "delay_observations_v0": lambda e: supersuit.delay_observations_v0(e, 1),
                   "gymnasium": lambda e: gymnasium.wrappers.FrameStackObservation(e, 2)}.items():
    env = make(Clock())
    kept = [env.reset()[0]] + [env.step(0)[0] for _ in range(3)]
    print(f"{name}: kept {[np.ravel(x).astype(int).tolist() for x in kept]}")
PY
)
expect "$seen" "frame_stack_v1: kept [[3, 4], [3, 4], [3, 4], [3, 4]]
frame_stack_v2: kept [[3, 4], [3, 4], [3, 4], [3, 4]]
delay_observations_v0: kept [[0], [1], [2], [3]]
gymnasium: kept [[1, 1], [1, 2], [2, 3], [3, 4]]"
