"""Stable-Baselines3 with nothing but defaults, on the tasks of scripts/bench/defaults.lua: the other side of its table.

    python -m venv peers && peers/bin/pip install stable-baselines3==2.9.2 sb3-contrib==2.9.2 gymnasium lupa==2.8
    peers/bin/python scripts/bench/peers/defaults.py results.csv [first seed [last seed [task [method]]]]
    build/rlrun scripts/bench/defaults.lua --set out=results.csv

Each training is a line that is appended once it is done, and a training that has its line is not done again: stop it
and run it again as you like. Its environments are ours, one each, by a Gymnasium wrapper over lupa; MlpPolicy, for ARS
LinearPolicy. What it has learnt is put into a policy of ours, by whose evaluation both sides are measured.
"""
import csv
import os
import sys
import time

import numpy

root = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 3))
build = os.path.abspath(os.environ.get("RL_BUILD", os.path.join(root, "build")))
flags = sys.getdlopenflags()
sys.setdlopenflags(os.RTLD_NOW | os.RTLD_GLOBAL)  # or the module finds no Lua
from lupa import lua54  # noqa: E402

sys.setdlopenflags(flags)
import gymnasium  # noqa: E402
import sb3_contrib  # noqa: E402
import stable_baselines3  # noqa: E402
import torch  # noqa: E402
from stable_baselines3.common.callbacks import BaseCallback  # noqa: E402

METHODS = {"ppo": stable_baselines3.PPO, "trpo": sb3_contrib.TRPO, "ars": sb3_contrib.ARS}

lua = lua54.LuaRuntime(encoding="latin1", unpack_returned_tuples=True)
lua.execute("package.path, package.cpath = ...", f"{root}/lua/?.lua;{root}/lua/?/init.lua", build + "/?.so")
rl = lua.eval("(require 'rl')")
study = lua.eval("function(path) return assert(loadfile(path))() end")(root + "/scripts/bench/defaults.lua")
# Bytes in, bytes out: one call of Lua a step.
calls = lua.execute("""
local rl = require "rl"
local function bytes(env, observation) return observation:reshape(-1):tobytes() end
return {
  reset = function(env) return bytes(env, (env:reset())) end,
  step = function(env, action, ...)
    local a = action and rl.frombytes(action, ...) or rl.tensor { ... }
    local observation, reward, terminated, truncated = env:step(a)
    terminated, truncated = terminated:totable()[1] == 1, truncated:totable()[1] == 1
    local final = (terminated or truncated) and bytes(env, env:final_observation()) or nil
    return bytes(env, observation), reward:totable()[1], terminated, truncated, final
  end,
}
""")


class Env(gymnasium.Env):
    """A copy of ours restarts by itself; Gymnasium's wait for a reset."""

    def __init__(self, task, seed):
        self.env = study.make(task, seed)
        seen, act = self.env.observation_space, self.env.action_space
        self.observation_space = gymnasium.spaces.Box(-numpy.inf, numpy.inf, (seen.size,), numpy.float32)
        self.discrete = act.kind == "discrete"
        if self.discrete:
            self.action_space = gymnasium.spaces.Discrete(act.size)
        else:
            low, high = (numpy.array(list(bound.values()) if hasattr(bound, "values") else [bound] * act.size,
                                     numpy.float32) for bound in (act.low, act.high))
            self.action_space = gymnasium.spaces.Box(low, high, (act.size,), numpy.float32)
        self.next = None

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        if self.next is None:
            self.next = calls.reset(self.env)
        observation, self.next = self.next, None
        return numpy.frombuffer(observation.encode("latin1"), numpy.float32), {}

    def step(self, action):
        if self.discrete:
            result = calls.step(self.env, None, int(action))
        else:
            result = calls.step(self.env, action.astype(numpy.float32).tobytes().decode("latin1"), 1, len(action))
        observation, reward, terminated, truncated, final = result
        if terminated or truncated:
            self.next, observation = observation, final
        return numpy.frombuffer(observation.encode("latin1"), numpy.float32), reward, terminated, truncated, {}


