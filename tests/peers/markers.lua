-- Prints what is read of a C3D file: rate, units, and a line for each marker and frame.
local core = require "rl.core"

local path = arg[1]
local markers = require("rl.c3d").open(assert(core.read_file(path, 2 ^ 30)), path)
print(core.format("%.9g %s %d %d", markers.rate, markers.units, #markers.labels, #markers.time))
for k, label in ipairs(markers.labels) do
  local x, y, z = markers:coordinate(k, 1), markers:coordinate(k, 2), markers:coordinate(k, 3)
  for i = 1, #markers.time do
    if x[i] == x[i] then
      print(core.format("%s %d %.9g %.9g %.9g", label, i, x[i], y[i], z[i]))
    else
      print(label .. " " .. i .. " missing")
    end
  end
end
