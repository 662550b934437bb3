#!/bin/sh
# Makes a bare Debian or Ubuntu machine ready: installs the packages that are missing (nothing when all are there),
# configures an optimised build in build/ and compiles it. Safe to run again at any time. Arguments are names of further
# packages to install.
set -eu
cd "$(dirname "$0")/.."

packages="gcc g++ cmake ninja-build pkg-config lua5.4 liblua5.4-dev libopenblas-dev libbox2d-dev librandom123-dev
libcjson-dev libcmocka-dev libcairo2-dev libsdl2-dev lua-busted lua-check $*"

missing=""
for package in $packages; do
  if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$'; then
    missing="$missing $package"
  fi
done

if [ -n "$missing" ]; then
  as_root=""
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "setup: run as root, or install sudo, or install these packages yourself:$missing" >&2
      exit 1
    fi
    as_root="sudo"
  fi
  echo "setup: installing$missing"
  $as_root apt-get update -qq
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

generator=""
if [ ! -f build/CMakeCache.txt ] && command -v ninja >/dev/null; then generator="-G Ninja"; fi
werror=""
if [ -n "${CI:-}" ]; then werror="-DRL_WERROR=ON"; fi

cmake -S . -B build $generator -DCMAKE_BUILD_TYPE=Release -DRL_NATIVE=ON $werror >/dev/null
cmake --build build --parallel
