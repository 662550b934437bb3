#!/bin/sh
# Ends runs at random moments by SIGKILL, resumes them on 1 or 2 threads in turn, and compares what they leave with the
# run that nobody ended: policy, search, design, what the script prints behind its loop, and progress.csv but for its
# columns of time. No file may be unreadable, and nothing may be left over.
#
#   scripts/bench/kill_resume.sh [kills a case] [case ...]        default: 25 kills of each of 8 cases
#
# RLRUN: the rlrun to test, build/rlrun by default. SIGNAL: another than KILL. Exit status 1 when a run differs.
root=$(cd "$(dirname "$0")/../.." && pwd)
rlrun=${RLRUN:-$root/build/rlrun}
kills=${1:-25}
[ $# -gt 0 ] && shift
cases=${*:-ppo trpo grpo a2c_lua cmaes ars codesign motors}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/check.lua" <<'L'
local core = require "rl.core"
for _, folder in ipairs { arg[1], arg[1] .. "/checkpoints" } do
  for _, name in ipairs(assert(core.list_directory(folder))) do
    if name:find("^%.rl") then error("left over: " .. name) end
    if name:find("%.safetensors$") then assert(core.read_archive(folder .. "/" .. name)) end
  end
end
L

# What is run: its time is mostly that of waiting, so that a kill can come between any two things.
start() { # threads, folder
  threads=$1 out=$2
  case $name in
    ppo) set -- "$root/tests/resume/ppo.lua" --set slow=0.03 ;;
    trpo) set -- "$root/tests/resume/method.lua" --set slow=0.03 ;;
    grpo) set -- "$root/tests/resume/method.lua" --set slow=0.03 --set method=grpo ;;
    a2c_lua) set -- "$root/tests/resume/method.lua" --set slow=0.03 --set method=a2c --set env=lua ;;
    cmaes) set -- "$root/scripts/cmaes_walk.lua" --set generations=12 --set popsize=6 ;;
    ars) set -- "$root/scripts/ars.lua" --set env=hopper --set iterations=12 --set test_every=4 --set test_episodes=2 ;;
    codesign) set -- "$root/scripts/codesign.lua" --set seeds=1 --set generations=6 --set popsize=6 --set test_episodes=2 ;;
    motors) set -- "$root/scripts/codesign.lua" --set seeds=1 --set generations=6 --set popsize=6 --set test_episodes=2 \
              --set actuation=motors ;;
    *) echo "no case $name" >&2; exit 2 ;;
  esac
  exec "$rlrun" --quiet --threads "$threads" --checkpoint 0 --out "$out" "$@"
}

progress() { # file: without its columns of time
  awk -F, 'NR == 1 {for (n = 1; n <= NF && $n != "seconds"; n++);}
           {line = $1; for (i = 2; i < n; i++) line = line "," $i; print line}' "$1"
}

behind() { grep -v seconds "$1"; }

# Whether two folders and what was printed are the same.
compare() {
  for file in policy.safetensors search.safetensors design.lua; do
    [ -e "$1/$file" ] || continue
    cmp "$1/$file" "$2/$file" || return 1
  done
  progress "$1/progress.csv" > "$work/a"
  progress "$2/progress.csv" > "$work/b"
  cmp "$work/a" "$work/b" || return 1
  behind "$3" > "$work/a"
  behind "$4" > "$work/b"
  cmp "$work/a" "$work/b" || return 1
  "$rlrun" --quiet "$work/check.lua" "$2"
}

now() { date +%s.%N; }
total=0 good=0 resumed=0
for name in $cases; do
  began=$(now)
  (start 2 "$work/whole") > "$work/whole.out" || { cat "$work/whole.out"; exit 1; }
  seconds=$(echo "$began $(now)" | awk '{print $2 - $1}')
  whole=$(echo "$work"/whole/*)
  n=0 same=0
  while [ $n -lt "$kills" ]; do
    n=$((n + 1))
    rm -rf "$work/part"
    (start $((n % 2 + 1)) "$work/part") > /dev/null 2>&1 & process=$!
    sleep "$(awk -v seed="$n$(date +%N)" -v s="$seconds" 'BEGIN {srand(seed); print 0.02 + s * rand()}')"
    kill -"${SIGNAL:-KILL}" $process 2> /dev/null
    wait $process 2> /dev/null
    part=$(echo "$work"/part/*)
    if [ ! -e "$part/config.json" ]; then n=$((n - 1)); continue; fi # it had not begun
    ls "$part"/checkpoints/0*.safetensors > /dev/null 2>&1 && resumed=$((resumed + 1))
    if "$rlrun" --quiet --threads $(((n + n / 2) % 2 + 1)) --resume "$part" > "$work/part.out" 2> "$work/errors" &&
       compare "$whole" "$part" "$work/whole.out" "$work/part.out"; then
      same=$((same + 1))
    else
      cat "$work/errors"
      echo "$name: kill $n differs"
    fi
  done
  echo "$name: $same of $kills as the run that nobody ended ($seconds s)"
  total=$((total + kills)) good=$((good + same))
  rm -rf "$work/whole" "$work/part"
done
echo "$good of $total kills resumed to the same bytes; $resumed of them from a checkpoint"
[ "$good" = "$total" ]
