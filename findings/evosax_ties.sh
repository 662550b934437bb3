#!/bin/sh
# evosax 0.3.2 (PyPI), CMA-ES and its relatives. Guess: where all candidates have the same fitness the search learns nothing and wanders,
# with about the step size it has, as cmaes 0.13.1 does; or it widens. Seen: the candidates draw together. In 50 generations of a
# reward that nobody has found yet they are within a thousandth of where they began, in 500 all that CMA_ES, Sep_CMA_ES, MA_ES and
# LM_MA_ES ask for is nan, without a word; SNES does not. Equal candidates all get the weight of the place in the middle, so that the
# mean hardly moves, and a mean that hardly moves is what shrinks the step. With random fitness, which says as little, all stay
# wide. It concerns sparse rewards, counted ones (all fall at step 12) and the end of a run, where all have the greatest return.
. "$(dirname "$0")/lib.sh"
export JAX_PLATFORMS=cpu
pypi evosax==0.3.2 jax==0.10.2 jaxlib==0.10.2 flax==0.12.8 optax==0.2.8 cmaes==0.13.1 numpy==2.4.6
seen=$(run_python - <<'PY'
import cmaes
import evosax.algorithms
import jax
import jax.numpy as jnp
import numpy as np

N, CANDIDATES, GENERATIONS = 10, 16, 500

def unfound(key, x): return 1.0 - (jnp.sum((x - 9) ** 2, -1) < 1)

def random(key, x): return jax.random.normal(key, (len(x),))

def spreads(name, fitness, seed):
    method = getattr(evosax.algorithms, name)(population_size=CANDIDATES, solution=jnp.zeros(N))
    params = method.default_params

    def generation(state, key):
        ask, told, tell = jax.random.split(key, 3)
        x, state = method.ask(ask, state, params)
        state, _ = method.tell(tell, x, fitness(told, x), state, params)
        return state, jnp.std(x, 0).mean()

    first, *keys = jax.random.split(jax.random.key(seed), GENERATIONS + 1)
    state = method.init(first, jnp.zeros(N), params)
    return np.asarray(jax.jit(lambda s: jax.lax.scan(generation, s, jnp.stack(keys)))(state)[1])

def peer(name, fitness, seed):
    es, seen = cmaes.CMA(mean=np.zeros(N), sigma=1.0, population_size=CANDIDATES, seed=seed + 1), []
    for key in jax.random.split(jax.random.key(seed), GENERATIONS):
        x = np.array([es.ask() for _ in range(CANDIDATES)])
        es.tell([(row, float(value)) for row, value in zip(x, fitness(key, x))])
        seen.append(x.std(0).mean())
    return np.array(seen)

for name in "CMA_ES", "Sep_CMA_ES", "MA_ES", "LM_MA_ES", "SNES", "cmaes":
    for fitness in unfound, random:
        runs = [(peer if name == "cmaes" else spreads)(name, fitness, seed) for seed in range(2)]
        near = sum(run[50] < run[0] / 1000 for run in runs)
        print(f"{name}, {fitness.__name__}: of 2 runs {near} within a thousandth after 50 generations, "
              f"{sum(np.isnan(run[-1]) for run in runs)} nan after {GENERATIONS}")
PY
)
expect "$seen" "CMA_ES, unfound: of 2 runs 2 within a thousandth after 50 generations, 2 nan after 500
CMA_ES, random: of 2 runs 0 within a thousandth after 50 generations, 0 nan after 500
Sep_CMA_ES, unfound: of 2 runs 2 within a thousandth after 50 generations, 2 nan after 500
Sep_CMA_ES, random: of 2 runs 0 within a thousandth after 50 generations, 0 nan after 500
MA_ES, unfound: of 2 runs 2 within a thousandth after 50 generations, 2 nan after 500
MA_ES, random: of 2 runs 0 within a thousandth after 50 generations, 0 nan after 500
LM_MA_ES, unfound: of 2 runs 2 within a thousandth after 50 generations, 2 nan after 500
LM_MA_ES, random: of 2 runs 0 within a thousandth after 50 generations, 0 nan after 500
SNES, unfound: of 2 runs 0 within a thousandth after 50 generations, 0 nan after 500
SNES, random: of 2 runs 0 within a thousandth after 50 generations, 0 nan after 500
cmaes, unfound: of 2 runs 0 within a thousandth after 50 generations, 0 nan after 500
cmaes, random: of 2 runs 0 within a thousandth after 50 generations, 0 nan after 500"
