#!/bin/sh
# What a generation of CMA-ES costs without the objective, from C, beside the C++ of fcmaes (PyPI), in one run:
#
#   scripts/bench/search_cost.sh [N ...]          default: 10 50 100 300; needs python3 with venv, and a compiler
#
# Both draw the default population and decompose by the tutorial's schedule, with one thread of BLAS; both are told random
# numbers. A figure is thread time, the least of several runs, in us; the two programs take turns. fcmaes goes into a
# temporary folder. BUILD: another folder than build. ROUNDS: how often, 3 by default; the medians are printed.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$root/build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export OPENBLAS_NUM_THREADS=1

cc -O2 -std=c11 -D_POSIX_C_SOURCE=200809L -I"$root/runtime" -I"$root/envs" "$root/scripts/bench/search_cost.c" \
  -o "$work/search_cost" -L"$build" -lrl -lm -Wl,-rpath,"$build"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q numpy
"$work/venv/bin/pip" install -q --no-deps fcmaes==2.1.0

# The generations of a run and the runs, for dimension $1
size() {
  if [ "$1" -le 20 ]; then echo "3000 10"; elif [ "$1" -le 60 ]; then echo "400 10"; else echo "$((20000 / $1)) 4"; fi
}

median() { sort -n "$1" | awk '{ x[NR] = $1 } END { print NR % 2 ? x[(NR + 1) / 2] : (x[NR / 2] + x[NR / 2 + 1]) / 2 }'; }

printf '%6s %12s %12s %8s\n' N "here, us" "fcmaes, us" ratio
for n in ${*:-10 50 100 300}; do
  : > "$work/here" && : > "$work/there"
  for round in $(seq "${ROUNDS:-3}"); do
    "$work/search_cost" "$n" $(size "$n") >> "$work/here"
    "$work/venv/bin/python" "$root/scripts/bench/search_cost.py" "$n" $(size "$n") >> "$work/there"
  done
  here=$(median "$work/here") there=$(median "$work/there")
  awk -v n="$n" -v a="$here" -v b="$there" 'BEGIN { printf "%6d %12.1f %12.1f %8.3f\n", n, a, b, a / b }'
done
