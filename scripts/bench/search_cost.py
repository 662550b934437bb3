# The same as search_cost.c, of the C++ of fcmaes: search_cost.py N GENERATIONS RUNS -> us a generation.
# fcmaes is called without its Python classes; what the call itself costs is measured by population(), which copies as
# much as ask() does, and taken off for both calls.
import sys
import time

import numpy as np
from fcmaes._fcmaes_ext import ACMA

n, generations, runs = (int(word) for word in sys.argv[1:])
popsize = 4 + int(3 * np.log(n))
values = np.random.default_rng(1).random((1024, popsize))
none = np.empty(0)
least = np.inf
for run in range(runs):
    es = ACMA(np.ones(n), none, none, np.full(n, 0.3), max_evaluations=10**9, stop_fitness=-np.inf, stop_hist=-1,
              mu=popsize // 2, popsize=popsize, accuracy=1.0, seed=run + 1, runid=0, normalize=False, delayed_update=True,
              update_gap=-1)
    start = time.thread_time()
    for t in range(generations):
        es.ask()
        es.tell(values[t % 1024])
    took = time.thread_time() - start
    start = time.thread_time()
    for t in range(generations):
        es.population()
        values[t % 1024]
        es.popsize
    least = min(least, (took - (time.thread_time() - start)) / generations)
print(f"{1e6 * least:.3f}")
