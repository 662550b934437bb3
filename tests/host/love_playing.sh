#!/bin/sh
# The game chase writes down its player, and the game sumo is lost by whoever does nothing: love_playing.sh (RL_LUA: what the
# module is for)
[ -z "$RL_SANITIZE" ] || { echo "skipped: sanitizers"; exit 77; }
[ "$RL_LUA" = luajit ] || { echo "skipped: a module for $RL_LUA"; exit 77; }
command -v love >/dev/null && command -v xvfb-run >/dev/null || { echo "skipped: no love or no xvfb-run"; exit 77; }
host=$(cd "$(dirname "$0")" && pwd)
games=$(cd "$host/../../scripts/love" && pwd)
CHASE_GAME=$games/chase
HOME=$(mktemp -d)
export CHASE_GAME HOME XDG_DATA_HOME="$HOME" XDG_RUNTIME_DIR="$HOME" SDL_AUDIODRIVER=dummy LUA_PATH="$CHASE_GAME/?.lua;$LUA_PATH"
trap 'rm -rf "$HOME"' EXIT
play() { timeout 120 xvfb-run -a -s "-screen 0 1024x768x24" love "$1"; }
SUMO_SECONDS=6 play "$games/sumo" | tee "$HOME/sumo"
grep -q "^0 won, [1-9][0-9]* lost" "$HOME/sumo" || exit 1
play "$host/love_playing"
