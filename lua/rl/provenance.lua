-- What a run was made of, for its config.json: whoever has the folder can tell what gave these results. And how two
-- such records differ, for a run that is resumed.
local core = require "rl.core"
local live = require "rl.live"
local sorted_keys = require "rl.sorted_keys"

local provenance = {}

local MOST_BYTES = 16 * 1024 * 1024

-- The text of a file that may be read, or nil.
function provenance.read(path)
  local allowed, text = pcall(core.read_file, path, MOST_BYTES)
  return allowed and text or nil
end

local function lines_between(text, first, last)
  local list, number = {}, 0
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    number = number + 1
    if number >= first and number <= last then list[#list + 1] = line end
  end
  return table.concat(list, "\n")
end

-- Where a function was written, and the lines.
local function describe_function(f)
  if type(f) ~= "function" then return { kind = type(f) } end
  local path
  f, path = live.origin(f)
  local library = rawget(_G, "debug")
  if type(library) ~= "table" then return { kind = "function" } end
  local info = library.getinfo(f, "S")
  local source = info.source
  local text = source:sub(1, 1) == "@" and provenance.read(source:sub(2)) or source:sub(1, 1) ~= "=" and source or nil
  return { source = info.short_src, line = info.linedefined, live = path,
           text = text and info.linedefined > 0 and lines_between(text, info.linedefined, info.lastlinedefined) or nil }
end

local function environment(env)
  local facts = core.env_facts(env)
  local functions = {}
  for name, f in pairs(facts.functions) do functions[name] = describe_function(f) end
  return { name = env.name, copies = env.worlds, world = facts.world, agent = facts.agent,
           observations = env.observation_space.size, actions = env.action_space.size,
           options = env:options(), seed = facts.seed, creature = facts.creature, matrices = facts.matrices,
           functions = next(functions) and functions or nil }
end

local function options_of(object)
  if type(object) ~= "userdata" and type(object) ~= "table" then return nil end
  return core.is_callable(object.options) and object:options() or nil
end

local function by_agents(objects)
  local all = {}
  for name, object in pairs(objects) do all[name] = options_of(object) end
  return next(all) and all or nil
end

local function lua_version()
  local jit = rawget(_G, "jit")
  return jit and jit.version or _VERSION
end

-- `run`: name, seed and parts; settings: those of rl.run.
function provenance.describe(run, settings, launch)
  local parts, environments, objects = run.parts, {}, {}
  for i, env in ipairs(parts.envs) do environments[i] = environment(env) end
  for name, object in pairs(settings.objects or {}) do objects[name] = options_of(object) or {} end
  return {
    name = run.name,
    environment = environments[1],
    environments = #environments > 1 and environments or nil,
    policy = parts.policies and by_agents(parts.policies) or options_of(parts.policy),
    value = parts.values and by_agents(parts.values) or options_of(parts.value),
    method = parts.methods and by_agents(parts.methods) or options_of(parts.method),
    search = options_of(parts.search),
    optimizer = options_of(settings.optimizer),
    objects = next(objects) and objects or nil,
    options = settings.options or {},
    defaults = launch.defaults,
    iterations = settings.iterations,
    seed = run.seed,
    threads = core.threads(),
    ranks = core.ranks().count > 1 and core.ranks().count or nil,
    kernels = (core.kernels()),
    lua = lua_version(),
    script = launch.script,
    arguments = #launch.args > 0 and launch.args or nil,
    version = core.version,
    revision = core.revision,
    time = os.date("!%Y-%m-%dT%H:%M:%SZ"),
  }
end

-- What rlrun was told, to do it again.
function provenance.command(launch, session, number)
  return { script = launch.script, arguments = #launch.args > 0 and launch.args or nil,
           set = next(launch.set) and launch.set or nil, seed = launch.seed, seed_given = launch.seed_given or nil,
           set_later = launch.set_later and next(launch.set_later) and launch.set_later or nil, task = launch.task,
           directory = core.working_directory(), session = session, run = number }
end

-- Differences.

local NO_MATTER = { time = true, threads = true, ranks = true, command = true, notes = true, changed = true,
                    resumed = true,
                    players = true, arguments = true, script = true }

-- The same in every locale and under every Lua.
function provenance.text(value)
  return type(value) == "number" and core.format("%.14g", value) or tostring(value)
end

local function short(value)
  if type(value) == "table" then return "a table" end
  if value == nil then return "nothing" end
  local text = provenance.text(value)
  return #text > 40 and text:sub(1, 37) .. "..." or text
end

local function compare(list, path, old, new)
  if type(old) ~= "table" or type(new) ~= "table" then
    local before, now = short(old), short(new)
    if old ~= new then
      list[#list + 1] = path .. ": " .. (before == now and "another text" or before .. ", now " .. now)
    end
    return
  end
  if old.live and old.live == new.live then return end -- checkpoints hold its text
  local keys = {}
  for _, side in ipairs { old, new } do
    for key in pairs(side) do keys[tostring(key)] = key end
  end
  for _, name in ipairs(sorted_keys(keys)) do
    if not (path == "" and NO_MATTER[name] or name == "source") then
      compare(list, path == "" and name or path .. "." .. name, old[keys[name]], new[keys[name]])
    end
  end
end

local function first_difference(old, new)
  local number = 0
  local other = (new .. "\n"):gmatch("([^\n]*)\n")
  for line in (old .. "\n"):gmatch("([^\n]*)\n") do
    number = number + 1
    if line ~= other() then return number end
  end
  return number + 1
end

-- How the script's text differs from the one that a run has kept, or nil.
function provenance.compare_scripts(path, old, new)
  if old == new or not old then return nil end
  if not new then return ("%s: cannot be read any more"):format(path) end
  return ("%s: another text from line %d on"):format(path, first_difference(old, new))
end

-- A list of what differs between a config.json that was read and a description; `first` is its first line, or nil.
function provenance.differences(old, description, first)
  local list = { first }
  compare(list, "", old, core.parse_json(core.json(description)))
  return list
end

return provenance
