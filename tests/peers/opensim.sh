#!/bin/sh
# OpenSim reads the walk of a human on muscles through both of its readers, TimeSeriesTable and Storage, and pandas reads it
# as CSV: the same names and numbers in all, and as external loads. Outside of ctest: it installs opensim and pandas, in a
# folder that it removes.
#
#   tests/peers/opensim.sh BUILD
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet opensim==4.6 pandas
cd "$work"
for kind in sto mot csv; do
  "$build/rlrun" motion "$here/../../scripts/designs/human_1.3.lua" --seconds 5 --set reset_noise=0 --out "walk.$kind"
done
"$work/venv/bin/python" "$here/in_opensim.py"
