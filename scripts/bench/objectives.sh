#!/bin/sh
# Constraints and several objectives beside pycma, DEAP and comocma, from the same starts: the tables of RESULTS.md.
#
#   scripts/bench/objectives.sh BUILD [RUNS [FOLDER]]      20 runs take an hour, comocma most of it
#
# The peers are installed into a folder that is removed at the end. FOLDER keeps what each run gave.
set -eu
build=$(cd "$1" && pwd)
runs=${2:-20}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
kept=${3:-$work}
mkdir -p "$kept"
kept=$(cd "$kept" && pwd)
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet cma==4.5.0 comocma==0.6.0 deap==1.4.4 moarchiving==1.1.0 numpy==2.4.6
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
cd "$work"
"$build/rlrun" "$here/objectives.lua" --set "runs=$runs" --set "csv=$kept/rl.csv"
for peer in pycma deap comocma; do
  rm -f "$kept/$peer.csv"
  "$work/venv/bin/python" "$here/objectives_peers.py" "$peer" "$runs" "$kept/$peer.csv"
done
"$work/venv/bin/python" "$here/objectives_peers.py" table "$kept"/*.csv
