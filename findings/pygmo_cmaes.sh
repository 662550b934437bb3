#!/bin/sh
# pygmo 2.20.0 (PyPI), cmaes. Guess: candidates lie within the problem's bounds, and ten times ten generations are one
# hundred. Seen: by default it evaluates outside the bounds (with the optimum near a corner over a quarter) and leaves
# those out of the result; and each evolve() forgets covariance, step size and paths, so ten by ten ends a million
# times higher than one hundred. force_bounds and memory must both be set before it is compared with anything; an
# archipelago, which calls evolve() again and again, runs it crippled.
. "$(dirname "$0")/lib.sh"
pypi pygmo==2.20.0 numpy==2.4.6
seen=$(run_python - <<'PY'
import numpy as np
import pygmo

asked = []
class Corner:
    def fitness(self, x):
        asked.append(np.array(x))
        return [float(np.sum((x - 4.5) ** 2))]

    def get_bounds(self):
        return [-5.] * 10, [5.] * 10

def evolve(times, generations, **options):
    asked.clear()
    population = pygmo.population(pygmo.problem(Corner()), 20, seed=1)
    method = pygmo.algorithm(pygmo.cmaes(gen=generations, seed=1, ftol=0, xtol=0, **options))
    for _ in range(times):
        population = method.evolve(population)
    return population.champion_f[0]

def size(f):
    return "below 1e-6" if f < 1e-6 else "above .1" if f > .1 else "between"

for force in False, True:
    evolve(1, 100, force_bounds=force)
    share = np.mean([np.abs(x).max() > 5 for x in asked])
    print(f"force_bounds {force}: {'over a quarter' if share > .25 else 'none' if share == 0 else 'some'} evaluated outside")
for memory in False, True:
    for times in 1, 10, 100:
        print(f"memory {memory}, {times} x {100 // times}: {size(evolve(times, 100 // times, memory=memory, force_bounds=True))}")
PY
)
expect "$seen" "force_bounds False: over a quarter evaluated outside
force_bounds True: none evaluated outside
memory False, 1 x 100: below 1e-6
memory False, 10 x 10: above .1
memory False, 100 x 1: above .1
memory True, 1 x 100: below 1e-6
memory True, 10 x 10: below 1e-6
memory True, 100 x 1: below 1e-6"
