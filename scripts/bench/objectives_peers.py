"""The problems of objectives.lua, solved by pycma, DEAP and comocma: scripts/bench/objectives.sh runs it.

  objectives_peers.py pycma|deap|comocma RUNS FILE.csv      a line a run, written as it ends
  objectives_peers.py table FILE.csv ...                    of all of them
"""
import math
import random
import sys
import warnings

warnings.filterwarnings("ignore")
import numpy as np  # noqa: E402


class Uniform:
    """The generator of objectives.lua: the same problems and starts."""

    def __init__(self, seed):
        self.state = seed % 2147483647 or 1
        for _ in range(20):
            self.uniform()

    def uniform(self):
        self.state = self.state * 16807 % 2147483647
        return self.state / 2147483647

    def normal(self):
        u, v = self.uniform(), self.uniform()
        return math.sqrt(-2 * math.log(u)) * math.cos(2 * math.pi * v)


def rotation(n, rng):
    rows = []
    for _ in range(n):
        v = np.array([rng.normal() for _ in range(n)])
        for row in rows:
            v = v - v.dot(row) * row
        rows.append(v / math.sqrt(v.dot(v)))
    return np.array(rows)


def linear(n, m, condition, rotated):
    def make(rng):
        turn = rotation(n, rng) if rotated else np.eye(n)
        d = np.array([condition ** (i / (n - 1)) for i in range(n)])
        best = np.full(n, 10.0)
        f = lambda x: np.sum(d * turn.dot(x) ** 2) / 2  # noqa: E731
        downhill = -turn.T.dot(d * turn.dot(best))
        length = math.sqrt(downhill.dot(downhill)) / math.sqrt(n) / m
        rows, rest = [], downhill
        for _ in range(m - 1):
            b = np.array([rng.normal() for _ in range(n)]) * length
            b = -b if b.dot(downhill) < 0 else b
            rows.append(b)
            rest = rest - b
        rows = np.array(rows + [rest])
        x0 = [10 * rng.normal() for _ in range(n)]
        return dict(x0=x0, sigma=5, f=f, g=lambda x: list(rows.dot(np.asarray(x) - best)), best=f(best))

    return make


def boxed(lower, upper, f, g, best):
    def make(rng):
        x0 = [a + (b - a) * (0.1 + 0.8 * rng.uniform()) for a, b in zip(lower, upper)]
        return dict(x0=x0, lower=lower, upper=upper, sigma=0.3, f=f, g=g, best=best)

    return make


def tr2(rng):
    x0 = [20 * rng.uniform(), 20 * rng.uniform()]
    return dict(x0=x0, sigma=3, f=lambda x: x[0] ** 2 + x[1] ** 2, g=lambda x: [2 - x[0] - x[1]], best=2)


def schwefel(weights, best):
    def make(rng):
        x0 = [500 * rng.uniform() for _ in range(5)]
        f = lambda x: -sum(w * v for w, v in zip(weights, x))  # noqa: E731
        g = lambda x: [-v for v in x] + [-50000 + sum((10 + i) * x[i] for i in range(5))]  # noqa: E731
        return dict(x0=x0, sigma=150, f=f, g=g, best=best)

    return make


def klee_minty(rng):
    n, share = 6, 0.3
    turn = rotation(n, rng)
    x0 = turn.T.dot([rng.uniform() for _ in range(n)])

    def g(x):
        y, out = turn.dot(x), []
        for i in range(n):
            before = share * y[i - 1] if i > 0 else 0
            out += [before - y[i], y[i] - 1 + before]
        return out

    return dict(x0=list(x0), sigma=0.3, f=lambda x: -turn.dot(x)[n - 1], g=g, best=-1)


def g06_g(x):
    return [100 - (x[0] - 5) ** 2 - (x[1] - 5) ** 2, (x[0] - 6) ** 2 + (x[1] - 5) ** 2 - 82.81]


def g07_f(x):
    return (x[0] ** 2 + x[1] ** 2 + x[0] * x[1] - 14 * x[0] - 16 * x[1] + (x[2] - 10) ** 2 + 4 * (x[3] - 5) ** 2
            + (x[4] - 3) ** 2 + 2 * (x[5] - 1) ** 2 + 5 * x[6] ** 2 + 7 * (x[7] - 11) ** 2 + 2 * (x[8] - 10) ** 2
            + (x[9] - 7) ** 2 + 45)


