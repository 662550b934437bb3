#!/bin/sh
# pypop7 0.0.82 (PyPI), evolutionary search, with lower_boundary and upper_boundary, which its pages call those of the search range. Guess:
# candidates lie within, or what lies outside does not become the result. Seen: they say where a search begins. Where the best value
# lies beyond them nearly all that CMAES, MAES, XNES and SPSO evaluate is outside, and so is the best_so_far_x that comes back; the
# only word of it is "success" in the result. With the option is_bound the particle swarm keeps to the bounds, while the other three
# take it and go on outside. A gain or a mass that must be positive is tried at negative values. The random search PRS stays inside.
. "$(dirname "$0")/lib.sh"
pypi numpy==2.4.6 scipy==1.17.1 numba==0.68.1 llvmlite==0.50.0
pypi --no-deps pypop7==0.0.82
seen=$(run_python - <<'PY'
import numpy as np
from pypop7.optimizers.es.cmaes import CMAES
from pypop7.optimizers.es.maes import MAES
from pypop7.optimizers.nes.xnes import XNES
from pypop7.optimizers.pso.spso import SPSO
from pypop7.optimizers.rs.prs import PRS

for method in CMAES, MAES, XNES, SPSO, PRS:
    for bound in False, True:
        tried = []

        def cost(x):
            tried.append(np.array(x))
            return float(np.sum((tried[-1] - 1.2) ** 2))

        problem = {"fitness_function": cost, "ndim_problem": 5, "lower_boundary": -np.ones(5), "upper_boundary": np.ones(5)}
        options = {"max_function_evaluations": 2000, "seed_rng": 1, "sigma": .3, "verbose": 0}
        found = method(problem, {**options, "is_bound": True} if bound else options).optimize()
        outside = np.mean(np.abs(tried).max(1) > 1)
        print(f"{method.__name__}{', is_bound' if bound else ''}: {outside:.0%} of the candidates are outside of -1 to 1; "
              f"result from {found['best_so_far_x'].min():.2f} to {found['best_so_far_x'].max():.2f}, success {found.get('success')}")
PY
)
expect "$seen" "CMAES: 99% of the candidates are outside of -1 to 1; result from 1.20 to 1.20, success False
CMAES, is_bound: 99% of the candidates are outside of -1 to 1; result from 1.20 to 1.20, success False
MAES: 98% of the candidates are outside of -1 to 1; result from 1.20 to 1.20, success False
MAES, is_bound: 98% of the candidates are outside of -1 to 1; result from 1.20 to 1.20, success False
XNES: 100% of the candidates are outside of -1 to 1; result from 1.20 to 1.20, success False
XNES, is_bound: 100% of the candidates are outside of -1 to 1; result from 1.20 to 1.20, success False
SPSO: 97% of the candidates are outside of -1 to 1; result from 1.20 to 1.20, success False
SPSO, is_bound: 0% of the candidates are outside of -1 to 1; result from 1.00 to 1.00, success True
PRS: 0% of the candidates are outside of -1 to 1; result from 0.70 to 0.94, success True
PRS, is_bound: 0% of the candidates are outside of -1 to 1; result from 0.70 to 0.94, success True"
