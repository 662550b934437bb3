#!/bin/sh
# What the module exports: exports.sh core.so
[ -z "$RL_SANITIZE" ] || { echo "skipped: sanitizers"; exit 77; }
names=$(nm -D --defined-only "$1" | sed 's/.* //')
[ "$names" = luaopen_rl_core ] && echo "luaopen_rl_core alone" || echo "exported: $names"
