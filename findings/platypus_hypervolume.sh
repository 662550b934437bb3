#!/bin/sh
# Platypus 1.4.1 (PyPI Platypus-Opt), its Hypervolume indicator. Guess: a problem that is maximised has the hypervolume of its negative
# minimised, as pymoo 0.6.2 computes it; one more solution never takes any away, and it is not below 0. Seen: so it is as long as all
# solutions lie in the range that is named, or that of the reference set. Minimised, what lies outside is cut to the range. Maximised,
# a solution that is better than the range in one objective is left out, so that a front which beats the reference set everywhere
# has a hypervolume of 0; and one that is worse than the range counts with the area beyond, negatively. Returns are maximised, and a
# reference set is what one wants to beat: the curve of a search that goes on improving falls.
. "$(dirname "$0")/lib.sh"
pypi Platypus-Opt==1.4.1 pymoo==0.6.2 numpy==2.4.6
seen=$(run_python - <<'PY'
import numpy as np
from platypus import Direction, Hypervolume, Problem, Solution
from pymoo.indicators.hv import HV

def solutions(returns, direction):
    problem = Problem(1, 2)
    problem.directions[:] = [direction] * 2
    for one in returns:
        solution = Solution(problem)
        solution.objectives[:] = one if direction == Direction.MAXIMIZE else [-r for r in one]
        solution.evaluated = solution.feasible = True
        yield solution

def hypervolume(returns, direction, **bounds):
    return Hypervolume(**bounds)(list(solutions(returns, direction)))

inside = [[.8, .4], [.5, .7], [.3, .9]]
fronts = {"inside the range of 0 to 1": inside, "and one more, (1.01, .5)": inside + [[1.01, .5]],
          "and one more, (-.5, .95)": inside + [[-.5, .95]], "one alone, (-.5, .95)": [[-.5, .95]]}
for name, returns in fronts.items():
    maximised = hypervolume(returns, Direction.MAXIMIZE, minimum=[0, 0], maximum=[1, 1])
    minimised = hypervolume(returns, Direction.MINIMIZE, minimum=[-1, -1], maximum=[0, 0])
    print(f"{name}: maximised {maximised:.3f}, its negative minimised {minimised:.3f}, pymoo {HV(ref_point=np.zeros(2))(-np.array(returns)):.3f}")

reference = [[0, 1], [.6, .6], [1, 0]]
for better in 0, .2, .5, 1:
    returns = [[r + better for r in one] for one in reference]
    values = [hypervolume(returns, direction, reference_set=list(solutions(reference, direction)))
              for direction in (Direction.MAXIMIZE, Direction.MINIMIZE)]
    print(f"reference set and {better:g} in each return: maximised {values[0]:.3f}, its negative minimised {values[1]:.3f}")
PY
)
expect "$seen" "inside the range of 0 to 1: maximised 0.530, its negative minimised 0.530, pymoo 0.530
and one more, (1.01, .5): maximised 0.530, its negative minimised 0.660, pymoo 0.665
and one more, (-.5, .95): maximised 0.505, its negative minimised 0.530, pymoo 0.530
one alone, (-.5, .95): maximised -0.475, its negative minimised 0.000, pymoo 0.000
reference set and 0 in each return: maximised 0.360, its negative minimised 0.360
reference set and 0.2 in each return: maximised 0.640, its negative minimised 0.720
reference set and 0.5 in each return: maximised 0.000, its negative minimised 1.000
reference set and 1 in each return: maximised 0.000, its negative minimised 1.000"
