#!/bin/sh
# Exported creatures in LOVE 11 itself, and the game walker where there is a screen or Xvfb: love.sh rlrun sources
skip() { echo "skipped: $1"; exit 77; }
[ -z "$RL_SANITIZE" ] || skip sanitizers
love --version 2>/dev/null | grep -q "LOVE 11" || skip "no LOVE 11"
work=$(mktemp -d)
screen=
trap 'rm -rf "$work"; [ -z "$screen" ] || kill "$screen"' EXIT
mkdir "$work/home"
export HOME="$work/home" XDG_RUNTIME_DIR="$work/home" SDL_AUDIODRIVER=dummy
"$1" --quiet "$2/tests/host/love/make.lua" --folder "$work" || exit 1
env -u DISPLAY love "$2/tests/host/love" "$work" "$2/scripts/love/walker" || exit 1
command -v Xvfb >/dev/null || exit 0
Xvfb -displayfd 3 -screen 0 1024x768x24 3>"$work/display" >/dev/null 2>&1 &
screen=$!
until [ -s "$work/display" ] || ! kill -0 $screen 2>/dev/null; do sleep 0.1; done
DISPLAY=:$(cat "$work/display") WALKER_SECONDS=3 timeout 120 love "$2/scripts/love/walker" | grep "0 falls"
