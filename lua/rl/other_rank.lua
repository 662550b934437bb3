-- rlrun --mpi loads this before the script on all ranks but the first: what the script writes goes nowhere.
local open, output = rawget(io, "open"), rawget(io, "output")
local NOWHERE = "/dev/null"

local function is_writing(mode) return type(mode) == "string" and mode:find("[wa+]") ~= nil end

local function nothing() return true end

rawset(io, "stderr", assert(open(NOWHERE, "w")))
rawset(io, "open", function(path, mode) return open(is_writing(mode) and NOWHERE or path, mode) end)
rawset(io, "output", function(file, ...)
  if type(file) == "string" then return output(NOWHERE) end
  return output(file, ...)
end)
rawset(os, "remove", nothing)
rawset(os, "rename", nothing)
