#!/bin/sh
# Several ranks by MPI (rlrun --mpi), where MPI is: the same bytes for any number of them, and what ends a job.
#
#   tests/ranks/run.sh BUILD
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
rlrun=$build/rlrun
[ -f "$build/rl/mpi.so" ] && command -v mpirun >/dev/null || { echo "ranks: skipped: there is no MPI"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work"

# Ranks that share a core, by root, in a container.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export LC_ALL=C
unset OMP_NUM_THREADS
export ASAN_OPTIONS=detect_leaks=0 # MPI unloads the parts of it that leak: nobody can say any more which those were

fail() {
  echo "ranks: $*" >&2
  [ ! -f told ] || cat told >&2
  exit 1
}

# ranks N [arguments of rlrun]: what it says goes to `told`, its status to $status; more than five minutes are a hang.
ranks() {
  n=$1
  shift
  status=0
  timeout 300 mpirun -n "$n" "$rlrun" --mpi --threads 1 "$@" >told 2>&1 || status=$?
  [ $status -ne 124 ] || fail "$n ranks hang: $*"
}

says() { grep -q -- "$1" told || fail "not said: $1"; }

# Without the columns that measure: they are the last.
rows() {
  awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) kept[i] = $i !~ /^(seconds|steps_per_second|seconds_waited|bytes_sent)$/ }
           { line = ""; for (i = 1; i <= NF; i++) if (kept[i]) line = line "," $i; print line }' "$1"
}

# same FOLDER OTHER: the runs in them.
same() {
  for run in "$1"/*; do
    name=$(basename "$run" | sed 's/-.*//')
    other=$(echo "$2/$name"-*)
    rows "$run/progress.csv" >rows.a
    rows "$other/progress.csv" >rows.b
    cmp rows.a rows.b || fail "$name: other rows in $2"
    for file in policy search; do
      [ ! -f "$run/$file.safetensors" ] || cmp "$run/$file.safetensors" "$other/$file.safetensors" ||
        fail "$name: another $file in $2"
    done
  done
}

"$rlrun" --quiet --threads 2 --out threads "$here/all.lua"
[ "$(ls threads | wc -l)" -eq 8 ] || fail "8 runs expected"
for n in 2 3 7; do
  ranks $n --quiet --out "ranks$n" "$here/all.lua"
  [ $status -eq 0 ] || fail "$n ranks: status $status"
  same threads "ranks$n"
done
ranks 2 --threads 2 --quiet --out two_each "$here/all.lua" --only ppo
[ $status -eq 0 ] || fail "two ranks of two threads: status $status"
same two_each threads
head -n 1 ranks3/ppo-*/progress.csv | grep -q bytes_sent || fail "bytes are not counted"

# Batches are shared, those that are collected ahead (lag) too: a rank gives what it has stepped.
for run in ppo lag sac world judged; do
  awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "bytes_sent") column = i }
           NR > 1 && $column < 5000 { exit 1 }' ranks3/$run-*/progress.csv || fail "$run: samples do not travel"
done

# One rank, and no mpirun.
"$rlrun" --mpi --quiet --out alone "$here/all.lua" --only cmaes
same alone ranks3

SLURM_STEP_NUM_TASKS=4 "$rlrun" --mpi "$here/all.lua" >told 2>&1 && fail "tasks of srun that do not find each other"
says "srun --mpi=pmix"

# A rank is killed: the job ends, and its last save goes on on other numbers of ranks.
WHEN="ppo 2 1" WHAT="kill -9" ranks 2 --quiet --checkpoint 0 --out killed "$here/all.lua" --only ppo
[ $status -ne 0 ] || fail "a rank was killed, and the job ends well"
cp -R killed killed1
ranks 3 --quiet --resume killed/ppo-*
[ $status -eq 0 ] || fail "a killed job does not go on"
same killed threads
"$rlrun" --quiet --resume killed1/ppo-*
same killed1 threads
WHEN="lag 2 1" WHAT="kill -9" ranks 2 --quiet --checkpoint 0 --out killed_ahead "$here/all.lua" --only lag
ranks 3 --quiet --resume killed_ahead/lag-*
[ $status -eq 0 ] || fail "a killed job with a batch ahead does not go on"
same killed_ahead threads

