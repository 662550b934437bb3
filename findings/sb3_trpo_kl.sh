#!/bin/sh
# sb3-contrib 2.9.2 (PyPI), TRPO. Guess: target_kl is the KL divergence of policies, so that of an action of n independent numbers
# is the sum over them, as it is in the paper, and as the same package has it for several discrete choices (MultiDiscrete).
# Seen: of Gaussian actions it is the mean over the numbers (the trust region, its line search and the KL that is logged). With
# the default, .01, six numbers move by .06 nats an update, six discrete choices by .01. Whoever takes target_kl over to another
# library learns n times as carefully there: on a biped of ours with six motors that is most of what makes the two differ.
. "$(dirname "$0")/lib.sh"
pypi sb3-contrib==2.9.2 stable-baselines3==2.9.2 torch==2.15.0 gymnasium==1.4.0 numpy==2.4.6
seen=$(run_python - <<'PY'
import copy, gymnasium as gym, numpy as np, torch
from sb3_contrib import TRPO
from stable_baselines3.common.distributions import kl_divergence

torch.set_num_threads(1)

class Target(gym.Env):
    observation_space = gym.spaces.Box(-1, 1, (2,), np.float32)

    def __init__(self, action_space): self.action_space = action_space
    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        return self.observation_space.sample() * 0, {}
    def step(self, action): return np.zeros(2, np.float32), -float(np.square(action - 1.0).sum()), True, False, {}

spaces = {"a number": gym.spaces.Box(-2, 2, (1,), np.float32), "six numbers": gym.spaces.Box(-2, 2, (6,), np.float32),
          "six choices": gym.spaces.MultiDiscrete([3] * 6)}
for name, space in spaces.items():
    model = TRPO("MlpPolicy", Target(space), n_steps=2048, batch_size=2048, seed=1, device="cpu")
    at = torch.zeros(1, 2)
    before = copy.copy(model.policy.get_distribution(at))
    model.learn(2048)
    with torch.no_grad():
        parts = kl_divergence(model.policy.get_distribution(at), before)
    logged = model.logger.name_to_value["train/kl_divergence_loss"]
    share = logged / float(parts.sum())
    print(f"target_kl {model.target_kl:g}, {name}: the package's KL has shape {tuple(parts.shape)}, "
          f"what it logs is {share:.2f} of the sum")
PY
)
expect "$seen" "target_kl 0.01, a number: the package's KL has shape (1, 1), what it logs is 1.00 of the sum
target_kl 0.01, six numbers: the package's KL has shape (1, 6), what it logs is 0.17 of the sum
target_kl 0.01, six choices: the package's KL has shape (1,), what it logs is 1.00 of the sum"
