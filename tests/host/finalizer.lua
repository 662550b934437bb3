-- An object of the game whose finaliser runs f; Lua 5.1 and LuaJIT have none for tables.
return function(f)
  local proxy = rawget(_G, "newproxy")
  if not proxy then return setmetatable({}, { __gc = f }) end
  local object = proxy(true)
  getmetatable(object).__gc = f
  return object
end