def g07_g(x):
    return [4 * x[0] + 5 * x[1] - 3 * x[6] + 9 * x[7] - 105, 10 * x[0] - 8 * x[1] - 17 * x[6] + 2 * x[7],
            -8 * x[0] + 2 * x[1] + 5 * x[8] - 2 * x[9] - 12,
            3 * (x[0] - 2) ** 2 + 4 * (x[1] - 3) ** 2 + 2 * x[2] ** 2 - 7 * x[3] - 120,
            5 * x[0] ** 2 + 8 * x[1] + (x[2] - 6) ** 2 - 2 * x[3] - 40,
            x[0] ** 2 + 2 * (x[1] - 2) ** 2 - 2 * x[0] * x[1] + 14 * x[4] - 6 * x[5],
            0.5 * (x[0] - 8) ** 2 + 2 * (x[1] - 4) ** 2 + 3 * x[4] ** 2 - x[5] - 30,
            -3 * x[0] + 6 * x[1] + 12 * (x[8] - 8) ** 2 - 7 * x[9]]


def g09_f(x):
    return ((x[0] - 10) ** 2 + 5 * (x[1] - 12) ** 2 + x[2] ** 4 + 3 * (x[3] - 11) ** 2 + 10 * x[4] ** 6
            + 7 * x[5] ** 2 + x[6] ** 4 - 4 * x[5] * x[6] - 10 * x[5] - 8 * x[6])


def g09_g(x):
    return [2 * x[0] ** 2 + 3 * x[1] ** 4 + x[2] + 4 * x[3] ** 2 + 5 * x[4] - 127,
            7 * x[0] + 3 * x[1] + 10 * x[2] ** 2 + x[3] - x[4] - 282,
            23 * x[0] + x[1] ** 2 + 6 * x[5] ** 2 - 8 * x[6] - 196,
            4 * x[0] ** 2 + x[1] ** 2 - 3 * x[0] * x[1] + 2 * x[2] ** 2 + 5 * x[5] - 11 * x[6]]


def g10_g(x):
    return [0.0025 * (x[3] + x[5]) - 1, 0.0025 * (x[4] + x[6] - x[3]) - 1, 0.01 * (x[7] - x[4]) - 1,
            833.33252 * x[3] + 100 * x[0] - 83333.333 - x[0] * x[5],
            1250 * x[4] + x[1] * x[3] - 1250 * x[3] - x[1] * x[6], 1250000 + x[2] * x[4] - 2500 * x[4] - x[2] * x[7]]


def himmelblau_f(x):
    return 5.3578547 * x[2] ** 2 + 0.8356891 * x[0] * x[4] + 37.293239 * x[0] - 40792.141


def himmelblau_g(x):
    u = 85.334407 + 0.0056858 * x[1] * x[4] + 0.0006262 * x[0] * x[3] - 0.0022053 * x[2] * x[4]
    v = 80.51249 + 0.0071317 * x[1] * x[4] + 0.0029955 * x[0] * x[1] + 0.0021813 * x[2] ** 2
    w = 9.300961 + 0.0047026 * x[2] * x[4] + 0.0012547 * x[0] * x[2] + 0.0019085 * x[2] * x[3]
    return [u - 92, -u, v - 110, 90 - v, w - 25, 20 - w]


PROBLEMS = [
    ("TR2", tr2), ("2.40", schwefel([1] * 5, -5000)), ("2.41", schwefel([1, 2, 3, 4, 5], -125000 / 7)),
    ("g06", boxed([13, 0], [100, 100], lambda x: (x[0] - 10) ** 3 + (x[1] - 20) ** 3, g06_g, -6961.81387558)),
    ("g07", boxed([-10] * 10, [10] * 10, g07_f, g07_g, 24.30620906818)),
    ("g09", boxed([-10] * 7, [10] * 7, g09_f, g09_g, 680.630057374402)),
    ("g10", boxed([100, 1000, 1000] + [10] * 5, [10000] * 3 + [1000] * 5, lambda x: x[0] + x[1] + x[2], g10_g,
                  7049.24802052867)),
    ("Himmelblau", boxed([78, 33, 27, 27, 27], [102, 45, 45, 45, 45], himmelblau_f, himmelblau_g, -30665.53867178332)),
    ("rotated 6-D", linear(6, 2, 1e4, True)), ("Klee-Minty 6-D", klee_minty),
    ("sphere 1", linear(10, 1, 1, False)), ("sphere 5", linear(10, 5, 1, False)),
    ("sphere 9", linear(10, 9, 1, False)), ("ellipsoid 1", linear(10, 1, 1e6, True)),
    ("ellipsoid 5", linear(10, 5, 1e6, True)), ("ellipsoid 9", linear(10, 9, 1e6, True))]

