# shellcheck shell=sh
# For the findings: a folder that is gone at the end, pinned packages in it, and the comparison.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export HOME="$dir" TMPDIR="$dir"

# pypi name==version ...: a Python environment with these, used by run_python.
pypi() {
  python3 -m venv "$dir/venv"
  "$dir/venv/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check "$@"
}

run_python() { "$dir/venv/bin/python" -W ignore "$@"; }

# debian name=version ...: unpacked below $dir/root, nothing is installed; their libraries are in $libraries.
debian() {
  (cd "$dir" && apt-get download -qq "$@" 2>/dev/null && for deb in *.deb; do dpkg -x "$deb" root; done)
  libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
}

# expect SEEN EXPECTED
expect() {
  printf '%s\n' "$1"
  [ "$1" = "$2" ] && return
  printf 'CHANGED. It was:\n%s\n' "$2"
  exit 1
}
