-- What a run is made of: the settings of rl.run, checked, and by name the objects that its checkpoints hold. Objects of
-- the module put their state into archives themselves; a table with state() -> plain data and restore(data) is an
-- object of the script's own. Of a world whose agents learn side by side there are several methods, with a policy and a
-- value each: "method.a", "policy.a", "value.a".
local core = require "rl.core"
local seats = require "rl.run_seats"
local sorted_keys = require "rl.sorted_keys"

local parts = {}
parts.__index = parts

local KNOWN = { "best", "checkpoint", "curriculum", "env", "envs", "iterations", "method", "name", "objects",
                "optimizer", "options", "policy", "resume", "rng", "search", "seed", "state", "value" }
local MOST_NAME = 48 -- letters, in an archive
local NUMBERS, TABLES = { "checkpoint", "iterations", "seed" }, { "envs", "objects", "options", "state" }
local STRINGS = { "best", "resume" }

local function is_own(object)
  return type(object) == "table" and core.is_callable(object.state) and core.is_callable(object.restore)
end

local function is_curriculum(object)
  return core.is_callable(object) or is_own(object) and core.is_callable(object.observe)
end

local function is_search(object) return type(object) == "userdata" and object.ask ~= nil end

local function has_zero(name) return name:find("\0", 1, true) ~= nil end

-- Plain data as text, for archives. Raises without a place in this module: it is the script's data.
function parts.pack(data, what)
  local ok, text = pcall(core.pack, data, what)
  if not ok then error(text, 0) end
  return text
end

-- Whether it can be kept in checkpoints.
function parts.is_object(object) return type(object) == "userdata" or is_own(object) end

local function wrong(...) error("rl.run: " .. (...):format(select(2, ...)), 4) end

local function check_type(settings, names, kind)
  for _, name in ipairs(names) do
    local value = settings[name]
    if value ~= nil and type(value) ~= kind then
      error(("rl.run: %s must be a %s, got a %s"):format(name, kind, seats.kind_of(value)), 4)
    end
    if value ~= value then error(("rl.run: %s must be a number, got nan"):format(name), 4) end
  end
end

-- Of those that have the right type.
local function check_values(settings)
  local seed, checkpoint, resume = settings.seed, settings.checkpoint, settings.resume
  local problem
  if seed and seed % 1 ~= 0 then -- infinity has no remainder either
    problem = core.format("seed must be a whole number, got %.14g", seed)
  elseif checkpoint and checkpoint < 0 then
    problem = core.format("checkpoint must be 0 seconds or more, got %.14g", checkpoint)
  elseif resume and has_zero(resume) then
    problem = ("resume must be a folder, whose path has no zero byte, got %q"):format(resume)
  end
  if problem then error("rl.run: " .. problem, 4) end
end

-- What files could not hold is told before anything is learnt. There, too, it lies in a table.
local function check_data(settings)
  local ok, message = pcall(core.pack, { state = settings.state }, "rl.run")
  if ok then ok, message = pcall(core.json, { options = settings.options }) end
  if not ok then error(message:gsub("^json: ", "rl.run: options: "), 4) end
end

function parts.check(settings)
  if type(settings) ~= "table" then wrong("a table of settings expected, got %s", type(settings)) end
  local known = {}
  for _, name in ipairs(KNOWN) do known[name] = true end
  for name in pairs(settings) do
    if not known[name] then wrong("%s", core.unknown_name("setting", tostring(name), KNOWN)) end
  end
  local name, policy = settings.name, settings.policy
  if name ~= nil and (type(name) ~= "string" or name == "" or name:find("/") or has_zero(name)) then
    wrong("name must be a string without a slash or a zero byte, got %s",
      type(name) == "string" and ("%q"):format(name) or "a " .. seats.kind_of(name))
  end
  local world, problem = seats.check(settings)
  if problem and not world then wrong("%s", problem) end
  check_type(settings, NUMBERS, "number")
  check_type(settings, TABLES, "table")
  check_type(settings, STRINGS, "string")
  check_values(settings)
  check_data(settings)
  local may_save = (type(policy) == "userdata" or type(policy) == "table") and core.is_callable(policy.save)
  if policy ~= nil and not (may_save or seats.by_agents(policy)) then
    wrong("policy must have a method save(path)")
  end
  if settings.value ~= nil and seats.by_agents(settings.method) then
    wrong("value: each of the methods by agents has its own: leave it out")
  end
  if settings.curriculum ~= nil and not is_curriculum(settings.curriculum) then
    wrong("curriculum must be what rl.curriculum gives, or a function(row, run), got a %s",
      seats.kind_of(settings.curriculum))
  end
  for object_name, object in pairs(settings.objects or {}) do
    if type(object_name) ~= "string" or not parts.is_object(object) then
      wrong("objects.%s must be an object of the module, or have state() and restore(data)", tostring(object_name))
    end
  end
end

