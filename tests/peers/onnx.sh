#!/bin/sh
# Exported models under onnxruntime, policies' files under numpy, and a policy's file that Python has edited:
#   tests/peers/onnx.sh [rlrun]
# Not one of ctest's: it wants python3 with venv and the packages of PyPI.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rlrun=$(realpath "${1:-$here/../../build/rlrun}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet onnx onnxruntime safetensors
"$rlrun" "$here/cases.lua" --folder "$work" --rows 2000
"$work/venv/bin/python" "$here/check.py" "$work"
"$work/venv/bin/python" "$here/edit.py" "$work/small.safetensors"
"$rlrun" "$here/edited.lua" "$work/small.safetensors"
