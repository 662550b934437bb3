#!/bin/sh
# spm1d 0.4.55 (PyPI), tests of whole curves as biomechanics uses them, beside scipy 1.17.1. Guess: ttest2 with equal_var=False, the default,
# is Welch's test, so that of two groups alike in the mean 5 % are found to differ. Seen: the degrees of freedom are corrected, the t
# value stays that of the pooled variance. For groups of one size the two are the same. Six that spread widely beside twenty that
# do not get p .02 where Welch's test has .17, and the other way round .35 where it has .10. Where the small group is the wide one, of
# two groups alike 21 % are found to differ, and 35 % of whole curves; where it is the narrow one, none. No warning. Few
# patients beside many controls, or few seeds of a method that varies beside many of one that does not, get a difference that is not there.
. "$(dirname "$0")/lib.sh"
pypi spm1d==0.4.55 scipy==1.17.1 numpy==2.4.6
seen=$(run_python - <<'PY'
import numpy as np
import spm1d
from scipy import stats

random = np.random.default_rng(1)

def group(count, deviation, points):
    """Curves of one mean, 0, whose values are correlated over about 20 of 101 points, or single numbers."""
    if points == 1:
        return deviation * random.standard_normal(count)
    weights = np.exp(-np.arange(-24, 25)**2 / (2 * 8.5**2))
    noise = random.standard_normal((count, points + 48))
    return deviation * np.array([np.convolve(x, weights / np.linalg.norm(weights), "valid") for x in noise])

few, many = np.array([-1.5, 4, 5.5, 0, 4.5, -.5]), np.linspace(-1.5, 1.5, 20)
for name, a, b in ("few and wide", few, many), ("few and narrow", np.linspace(.5, 1.5, 6), 2.7 * many):
    said = spm1d.stats.ttest2(a, b).inference(.05, two_tailed=True)
    pooled, welch = (stats.ttest_ind(a, b, equal_var=equal) for equal in (True, False))
    print(f"{name}: spm1d {said.z:.2f} of {said.df[1]:.1f} degrees of freedom, p {said.p:.2f}; scipy {welch.statistic:.2f} "
          f"of {welch.df:.1f}, p {welch.pvalue:.2f}; pooled {pooled.statistic:.2f}")

for points, trials in (1, 2000), (101, 250):
    for sizes in ((6, 3), (20, 1)), ((6, 1), (20, 3)), ((10, 3), (10, 1)), ((6, 1), (20, 1)):
        found = welch = 0
        for _ in range(trials):
            a, b = (group(*size, points) for size in sizes)
            found += bool(spm1d.stats.ttest2(a, b).inference(.05, two_tailed=True).h0reject)
            welch += stats.ttest_ind(a, b, equal_var=False).pvalue < .05 if points == 1 else 0
        print(f"{points} points, {sizes[0][0]} of deviation {sizes[0][1]} and {sizes[1][0]} of {sizes[1][1]}, no difference: "
              f"found by spm1d {100 * found / trials:.0f} %" + (f", by scipy {100 * welch / trials:.0f} %" if points == 1 else ""))
PY
)
expect "$seen" "few and wide: spm1d 2.68 of 9.1 degrees of freedom, p 0.02; scipy 1.61 of 5.3, p 0.17; pooled 2.68
few and narrow: spm1d 0.95 of 19.3 degrees of freedom, p 0.35; scipy 1.71 of 21.5, p 0.10; pooled 0.95
1 points, 6 of deviation 3 and 20 of 1, no difference: found by spm1d 21 %, by scipy 5 %
1 points, 6 of deviation 1 and 20 of 3, no difference: found by spm1d 0 %, by scipy 5 %
1 points, 10 of deviation 3 and 10 of 1, no difference: found by spm1d 6 %, by scipy 6 %
1 points, 6 of deviation 1 and 20 of 1, no difference: found by spm1d 5 %, by scipy 5 %
101 points, 6 of deviation 3 and 20 of 1, no difference: found by spm1d 35 %
101 points, 6 of deviation 1 and 20 of 3, no difference: found by spm1d 0 %
101 points, 10 of deviation 3 and 10 of 1, no difference: found by spm1d 7 %
101 points, 6 of deviation 1 and 20 of 1, no difference: found by spm1d 4 %"