# One rank is asked to stop: all do, behind the same iteration, and rank 0 saves.
WHEN="bodies 1 2" WHAT="kill -TERM" ranks 3 --out asked "$here/all.lua" --only bodies
[ $status -eq 143 ] || fail "asked to stop: status $status"
says "bodies stopped behind iteration 1"
ranks 2 --quiet --resume asked/bodies-*
same asked threads

# An error on one rank, in a reward that it alone asks, and in the script.
cat >reward.lua <<'END'
local rl = require "rl"
local function reward(s) return rl.ranks().rank == 1 and s.nothing or s.vx end
local env = rl.env("hopper", { n = 4, reward = reward })
local method = rl.ppo { env = env, policy = rl.policy(env), value = rl.value(env) }
local ok, message = pcall(method.collect, method, 8)
print("caught", ok, (message:gsub("\n.*", "")))
method:collect(8)
END
ranks 2 reward.lua
[ $status -eq 1 ] || fail "an error: status $status"
says "caught.*false.*rank 1: "
says 'rank 1: rlrun: .*unknown field "nothing"'
says "reward.lua:2: in function"
echo 'local rl = require "rl"; if rl.ranks().rank == 2 then error("here alone") end; rl.run {}' >script.lua
ranks 3 script.lua
says "rank 2: rlrun: script.lua:1: here alone"
says "in main chunk"

# Not the same numbers everywhere.
cat >clock.lua <<'END'
local rl = require "rl"
local env = rl.env("hopper", { time_limit = 0.1 })
local policy = rl.policy(env)
local es = rl.cmaes { x0 = policy.theta, sigma = 1, diagonal = true, popsize = 2, seed = math.floor(rl.time() * 1e9 % 2 ^ 50) }
local x = es:ask()
es:tell(x, (env:evaluate(policy, x)))
END
ranks 3 clock.lua
[ $status -eq 1 ] || fail "a clock: status $status"
says "generation 1 of rank 1 is not that of rank 0.*clock"
cat >apart.lua <<'END'
local rl = require "rl"
local env = rl.env("hopper", { n = 2, time_limit = 0.1 })
local method = rl.ppo { env = env, policy = rl.policy(env), value = rl.value(env) }
if rl.ranks().rank == 1 then rl.cmaes { x0 = { 1 }, sigma = 1 }:ask() else method:collect(4) end
END
ranks 2 apart.lua
says "the ranks do not do the same: rank 0 is at [a-z ]*, rank 1 at its end: "

# More ranks than candidates; another script; another kind of processor; no folder to write to, on rank 1 and on rank 0.
sed 's/seed = .* }$/seed = 1 }/' clock.lua >few.lua
ranks 3 few.lua
[ $status -eq 0 ] || fail "more ranks than candidates: status $status"
says "3 ranks for 2 episodes"
echo 'print("another")' >other.lua
timeout 300 mpirun -n 1 "$rlrun" --mpi few.lua : -n 1 "$rlrun" --mpi other.lua >told 2>&1 && fail "two scripts"
says "rank 1 has another script"
RL_KERNELS=plain "$rlrun" --version --verbose | grep -q "best here is plain" || {
  timeout 300 mpirun -n 1 "$rlrun" --mpi few.lua : -n 1 env RL_KERNELS=plain "$rlrun" --mpi few.lua >told 2>&1 &&
    fail "two kinds of kernels"
  says "rank 1 has another kind of processor"
}
timeout 300 mpirun -n 1 "$rlrun" --mpi --quiet --out one "$here/all.lua" --only cmaes : \
  -n 1 "$rlrun" --mpi --quiet --out /proc/none "$here/all.lua" --only cmaes >told 2>&1 || fail "a rank that cannot write"
same one threads
ranks 2 --out /proc/none "$here/all.lua" --only cmaes
[ $status -ne 0 ] || fail "nobody can write, and all is well"
says "rank 0: rl.run: cannot create folder"

# What other ranks write goes nowhere.
printf '%s\n' 'io.open(require("rl").ranks().rank .. ".txt", "w"):write("x"):close(); print("once"); io.stderr:write("once\n")' >write.lua
ranks 3 write.lua
[ -f 0.txt ] && [ ! -f 1.txt ] && [ ! -f 2.txt ] || fail "who writes"
[ "$(grep -c once told)" -eq 2 ] || fail "more than one speaks"

# Without the module.
mkdir bare
cp "$rlrun" bare
bare/rlrun --mpi write.lua >told 2>&1 && fail "ranks without MPI"
says "built without MPI.*openmpi-bin"

echo "ranks: all is well"
