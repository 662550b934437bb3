-- Raises where a host has left out a standard library that a function of ours cannot do without:
-- needs("rl.run", "io", "os").
return function(what, ...)
  for _, name in ipairs { ... } do
    if type(rawget(_G, name)) ~= "table" then
      error(("%s needs Lua's standard library %s, which this program has left out"):format(what, name), 3)
    end
  end
end