local function find_envs(settings, of_method, world)
  local envs, known = {}, {}
  local function add(env) -- agents have the state of their world
    local whole = env and core.env_world(env)
    if env and not known[whole] then envs[#envs + 1], known[whole] = env, true end
  end
  add(world) -- and not what one agent sees of it
  add(settings.env)
  add(of_method)
  for _, env in ipairs(settings.envs or {}) do add(env) end
  return envs
end

-- What there is by agents: seats, their names in the order of the world, and methods, policies and values.
local function take_seats(self, settings, order)
  local methods = seats.by_agents(settings.method) and settings.method or {}
  self.seats, self.methods, self.policies, self.values = order, methods, {}, {}
  for _, name in ipairs(order) do
    local made_of = methods[name] and core.method_parts(methods[name]) or {}
    self.policies[name] = (settings.policy or {})[name] or made_of.policy
    self.values[name] = made_of.value
    self:keep("policy." .. name, self.policies[name])
    if made_of.value then self:keep("value." .. name, made_of.value) end
    if methods[name] then self:keep("method." .. name, methods[name]) end
  end
end

-- envs, policy, value, method, search, and the objects; or seats.
function parts.new(settings)
  local self = setmetatable({ names = {}, objects = {}, is_env = {} }, parts)
  local method, world, _, order = settings.method, seats.check(settings)
  self.search = settings.search or is_search(method) and method or nil
  if not (is_search(method) or seats.by_agents(method)) then self.method = method end
  local of_method = type(self.method) == "userdata" and core.method_parts(self.method) or {}
  if not world then self.policy = settings.policy or of_method.policy end
  self.value = settings.value or of_method.value
  self.envs = find_envs(settings, of_method.env, world)
  for i, env in ipairs(self.envs) do
    self:keep(i == 1 and "env" or "env" .. i, env)
    self.is_env[env] = true
  end
  if world then take_seats(self, settings, order) end
  for _, name in ipairs { "policy", "value", "method", "search" } do
    if parts.is_object(self[name]) then self:keep(name, self[name]) end
  end
  for _, name in ipairs { "optimizer", "rng", "curriculum" } do
    if parts.is_object(settings[name]) then self:keep(name, settings[name]) end
  end
  for _, name in ipairs(sorted_keys(settings.objects or {})) do
    local problem = self:clash(name)
    if problem then wrong("objects: %s", problem) end
    self:keep(name, settings.objects[name])
  end
  return self
end

-- Why no object can have this name beside the others, or nil: an archive has what is of "a" under "a" or
-- "a.b", and what is of the run itself under "run".
function parts:clash(name)
  local function begins(one, other) return other:sub(1, #one + 1) == one .. "." end
  if #name < 1 or #name > MOST_NAME or has_zero(name) then
    return ('"%s": a name of 1 to %d letters expected'):format(name, MOST_NAME)
  end
  if name == "run" or begins("run", name) then
    return ('"%s" is a name of the run\'s own: choose another'):format(name)
  end
  for _, other in ipairs(self.names) do
    if begins(name, other) or begins(other, name) then
      return ('"%s" and "%s" cannot be kept beside each other: choose a name that does not begin the other'):format(
        name, other)
    end
  end
end

-- Actions of episodes that are too long for memory go to files in this folder.
function parts:spill(folder)
  for i, env in ipairs(self.envs) do env:spill(("%s/env%d.actions"):format(folder, i)) end
end

-- The seed of a run: what the script says, else that of what it is about.
function parts:seed(settings, fallback)
  local given = settings.seed or settings.options and tonumber(settings.options.seed)
  if given then return given end
  local subject = self.method or self.methods and self.methods[self.seats[1]] or self.search
  local options = subject and subject.options and subject:options() or {}
  return options.seed or self.envs[1] and core.env_facts(self.envs[1]).seed or fallback
end

-- An object in the place of what had this name, if anything; nil: none any more.
function parts:keep(name, object)
  if object ~= nil and self.objects[name] == nil then
    self.names[#self.names + 1] = name
  elseif object == nil then
    for i, other in ipairs(self.names) do
      if other == name then table.remove(self.names, i) break end
    end
  end
  self.objects[name] = object
  if name == "search" then self.search = object end
end

-- An archive of all objects; notices: what there is to say of some, name -> text. Raises when one cannot be put.
-- `learnt`: without the environments.
function parts:put(notices, learnt)
  local archive = core.archive()
  for _, name in ipairs(self.names) do
    local object = self.objects[name]
    if learnt and self.is_env[object] then -- luacheck: ignore 542
    elseif is_own(object) then
      archive:put_text(name, parts.pack(object:state(), name .. ": state()"))
    else
      local called, ok, message = pcall(archive.put, archive, name, object)
      if not called then error(ok, 0) end -- a trainer's thread has it
      if not ok then error(("%s: %s"):format(name, message), 0) end
      notices[name] = message
    end
  end
  return archive
end

-- Whether an archive holds something of this name.
function parts.is_in(archive, name)
  for _, other in ipairs(archive:names()) do
    if other == name or other:sub(1, #name + 1) == name .. "." then return true end
  end
  return false
end

-- Sets an object back to what the archive holds. true and what there is to say, or nil and a message.
function parts:take(archive, name)
  local object = self.objects[name]
  if not is_own(object) then return archive:take(name, object) end
  local text = archive:text(name)
  if not text then return nil, ('there is no "%s"'):format(name) end
  local ok, state = core.unpack(text)
  if not ok then return nil, ('"%s" is damaged'):format(name) end
  local _, message = object:restore(state) -- nil and a message where it refuses
  if message then return nil, message end
  return true
end

return parts
