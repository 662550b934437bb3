#!/bin/sh
# deap 1.4.4 (PyPI), several objectives: cma.StrategyMultiObjective with lambda_ = mu, as in its example. Guess: an elitist
# strategy that selects by the hypervolume gets better with more evaluations, or stays. Seen on two spheres, without noise
# and without bounds: the front is reached after 4,000 evaluations; from then on the step sizes grow without end (twenty
# times and more by 32,000), and the front covers less than it did. An offspring counts as a success when it is selected,
# which is easy where others of its generation go. With lambda_ = 1 the step sizes fall by orders of magnitude and the
# front converges. Somebody who runs it longer for a better front gets a worse one.
. "$(dirname "$0")/lib.sh"
pypi deap==1.4.4 numpy==2.4.6
seen=$(run_python - <<'PY'
import random
import numpy
from deap import base, cma, creator

creator.create("Costs", base.Fitness, weights=(-1.0, -1.0))
creator.create("Point", list, fitness=creator.Costs)
MU, N = 20, 5


def value(x):
    rest = sum(v * v for v in x[1:])
    return x[0] ** 2 + rest, (x[0] - 2) ** 2 + rest


def covered(points, reference=4.0):
    lowest, area = reference, 0.0
    for a, b in sorted(points):
        if a < reference and b < lowest:
            area, lowest = area + (reference - a) * (lowest - b), b
    return area


def run(offspring, seed, marks):
    random.seed(seed)
    numpy.random.seed(seed)
    points = [creator.Point([random.gauss(0, 1) for _ in range(N)]) for _ in range(MU)]
    for point in points:
        point.fitness.values = value(point)
    es, evaluations, seen = cma.StrategyMultiObjective(points, sigma=1, mu=MU, lambda_=offspring), MU, []
    while len(seen) < len(marks):
        new = es.generate(creator.Point)
        for point in new:
            point.fitness.values = value(point)
        es.update(new)
        evaluations += len(new)
        if evaluations >= marks[len(seen)]:
            seen.append((covered([p.fitness.values for p in es.parents]), numpy.mean(es.sigmas)))
    return seen


for offspring, marks in (20, (4000, 32000)), (1, (4000, 8000)):
    runs = [run(offspring, seed, marks) for seed in (1, 2, 3)]
    worse = sum(late[0] < early[0] for early, late in runs)
    wider = sum(late[1] > 2 * early[1] for early, late in runs)
    print(f"lambda_ = {offspring}, {marks[0]} and {marks[1]} evaluations, 3 runs: front worse {worse}, sigma doubled {wider}")
PY
)
expect "$seen" "lambda_ = 20, 4000 and 32000 evaluations, 3 runs: front worse 3, sigma doubled 3
lambda_ = 1, 4000 and 8000 evaluations, 3 runs: front worse 0, sigma doubled 0"
