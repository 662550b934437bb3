#!/bin/sh
# Operations of tensors beside numpy 2 (PyPI), in one run: on one thread each, then our 1e6 numbers on two.
#
#   scripts/bench/tensor.sh [FOLDER]      needs python3 with venv; numpy goes into FOLDER, or a temporary one
#
# The two programs take turns. A figure is the least of all rounds in us: CPU time on one thread, time of the clock on
# two, where the machine must be quiet. numpy's product uses the OpenBLAS of its wheel; `sgemm` is that of the OpenBLAS
# that is linked here, and the product is set beside the faster of both. A ratio above 1, where we are slower, has a
# star. BUILD: another folder than build. ROUNDS: turns, 3. THREADS: 2; 0 leaves the second table out. About 3 minutes.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$root/build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
export OPENBLAS_NUM_THREADS=1

venv=${1:-$work/venv}
[ -d "$venv" ] || python3 -m venv "$venv"
"$venv/bin/pip" install -q numpy==2.2.6

"$build/rlrun" --version --verbose
"$venv/bin/python" - <<'END'
import ctypes, glob, os, numpy
for path in glob.glob(os.path.join(os.path.dirname(numpy.__file__), "..", "numpy.libs", "*openblas*")):
    config = getattr(ctypes.CDLL(path), "scipy_openblas_get_corename64_", None)
    if config:
        config.restype = ctypes.c_char_p
        print(f"numpy {numpy.__version__}, OpenBLAS of its wheel: {config().decode()}")
END

threads=${THREADS:-2}
for round in $(seq "${ROUNDS:-3}"); do
  "$build/rlrun" "$root/scripts/bench/tensor.lua" >> "$work/here"
  "$venv/bin/python" "$root/scripts/bench/tensor.py" 5 0.05 >> "$work/there"
  [ "$threads" = 0 ] || "$build/rlrun" "$root/scripts/bench/tensor.lua" --cores "$threads" --least 1000000 >> "$work/wide"
done

# table HERE: beside $work/there
table() {
  awk -F '\t' '
    { key = $1 "\t" $2 }
    FNR == NR { if (!(key in there) || $3 < there[key]) there[key] = $3; next }
    !(key in here) { order[++n] = key; here[key] = $3 }
    $3 < here[key] { here[key] = $3 }
    END {
      printf "%8s  %-16s %12s %12s %8s\n", "numbers", "operation", "here, us", "numpy, us", "ratio"
      for (i = 1; i <= n; i++) {
        key = order[i]; split(key, part, "\t")
        if (part[2] == "sgemm") { printf "%8d  %-16s %12.3f\n", part[1], part[2], here[key]; continue }
        other = there[key]; sgemm = part[1] "\tsgemm"
        if (part[2] == "matmul" && sgemm in here && here[sgemm] < other) other = here[sgemm]
        ratio = here[key] / other; size[part[1]] += log(ratio); count[part[1]]++; slower[part[1]] += (ratio > 1)
        printf "%8d  %-16s %12.3f %12.3f %8.2f%s\n", part[1], part[2], here[key], other, ratio, (ratio > 1 ? " *" : "")
      }
      for (s in size)
        printf "geometric mean at %d: %.2f, slower in %d of %d\n", s, exp(size[s] / count[s]), slower[s], count[s]
    }' "$work/there" "$1"
}
echo "One thread:"
table "$work/here"
if [ "$threads" != 0 ]; then
  echo "$threads threads, beside numpy on one:"
  table "$work/wide"
fi
