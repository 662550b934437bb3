#!/bin/sh
# Modules of other Luas, which other builds beside this one have made, in this interpreter: require must fail and say
# why. Lua 5.1 and LuaJIT take each other's. versions.sh BUILD ROOT
[ -z "$RL_SANITIZE" ] || { echo "skipped: sanitizers"; exit 77; }
lua_of() { sed -n 's/^RL_LUA:STRING=//p' "$1/CMakeCache.txt" 2>/dev/null | sed 's/luajit/5.1/'; }
own=$(lua_of "$1")
tried=0
for other in "$2"/build*; do
  [ -e "$other/rl/core.so" ] && [ -n "$(lua_of "$other")" ] && [ "$(lua_of "$other")" != "$own" ] || continue
  grep -q '^RL_SANITIZE:STRING=$' "$other/CMakeCache.txt" || continue
  message=$(LUA_CPATH="$other/?.so" "$LUA" -e 'local ok, m = pcall(require, "rl") print(ok, m)')
  case $message in
    false*"built for another Lua"*) echo "refused: the module for $(lua_of "$other")" ;;
    *) echo "wrong: the module for $(lua_of "$other"): $message"; exit 1 ;;
  esac
  tried=$((tried + 1))
done
[ $tried -gt 0 ] || { echo "skipped: no build for another Lua beside this one"; exit 77; }
