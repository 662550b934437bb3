#!/bin/sh
# SuperSuit 3.11.0 (PyPI). Guess: agent_indicator_v0 appends a one-hot vector that says whose observation it is. Seen: the hot
# entry is the largest upper bound of the observation, 100 where one of its numbers is a distance of up to 100 m, and 1 where a
# bound is infinite. The space that the wrapper declares for it ends at 1, so that its own observations lie outside. A shared
# policy without a normaliser is told who it is in the largest unit of all that is observed.
. "$(dirname "$0")/lib.sh"
pypi SuperSuit==3.11.0 pettingzoo==1.27.0 gymnasium==1.4.0 numpy==2.4.6
seen=$(run_python - <<'PY'
import gymnasium, numpy as np, supersuit
from pettingzoo import ParallelEnv

class Two(ParallelEnv):
    metadata, render_mode, possible_agents = {"name": "two"}, None, ["a", "b"]

    def __init__(self, high):
        self.space = gymnasium.spaces.Box(-np.float32(9), np.array(high, np.float32), (2,))

    def observation_space(self, agent):
        return self.space

    def action_space(self, agent):
        return gymnasium.spaces.Discrete(2)

    def reset(self, seed=None, options=None):
        self.agents = list(self.possible_agents)
        return {agent: np.zeros(2, np.float32) for agent in self.agents}, {agent: {} for agent in self.agents}

for high in (1, 1), (1, 100), (np.inf, 100):
    env = supersuit.agent_indicator_v0(Two(high))
    seen = env.reset()[0]["b"]
    print(f"bounds {high}: b is told {seen[2:].tolist()}, within its space: {env.observation_space('b').contains(seen)}")
PY
)
expect "$seen" "bounds (1, 1): b is told [0.0, 1.0], within its space: True
bounds (1, 100): b is told [0.0, 100.0], within its space: False
bounds (inf, 100): b is told [0.0, 1.0], within its space: True"
