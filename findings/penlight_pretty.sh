#!/bin/sh
# Penlight 1.13.1 (Debian 12), pl.pretty.write and read, by which Lua programs keep tables in files. Guess: a table of numbers comes
# back, to 14 digits, or an error says that it cannot be written. Seen: in Lua 5.1 and LuaJIT what is 2^63 or more is written as
# -9223372036854775808, whatever its sign, so that the 1e20 with which a search for the least cost begins is the best cost there is
# after loading. Lua 5.4 refuses it, and 1e300. Infinity and nan are written, and are gone when read: a list has a hole there;
# with -inf none of the file can be read. In 5.4 the weight 1.0 comes back as the integer 1.
. "$(dirname "$0")/lib.sh"
debian lua-penlight=1.13.1-3 lua-filesystem=1.8.0-3 lua5.1=5.1.5-9 lua5.4=5.4.4-3+deb12u1 \
  luajit=2.1.0~beta3+git20220320+dfsg-4.1+deb12u1 libluajit-5.1-2=2.1.0~beta3+git20220320+dfsg-4.1+deb12u1
cat > "$dir/there_and_back.lua" <<'LUA'
local pretty = require "pl.pretty"
local kept = {
  { "cost 1e20", { 1e20 } }, { "cost -1e20", { -1e20 } }, { "cost 2^62", { 2^62 } }, { "list .5, inf, 3", { .5, math.huge, 3 } },
  { "list .5, nan, 3", { .5, 0 / 0, 3 } }, { "list .5, -inf, 3", { .5, -math.huge, 3 } }, { "weight 1.0", { 1.0 } },
}
print(jit and "LuaJIT" or _VERSION)
for _, row in ipairs(kept) do
  local written, text = pcall(pretty.write, row[2], "")
  local read = written and pretty.read(text)
  local back = {}
  for i = 1, read and #row[2] or 0 do
    back[i] = read[i] == nil and "none" or ("%s %.14g"):format(math.type and math.type(read[i]) or "number", read[i])
  end
  print("  " .. row[1] .. ": " .. (not written and "an error" or not read and "written, cannot be read" or table.concat(back, ", ")))
end
LUA
seen=$(for lua in lua5.1 luajit lua5.4; do
  case $lua in lua5.4) version=5.4 ;; *) version=5.1 ;; esac
  modules="$dir/root/usr/share/lua/$version"
  LD_LIBRARY_PATH="$libraries" LUA_PATH="$modules/?.lua;$modules/?/init.lua" LUA_CPATH="$libraries/lua/$version/?.so" "$dir/root/usr/bin/$lua" "$dir/there_and_back.lua"
done)
of_doubles="  cost 1e20: number -9.2233720368548e+18
  cost -1e20: number -9.2233720368548e+18
  cost 2^62: number 4.6116860184274e+18
  list .5, inf, 3: number 0.5, none, number 3
  list .5, nan, 3: number 0.5, none, number 3
  list .5, -inf, 3: written, cannot be read
  weight 1.0: number 1"
expect "$seen" "Lua 5.1
$of_doubles
LuaJIT
$of_doubles
Lua 5.4
  cost 1e20: an error
  cost -1e20: an error
  cost 2^62: integer 4.6116860184274e+18
  list .5, inf, 3: float 0.5, none, integer 3
  list .5, nan, 3: float 0.5, none, integer 3
  list .5, -inf, 3: written, cannot be read
  weight 1.0: integer 1"
