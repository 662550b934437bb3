#!/usr/bin/env python3
"""rl.cmaes beside pycma on COCO's suite bbob: 24 functions, from the same x0 and sigma.

    python3 scripts/bench/bbob.py FOLDER                             runs what is not done yet, then reports
    python3 scripts/bench/bbob.py FOLDER --dimensions 5 --instances 1-5 --jobs 16 --solvers rl
    python3 scripts/bench/bbob.py FOLDER --seconds 500               takes no new runs after so long, leaves at that time
    python3 scripts/bench/bbob.py FOLDER --report rl pycma           reports only

FOLDER holds numpy, pycma and COCO, which the first call installs there by pip (it needs cc and Lua's headers for COCO's
functions as a module of Lua), and a file of results for each solver, NAME.csv; a run that has a line there is done. With
these files it is moved to another machine as it is; where wheels/ is in it, packages come from there, without network.

A run: 10,000 evaluations a dimension; x0 uniform in [-4, 4]^n; sigma 2; until a value is within 1e-8 of the least. Both
restart by the bipop schedule, pycma through fmin2 with restarts = 9 and x0 drawn anew in the same way, rl.cmaes as its own
restarts = "bipop" does, between bounds of -5 and 5. Solvers: rl, rl_ipop, pycma, pycma_ipop.
"""
import argparse, csv, math, os, queue, random, statistics, subprocess, sys, threading, time, zipfile
from pathlib import Path

PACKAGES = ["numpy==2.4.6", "cma==4.5.0", "coco-experiment==2.8.2"]
HERE = Path(__file__).resolve().parent
TARGETS = [1e1, 1e-1, 1e-3, 1e-5, 1e-8]
COLUMNS = ["function", "dimension", "instance", "evaluations", "best"] + [f"{t:.0e}" for t in TARGETS]
GROUPS = [("separable", range(1, 6)), ("moderate", range(6, 10)), ("ill-conditioned", range(10, 15)),
          ("multimodal", range(15, 20)), ("weak structure", range(20, 25))]
MANY = {5: 15, 10: 15}  # instances, where not 5


# One run, in a process of its own

def problem_line(function, dimension, instance, seed):
    rng = random.Random(f"{function} {dimension} {instance} {seed}")
    x0 = [rng.uniform(-4, 4) for _ in range(dimension)]
    number = 10**7 * seed + 10**5 * function + 10**3 * dimension + instance
    return " ".join(map(repr, [function, dimension, instance, number, 10**4 * dimension] + x0))


def run_pycma(words, bipop):
    import cma, numpy
    from cocoex import BareProblem
    function, dimension, instance, seed, budget = map(int, words[:5])
    problem = BareProblem("bbob", function, dimension, instance)
    least, rng = problem.best_value(), numpy.random.RandomState(seed)
    starts, count, best, hits = [numpy.array(words[5:], float)], 0, math.inf, [0] * len(TARGETS)

    def start():
        return starts.pop() if starts else rng.uniform(-4, 4, dimension)

    def f(x):
        nonlocal count, best
        value = problem(x)
        count += 1
        if value < best:
            best = value
            for k, target in enumerate(TARGETS):
                if not hits[k] and best <= least + target:
                    hits[k] = count
        return value

    cma.fmin2(f, start, 2, {"ftarget": least + TARGETS[-1], "maxfevals": budget, "seed": seed, "verbose": -9},
              restarts=9, bipop=bipop)
    return " ".join(map(str, [count, f"{best - least:.3e}"] + hits))


def work_pycma(bipop):
    import warnings
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        print(run_pycma(line.split(), bipop), flush=True)


# Many

