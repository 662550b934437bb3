#!/bin/sh
# Markers that ezc3d and c3d have written to C3D files are read with the numbers that both read: floats, integers, gaps,
# other measurements, 300 labels. And bvh reads the walk of a human as BVH: joints, frames, angles. Outside of ctest: it
# installs these, in a folder that it removes.
#
#   tests/peers/motion.sh BUILD
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet ezc3d==1.7.2 c3d==0.6.0 bvh==0.3
cd "$work"
"$work/venv/bin/python" "$here/motion_files.py" write
for file in *.c3d; do
  "$build/rlrun" "$here/markers.lua" "$file" >"$file.txt"
done
for kind in bvh csv; do
  "$build/rlrun" motion "$here/../../scripts/designs/human_1.3.lua" --seconds 2 --set reset_noise=0 --out "walk.$kind"
done
"$work/venv/bin/python" "$here/motion_files.py" compare
