#!/bin/sh
# brax 0.14.2 (PyPI, on jax 0.10.2), the wrappers that its training puts around an environment (envs.training.wrap). Guess: an episode that
# ends is followed by one that begins anew by reset, with another random pose. Seen: each of the parallel environments goes back to the
# state that it began with. Its first state, and the observation of it, is kept and put in place after each end, by a fall or by time,
# through the whole training; reset is called once. With three environments a learner knows three starts, where reset itself
# draws one anew each time. With thousands side by side it hardly shows; with few, to compare with another library, on a CPU, or where
# a reset draws a body or a terrain, the policy has learnt those few. A wrapper of one's own, or num_resets_per_eval, is the cure.
. "$(dirname "$0")/lib.sh"
pypi brax==0.14.2 jax==0.10.2 jaxlib==0.10.2 mujoco==3.17.0 mujoco-mjx==3.17.0 numpy==2.4.6
seen=$(run_python - <<'PY' 2>/dev/null | grep -v '^Failed to import'
import jax
from brax.envs.base import Env, State
from brax.envs.wrappers import training
from jax import numpy

class Walk(Env):
    """Begins at a random place in 0 .. 1 and goes on by one a step, to 3."""
    observation_size, action_size, backend = 1, 1, "none"

    def reset(self, rng):
        place = jax.random.uniform(rng, (1,))
        return State(place, place, numpy.zeros(()), numpy.zeros(()), {}, {})

    def step(self, state, action):
        place = state.pipeline_state + 1
        return state.replace(pipeline_state=place, obs=place, done=numpy.where(place[0] > 3, 1., 0.))

def starts(length):
    env = training.wrap(Walk(), episode_length=length, action_repeat=1)
    state = env.reset(jax.random.split(jax.random.PRNGKey(0), 3))
    step, seen, episodes = jax.jit(env.step), {tuple(state.obs[:, 0].tolist())}, 0
    for _ in range(40):
        state = step(state, numpy.zeros((3, 1)))
        for i in range(3):
            episodes += int(state.done[i])
        if state.done.all():
            seen.add(tuple(state.obs[:, 0].tolist()))
    return episodes, len(seen)

print("begun by reset: three different places", len({float(Walk().reset(k).obs[0]) for k in jax.random.split(jax.random.PRNGKey(0), 3)}) == 3)
for name, length in ("ended by the task", 100), ("ended by the time limit", 2):
    episodes, places = starts(length)
    print(f"{name}: {episodes} episodes of three environments, {places} set of three starts")
PY
)
expect "$seen" "begun by reset: three different places True
ended by the task: 39 episodes of three environments, 1 set of three starts
ended by the time limit: 60 episodes of three environments, 1 set of three starts"
