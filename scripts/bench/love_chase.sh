#!/bin/sh
# The game scripts/love/chase, measured: does it learn, does trainer:advance keep to its budget, what is left of the frame
# rate, and is what it has learnt the same as without slices?
#
#   scripts/bench/love_chase.sh BUILD [SECONDS] [BUDGET]      BUILD: for luajit; 60 s; 4 ms a frame
#
# LOVE 11 under Xvfb, three times: an empty window, the game, and as many iterations at a stroke. Exits 1 when a call of
# advance takes longer than BUDGET + 4 ms of its own thread's time, when the return does not rise, or when the parameters
# differ from those at a stroke.
set -eu
[ $# -ge 1 ] || { sed -n '5s/^# *\(.*BUDGET\]\).*/usage: \1/p' "$0" >&2; exit 2; }
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
export CHASE_SECONDS="${2:-60}" CHASE_BUDGET="${3:-4}" CHASE_GAME="$root/scripts/love/chase"
export LUA_PATH="$CHASE_GAME/?.lua;$root/lua/?.lua;$root/lua/?/init.lua;;" LUA_CPATH="$build/?.so;;"
run() { CHASE_MODE=$1 xvfb-run -a -s "-screen 0 1024x768x24" love "$root/scripts/bench/love_chase" 2>&1 | sed "s/^/$1: /"; }

echo "load: $(uptime | sed 's/.*load average: //'), $(nproc) cores"
run empty
game=$(run slices)
echo "$game"
CHASE_ITERATIONS=$(echo "$game" | sed -n 's/^slices: updates \([0-9]*\),.*/\1/p')
export CHASE_ITERATIONS
piece=$(run piece)
echo "$piece"
echo "load: $(uptime | sed 's/.*load average: //')"

longest=$(echo "$game" | sed -n "s/.*its thread's time.*longest \([0-9.]*\) ms/\1/p")
learnt=$(echo "$game" | sed -n 's/^slices: updates //p')
fail=0
awk "BEGIN { exit !($longest <= $CHASE_BUDGET + 4) }" || { echo "advance took $longest ms" >&2; fail=1; }
echo "$learnt" | awk '{ exit !($8 > $3) }' || { echo "the return does not rise" >&2; fail=1; }
[ "$learnt" = "$(echo "$piece" | sed -n 's/^piece: updates //p')" ] || { echo "not the same as at a stroke" >&2; fail=1; }
exit $fail
