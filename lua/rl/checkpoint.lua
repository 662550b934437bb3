-- The checkpoints of a run: checkpoints/NNNNNNNN.safetensors in its folder, by the iteration that was complete, of
-- which the last three are kept, and best.safetensors. Each is written as a whole or not at all.
local core = require "rl.core"

local checkpoint = {}

local KEPT = 3

function checkpoint.folder(folder) return folder .. "/checkpoints" end
local folder_of = checkpoint.folder

local function path_of(folder, iteration) return ("%s/%08.0f.safetensors"):format(folder_of(folder), iteration) end

-- The iterations that have one, the last first.
function checkpoint.list(folder)
  local iterations = {}
  for _, name in ipairs(core.list_directory(folder_of(folder), true) or {}) do
    local digits = name:match("^(%d+)%.safetensors$")
    if digits then iterations[#iterations + 1] = tonumber(digits) end
  end
  table.sort(iterations, function(a, b) return a > b end)
  return iterations
end

-- true, or nil and a message.
function checkpoint.write(folder, iteration, archive)
  local ok, message = archive:write(path_of(folder, iteration))
  if not ok then return nil, message end
  for i, old in ipairs(checkpoint.list(folder)) do
    if i > KEPT then os.remove(core.write_path(path_of(folder, old))) end
  end
  return true
end

function checkpoint.write_best(folder, archive) return archive:write(folder_of(folder) .. "/best.safetensors") end

-- The last one that can be read, its iteration, and what to say of those that cannot.
function checkpoint.read(folder)
  local damaged = {}
  for _, iteration in ipairs(checkpoint.list(folder)) do
    local archive, message = core.read_archive(path_of(folder, iteration))
    if archive then return archive, iteration, damaged end
    damaged[#damaged + 1] = ("the checkpoint of iteration %d is damaged: %s"):format(iteration, message)
  end
  return nil, 0, damaged
end

-- Removes the checkpoints behind an iteration, and what a process that was killed has left half written. Only for who
-- has the folder's lock.
function checkpoint.clean(folder, iteration)
  core.sweep_temporaries(folder)
  core.sweep_temporaries(folder_of(folder))
  for _, later in ipairs(checkpoint.list(folder)) do
    if later > iteration then os.remove(core.write_path(path_of(folder, later))) end
  end
end

return checkpoint
