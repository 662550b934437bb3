#!/bin/sh
# rliable 1.2.0 (PyPI). Guess: the interquartile mean leaves a quarter of the runs out at each end, and a seed for the bootstrap
# repeats its intervals. Seen: whole runs only, rounded down: of three runs none is left out (it is the plain mean, outlier and
# all), of seven one. And random_state does not count: equal ones give other intervals, different ones equal intervals when
# numpy's global generator is in the same state. One run gives an interval of width 0, as if it were certain.
# A comparison of three seeds has no robust mean, and a published interval cannot be repeated from its seed.
. "$(dirname "$0")/lib.sh"
pypi rliable==1.2.0 arch==7.2.0 pandas==2.3.3 numpy==2.3.5
seen=$(run_python - <<'PY'
import numpy as np
from rliable import library, metrics

for runs in 3, 4, 7, 8:
    returns = np.ones(runs)
    returns[-1] = 100
    returns[0] = -20
    print(f"{runs} runs, -20 and 100 among ones: IQM {metrics.aggregate_iqm(returns[:, None]):.2f}, mean {returns.mean():.2f}")

def interval(runs, seed, numpy_seed):
    np.random.seed(numpy_seed)
    returns = {"walker": np.random.default_rng(0).normal(size=(runs, 1))}
    _, intervals = library.get_interval_estimates(returns, lambda x: np.array([metrics.aggregate_mean(x)]), reps=200,
                                                  random_state=np.random.RandomState(seed))
    return intervals["walker"][:, 0]

print("equal random_state:", "equal" if (interval(10, 1, 5) == interval(10, 1, 6)).all() else "other", "interval;",
      "different ones:", "equal" if (interval(10, 1, 5) == interval(10, 2, 5)).all() else "other", "interval")
print(f"width of the interval of one run: {np.ptp(interval(1, 1, 5)):g}")
PY
)
expect "$seen" "3 runs, -20 and 100 among ones: IQM 27.00, mean 27.00
4 runs, -20 and 100 among ones: IQM 1.00, mean 20.50
7 runs, -20 and 100 among ones: IQM 1.00, mean 12.14
8 runs, -20 and 100 among ones: IQM 1.00, mean 10.75
equal random_state: other interval; different ones: equal interval
width of the interval of one run: 0"
