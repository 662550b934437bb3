#!/bin/sh
# PPO on Pendulum beside rl_tools' own benchmark: 303,104 steps (4 copies x 1024, minibatches of 256, 2 epochs, 64-64 nets
# with ReLU, normalised observations, gamma .9), one thread each, CPU seconds of the training loops alone, in turn; the
# least of the rounds.
#
#   scripts/bench/rl_tools.sh [ROUNDS] [FOLDER]
#
# Fetches rl_tools into FOLDER unless it is there. Its benchmark as it stands includes no file of its products by BLAS: that
# line is added, and the clock around the loop.
set -eu
rounds=${1:-5}
folder=${2:-${TMPDIR:-/tmp}/rl_tools}
commit=9acdf5c83cf2e7f2871cc4c37d002d5e3666d723
here=$(cd "$(dirname "$0")" && pwd)
rlrun=${RLRUN:-$here/../../build/rlrun}
[ -e "$folder/include" ] || git clone --quiet https://github.com/rl-tools/rl-tools "$folder"
git -C "$folder" checkout --quiet $commit 2>/dev/null || echo "not the commit that was measured: $commit" >&2

source=$folder/src/rl/environments/pendulum/ppo/cpu
awk '
  NR == 1 { print "#include <time.h>" }
  /while\(!rlt::step\(device, ts\)\)/ {
    print "    struct timespec begun, ended;"
    print "    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begun);"
  }
  /"PPO steps: "/ {
    print "    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);"
    print "    printf(\"%.4f\\n\", (double)(ended.tv_sec - begun.tv_sec) + 1e-9 * (double)(ended.tv_nsec - begun.tv_nsec));"
  }
  { print }
  /adam\/instance\/operations_generic.h/ { print "#include <rl_tools/nn/operations_cpu_mux.h>" }
' "$source/training.cpp" >"$source/timed.cpp"
g++ -std=c++17 -Ofast -march=native -w -I "$folder/include" -DRL_TOOLS_BACKEND_ENABLE_OPENBLAS \
    -DRL_TOOLS_DISABLE_TENSORBOARD -DBENCHMARK "$source/timed.cpp" $(pkg-config --cflags --libs openblas) \
    -o "$folder/timed"

least() { sort -n | head -n 1; }
export OPENBLAS_NUM_THREADS=1
theirs='' ours=''
for round in $(seq "$rounds"); do
  theirs="$theirs $("$folder/timed" | grep -E '^[0-9]+\.[0-9]+$')"
  ours="$ours $("$rlrun" --quiet --threads 1 "$here/pendulum.lua" --set seeds=1 --set like_rl_tools=true |
               sed -n 's/^CPU seconds: //p')"
done
theirs=$(printf '%s\n' $theirs | least)
ours=$(printf '%s\n' $ours | least)
"$rlrun" --version --verbose
echo "rl_tools $theirs s, rlrun $ours s: $(awk "BEGIN { printf \"%.2f\", $ours / $theirs }")"
