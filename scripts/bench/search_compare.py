# Compares two files of runs (search_peer.sh): how often each solved a row, Fisher's exact test whether the first did so less
# often, medians of the evaluations of what was solved (with noise: of the value at the mean) and their ratio.
import math
import statistics
import sys


def read(path):
    rows = {}
    for line in open(path):
        name, _, solved, evaluations, value = line.split()
        rows.setdefault(name, []).append((solved == "1", int(evaluations), float(value)))
    return rows


def fisher(a, n, b, m):
    """Probability of at most a of n beside b of m, if both had the same chance."""
    ways = [math.comb(n, k) * math.comb(m, a + b - k) for k in range(max(0, a + b - m), min(n, a + b) + 1)]
    return sum(ways[: a - max(0, a + b - m) + 1]) / sum(ways)


def median(name, runs):
    found = [value if name.startswith("noise") else evaluations for solved, evaluations, value in runs if solved]
    return statistics.median(found) if found else math.nan


ours, peer = read(sys.argv[1]), read(sys.argv[2])
print("| row | rl | pycma | p | median rl | pycma | ratio | |\n|---|---|---|---|---|---|---|---|")
for name, runs in ours.items():
    others = peer.get(name, [])
    if not others:
        continue
    solved, theirs = sum(run[0] for run in runs), sum(run[0] for run in others)
    p, own, other = fisher(solved, len(runs), theirs, len(others)), median(name, runs), median(name, others)
    good = p >= 0.05 and not own / other > 1.05
    print(f"| {name} | {solved} of {len(runs)} | {theirs} of {len(others)} | {p:.2f} | {own:.4g} | {other:.4g} "
          f"| {own / other:.2f} | {'' if good else 'worse'} |")