def parameters(model):
    """Weights as ours has them: [in, out], bias; layer by layer, then log_std."""
    state = model.policy.state_dict()
    if isinstance(model, sb3_contrib.ARS):
        names, last = [], "action_net.0"
    else:
        names, last = ["mlp_extractor.policy_net.0", "mlp_extractor.policy_net.2"], "action_net"
    parts = []
    for name in names + [last]:
        weight = state[name + ".weight"].numpy()
        bias = state.get(name + ".bias")
        parts += [weight.T.ravel(), bias.numpy() if bias is not None else numpy.zeros(len(weight), numpy.float32)]
    if "log_std" in state:
        parts.append(state["log_std"].numpy())
    return numpy.concatenate(parts).astype(numpy.float32)


class Judge:
    """Puts what is learnt into a policy of ours and has it evaluated."""

    def __init__(self, task, method, seed):
        self.task, self.seed = task, seed
        self.policy = study.peer_policy(task, method == "ars")

    def mean_return(self, model, at_end):
        theta = parameters(model)
        missing = self.policy.theta.shape(self.policy.theta)[1] - len(theta)  # ARS has no deviation
        theta = numpy.concatenate([theta, numpy.zeros(missing, numpy.float32)])
        self.policy.theta.copy_(self.policy.theta, rl.frombytes(theta.tobytes().decode("latin1"), len(theta)))
        return study.judge(self.task, self.policy, self.seed, at_end)

    def check(self, model, env):
        """Both policies do the same, or the comparison is of nothing."""
        self.mean_return(model, False)
        observation, _ = env.reset()
        for _ in range(5):
            action, _ = model.predict(observation, deterministic=True)
            text = observation.astype(numpy.float32).tobytes().decode("latin1")
            ours = self.policy.mean(self.policy, rl.frombytes(text, 1, len(observation)))
            ours = numpy.frombuffer(ours.tobytes(ours).encode("latin1"), numpy.float32)
            if env.discrete:
                assert int(ours[0]) == int(action), (ours, action)
            else:
                ours = numpy.clip(ours, env.action_space.low, env.action_space.high)
                assert numpy.allclose(ours, action, atol=1e-4), (ours, action)
            observation, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                observation, _ = env.reset()


class Curve(BaseCallback):
    def __init__(self, judge, every):
        super().__init__()
        self.judge, self.every, self.points, self.next = judge, every, [], every

    def look(self):
        while self.num_timesteps >= self.next and len(self.points) < 10:
            self.points.append(self.judge.mean_return(self.model, False))
            self.next += self.every

    def _on_rollout_start(self):
        self.look()

    def _on_step(self):
        return True


def train(task, method, seed, steps):
    env = Env(task, seed)
    model = METHODS[method]("LinearPolicy" if method == "ars" else "MlpPolicy", env, seed=seed, device="cpu")
    judge = Judge(task, method, seed)
    judge.check(model, Env(task, seed))
    curve, start = Curve(judge, steps / 10), time.process_time()
    model.learn(steps, callback=curve)
    taken = time.process_time() - start
    if method != "ars":
        judge.check(model, Env(task, seed + 1000))
    curve.look()
    return model.num_timesteps, judge.mean_return(model, True), curve.points, taken


def main(path, first=11, last=15, only_task=None, only_method=None):
    torch.set_num_threads(1)
    try:
        with open(path, newline="") as file:
            done = {tuple(row[:4]) for row in csv.reader(file)}
    except FileNotFoundError:
        done = set()
    for seed in range(int(first), int(last) + 1):
        for method in METHODS:
            for task in study.tasks.values():
                key = (task.name, "sb3", method, str(seed))
                if key in done or only_task not in (None, "", task.name) or only_method not in (None, method):
                    continue
                steps, final, points, taken = train(task.name, method, seed, task.steps)
                line = list(key) + [steps, f"{final:.4f}", " ".join(f"{x:.4g}" for x in points), f"{taken:.1f}",
                                    stable_baselines3.__version__]
                with open(path, "a", newline="") as file:
                    csv.writer(file, lineterminator="\n").writerow(line)
                print(*line, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