AIMS = 1e-2, 1e-4, 1e-6
MOST = 100000


def seed_of(run):
    return 104729 + 7919 * run


def solve_with_pycma(make, run):
    import cma
    p = make(Uniform(seed_of(run)))
    options = {"verbose": -9, "seed": seed_of(run), "maxfevals": MOST, "maxiter": 1e6, "tolstagnation": 0}
    if "lower" in p:
        options["bounds"] = [p["lower"], p["upper"]]
        options["CMA_stds"] = [b - a for a, b in zip(p["lower"], p["upper"])]
    f = cma.ConstrainedFitnessAL(p["f"], p["g"], logging=0, archives=False)
    es = cma.CMAEvolutionStrategy(p["x0"], p["sigma"], options)
    evaluations, done = 0, []
    while not es.stop() and len(done) < len(AIMS):
        x = es.ask()
        es.tell(x, [f(point) for point in x])
        f.update(es)
        evaluations += len(x)
        best = f.best_feas.f if f.best_feas.x is not None else math.inf
        while len(done) < len(AIMS) and best - p["best"] <= AIMS[len(done)] * max(1, abs(p["best"])):
            done.append(evaluations)
    return done + [math.inf] * (len(AIMS) - len(done))


def zdt(k):
    def f(x):
        x = np.clip(x, 0, 1)
        g = 1 + 9 * np.sum(x[1:]) / (len(x) - 1)
        h = x[0] / g
        tail = math.sqrt(h) if k == 1 else h * h if k == 2 else math.sqrt(h) + h * math.sin(10 * math.pi * x[0])
        return float(x[0]), float(g * (1 - tail))

    return f


def covered(points, reference=1.1):
    lowest, area = reference, 0.0
    for a, b in sorted(points):
        if a < reference and b < lowest:
            area += (reference - a) * (lowest - b)
            lowest = b
    return float(area)


N, POINTS, BUDGET, MARKS = 10, 20, 10000, 5  # as in objectives.lua


def starts(run):
    rng = Uniform(seed_of(run))
    return [[rng.uniform() for _ in range(N)] for _ in range(POINTS)]


def zdt_with_deap(k, run):
    from deap import base, cma as deap_cma, creator
    if not hasattr(creator, "Point"):
        creator.create("Costs", base.Fitness, weights=(-1.0, -1.0))
        creator.create("Point", list, fitness=creator.Costs)
    random.seed(seed_of(run))
    np.random.seed(seed_of(run))

    def value(x):  # as in Igel et al.: the nearest point within the bounds, and a little for the distance
        away = 1e-6 * sum((v - min(max(v, 0), 1)) ** 2 for v in x)
        return tuple(v + away for v in zdt(k)(x))

    points = [creator.Point(x) for x in starts(run)]
    for point in points:
        point.fitness.values = value(point)
    es = deap_cma.StrategyMultiObjective(points, sigma=0.3, mu=POINTS, lambda_=POINTS)
    marks, evaluations = [], POINTS
    while len(marks) < MARKS:
        offspring = es.generate(creator.Point)
        for point in offspring:
            point.fitness.values = value(point)
        es.update(offspring)
        evaluations += len(offspring)
        if evaluations >= (len(marks) + 1) * BUDGET / MARKS:
            marks.append(covered([p.fitness.values for p in es.parents]))
    return marks


