#!/bin/sh
# Operations of tensors on one thread, beside numpy 2 (PyPI), in one run:
#
#   scripts/bench/tensor.sh [FOLDER]      needs python3 with venv; numpy goes into FOLDER, or a temporary one
#
# The two programs take turns. A figure is CPU time in us, the least of all rounds. numpy's product uses the OpenBLAS of
# its wheel; `sgemm` is that of the OpenBLAS that is linked here. BUILD: another folder than build. ROUNDS: turns, 3.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$root/build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
export OPENBLAS_NUM_THREADS=1

venv=${1:-$work/venv}
[ -d "$venv" ] || python3 -m venv "$venv"
"$venv/bin/pip" install -q numpy==2.2.6

for round in $(seq "${ROUNDS:-3}"); do
  "$build/rlrun" "$root/scripts/bench/tensor.lua" >> "$work/here"
  "$venv/bin/python" "$root/scripts/bench/tensor.py" 5 0.05 >> "$work/there"
done

awk -F '\t' '
  { key = $1 "\t" $2 }
  FNR == NR { if (!(key in there) || $3 < there[key]) there[key] = $3; next }
  !(key in here) { order[++n] = key; here[key] = $3 }
  $3 < here[key] { here[key] = $3 }
  END {
    printf "%8s  %-16s %12s %12s %8s\n", "numbers", "operation", "here, us", "numpy, us", "ratio"
    for (i = 1; i <= n; i++) {
      key = order[i]; split(key, part, "\t")
      if (part[2] == "sgemm") { printf "%8d  %-16s %12.3f\n", part[1], part[2], here[key]; continue }
      ratio = here[key] / there[key]; sum += log(ratio); size[part[1]] += log(ratio); count[part[1]]++; m++
      printf "%8d  %-16s %12.3f %12.3f %8.2f\n", part[1], part[2], here[key], there[key], ratio
    }
    for (s in size) printf "geometric mean at %d: %.2f\n", s, exp(size[s] / count[s])
    printf "geometric mean: %.2f\n", exp(sum / m)
  }' "$work/there" "$work/here"
