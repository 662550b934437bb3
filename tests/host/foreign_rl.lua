-- LuaRocks has another module that is called rl, of the same layout as ours: rl/init.lua and rl/core. Whichever of the
-- two is found first, require says what is wrong: foreign_rl.lua FOLDER, an empty one.
local folder = ...
local path, cpath = package.path, package.cpath
local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
end
local function refused(pattern, in_lua, in_c)
  package.path, package.cpath = in_lua, in_c
  for name in pairs(package.loaded) do
    if name:find("^rl") then package.loaded[name] = nil end
  end
  local ok, message = pcall(require, "rl")
  assert(not ok and tostring(message):find(pattern), tostring(message))
end
assert(os.execute("mkdir '" .. folder .. "/rl'"))

-- Ours, and its core.
write("rl/core.lua", "return { readline = function() end }")
refused("rl%.core.* belongs to another module that is called rl", path .. ";" .. folder .. "/?.lua", "")
refused("rl%.core.* belongs to another module that is called rl", folder .. "/?.lua;" .. path, cpath)

-- Its own, and our core.
assert(os.remove(folder .. "/rl/core.lua"))
write("rl/init.lua", "local core = require 'rl.core' return { readline = core.readline }")
refused('has no "readline": .* belongs to another module', folder .. "/?/init.lua;" .. path, cpath)
print "noticed"