def prepare(folder):
    site, module = folder / "site", folder / "bbob_coco.so"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    if not site.exists():
        wheels = sorted((folder / "wheels").glob("*.whl"))
        for wheel in wheels:
            zipfile.ZipFile(wheel).extractall(site)
        if not wheels:
            subprocess.run(pip + ["install", "--target", site] + PACKAGES, check=True)
    if not module.exists():
        source = folder / "source"
        if not source.exists():
            subprocess.run(pip + ["download", "--no-deps", "--no-binary", ":all:", "--dest", source, PACKAGES[-1]], check=True)
            subprocess.run("tar xzf *.tar.gz --strip-components=1", shell=True, cwd=source, check=True)
        coco = source / "src/cocoex"
        lua = subprocess.run(["pkg-config", "--cflags", "lua5.4"], capture_output=True, text=True, check=True).stdout.split()
        subprocess.run(["cc", "-O2", "-w", "-shared", "-fPIC", f"-I{coco}", *lua, "-o", module, HERE / "bbob_coco.c",
                        coco / "coco.c", "-lm"], check=True)


def command(solver, folder, options):
    if solver.startswith("pycma"):
        return [sys.executable, __file__, folder, "--work", solver]
    settings = [f"modules={folder}"] + (["restarts=ipop"] if solver == "rl_ipop" else []) + options.set
    return [options.rlrun, HERE / "bbob.lua"] + [word for s in settings for word in ("--set", s)]


def read(folder, name):
    try:
        with open(folder / f"{name}.csv", newline="") as file:
            rows = [{c: float(r[c]) for c in COLUMNS} for r in csv.DictReader(file) if None not in r.values()]
    except FileNotFoundError:
        rows = []
    return {(int(r["function"]), int(r["dimension"]), int(r["instance"])): r for r in rows}