def zdt_with_comocma(k, run):
    import comocma
    options = {"bounds": [0, 1], "verbose": -9, "seed": seed_of(run)}
    es = comocma.Sofomore(comocma.get_cmas(starts(run), 0.3, options), reference_point=[1.1, 1.1], opts={"verb_disp": 0})
    marks, evaluations = [], 0
    while len(marks) < MARKS:
        x = es.ask()
        es.tell(x, [list(zdt(k)(point)) for point in x])
        evaluations += len(x)
        if evaluations >= (len(marks) + 1) * BUDGET / MARKS:
            marks.append(float(es.pareto_front_cut.hypervolume))
    return marks


def solve_all(peer, runs, path):
    with open(path, "a", encoding="utf-8") as file:
        for run in range(1, int(runs) + 1):
            if peer == "pycma":
                rows = ((name, solve_with_pycma(make, run)) for name, make in PROBLEMS)
            else:
                solve = zdt_with_deap if peer == "deap" else zdt_with_comocma
                rows = (("ZDT%d" % k, solve(k, run)) for k in (1, 2, 3))
            for name, numbers in rows:
                file.write(",".join([peer, name, str(run)] + [repr(v) for v in numbers]) + "\n")
                file.flush()


def most_that_points_cover(k, reference=1.1, grid=4000):
    """The best POINTS of so many on the front: by dynamic programming, from the right."""
    points = []
    for a in np.linspace(0, 1, grid + 1):
        b = zdt(k)([a, 0.0])[1]
        if not points or b < points[-1][1]:
            points.append((float(a), b))
    a, b = np.array(points).T
    area = (reference - a) * (reference - b)  # of one point
    best = area
    for _ in range(POINTS - 1):  # point i before j: what j covers below i, to the right of j, is new
        best = np.array([max(np.max(best[:j] + (reference - a[j]) * (b[:j] - b[j])), area[j]) if j else area[0]
                         for j in range(len(a))])
    return float(np.max(best))


def fisher(a, b, n, m):
    """Whether a of n is fewer than b of m, one-sided."""
    ways = lambda i: math.comb(n, i) * math.comb(m, a + b - i)  # noqa: E731
    return sum(ways(i) for i in range(max(0, a + b - m), a + 1)) / math.comb(n + m, a + b)


def table(paths):
    rows = {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for line in file:
                peer, name, _, *numbers = line.strip().split(",")
                rows.setdefault(name, {}).setdefault(peer, []).append([float(v) for v in numbers])
    median = lambda runs, i: sorted(run[i] for run in runs)[(len(runs) - 1) // 2]  # noqa: E731
    print("| problem | 1e-2 | pycma | 1e-4 | pycma | 1e-6 | pycma | ratio | solved | pycma | p |\n|" + "---|" * 11)
    for name, _ in PROBLEMS:
        ours, theirs = rows.get(name, {}).get("rl"), rows.get(name, {}).get("pycma")
        if not (ours and theirs):
            continue
        cells = [name]
        for i in range(len(AIMS)):
            cells += ["%.0f" % median(ours, i), "%.0f" % median(theirs, i)]
        solved = [sum(run[-1] < math.inf for run in runs) for runs in (ours, theirs)]
        cells.append("%.2f" % (median(ours, 2) / median(theirs, 2)))
        cells += ["%d/%d" % (solved[0], len(ours)), "%d/%d" % (solved[1], len(theirs))]
        cells.append("%.2g" % fisher(solved[0], solved[1], len(ours), len(theirs)))
        print("| " + " | ".join(cells) + " |")
    print("\n| | method | runs | " + " | ".join("%d" % ((i + 1) * BUDGET / MARKS) for i in range(MARKS))
          + " | least | most | of the most that %d points cover |\n|" % POINTS + "---|" * (MARKS + 6))
    for k in (1, 2, 3):
        most = most_that_points_cover(k)
        for peer, runs in sorted(rows.get("ZDT%d" % k, {}).items(), key=lambda item: item[0] != "rl"):
            last = [run[-1] for run in runs]
            cells = ["ZDT%d" % k, peer, str(len(runs))] + ["%.4f" % median(runs, i) for i in range(MARKS)]
            cells += ["%.4f" % min(last), "%.4f" % max(last), "%.5f of %.5f" % (median(runs, MARKS - 1), most)]
            print("| " + " | ".join(cells) + " |")


if sys.argv[1] == "table":
    table(sys.argv[2:])
else:
    solve_all(*sys.argv[1:])
