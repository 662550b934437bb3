-- The config.json of a run, read: what has another type than a run writes is left out, as if it were not there, for
-- somebody may have written to the file. Who compares it then names what is missing.
--
--   local config, message = run_config.parse(text)
local core = require "rl.core"

local run_config = {}

-- A list without gaps, or a map, of elements of one type; needs: a member that none of them lacks.
local function all(kind, needs) return { each = kind, needs = needs } end

local ENVIRONMENT = {
  name = "string", agent = "string", options = "table", matrices = "table", functions = "table",
  creature = "table", world = { creatures = all({ name = "string" }, "name") },
}
local MEMBERS = {
  name = "string", script = "string", time = "string", iterations = "number",
  options = "table", defaults = "table", changed = "table", players = "table", method = "table",
  environment = ENVIRONMENT,
  notes = all "table", resumed = all "table",
  command = {
    script = "string", directory = "string", session = "string", run = "number", seed = "number",
    seed_given = "boolean", arguments = all "string", set = all "string", set_later = all "string",
    task = { number = "number", count = "number" },
  },
}

local fits

-- Takes out of a table what has another type. Of a list or a map all elements must fit.
local function clean(part, kind)
  if kind.each then
    for key, value in pairs(part) do
      if not fits(value, kind.each) or kind.needs and value[kind.needs] == nil then return false end
      if type(key) == "number" and key > 1 and part[key - 1] == nil then return false end
    end
    return true
  end
  for name, of in pairs(kind) do
    if not fits(part[name], of) then part[name] = nil end
  end
  return true
end

function fits(value, kind)
  if type(kind) ~= "table" then return type(value) == kind end
  return type(value) == "table" and clean(value, kind)
end

function run_config.parse(text)
  local config, message = core.parse_json(text)
  if type(config) ~= "table" then return nil, message or "no object" end
  clean(config, MEMBERS)
  local command = config.command
  if command and command.task and not (command.task.number and command.task.count) then command.task = nil end
  return config
end

return run_config
