#!/bin/sh
# The public face: installs a build, then compiles, links and runs with nothing but what was installed.
#
#   tests/install.sh BUILD          CC, CXX and LUA name the programs to take
set -eu
[ -z "${RL_SANITIZE:-}" ] || exit 77 # the runtime of a sanitizer is no part of what is installed
build=$1
source=$(cd "$(dirname "$0")/.." && pwd)
cc="${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror"
cxx="${CXX:-c++} -std=c++17 -Wall -Wextra -Wpedantic -Werror"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work"

fail() { echo "install: $*" >&2; exit 1; }

# Into a prefix, and for a package: the same files below DESTDIR.
cmake --install "$build" --prefix "$work/prefix" >/dev/null
DESTDIR=$work/staged cmake --install "$build" --prefix /opt/rl >/dev/null
diff -r prefix staged/opt/rl || fail "DESTDIR gives other files"
export PKG_CONFIG_PATH="$(dirname "$(find "$work/prefix" -name rl.pc)")"
flags=$(pkg-config --cflags rl)
libraries=$(pkg-config --libs rl)
export LD_LIBRARY_PATH="$(dirname "$(find "$work/prefix" -name librl.so)")"

# Headers, in C and in C++: each alone, and all in one unit, in this order and in the opposite one.
headers=$(cd prefix/include && find rl -name '*.h' | sort)
[ "$(echo "$headers" | wc -l)" -ge 10 ] || fail "too few headers are installed: $headers"
for header in $headers; do
  printf "#include <%s>\ntypedef int not_empty; /* a header of macros alone is no unit */\n" "$header" >"alone_$(echo "$header" | tr / _).c"
done
echo "$headers" | sed 's/.*/#include <&>/' >all.c
sort -r all.c >backwards.c
for unit in *.c; do
  $cc $flags -fsyntax-only "$unit" || fail "$unit does not compile as C: $(head -n 1 "$unit")"
  $cxx $flags -fsyntax-only -x c++ "$unit" || fail "$unit does not compile as C++: $(head -n 1 "$unit")"
done

# The program that rl.h opens with, cut to two iterations.
sed -n '/^ \*   #include/,/^ \*   }$/s/^ \*\( \{3\}\)\{0,1\}//p' "$source/runtime/rl.h" >example.c
sed 's/i < 200/i < 2/' example.c >walk.c
cmp -s example.c walk.c && fail "the loop of rl.h's example is not where it is looked for"
cp walk.c walk.cpp
$cc $flags walk.c -o walk_c $libraries
$cxx $flags walk.cpp -o walk_cpp $libraries
for program in walk_c walk_cpp; do
  rm -f policy.safetensors
  ./$program >$program.out || fail "$program ends with status $?"
  [ "$(grep -c '^[01]: reward -\{0,1\}[0-9.]*$' $program.out)" -eq 2 ] || fail "$program prints $(cat $program.out)"
  [ -s policy.safetensors ] || fail "$program leaves no policy"
done
cmp walk_c.out walk_cpp.out || fail "the example does not do the same in C and in C++"

# The shared library has no names but ours, and the number in its own that programs of this version ask for.
version=$(sed -n 's/^project(.*VERSION \([0-9.]*\).*/\1/p' "$source/CMakeLists.txt")
others=$(nm -D --defined-only "$LD_LIBRARY_PATH/librl.so" | grep -v ' rl_' || true)
[ -z "$others" ] || fail "librl.so exports $others"
objdump -p walk_c | grep -q "NEEDED *librl.so.${version%.*}\$" || fail "the example does not need librl.so.${version%.*}"

# A CMake project of someone else, with the shared library and with the static one.
mkdir theirs
cat >theirs/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.16)
project(theirs C CXX)
find_package(rlrun 0.2 REQUIRED)
add_executable(walk_shared ../walk.c)
target_link_libraries(walk_shared rlrun::rl)
add_executable(walk_static ../walk.c)
target_link_libraries(walk_static rlrun::rl_static)
END
cmake -S theirs -B theirs/build -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" >theirs.log && cmake --build theirs/build >>theirs.log ||
  { cat theirs.log; fail "find_package(rlrun) does not do"; }
for program in walk_shared walk_static; do
  theirs/build/$program >$program.out || fail "$program ends with status $?"
  cmp walk_c.out $program.out || fail "$program does something else than the example"
done
objdump -p theirs/build/walk_static | grep -q librl.so && fail "the static library is not"
cmake -S theirs -B theirs/other -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" 2>&1 | grep -qi "warning" && fail "find_package(rlrun) warns"
sed 's/rlrun 0.2/rlrun 0.1/' theirs/CMakeLists.txt >theirs.txt && mv theirs.txt theirs/CMakeLists.txt
cmake -S theirs -B theirs/other -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null 2>&1 && fail "a program for 0.1 is given this version"

# The Lua module, in plain Lua and in rlrun. Neither may find the one of the build or of the sources.
cat >walk.lua <<'END'
local rl = require "rl"
local env = rl.env("hopper", { n = 2, seed = 1 })
local policy = rl.policy(env)
local run = rl.run { name = "installed", policy = policy }
local ppo = rl.ppo { env = env, policy = policy, value = rl.value(env) }
local batch = ppo:collect(32)
run:log(1, batch.stats, ppo:update(batch))
assert(run:replay(env:record(policy, { seconds = 0.1 }))) -- finds its player
run:finish()
for _, path in ipairs { package.searchpath("rl", package.path), debug.getinfo(rl.run, "S").source } do
  assert(path:find(PREFIX, 1, true), path)
end
assert(rl._VERSION == "rl " .. rl.version)
print(rl.version)
END
{ echo "PREFIX = '$work/prefix/'"; cat walk.lua; } >installed.lua
core=$(find "$work/prefix" -name core.so)
export LUA_PATH="$work/prefix/share/lua/5.4/?.lua;$work/prefix/share/lua/5.4/?/init.lua" LUA_CPATH="${core%rl/core.so}?.so"
[ "$("${LUA:-lua5.4}" installed.lua | tail -n 1)" = "$version" ] || fail "the module does not work in ${LUA:-lua5.4}"
# Another module `rl` whose core is found first, in Lua or in C.
mkdir -p foreign/rl
echo "return { version = 'theirs' }" >foreign/rl/core.lua
LUA_PATH="./foreign/?.lua;$LUA_PATH" "${LUA:-lua5.4}" -e 'require "rl"' >clash.out 2>&1 && fail "a foreign rl.core is taken for ours"
grep -q "rl.core of ./foreign/rl/core.lua belongs to another module" clash.out || fail "the clash is not named: $(cat clash.out)"
unset LUA_PATH LUA_CPATH
[ "$(prefix/bin/rlrun --quiet installed.lua | tail -n 1)" = "$version" ] || fail "the installed rlrun does not work"
[ "$(pkg-config --modversion rl)" = "$version" ] || fail "rl.pc has another version than $version"
echo "install: $(echo "$headers" | wc -l) headers, example and module work"
