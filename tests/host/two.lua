-- A state with one version of the module, in a process that has another too: two.lua LUA C OTHER_LUA OTHER_C, folders
-- of their files in Lua and in C.
local lua, c, other_lua, other_c = ...
local function open(in_lua, in_c)
  package.path, package.cpath = in_lua .. "/?.lua;" .. in_lua .. "/?/init.lua", in_c .. "/?.so"
  for name in pairs(package.loaded) do
    if name:find("^rl") then package.loaded[name] = nil end
  end
  return require "rl"
end
local function refused(pattern, ...)
  local ok, message = pcall(open, ...)
  assert(not ok and tostring(message):find(pattern), tostring(message))
end

local rl = open(lua, c)
print("version " .. rl.version)
refused("version %S+ is open in this state already, this is another, %S+:", other_lua, other_c)
refused("files in Lua are of version %S+, its rl.core is of %S+:", other_lua, c)

rl.threads(2)
local env = rl.env("biped", { n = 8 })
local ppo = rl.ppo { env = env, policy = rl.policy(env), value = rl.value(env) }
function work() ppo:update(ppo:collect(32)) end
