#!/bin/sh
# Runs a command, which must end well and print a line of this pattern: expect.sh PATTERN COMMAND [...]
pattern=$1
shift
output=$("$@" 2>&1)
status=$?
echo "$output"
[ $status -eq 0 ] || exit $status
echo "$output" | grep -qE "$pattern" || { echo "no line of the pattern: $pattern"; exit 1; }
