# pyribs on the problem of scripts/bench/illuminate.lua, and both side by side: Welch's t of coverage and QD score over
# the seeds. beside_ribs.py FILE-OF-OURS EVALUATIONS SEEDS
import re, statistics, sys
import numpy as np
from ribs.archives import GridArchive
from ribs.emitters import EvolutionStrategyEmitter, GaussianEmitter, IsoLineEmitter
from ribs.schedulers import Scheduler

N, CELLS, WIDEST, SHIFT, BATCH = 20, 100, 5.12, 2.048, 36
REACH = N / 2 * WIDEST
ours_file, evaluations, seeds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def evaluate(x):
    worst = N * (WIDEST + SHIFT) ** 2
    folded = np.where(np.abs(x) <= WIDEST, x, WIDEST / np.where(x == 0, 1, x))
    values = 100 * (worst - ((x - SHIFT) ** 2).sum(axis=1)) / worst
    return values, np.stack([folded[:, : N // 2].sum(axis=1), folded[:, N // 2 :].sum(axis=1)], axis=1)


def strategies(archive, seed, count):
    return [EvolutionStrategyEmitter(archive, x0=np.zeros(N), sigma0=0.5, ranker="2imp", selection_rule="filter",
                                     restart_rule="no_improvement", batch_size=BATCH, seed=1000 * seed + i)
            for i in range(count)]


EMITTERS = {
    "map_elites, gaussian": lambda a, seed: [GaussianEmitter(a, sigma=0.5, x0=np.zeros(N), batch_size=BATCH, seed=seed)],
    "map_elites, line": lambda a, seed: [IsoLineEmitter(a, iso_sigma=0.1, line_sigma=0.2, x0=np.zeros(N),
                                                        batch_size=BATCH, seed=seed)],
    "cma_me, 5 emitters": lambda a, seed: strategies(a, seed, 5),
    "cma_me, 15 emitters": lambda a, seed: strategies(a, seed, 15),
}


def run(name, seed):
    archive = GridArchive(solution_dim=N, dims=[CELLS, CELLS], ranges=[(-REACH, REACH)] * 2, seed=seed)
    scheduler, done = Scheduler(archive, EMITTERS[name](archive, seed)), 0
    while done < evaluations:
        x = scheduler.ask()
        scheduler.tell(*evaluate(x))
        done += len(x)
    return float(archive.stats.coverage), float(archive.stats.qd_score)


def welch(a, b):
    spread = (statistics.variance(a) / len(a) + statistics.variance(b) / len(b)) ** 0.5
    return (statistics.mean(a) - statistics.mean(b)) / spread


ours = {}
for line in open(ours_file):
    match = re.match(r"(.*?) +seed \d+: \d+ evaluations, coverage ([\d.]+), QD score ([\d.]+)", line)
    if match:
        ours.setdefault(match[1], []).append((float(match[2]), float(match[3])))
for name in EMITTERS:
    peers = [run(name, seed) for seed in range(1, seeds + 1)]
    for k, what in enumerate(["coverage", "QD score"]):
        a, b = [row[k] for row in ours[name]], [row[k] for row in peers]
        print(f"{name:20} {what:8}: ours {statistics.mean(a):.6g} +- {statistics.stdev(a):.2g}, "
              f"pyribs {statistics.mean(b):.6g} +- {statistics.stdev(b):.2g}, t {welch(a, b):+.2f}", flush=True)
