#!/bin/sh
# SAC beside that of Stable-Baselines3 2.9.2, in one run: gradient steps a second, and the return on Pendulum by steps, five
# seeds each. About 6 minutes on two quiet cores.
#
#   scripts/bench/sac.sh BUILD [PYTHON]        PYTHON has stable-baselines3
set -e
build=$1 python=${2:-python3} here=$(dirname "$0")
speeds=$(mktemp -d)
trap 'rm -rf "$speeds"' EXIT
for threads in 1 2; do "$python" "$here/sac_sb3.py" speed "$threads"; done > "$speeds/peer"
"$build/rlrun" --quiet "$here/sac.lua" --set csv=true > "$speeds/own"
echo "hidden  threads  steps/s  of sgemm (wall, CPU)  Stable-Baselines3  ratio"
while IFS=, read -r width threads rate _ _ _ _ wall cpu; do
  peer=$(awk -F, -v w="$width" -v t="$threads" '$1 == w && $2 == t { print $3 }' "$speeds/peer")
  awk -v w="$width" -v t="$threads" -v r="$rate" -v a="$wall" -v c="$cpu" -v p="$peer" \
    'BEGIN { printf "%-7d %-8d %7.0f  %13.2f, %.2f %18.0f %6.1f\n", w, t, r, a, c, p, r / p }'
done < "$speeds/own"
echo
echo "Pendulum, 64-64: first evaluation of -200 and more (steps), return after 10,000"
for seed in 1 2 3 4 5; do
  "$build/rlrun" --quiet --threads 1 --seed "$seed" "$here/sac_learn.lua" > "$speeds/own.$seed" &
  own=$!
  "$python" "$here/sac_sb3.py" pendulum "$seed" > "$speeds/peer.$seed"
  wait "$own"
  for who in own peer; do
    awk -F, -v who="$who" -v s="$seed" '$2 >= -200 && !first { first = $1 } { last = $2 }
      END { printf "seed %d %-4s %6s %8.1f\n", s, who, first ? first : "-", last }' "$speeds/$who.$seed"
  done
done
