# SAC of Stable-Baselines3 beside scripts/bench/sac.lua: gradient steps a second on one minibatch size and networks of two
# sizes, and Pendulum within 10,000 steps with the settings of ours. Called by scripts/bench/sac.sh.
#
#   pip install stable-baselines3==2.9.2
#   python3 scripts/bench/sac_sb3.py speed THREADS         lines "hidden,threads,steps/s"
#   python3 scripts/bench/sac_sb3.py pendulum SEED         lines "steps,return": 20 episodes without noise, each 1,000 steps
import sys
import time

import gymnasium
import numpy
import torch
from stable_baselines3 import SAC
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.logger import Logger


class Nothing(gymnasium.Env):
    """24 observations and 4 actions, to have something to remember."""

    observation_space = gymnasium.spaces.Box(-10, 10, (24,), numpy.float32)
    action_space = gymnasium.spaces.Box(-1, 1, (4,), numpy.float32)

    def reset(self, seed=None, options=None):
        return self.observation_space.sample(), {}

    def step(self, action):
        return self.observation_space.sample(), float(action.sum()), False, False, {}


def learner(env, width, seed, warmup, lr=3e-4):
    return SAC("MlpPolicy", env, learning_rate=lr, buffer_size=100000, learning_starts=warmup, batch_size=256, tau=0.005,
               gamma=0.99, train_freq=1, gradient_steps=1, ent_coef="auto", seed=seed, device="cpu",
               policy_kwargs={"net_arch": [width, width]})


def speed(threads):
    torch.set_num_threads(threads)
    for width in (64, 256):
        model = learner(Nothing(), width, 1, 2000)
        model.learn(2000)
        model.set_logger(Logger(None, []))
        best = 1e9
        for _ in range(15):
            start = time.perf_counter()
            model.train(20, 256)
            best = min(best, (time.perf_counter() - start) / 20)
        print(f"{width},{threads},{1 / best:.1f}", flush=True)


def pendulum(seed):
    torch.set_num_threads(1)
    model = learner("Pendulum-v1", 64, seed, 100, 1e-3)
    test = gymnasium.make("Pendulum-v1")
    test.reset(seed=1000)
    for steps in range(1000, 10001, 1000):
        model.learn(1000, reset_num_timesteps=False)
        mean, _ = evaluate_policy(model, test, 20, warn=False)
        print(f"{steps},{mean:.1f}", flush=True)


if sys.argv[1] == "speed":
    speed(int(sys.argv[2]))
else:
    pendulum(int(sys.argv[2]))
