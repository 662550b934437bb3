#!/bin/sh
# MushroomRL 1.10.2 (PyPI), A2C. Guess: where a time limit ends an episode its sum of rewards ends as well, with the value of the last
# observation in place of the rest, as in PPO of the same package. Seen: only an absorbing state ends it. The sum goes on with the
# rewards of the next episode, as if its first state had followed, and what closes it is the value at the end of the batch. With
# gamma .5 and a critic that says 10, an episode of rewards 1 that is cut before one of rewards 100 has targets of 24 to 89, where they
# should be 3 to 6; advantages are off by as much. Where all episodes last as long, and the steps of a fit divide that, no batch holds a
# cut, and nothing is wrong: it comes when some episodes end by a fall. The package's own Pendulum does not show it.
. "$(dirname "$0")/lib.sh"
pypi torch==2.15.0 numpy==2.4.6 scipy==1.17.1 tqdm==4.67.1 opencv-python-headless==4.11.0.86 pygame==2.6.1 scikit-learn==1.9.1 joblib==1.4.2
pypi --no-deps mushroom-rl==1.10.2
export PYGAME_HIDE_SUPPORT_PROMPT=1
seen=$(run_python - <<'PY'
import numpy as np
import torch
from mushroom_rl.algorithms.actor_critic import A2C, PPO
from mushroom_rl.core.environment import MDPInfo
from mushroom_rl.policy import GaussianTorchPolicy
from mushroom_rl.utils.spaces import Box

class Ten(torch.nn.Module):
    def __init__(self, input_shape, output_shape, **rest):
        super().__init__()
        self.value = torch.nn.Parameter(torch.tensor(10.0))

    def forward(self, state): return self.value + 0 * state.float()

class Mean(torch.nn.Module):
    def __init__(self, input_shape, output_shape, **rest):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)

    def forward(self, state): return self.layer(state.float())

def agent(method, **rest):
    box = Box(-9, 9, (1,))
    policy = GaussianTorchPolicy(Mean, (1,), (1,))
    critic = dict(network=Ten, input_shape=(1,), output_shape=(1,), loss=torch.nn.functional.mse_loss,
                  optimizer={"class": torch.optim.Adam, "params": {"lr": 1e-3}})
    return method(MDPInfo(box, box, .5, 3), policy, critic_params=critic, **rest)

adam = {"class": torch.optim.Adam, "params": {"lr": 1e-3}}
a2c = agent(A2C, actor_optimizer=adam, ent_coeff=0)
ppo = agent(PPO, actor_optimizer=adam, n_epochs_policy=1, batch_size=6, eps_ppo=.2, lam=1.)
rewards = 1., 1., 1., 100., 100., 100.
for end, absorbing in ("a fall", True), ("a time limit", False):
    steps = [(np.array([t]), np.array([0.]), r, np.array([t + 1.]), absorbing and t == 2, t == 2) for t, r in enumerate(rewards)]
    for method in a2c, ppo:
        targets = []
        method._V.fit = lambda state, target, **rest: targets.extend(np.ravel(target))
        method.fit(steps)
        print(f"{type(method).__name__}, {end} after the third step:", *(f"{target:.4g}" for target in targets))
PY
)
expect "$seen" "A2C, a fall after the third step: 1.75 1.5 1 176.2 152.5 105
PPO, a fall after the third step: 1.75 1.5 1 176.2 152.5 105
A2C, a time limit after the third step: 23.78 45.56 89.12 176.2 152.5 105
PPO, a time limit after the third step: 3 4 6 176.2 152.5 105"
