#!/bin/sh
# evalica 0.4.2 (PyPI), which rates players from a table of bouts. Guess: somebody who has won or lost all bouts gets the highest or
# the lowest score, or the table is refused, for Bradley-Terry has no finite score for him; and without draws newman() is
# bradley_terry(). Seen, without a warning: one unbeaten player of three, or one without a win, and bradley_terry rates all three
# 1e-06, its tolerance, whatever the other two have won of each other. newman without a draw rates two players who have won 75 and
# 25 equal, 1 and 1; after an odd number of iterations it says 3 and 1/3. Of one new player against three old ones its scores never
# settle, either; the only sign is that `iterations` is the limit. Three who all meet are right in both. A league where a new
# policy wins all, or plays a pool that does not play itself, is such a table: add a draw to each pair before it is rated.
. "$(dirname "$0")/lib.sh"
pypi evalica==0.4.2 pandas==3.1.1 numpy==2.4.6
seen=$(run_python - <<'PY'
import evalica
from evalica import Winner

def rate(name, bouts, draws=0):
    rows = [(a, b, Winner.X) for (a, b), n in bouts.items() for _ in range(n)]
    rows += [(a, b, Winner.Draw) for a, b in bouts if a < b or (b, a) not in bouts for _ in range(draws)]
    first, second, winner = zip(*rows)
    print(name)
    for method, options in (evalica.bradley_terry, {}), (evalica.newman, {}), (evalica.newman, {"limit": 101}):
        result = method(first, second, winner, **options)
        settled = "" if result.iterations < options.get("limit", 100) else " (not settled)"
        print(f"  {method.__name__}{options or ''}:", ", ".join(f"{who} {score:.3g}" for who, score in sorted(result.scores.items())) + settled)

meet = {("a", "b"): 75, ("b", "a"): 25, ("b", "c"): 75, ("c", "b"): 25, ("a", "c"): 90, ("c", "a"): 10}
rate("three meet", meet)
unbeaten = {("a", "b"): 10, ("a", "c"): 10, ("b", "c"): 8, ("c", "b"): 2}
rate("a unbeaten", unbeaten)
rate("a unbeaten, a draw for each pair", unbeaten, draws=1)
rate("a without a win", {("b", "a"): 10, ("c", "a"): 10, ("b", "c"): 8, ("c", "b"): 2})
rate("two players", {("a", "b"): 75, ("b", "a"): 25})
rate("n against three", {("n", "a"): 90, ("a", "n"): 10, ("n", "b"): 50, ("b", "n"): 50, ("n", "c"): 20, ("c", "n"): 80})
PY
)
expect "$seen" "three meet
  bradley_terry: a 3, b 1, c 0.333
  newman: a 3, b 1, c 0.333
  newman{'limit': 101}: a 3, b 1, c 0.333
a unbeaten
  bradley_terry: a 1e-06, b 1e-06, c 1e-06
  newman: a 1e-06, b 1e-06, c 1e-06 (not settled)
  newman{'limit': 101}: a 1.8e+308, b 6.67e-07, c 1.11e-07 (not settled)
a unbeaten, a draw for each pair
  bradley_terry: a 8.32, b 0.602, c 0.2
  newman: a 21.7, b 0.656, c 0.162
  newman{'limit': 101}: a 21.7, b 0.656, c 0.162
a without a win
  bradley_terry: a 1e-06, b 1e-06, c 1e-06 (not settled)
  newman: a 1e-06, b 6, c 2.25 (not settled)
  newman{'limit': 101}: a 0, b 9, c 1.5 (not settled)
two players
  bradley_terry: a 1.73, b 0.577
  newman: a 1, b 1 (not settled)
  newman{'limit': 101}: a 3, b 0.333 (not settled)
n against three
  bradley_terry: a 0.136, b 1.22, c 4.9, n 1.22
  newman: a 0.127, b 1.14, c 4.57, n 1 (not settled)
  newman{'limit': 101}: a 0.111, b 1, c 4, n 1.14 (not settled)"
