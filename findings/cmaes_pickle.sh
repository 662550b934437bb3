#!/bin/sh
# cmaes 0.13.1 (PyPI). Guess: a pickled optimiser with a seed goes on as the original does. Seen: the generator is left
# out of the pickle and an unseeded one put in its place: the original and two copies all go separate ways, so a run that
# was resumed, or sent to another process, cannot be repeated, whatever its seed.
. "$(dirname "$0")/lib.sh"
pypi cmaes==0.13.1 numpy==2.4.6
seen=$(run_python - <<'PY'
import pickle
import numpy as np
from cmaes import CMA

def make():
    return CMA(mean=np.zeros(3), sigma=1., seed=1)

print("two with one seed alike:", np.array_equal(make().ask(), make().ask()))
original = make()
stored = pickle.dumps(original)
a, b = pickle.loads(stored), pickle.loads(stored)
x, y, z = original.ask(), a.ask(), b.ask()
print("original and copy alike:", np.array_equal(x, y))
print("two copies alike:", np.array_equal(y, z))
PY
)
expect "$seen" "two with one seed alike: True
original and copy alike: False
two copies alike: False"
