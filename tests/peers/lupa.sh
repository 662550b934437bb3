#!/bin/sh
# The module inside of Python, by lupa. Outside of ctest: it installs lupa and numpy, in a folder that it removes.
#
#   tests/peers/lupa.sh BUILD
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet lupa==2.8 numpy
export LUA_PATH="$here/../../lua/?.lua;$here/../../lua/?/init.lua" LUA_CPATH="$build/?.so"
cd "$work"
"$work/venv/bin/python" "$here/in_python.py"
"$work/venv/bin/python" "$here/closing.py"
n=0
while [ $n -lt 100 ]; do # and the end of Python
  "$work/venv/bin/python" "$here/closing.py" 1 >/dev/null
  n=$((n + 1))
done
echo "Python ended $n times"
