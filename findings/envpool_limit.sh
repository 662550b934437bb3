#!/bin/sh
# EnvPool 1.2.5 (PyPI), env_type="gymnasium", beside Gymnasium 1.4.0. Guess: the tasks of the same name are the same, and a fall in the
# last step that the time limit allows is a fall, terminated, with truncated true as well, as Gymnasium has it. Seen: it is truncated
# only, so a learner asks its critic for the value of lying on the floor; a step more in the limit, and the same fall is
# terminated. And Pendulum-v1 is not that of Gymnasium: the angle moves on with the speed before it is cut at 8, as in the older v0, so
# that a policy and a model of one are off in the other where the pendulum is fast. CartPole, MountainCar and Acrobot agree.
. "$(dirname "$0")/lib.sh"
pypi envpool==1.2.5 gymnasium==1.4.0 numpy==2.4.6
seen=$(run_python - <<'PY'
import envpool
import gymnasium as gym
import numpy as np
from gymnasium.wrappers import TimeLimit

def fall(step, reset):
    reset()
    for t in range(1, 100):
        terminated, truncated = step()
        if terminated or truncated: return f"step {t}, terminated {terminated}, truncated {truncated}"

def to_the_left(limit):
    envs = envpool.make("CartPole-v1", env_type="gymnasium", num_envs=1, seed=1, max_episode_steps=limit)
    start = envs.reset()[0][0].astype(float)
    plain = gym.make("CartPole-v1").unwrapped
    one = TimeLimit(plain, limit)

    def reset():
        one.reset(seed=1)
        plain.state = start

    yield "EnvPool", fall(lambda: [bool(x[0]) for x in envs.step(np.zeros(1, int))[2:4]], lambda: None)
    yield "Gymnasium", fall(lambda: one.step(0)[2:4], reset)

for limit in 9, 10, 11:
    for name, seen in to_the_left(limit): print(f"CartPole, always to the left, limit {limit}, {name}: {seen}")

envs = envpool.make("Pendulum-v1", env_type="gymnasium", num_envs=16, seed=1)
one = gym.make("Pendulum-v1").unwrapped
one.reset(seed=1)
observation = envs.reset()[0].astype(float)
agree, cut = {False: 0, True: 0}, {False: 0, True: 0}
for t in range(199):
    action = 2 * np.sign(observation[:, 2:]).astype(np.float32)
    after = envs.step(action)[0].astype(float)
    for before, torque, then in zip(observation, action, after):
        one.state = np.array([np.arctan2(before[1], before[0]), before[2]])
        peer = one.step(torque)[0]
        fast = abs(peer[2]) == 8
        cut[fast] += 1
        agree[fast] += np.allclose(peer, then, atol=1e-4)
    observation = after
print(f"Pendulum-v1: below a speed of 8 {agree[False] == cut[False] and 'all' or agree[False]} steps agree with Gymnasium, "
      f"at 8 {agree[True] and agree[True] / cut[True] or 'none'}")
PY
)
expect "$seen" "CartPole, always to the left, limit 9, EnvPool: step 9, terminated False, truncated True
CartPole, always to the left, limit 9, Gymnasium: step 9, terminated False, truncated True
CartPole, always to the left, limit 10, EnvPool: step 10, terminated False, truncated True
CartPole, always to the left, limit 10, Gymnasium: step 10, terminated True, truncated True
CartPole, always to the left, limit 11, EnvPool: step 10, terminated True, truncated False
CartPole, always to the left, limit 11, Gymnasium: step 10, terminated True, truncated False
Pendulum-v1: below a speed of 8 all steps agree with Gymnasium, at 8 none"
