#!/bin/sh
# This module in the interpreters of other Luas that the machine has: require must fail and say why. Lua 5.1 and LuaJIT
# take each other's: versions.sh RL_LUA
[ -z "$RL_SANITIZE" ] || { echo "skipped: sanitizers"; exit 77; }
tried=0
for lua in lua5.1 lua5.2 lua5.3 lua5.4 lua5.5 luajit; do
  [ "$(echo $lua | sed 's/luajit/lua5.1/')" != "$(echo "lua$1" | sed 's/lualuajit/lua5.1/')" ] || continue
  command -v $lua >/dev/null || continue
  message=$($lua -e 'print(pcall(require, "rl"))' 2>&1)
  case $message in
    false*"built for another Lua"*) echo "refused: $lua" ;;
    *) echo "wrong: $lua: $message"; exit 1 ;;
  esac
  tried=$((tried + 1))
done
[ $tried -gt 0 ] || { echo "no other Lua on this machine"; exit 77; }