def run_all(folder, options):
    end = time.time() + options.seconds
    todo, files, lock, processes = queue.Queue(), {}, threading.Lock(), []
    jobs = []
    for solver in options.solvers:
        name = options.name or solver
        done, path = read(folder, name), folder / f"{name}.csv"
        new = not path.exists()
        files[solver] = open(path, "a")
        if new:
            print(",".join(COLUMNS), file=files[solver], flush=True)
        for order, d in enumerate(options.dimensions):
            for i in options.instances or range(1, MANY.get(d, 5) + 1):
                jobs += [(order, solver, f, d, i) for f in range(1, 25) if (f, d, i) not in done]
    slow = {3, 4, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24}  # the long ones first, so that no process waits for another
    for job in sorted(jobs, key=lambda job: (job[0], job[2] not in slow)):
        todo.put(job[1:])
    environment = dict(os.environ, PYTHONPATH=str(folder / "site"), OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

    def work():
        workers = {}
        while time.time() < end:
            try:
                solver, f, d, i = todo.get_nowait()
            except queue.Empty:
                break
            if solver not in workers:
                workers[solver] = subprocess.Popen(command(solver, folder, options), stdin=subprocess.PIPE, text=True,
                                                   stdout=subprocess.PIPE, env=environment)
                processes.append(workers[solver])
            worker = workers[solver]
            try:
                print(problem_line(f, d, i, options.seed), file=worker.stdin, flush=True)
                answer = worker.stdout.readline().split()
            except OSError:
                answer = []
            if not answer:
                if time.time() < end:
                    print(f"{solver} f{f} {d}-D instance {i}: no answer", file=sys.stderr)
                return
            with lock:
                print(",".join(map(str, [f, d, i] + answer)), file=files[solver], flush=True)
        for worker in workers.values():
            worker.stdin.close()
            worker.wait()

    threads = [threading.Thread(target=work) for _ in range(options.jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0, end - time.time()))
    for process in processes:
        if process.poll() is None:
            process.kill()
    for thread in threads:
        thread.join()


# What came of it

def fisher(a, b, n, m):
    """Two-sided p of a of n against b of m."""
    total = a + b

    def weight(k):
        return math.comb(n, k) * math.comb(m, total - k)
    most = weight(a) * (1 + 1e-9)
    return sum(w for k in range(max(0, total - m), min(n, total) + 1) if (w := weight(k)) <= most) / math.comb(n + m, total)


def solved(rows):
    return sum(r["1e-08"] > 0 for r in rows)


def running_time(rows):
    """Expected evaluations until the target, of runs that are repeated until one reaches it."""
    spent = sum(r["1e-08"] or r["evaluations"] for r in rows)
    return spent / solved(rows) if solved(rows) else math.inf


def number(x):
    return "-" if math.isinf(x) or math.isnan(x) else f"{x:.3g}" if x < 10 else f"{x:.0f}"


def report(folder, names):
    results = {name: read(folder, name) for name in names}
    keys = set.intersection(*(set(r) for r in results.values()))
    for d in sorted({key[1] for key in keys}):
        mine = {name: {f: [r[k] for k in sorted(keys) if k[:2] == (f, d)] for f in range(1, 25)} for name, r in results.items()}
        runs = sum(key[1] == d for key in keys)
        shares = ", ".join(f"{name} {sum(map(solved, mine[name].values()))}" for name in names)
        few = sum(key[1] == d and key[2] <= 5 for key in keys)
        first = ", ".join(f"{n} {solved([r[k] for k in keys if k[1] == d and k[2] <= 5])}" for n, r in results.items())
        print(f"\n## {d}-D: of {runs} runs solved: {shares}" + (f"; of {few} on instances 1 to 5: {first}" if 0 < few < runs else ""))
        print(f"\n| group | runs |" + "".join(f" {n} solved |" for n in names) + "".join(f" {n} ERT / n |" for n in names))
        print("|---|---|" + "---|" * 2 * len(names))
        for group, functions in GROUPS:
            rows = {n: [r for f in functions for r in mine[n][f]] for n in names}
            print(f"| {group} | {len(rows[names[0]])} |" + "".join(f" {solved(rows[n])} |" for n in names) +
                  "".join(f" {number(running_time(rows[n]) / d)} |" for n in names))
        print(f"\n| function | runs |" + "".join(f" {n} solved |" for n in names) + " Fisher's p |" +
              "".join(f" {n} ERT |" for n in names) + " ratio |" + "".join(f" {n} median |" for n in names) + " ratio |")
        print("|---|---|" + "---|" * (3 * len(names) + 3))
        for f in range(1, 25):
            rows = [mine[n][f] for n in names]
            counts, times = [solved(r) for r in rows], [running_time(r) for r in rows]
            medians = [statistics.median([r["1e-08"] for r in q if r["1e-08"]] or [math.inf]) for q in rows]
            p = fisher(counts[0], counts[1], len(rows[0]), len(rows[1])) if len(names) > 1 and rows[0] else math.nan
            ratios = [x[0] / x[1] if len(names) > 1 and math.isfinite(x[1]) else math.nan for x in (times, medians)]
            print(f"| f{f} | {len(rows[0])} |" + "".join(f" {c} |" for c in counts) + f" {p:.3f} |" +
                  "".join(f" {number(t)} |" for t in times) + f" {number(ratios[0])} |" +
                  "".join(f" {number(m)} |" for m in medians) + f" {number(ratios[1])} |")


def whole_numbers(text):
    ends = [list(map(int, part.split("-"))) for part in text.split(",")]
    return [k for e in ends for k in range(e[0], e[-1] + 1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dimensions", type=whole_numbers, default=[5, 10, 2, 3, 20, 40], help="in this order")
    parser.add_argument("--instances", type=whole_numbers, help="default: 1-15 for 5-D and 10-D, 1-5 for others")
    parser.add_argument("--solvers", type=lambda text: text.split(","), default=["rl", "pycma"])
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--name", help="of the results, where not the solver's")
    parser.add_argument("--set", action="append", default=[], help="an option of bbob.lua, as NAME=VALUE")
    parser.add_argument("--rlrun", default=os.environ.get("RLRUN", str(HERE.parent.parent / "build/rlrun")))
    parser.add_argument("--report", nargs="+", metavar="NAME", help="only report on these results")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = options.folder.resolve()
    if options.work:
        return work_pycma(options.work == "pycma")
    if not options.report:
        folder.mkdir(parents=True, exist_ok=True)
        prepare(folder)
        run_all(folder, options)
    report(folder, options.report or ([options.name] if options.name else options.solvers))


if __name__ == "__main__":
    main()
