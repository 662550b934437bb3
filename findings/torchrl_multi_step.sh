#!/bin/sh
# TorchRL 0.14.1 (PyPI), returns over several steps: MultiStep after a collector and MultiStepTransform in a replay memory. Guess:
# a transition that has been stretched to the end of its episode is told that end (its page has all of "next" shifted). Seen:
# reward, next observation and the power of gamma are those of the stretched one, done, terminated and truncated stay those of its
# own first step. For n steps the last n - 1 transitions before a fall have the fallen state as next and terminated False, and the
# library's own losses add the value of a state after which there is nothing: of a critic that says 10 everywhere and a reward of
# 1 a step, gamma .5, TD0 makes 3 and 4 where the returns are 1.75 and 1.5. Only the very last step is right. n of 1 is right.
. "$(dirname "$0")/lib.sh"
export RL_LOGGING_LEVEL=ERROR
pypi torchrl==0.14.1 tensordict==0.14.3 torch==2.15.0 numpy==2.4.6
seen=$(run_python - <<'PY'
import torch
from tensordict import TensorDict
from tensordict.nn import TensorDictModule
from torchrl.data import LazyTensorStorage, TensorDictReplayBuffer
from torchrl.data.postprocs import MultiStep
from torchrl.envs.transforms import MultiStepTransform
from torchrl.objectives.value import TD0Estimator

def episode():
    """Four steps to a fall, and four of the next episode, all in one batch of time."""
    at = torch.tensor([0., 1, 2, 3, 10, 11, 12, 13]).view(1, 8, 1)
    fall = torch.tensor([0, 0, 0, 1, 0, 0, 0, 0], dtype=torch.bool).view(1, 8, 1)
    return TensorDict({"observation": at, "next": {"observation": at + 1, "reward": torch.ones(1, 8, 1), "done": fall,
                                                   "terminated": fall, "truncated": fall & False}}, [1, 8])

def in_memory(n):
    memory = TensorDictReplayBuffer(storage=LazyTensorStorage(100, ndim=2), transform=MultiStepTransform(n_steps=n, gamma=.5))
    memory.extend(episode())
    return memory[:]

critic = TensorDictModule(lambda observation: torch.full_like(observation, 10), ["observation"], ["state_value"])
target = TD0Estimator(gamma=.5, value_network=critic)
for n in 1, 2, 3:
    for name, kept in ("MultiStep", MultiStep(gamma=.5, n_steps=n)(episode())), ("MultiStepTransform", in_memory(n)):
        kept = kept[:, :4]
        values = target.value_estimate(kept).flatten().tolist()
        of = kept["next"]
        print(f"{n} of {name}:", ", ".join(
            f"{a:g}->{b:g} reward {r:g} terminated {bool(end)} target {value:g}" for a, b, r, end, value in
            zip(kept["observation"].flatten(), of["observation"].flatten(), of["reward"].flatten(), of["terminated"].flatten(), values)))
PY
)
expect "$seen" "1 of MultiStep: 0->1 reward 1 terminated False target 6, 1->2 reward 1 terminated False target 6, 2->3 reward 1 terminated False target 6, 3->4 reward 1 terminated True target 1
1 of MultiStepTransform: 0->1 reward 1 terminated False target 6, 1->2 reward 1 terminated False target 6, 2->3 reward 1 terminated False target 6, 3->4 reward 1 terminated True target 1
2 of MultiStep: 0->2 reward 1.5 terminated False target 4, 1->3 reward 1.5 terminated False target 4, 2->4 reward 1.5 terminated False target 4, 3->4 reward 1 terminated True target 1
2 of MultiStepTransform: 0->2 reward 1.5 terminated False target 4, 1->3 reward 1.5 terminated False target 4, 2->4 reward 1.5 terminated False target 4, 3->4 reward 1 terminated True target 1
3 of MultiStep: 0->3 reward 1.75 terminated False target 3, 1->4 reward 1.75 terminated False target 3, 2->4 reward 1.5 terminated False target 4, 3->4 reward 1 terminated True target 1
3 of MultiStepTransform: 0->3 reward 1.75 terminated False target 3, 1->4 reward 1.75 terminated False target 3, 2->4 reward 1.5 terminated False target 4, 3->4 reward 1 terminated True target 1"
