#!/bin/sh
# The packages: a .deb of a build, and a rock of the sources; each is unpacked or installed into a folder and used there.
#
#   tests/packages.sh BUILD
set -eu
[ -z "${RL_SANITIZE:-}" ] || exit 77
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work"

fail() { echo "packages: $*" >&2; exit 1; }

cat >walk.lua <<'END'
local rl = require "rl"
local env = rl.env("hopper", { n = 2, seed = 1 })
local policy = rl.policy(env)
local ppo = rl.ppo { env = env, policy = policy, value = rl.value(env) }
ppo:update(ppo:collect(32))
local function is_here(path) return assert(path:find(PREFIX, 1, true), path) end
is_here(package.searchpath("rl", package.path))
if not rlrun then is_here(package.searchpath("rl.core", package.cpath)) end
print(rl._VERSION)
END
version=$(sed -n 's/^project(.*VERSION \([0-9.]*\).*/\1/p' "$source/CMakeLists.txt")

# use PREFIX: in plain Lua and in rlrun.
use() {
  echo "PREFIX = '$1/'" | cat - walk.lua >plain.lua
  { echo "rlrun = true"; cat plain.lua; } >inside.lua
  core=$(find "$1" -path '*/lua/5.4/rl/core.so')
  init=$(find "$1" -path '*/lua/5.4/rl/init.lua')
  [ "$(LUA_PATH="${init%rl/init.lua}?.lua;${init%rl/init.lua}?/init.lua" LUA_CPATH="${core%rl/core.so}?.so" lua5.4 plain.lua)" = "rl $version" ] ||
    fail "the module of $1 does not work in lua5.4"
  [ "$("$(find "$1" -path '*bin/rlrun' | tail -n 1)" --quiet inside.lua)" = "rl $version" ] || fail "the rlrun of $1 does not work"
}

if command -v dpkg-shlibdeps >/dev/null; then
  (cd "$build" && cpack -G DEB -B "$work/deb") >deb.log 2>&1 || { cat deb.log; fail "cpack"; }
  package=$(find deb -maxdepth 1 -name '*.deb')
  dpkg-deb -x "$package" unpacked
  needs=$(dpkg-deb -f "$package" Depends)
  for library in libbox2d libopenblas libcjson liblua5.4 libstdc++ libc6; do
    case $needs in *$library*) ;; *) fail "the .deb does not depend on $library: $needs" ;; esac
  done
  find unpacked -name '*copyright*' | grep -q box2d || fail "the .deb has a copy of Box2D without its notice"
  use "$work/unpacked"
fi

if command -v luarocks >/dev/null; then
  mkdir sources
  export CCACHE_BASEDIR="$work"
  (cd "$source" && cp -r CMakeLists.txt LICENSE runtime envs lua "$work/sources")
  sed -i 's/"Release"/"Debug"/' "sources/lua/rlrun-$version-1.rockspec" # a third of the time
  (cd sources && luarocks --lua-version 5.4 make --tree "$work/tree" "lua/rlrun-$version-1.rockspec") >rock.log 2>&1 ||
    { tail -n 30 rock.log; fail "luarocks make"; }
  strays=$(grep '^-- Installing: ' rock.log | grep -v "Installing: $work/" || true)
  [ -z "$strays" ] || fail "the rock installs elsewhere: $strays"
  use "$work/tree"
fi
[ -n "${package:-}" ] || [ -d tree ] || exit 77
echo "packages: ${package:+.deb }$([ -d tree ] && echo rock) work"
