#!/bin/sh
# rlax 0.1.9 (PyPI), squashed_gaussian, a policy's distribution on a range (there until distrax replaces it). Guess: tanh of a Gaussian with
# the mean that it is given, so that a large mean is the end of the range, and its entropy is that of the actions. Seen: the mean goes
# through tanh before as well. No mean takes the middle of the actions beyond tanh(1), .762 of the way, however far a network pushes
# it: full torque comes by noise alone, and a policy with little noise has three quarters of its motor. entropy() is that of the
# Gaussian before tanh and range: on a range of 4, at the widest, 1.42 for every mean, more than a range of 4 can have, where the actions
# have 1.36 in the middle and .79 near an end. logprob is right, so that its mean is another number than minus entropy().
. "$(dirname "$0")/lib.sh"
export JAX_PLATFORMS=cpu
pypi rlax==0.1.9 distrax==0.1.9 jax==0.10.2 jaxlib==0.10.2 tfp-nightly==0.26.0.dev20261027 chex==0.1.92 dm-env==1.6 numpy==2.4.6
seen=$(run_python - <<'PY'
from types import SimpleNamespace
import jax
import jax.numpy as jnp
import numpy as np
import rlax

policy = rlax.squashed_gaussian()
torque = SimpleNamespace(minimum=np.array([-2.0]), maximum=np.array([2.0]))
grid = np.tanh(np.linspace(-6, 6, 200001)) * 2
middles = (grid[1:] + grid[:-1]) / 2

for sigma in 100.0, 0.0, -100.0:
    for mu in 0.0, 1.0, 1000.0:
        mu_, sigma_ = jnp.array([mu]), jnp.array([sigma])
        log = np.asarray(jax.vmap(lambda x: policy.logprob(x, mu_, sigma_, torque))(jnp.array(middles)[:, None]), float).ravel()
        weight = np.exp(log) * np.diff(grid)
        median = middles[np.searchsorted(np.cumsum(weight), .5)]
        print(f"mu {mu:g}, sigma {sigma:g}: total {weight.sum():.3f}, median {abs(median):.3f} of 2, entropy of the actions "
              f"{-(weight * log).sum():.2f}, entropy() {float(policy.entropy(mu_, sigma_)):.2f}")
PY
)
expect "$seen" "mu 0, sigma 100: total 1.000, median 0.000 of 2, entropy of the actions 1.36, entropy() 1.42
mu 1, sigma 100: total 1.000, median 1.284 of 2, entropy of the actions 1.02, entropy() 1.42
mu 1000, sigma 100: total 1.000, median 1.523 of 2, entropy of the actions 0.79, entropy() 1.42
mu 0, sigma 0: total 1.000, median 0.000 of 2, entropy of the actions 0.09, entropy() -0.58
mu 1, sigma 0: total 1.000, median 1.284 of 2, entropy of the actions -0.43, entropy() -0.58
mu 1000, sigma 0: total 1.000, median 1.523 of 2, entropy of the actions -0.76, entropy() -0.58
mu 0, sigma -100: total 1.000, median 0.000 of 2, entropy of the actions -1.89, entropy() -2.58
mu 1, sigma -100: total 1.000, median 1.284 of 2, entropy of the actions -2.42, entropy() -2.58
mu 1000, sigma -100: total 1.000, median 1.523 of 2, entropy of the actions -2.76, entropy() -2.58"
