-- The folder of a run: made anew or taken up again, locked, with config.json and the script's text; and made again
-- where somebody has removed it.
local core = require "rl.core"
local checkpoint = require "rl.checkpoint"
local provenance = require "rl.provenance"
local resume = require "rl.resume"
local sorted_keys = require "rl.sorted_keys"

local folder = {}
folder.__index = folder

local MOST_LETTERS = 60 -- of the settings in a folder's name

local session = { count = 0 } -- all runs of this start of the script; name: the folder of the first

-- "-gravity=9.81": what was set on the command line.
local function settings_suffix(launch)
  local parts = {}
  for _, name in ipairs(sorted_keys(launch.changed or {})) do
    parts[#parts + 1] = ("-%s=%s"):format(name, launch.changed[name]):gsub("[^%w%.=_-]", "_")
  end
  return table.concat(parts):sub(1, MOST_LETTERS)
end

-- A folder that was not there before.
local function create(launch, name, seed)
  local base = ("%s/%s-%s-%.0f%s"):format(launch.out, name, os.date("%Y%m%d-%H%M%S"), seed, settings_suffix(launch))
  local path, number = base, 1
  while true do
    local ok, message, exists = core.make_directory(path, true)
    if ok then return path end
    if not exists then core.leave(1, "rl.run: " .. message .. " (choose another place with --out)") end
    number = number + 1
    path = base .. "-" .. number
  end
end

local function lock(path)
  local held, message = core.lock_folder(path)
  if not held then core.leave(1, "rl.run: " .. message) end
  return held
end

local function write(self, name, text)
  return core.write_file(self.path .. "/" .. name, text)
end

-- Writes what is not written yet: config.json when it has changed, and the script. true, or nil and a message.
function folder:write()
  local ok, message = true, nil
  if self.changed then ok, message = write(self, "config.json", core.json(self.config, true) .. "\n") end
  self.changed = not ok
  if ok and self.script and not self.has_script then
    ok, message = write(self, "script.lua", self.script)
    self.has_script = ok
  end
  return ok, message
end

local function tell_differences(list, path, force)
  if #list == 0 then return end
  local most = 10
  local told = { ("rlrun: %s was started otherwise:"):format(path) }
  for i = 1, math.min(#list, most) do told[#told + 1] = "  " .. list[i] end
  if #list > most then told[#told + 1] = ("  and %d more"):format(#list - most) end
  if force then
    told[#told + 1] = "it goes on all the same (--force)"
    io.stderr:write(table.concat(told, "\n"), "\n")
  else
    told[#told + 1] = "--force goes on all the same; its results are then not those of a run that nobody ended"
    core.leave(2, table.concat(told, "\n"))
  end
end

-- The run that has this folder goes on: what it was and what it is are compared.
local function take_up(self, launch)
  self.lock = lock(self.path)
  local old, message = resume.config(self.path)
  if not old then core.leave(1, "rl.run: " .. message) end
  local text = provenance.compare_scripts(launch.script, provenance.read(self.path .. "/script.lua"), self.script)
  tell_differences(provenance.differences(old, self.config, text), self.path, launch.force)
  local archive, iteration, damaged = checkpoint.read(self.path)
  for _, line in ipairs(damaged) do io.stderr:write("rl.run: ", self.path, ": ", line, "\n") end
  if not archive and #damaged > 0 and not launch.force then
    core.leave(1, ("rlrun: no checkpoint of %s can be read; --force begins anew"):format(self.path))
  elseif not archive then
    io.stderr:write("rlrun: ", self.path, " has no checkpoint: it begins anew\n")
  end
  if core.agree(iteration) ~= iteration then
    core.leave(1, ("rl.run: this rank finds iteration %.0f in %s, rank 0 another: do all see the same files?"):format(
      iteration, self.path))
  end
  checkpoint.clean(self.path, iteration) -- all have read
  self.config.resumed = old.resumed or {}
  table.insert(self.config.resumed, { iteration = iteration, time = self.config.time, threads = self.config.threads })
  self.config.time = old.time
  return archive, iteration
end

-- `config`: what provenance.describe gave; `where`: a folder to go on in, or nil for what rlrun was told. Returns the
-- folder, and the last checkpoint with its iteration where it has been taken up.
function folder.open(config, launch, where)
  session.count = session.count + 1
  local resumed = launch.resumed
  local self = setmetatable({ config = config, script = launch.script and provenance.read(launch.script) }, folder)
  if resumed then session.name = resumed.session end
  self.path = where or resumed and resumed.folders[session.count]
  local again = self.path ~= nil
  if not again then
    self.path = core.agree_text(core.ranks().rank == 0 and create(launch, config.name, config.seed) or "")
  end
  session.name = session.name or self.path:match("[^/]*$")
  config.command = provenance.command(launch, session.name, session.count)
  local archive, iteration
  if again then archive, iteration = take_up(self, launch) else self.lock = lock(self.path) end
  self.changed = true
  return self, archive, iteration or 0, again
end

-- Whether it is gone; then it is made again, with what is not the run's progress.
function folder:revive()
  if core.list_directory(self.path, true) then return false end
  local made = core.make_directory(self.path, true) -- it may be there, and not to be opened
  if not (made and core.make_directory(checkpoint.folder(self.path))) then return false end
  self.lock:release()
  self.lock = core.lock_folder(self.path) or self.lock
  self.changed, self.has_script = true, false
  self:write()
  return true
end

function folder:close() self.lock:release() end

return folder
