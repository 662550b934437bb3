#!/bin/sh
# Muscles of ours beside OpenSim's Thelen2003Muscle and Millard2012EquilibriumMuscle at the same points: prints the tables
# of envs/muscle/README.md, and fails where that says something else. Outside of ctest: it installs opensim, in a folder
# that it removes.
#
#   tests/peers/muscles.sh BUILD
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet opensim==4.6
cd "$work"
"$work/venv/bin/python" "$here/muscles.py" "$build/rlrun" "$here/muscles.lua" "$here/../../envs/muscle/README.md"
