#!/bin/sh
# TensorBoard reads a run while it grows, and one that is resumed: every tag, one curve, in both of its servers. Outside
# of ctest: it installs tensorboard, in a folder that it removes.
#
#   tests/peers/tensorboard.sh BUILD
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet tensorboard==2.21.0 setuptools
cd "$work"
"$work/venv/bin/python" "$here/in_tensorboard.py" "$build/rlrun" "$here" "$work/venv/bin/tensorboard"
