#!/bin/sh
# pymoo 0.6.2 (PyPI), several objectives. Guess: a candidate with a nan (a simulation that blew up) is dropped, or compares
# with nothing and joins the front. Seen: a nan counts as equal. A candidate that is best in its other objectives dominates
# the whole front and stands in the first front alone; one that is worst in them comes last.
# NSGA-II, SPEA2 and SMS-EMOA then breed the failures and return one of them as the whole result, while with inf in its
# place all 40 are good. Somebody who marks falls by nan must write inf.
. "$(dirname "$0")/lib.sh"
pypi pymoo==0.6.2 numpy==2.4.6
seen=$(run_python - <<'PY'
import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.algorithms.moo.sms import SMSEMOA
from pymoo.algorithms.moo.spea2 import SPEA2
from pymoo.core.problem import ElementwiseProblem
from pymoo.optimize import minimize
from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

for other in 0, 2, 9:
    values = np.array([[1, 3], [2, 2], [3, 1], [other, np.nan]])
    print(f"front (1,3) (2,2) (3,1) and ({other},nan):", *(front.tolist() for front in NonDominatedSorting().do(values)))

class Walk(ElementwiseProblem):  # effort x, slowness 1 - x + y; falls with y above a half
    def __init__(self, fallen):
        super().__init__(n_var=2, n_obj=2, xl=0, xu=1)
        self.fallen = fallen

    def _evaluate(self, x, out, *args, **kwargs):
        out["F"] = [x[0], self.fallen if x[1] > .5 else 1 - x[0] + x[1]]

def fallen(values):
    return int((~np.isfinite(values)).any(axis=1).sum())

for algorithm in NSGA2, SPEA2, SMSEMOA:
    for value in np.inf, np.nan:
        result = minimize(Walk(value), algorithm(pop_size=40), ("n_gen", 40), seed=1)
        everyone = fallen(result.pop.get("F"))
        print(f"{algorithm.__name__}, a fall is {value}: {'most' if everyone > 20 else everyone} of 40 have fallen; result of "
              f"{len(result.F)}, fallen {fallen(result.F)}")
PY
)
expect "$seen" "front (1,3) (2,2) (3,1) and (0,nan): [3] [0, 1, 2]
front (1,3) (2,2) (3,1) and (2,nan): [0, 1] [3] [2]
front (1,3) (2,2) (3,1) and (9,nan): [0, 1, 2] [3]
NSGA2, a fall is inf: 0 of 40 have fallen; result of 40, fallen 0
NSGA2, a fall is nan: most of 40 have fallen; result of 1, fallen 1
SPEA2, a fall is inf: 0 of 40 have fallen; result of 40, fallen 0
SPEA2, a fall is nan: most of 40 have fallen; result of 1, fallen 1
SMSEMOA, a fall is inf: 0 of 40 have fallen; result of 40, fallen 0
SMSEMOA, a fall is nan: most of 40 have fallen; result of 1, fallen 1"
