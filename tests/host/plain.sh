#!/bin/sh
# Runs a script with the interpreter itself, which has no sanitizer's runtime: plain.sh script.lua [...]
[ -z "$RL_SANITIZE" ] || { echo "skipped: sanitizers"; exit 77; }
exec "$LUA" "$@"
