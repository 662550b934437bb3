-- rlrun --mpi loads this before the script on all ranks but the first: what the script writes goes nowhere.
local open, output = io.open, io.output
local NOWHERE = "/dev/null"

local function is_writing(mode) return type(mode) == "string" and mode:find("[wa+]") ~= nil end

local function nothing() return true end

io.stderr = assert(open(NOWHERE, "w"))
io.open = function(path, mode) return open(is_writing(mode) and NOWHERE or path, mode) end -- luacheck: ignore 122
io.output = function(file, ...) -- luacheck: ignore 122
  if type(file) == "string" then return output(NOWHERE) end
  return output(file, ...)
end
os.remove, os.rename = nothing, nothing -- luacheck: ignore 122
