#!/bin/sh
# cmaes 0.13.1 and DEAP 1.4.4 (PyPI). Guess: a candidate whose value is nan (a simulation that blew up) is refused or
# ranks last, as inf does. Seen: both sort with Python's sort, which a nan confuses: it stays near where it stood among
# the told. First of all it ranks best; second, it leaves the worst candidate in front of it and of all good ones.
# So a returned nan must become inf before it is told.
. "$(dirname "$0")/lib.sh"
pypi cmaes==0.13.1 deap==1.4.4 numpy==2.4.6
seen=$(run_python - <<'PY'
from cmaes import CMA
import numpy as np
from deap import base, cma, creator

creator.create("Minimum", base.Fitness, weights=(-1.,))
creator.create("Candidate", list, fitness=creator.Minimum)

def told(bad, place):  # the later the better, but for the bad one
    return [bad if i == place else float(10 - i) for i in range(10)]

def cmaes_order(values):
    search = CMA(mean=np.zeros(4), sigma=1., population_size=10, seed=1)
    solutions = [(np.full(4, i / 10), value) for i, value in enumerate(values)]
    search.tell(solutions)  # sorts in place
    return [round(10 * x[0]) for x, _ in solutions]

def deap_best(values):
    search = cma.Strategy(centroid=[0.] * 4, sigma=1., lambda_=10, mu=1)
    population = [creator.Candidate([float(i)] * 4) for i in range(10)]
    for candidate, value in zip(population, values):
        candidate.fitness.values = (value,)
    search.update(population)  # with one parent the centroid is the best
    return round(search.centroid[0])

for name in "inf", "nan":
    for place in 0, 1, 3:
        values = told(float(name), place)
        print(f"{name} is number {place}: cmaes ranks", *cmaes_order(values), f"- DEAP's best is {deap_best(values)}")
PY
)
expect "$seen" "inf is number 0: cmaes ranks 9 8 7 6 5 4 3 2 1 0 - DEAP's best is 9
inf is number 1: cmaes ranks 9 8 7 6 5 4 3 2 0 1 - DEAP's best is 9
inf is number 3: cmaes ranks 9 8 7 6 5 4 2 1 0 3 - DEAP's best is 9
nan is number 0: cmaes ranks 0 9 8 7 6 5 4 3 2 1 - DEAP's best is 0
nan is number 1: cmaes ranks 0 1 9 8 7 6 5 4 3 2 - DEAP's best is 1
nan is number 3: cmaes ranks 9 8 7 6 5 4 2 1 0 3 - DEAP's best is 3"
