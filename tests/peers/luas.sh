#!/bin/sh
# Exported brains under Lua 5.5, which lupa brings along, and Luau:
#   tests/peers/luas.sh [rlrun [luau]]
# Not one of ctest's: it wants python3 with venv and a package of PyPI, and luau, a program of Luau, or else its sources
# from GitHub and some minutes to build it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rlrun=$(realpath "${1:-$here/../../build/rlrun}")
luau=${2:-$(command -v luau || true)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "$luau" ]; then
  git clone --quiet --depth 1 https://github.com/luau-lang/luau "$work/luau"
  cmake -S "$work/luau" -B "$work/luau/build" -DCMAKE_BUILD_TYPE=Release -DLUAU_BUILD_TESTS=OFF >"$work/log"
  cmake --build "$work/luau/build" --parallel --target Luau.Repl.CLI >>"$work/log" || { tail "$work/log"; exit 1; }
  luau=$work/luau/build/luau
fi
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet lupa==2.8
"$rlrun" "$here/cases.lua" --folder "$work" --rows 1000
"$work/venv/bin/python" "$here/luas.py" "$work" "$luau"
