#!/bin/sh
# The end of LOVE after work on two threads, with a third at work, 100 times: love_closing.sh (RL_LUA: what the module is for)
[ -z "$RL_SANITIZE" ] || { echo "skipped: sanitizers"; exit 77; }
[ "$RL_LUA" = luajit ] || { echo "skipped: a module for $RL_LUA"; exit 77; }
command -v love >/dev/null && command -v xvfb-run >/dev/null || { echo "skipped: no love or no xvfb-run"; exit 77; }
RL_HOST=$(cd "$(dirname "$0")" && pwd)
export RL_HOST
cat <<'END' | xvfb-run -a -s "-screen 0 640x480x24" sh
n=0
while [ $n -lt 100 ]; do
  love "$RL_HOST/love_closing" || { echo "failed at the end of run $((n + 1)): status $?"; exit 1; }
  n=$((n + 1))
done
echo "closed $n times"
END
