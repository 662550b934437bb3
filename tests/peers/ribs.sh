#!/bin/sh
# MAP-Elites and CMA-ME beside pyribs on the linear projection of a sphere, which pyribs documents too. Outside of ctest:
# it installs ribs from PyPI into a temporary folder.
#
#   tests/peers/ribs.sh BUILD [EVALUATIONS [SEEDS]]
set -eu
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet ribs
"$build/rlrun" --quiet "$root/scripts/bench/illuminate.lua" --set evaluations="${2:-50000}" --set seeds="${3:-10}" >"$work/ours"
OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "$work/venv/bin/python" "$root/tests/peers/beside_ribs.py" "$work/ours" "${2:-50000}" "${3:-10}"
