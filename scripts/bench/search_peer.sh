#!/bin/sh
# rl.cmaes beside pycma 4.5.0 on the same starts, both in this run, each on one thread:
#
#   scripts/bench/search_peer.sh [ROWS [RUNS [SEED [BUILD]]]]      all, 20, 1000000, build; ROWS may end in *
#
# Prints a table as in RESULTS.md. pycma comes from PyPI into a temporary folder that is removed; half an hour for all.
set -e
rows=${1:-all} runs=${2:-20} seed=${3:-1000000}
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${4:-$root/build}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q cma==4.5.0
nice "$folder/venv/bin/python" -W ignore "$root/scripts/bench/search_peer.py" "$rows" "$runs" "$seed" > "$folder/pycma" &
peer=$!
nice "$build/rlrun" "$root/scripts/bench/search_peer.lua" --set rows="$rows" --set runs="$runs" --set first="$seed" > "$folder/rl"
wait $peer
python3 "$root/scripts/bench/search_compare.py" "$folder/rl" "$folder/pycma"
