# The peer's half of search_peer.sh: pycma on the rows that search_peer.lua has, same starts. Prints for each run
#   row run solved evaluations value
import math
import sys
import warnings

import cma
import numpy

warnings.simplefilter("ignore")


def uniform(seed, count):
    """Numbers in (0, 1) that Lua draws exactly so (Park & Miller 1988)."""
    state, numbers = seed % 2147483646 + 1, []
    for _ in range(count + 20):
        state = state * 16807 % 2147483647
        numbers.append(state / 2147483647)
    return numpy.array(numbers[20:])


def scales(n, decades):
    return 10 ** (decades * numpy.arange(n) / (n - 1))


def onemax(x):
    return float(numpy.sum(x < 0.5))


def leading_ones(x):
    zeros = numpy.nonzero(x < 0.5)[0]
    return float(len(x) - zeros[0]) if len(zeros) else 0.0


def ellipsoid(decades):
    return lambda x: float(numpy.dot(scales(len(x), decades), numpy.square(x)))


def sphere(x):
    return float(numpy.dot(x, x))


def mixed(binary, real):
    """The first half binary."""
    return lambda x: binary(x[: len(x) // 2]) + real(x[len(x) // 2 :])


def coupled(x):
    whole, real = x[: len(x) // 2], x[len(x) // 2 :]
    return float(numpy.sum((whole + real - 5.3) ** 2 + real**2) - len(real) * 0.3**2 / 2)


def far(x):
    return float(numpy.sum((x - 1000 - numpy.arange(1, len(x) + 1)) ** 2))


def rosenbrock(x):
    return float(numpy.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


def run(row, number, seed):
    n, u = row["n"], uniform(seed, row["n"])
    x0 = row["start"](u, n)
    options = {"seed": seed, "verbose": -9, "maxfevals": row["budget"], "verb_log": 0, "signals_filename": ""}
    options.update(row.get("options", {}))
    if "integer" in row:
        options["integer_variables"] = row["integer"]
    if "bounds" in row:
        options["bounds"] = row["bounds"]
    target = row.get("target", 1e-9)
    options["ftarget"] = target
    es = cma.CMAEvolutionStrategy(x0, row.get("sigma", 2.0), options)
    f, noise = row["f"], numpy.random.RandomState(seed % 2**31)
    sd, infinite = row.get("noise", 0), row.get("infinite", 0)
    if sd or infinite:
        options["ftarget"] = es.opts["ftarget"] = -math.inf
    while not es.stop():
        x = es.ask()
        if es.countiter < infinite:
            es.tell(x, [math.inf] * len(x))
            continue
        es.tell(x, [f(v) + (sd * noise.randn() if sd else 0) for v in x])
        if infinite and es.best.f <= target:
            break
    if sd:
        value = f(numpy.asarray(es.result.xfavorite))
        print(row["name"], number, 1, es.countevals, repr(value))
    else:
        print(row["name"], number, int(es.best.f <= target), es.countevals, repr(float(es.best.f)))
    sys.stdout.flush()


def box(low, high):
    return lambda u, n: low + (high - low) * u


def flat(value):
    return lambda u, n: value * numpy.ones(n)


def every(n, step, first=0):
    return list(range(first, n, step))


ROWS = [
    {"name": "sphere_40_of_50_whole", "n": 50, "f": sphere, "start": flat(0.3), "sigma": 1, "integer": every(40, 1),
     "target": 1e-6, "budget": 40000},
    {"name": "ellipsoid_15_of_30_whole", "n": 30, "f": ellipsoid(6), "start": box(-4, 4), "integer": every(30, 2),
     "budget": 200000},
    {"name": "ellipsoid_5_of_10_whole", "n": 10, "f": ellipsoid(6), "start": box(-4, 4), "integer": every(5, 1),
     "budget": 50000},
    {"name": "ellipsoid_10_whole_wide", "n": 10, "f": ellipsoid(3), "start": box(-300, 300), "sigma": 100,
     "integer": every(10, 1), "target": 0, "budget": 50000},
    {"name": "sphere_10_of_20_wide", "n": 20, "f": sphere, "start": box(-300, 300), "sigma": 100,
     "integer": every(20, 2), "budget": 50000, "bounds": [-500, 500]},
    {"name": "onemax_20", "n": 20, "f": onemax, "start": flat(0.5), "sigma": 0.5, "integer": every(20, 1),
     "bounds": [0, 1], "target": 0, "budget": 20000},
    {"name": "leading_ones_20", "n": 20, "f": leading_ones, "start": flat(0.5), "sigma": 0.5,
     "integer": every(20, 1), "bounds": [0, 1], "target": 0, "budget": 20000},
    {"name": "sphere_onemax_20", "n": 20, "f": mixed(onemax, sphere), "start": flat(0.5), "sigma": 0.5,
     "integer": every(10, 1), "bounds": [[0] * 10 + [-10] * 10, [1] * 10 + [10] * 10], "budget": 50000},
    {"name": "sphere_leading_20", "n": 20, "f": mixed(leading_ones, sphere), "start": flat(0.5), "sigma": 0.5,
     "integer": every(10, 1), "bounds": [[0] * 10 + [-10] * 10, [1] * 10 + [10] * 10], "budget": 50000},
    {"name": "coupled_10_of_20", "n": 20, "f": coupled, "start": box(-4, 4), "integer": every(10, 1), "budget": 50000},
    {"name": "rosenbrock_3_of_6", "n": 6, "f": rosenbrock, "start": box(-4, 4), "integer": every(6, 2), "budget": 50000},
    {"name": "far_10_of_20", "n": 20, "f": far, "start": box(-4, 4), "sigma": 1, "integer": every(10, 1), "budget": 50000},
    {"name": "ellipsoid_50_of_100_whole", "n": 100, "f": ellipsoid(2), "start": box(-4, 4), "integer": every(100, 2),
     "budget": 200000},
    {"name": "onemax_100", "n": 100, "f": onemax, "start": flat(0.5), "sigma": 0.5, "integer": every(100, 1),
     "bounds": [0, 1], "target": 0, "budget": 40000},
    {"name": "ellipsoid_condition_1e24", "n": 10, "f": ellipsoid(24), "start": box(-4, 4), "budget": 100000},
    {"name": "ellipsoid_condition_1e24_20", "n": 20, "f": ellipsoid(24), "start": box(-4, 4), "budget": 400000},
    *({"name": f"sphere_{n}_popsize_{p}", "n": n, "f": sphere, "start": box(-4, 4), "budget": 100000,
       "options": {"popsize": p}} for n in (5, 10, 20) for p in (2, 3, 4, 5)),
    *({"name": f"diagonal_sphere_{n}", "n": n, "f": sphere, "start": box(-4, 4), "budget": 1000000,
       "options": {"CMA_diagonal": True}} for n in (100, 300, 1000)),
    *({"name": f"diagonal_ellipsoid_{n}", "n": n, "f": ellipsoid(6), "start": box(-4, 4), "budget": 1000000,
       "options": {"CMA_diagonal": True}} for n in (100, 300, 1000)),
    *({"name": f"noise_sphere_{n}", "n": n, "f": sphere, "start": box(-4, 4), "budget": 10000, "noise": 1,
       "options": {"popsize": 100}} for n in (5, 10, 20)),
    {"name": "infinities", "n": 10, "f": sphere, "start": box(-4, 4), "budget": 20000, "infinite": 1},
    {"name": "sigma_over_bounds", "n": 5, "f": lambda x: float(numpy.sum((x / 0.01 - 0.3) ** 2)),
     "start": flat(0.005), "sigma": 0.3, "bounds": [0, 0.01], "target": 1e-4, "budget": 40000},
]

if __name__ == "__main__":
    wanted, runs, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for at, row in enumerate(ROWS):
        if wanted in ("all", row["name"]) or (wanted.endswith("*") and row["name"].startswith(wanted[:-1])):
            for number in range(1, runs + 1):
                run(row, number, first + 7919 * number + 104729 * at)
