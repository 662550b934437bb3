#!/bin/sh
# The end of the interpreter after work on two threads, 100 times: end.sh train.lua
[ -z "$RL_SANITIZE" ] || { echo "skipped: sanitizers"; exit 77; }
n=0
while [ $n -lt 100 ]; do
  "$LUA" "$1" || { echo "failed at the end of run $((n + 1)): status $?"; exit 1; }
  n=$((n + 1))
done
echo "ended $n times"
