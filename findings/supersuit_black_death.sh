#!/bin/sh
# SuperSuit 3.11.0 with PettingZoo 1.27.0 (PyPI), the usual way from several agents to a learner for one: black_death_v3, then
# pettingzoo_env_to_vec_env_v1. Guess: an agent that falls is done in that step, a time limit truncates, and what comes last is
# handed on as the terminal observation. Seen: with the fall of one agent at step 2 and a time limit at step 5 no step says so.
# Both agents go on to a sixth step that the world never made, with a zero observation and no reward, and there both are
# terminated and truncated at once, with zeros as terminal observation. The one that fell has four steps in a state of zeros
# before its end; the one that stood is told that its state was the last, and a value bootstrapped over the limit is that of zeros.
. "$(dirname "$0")/lib.sh"
pypi SuperSuit==3.11.0 pettingzoo==1.27.0 gymnasium==1.4.0 numpy==2.4.6
seen=$(run_python - <<'PY'
import gymnasium, numpy as np, supersuit
from pettingzoo import ParallelEnv

class Two(ParallelEnv):
    metadata, render_mode, possible_agents = {"name": "two"}, None, ["falls", "stands"]

    def observation_space(self, agent):
        return gymnasium.spaces.Box(-9, 9, (1,), np.float32)

    def action_space(self, agent):
        return gymnasium.spaces.Discrete(2)

    def observations(self):
        return {agent: np.array([self.t], np.float32) for agent in self.agents}

    def reset(self, seed=None, options=None):
        self.t, self.agents = 0, list(self.possible_agents)
        return self.observations(), {agent: {} for agent in self.agents}

    def step(self, actions):
        self.t += 1
        terminated = {agent: agent == "falls" and self.t == 2 for agent in self.agents}
        truncated = {agent: self.t == 5 for agent in self.agents}
        rewards, info = dict.fromkeys(self.agents, 1.0), {agent: {} for agent in self.agents}
        out = self.observations(), rewards, terminated, truncated, info
        self.agents = [agent for agent in self.agents if not (terminated[agent] or truncated[agent])]
        return out

env = supersuit.pettingzoo_env_to_vec_env_v1(supersuit.black_death_v3(Two()))
env.reset()
for step in range(1, 7):
    observation, reward, terminated, truncated, info = env.step(np.zeros(2, int))
    last = [i["terminal_observation"].tolist() for i in info if "terminal_observation" in i]
    print(f"step {step}: rewards {np.array(reward).tolist()}, terminated {np.array(terminated).tolist()}, "
          f"truncated {np.array(truncated).tolist()}" + (f", terminal observations {last}" if last else ""))
PY
)
expect "$seen" "step 1: rewards [1.0, 1.0], terminated [0, 0], truncated [0, 0]
step 2: rewards [1.0, 1.0], terminated [0, 0], truncated [0, 0]
step 3: rewards [0.0, 1.0], terminated [0, 0], truncated [0, 0]
step 4: rewards [0.0, 1.0], terminated [0, 0], truncated [0, 0]
step 5: rewards [0.0, 1.0], terminated [0, 0], truncated [0, 0]
step 6: rewards [0.0, 0.0], terminated [1, 1], truncated [1, 1], terminal observations [[0.0], [0.0]]"
