#!/bin/sh
# Two versions of the module in one process: two.sh HOST BUILD ROOT. The other is that of BUILD/other, an engine that
# was linked with another version; its files in Lua are ours with that version in them.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r "$3/lua/rl" "$folder" && sed -i 's/^local VERSION = .*/local VERSION = "0.0.1"/' "$folder/rl/init.lua" || exit 1
"$1" "$3/tests/host/two.lua" "$3/lua" "$2" "$folder" "$2/other"
