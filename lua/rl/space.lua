-- The free numbers of a description: finds every rl.param in a nested table, names it by its place, and goes from a
-- list of numbers to the description and back.
--
--   local space = rl.space {
--     thigh = { length = p(0.45, 0.05, 0.3, 0.6) },
--     muscles = { { name = "vastus", f_max = p(6000, 500, 2000, 9000) } },
--   }
--   space.names                        --> { "muscles.vastus.f_max", "thigh.length" }
--   local es = rl.cmaes { space = space }
--   local design = space:decode(es:ask()[1])
--
-- Names are paths. An element of a list is called by its `name`, or the `joint` it is at, else by its index:
-- "motors.hip.torque", "points[2].x". The order is that of the keys: numbers, then strings.
local core = require "rl.core"
local format = core.format -- a decimal point in every locale
local design_file = require "rl.design"
local param = require "rl.param"
local sorted_keys = require "rl.sorted_keys"

local Space = { __name = "rl.space" }
Space.__index = Space

local function refuse(message, ...) error(format(message, ...), 0) end

-- f(...), whose refusals become errors at the line that called the caller.
local function at_caller(what, f, ...)
  local ok, result = pcall(f, ...)
  if not ok then error(what .. ": " .. tostring(result), 3) end
  return result
end

-- What a table's key adds to the path of the table.
local function extend(path, key, value)
  if type(key) == "string" then return path == "" and key or path .. "." .. key end
  local name = type(value) == "table" and not param.is(value) and (rawget(value, "name") or rawget(value, "joint"))
  if type(name) == "string" then return path == "" and name or path .. "." .. name end
  return ("%s[%s]"):format(path, key)
end

local function keys_of(t, path)
  for key in pairs(t) do
    if type(key) ~= "string" and type(key) ~= "number" then
      refuse("%s: a key is a %s; names and numbers are possible", path == "" and "the table" or path, type(key))
    end
  end
  return sorted_keys(t)
end

-- Calls visit(param, path) at every place of a parameter, in order. `stack`: the tables on the way here; a table that
-- is at two places is seen at the first.
local function walk(t, path, visit, stack, seen)
  if stack[t] then refuse("%s: the table holds itself", path == "" and "the table" or path) end
  if seen[t] then return end
  stack[t], seen[t] = true, true
  for _, key in ipairs(keys_of(t, path)) do
    local value = t[key]
    local here = extend(path, key, value)
    if param.is(value) then
      visit(value, here)
    elseif type(value) == "table" then
      walk(value, here, visit, stack, seen)
    end
  end
  stack[t] = nil
end

-- A copy, tables that are at two places in it too; parameters become what `number` says.
local function copy(t, number, copies)
  if param.is(t) then return number(t) end
  if type(t) ~= "table" then return t end
  if copies[t] then return copies[t] end
  local result = {}
  copies[t] = result
  for key, value in pairs(t) do result[key] = copy(value, number, copies) end
  return result
end

local function itself(p) return p end

-- Walks template and design side by side: visit(param, path, what the design has there).
local function compare(template, design, path, visit, seen)
  seen[template] = seen[template] or {}
  if seen[template][design] then return end
  seen[template][design] = true
  for _, key in ipairs(keys_of(template, path)) do
    local value = template[key]
    local here, there = extend(path, key, value), type(design) == "table" and design[key] or false
    if param.is(value) then
      visit(value, here, there)
    elseif type(value) == "table" then
      compare(value, there, here, visit, seen)
    end
  end
end

local function add(space, index, p, path)
  if index[p] then return end
  if index[path] then
    refuse("two parameters are called %s: give the elements of a list names of their own", path)
  end
  local i = #space + 1
  index[p], index[path] = i, true
  space[i] = p
  space.names[i], space.mean[i], space.std[i] = path, p.mean, p.std
  space.lower[i], space.upper[i] = p.min, p.max
  space.groups[i] = p.group or path:match("^[^.[]+") or path
  if p.integer then space.integer[#space.integer + 1] = i end
end

local function build(description)
  if type(description) ~= "table" or param.is(description) then
    refuse("a table with parameters in it expected, got %s",
      param.is(description) and "one parameter" or type(description))
  end
  local space = { names = {}, mean = {}, std = {}, lower = {}, upper = {}, integer = {}, groups = {} }
  local index = {}
  walk(description, "", function(p, path) add(space, index, p, path) end, {}, {})
  if #space == 0 then refuse("there is no parameter in the table: rl.param(mean, std, min, max) makes one") end
  space.template, space.index = copy(description, itself, {}), index
  return setmetatable(space, Space)
end

local function length(x) return #x end

local function decode(space, x)
  local numbers, has_length, count = {}, pcall(length, x)
  if not has_length then count = type(x) end
  if count ~= #space then refuse("%d numbers expected, got %s", #space, count) end
  for i = 1, #space do
    local value = x[i]
    if type(value) ~= "number" then refuse("%s: a number expected, got %s", space.names[i], type(value)) end
    if value ~= value or math.abs(value) == math.huge then refuse("%s: %g is not finite", space.names[i], value) end
    numbers[i] = param.nearest(space[i], value)
  end
  return copy(space.template, function(p) return numbers[space.index[p]] end, {})
end

local function encode(space, design)
  local x, places = {}, {}
  if type(design) ~= "table" then refuse("a design expected, a table, got %s", type(design)) end
  compare(space.template, design, "", function(p, path, value)
    local i = space.index[p]
    if type(value) ~= "number" then
      refuse("%s: a number expected, got %s", path, value and type(value) or "nothing")
    end
    local within = core.within(value, p.min, p.max) -- a bound as float32 is the bound
    if not within then refuse("%s: %g is outside [%g, %g]", path, value, p.min, p.max) end
    value = within
    if p.integer and value ~= math.floor(value) then
      refuse("%s: %g is not a whole number", path, value)
    elseif x[i] and x[i] ~= value then
      refuse("%s is %g and %s, the same parameter, is %g", places[i], x[i], path, value)
    end
    x[i], places[i] = value, path
  end, {})
  return x
end

-- x: a list of numbers, or a row of what ask gives. The description with numbers in place, within their bounds.
function Space:decode(x)
  local design = at_caller("decode", decode, self, x)
  return design
end

-- The numbers of a design, a list in the order of `names`. A number that is missing or outside of its bounds is named.
function Space:encode(design)
  local x = at_caller("encode", encode, self, design)
  return x
end

-- Writes a design as a Lua data file, for rl.load_design. true, or nil and a message.
function Space:save(path, design)
  at_caller("save", encode, self, design)
  return design_file.save(path, design)
end

-- Groups in the order of their first parameters; in each, the places in `names`.
local function by_group(space)
  local groups, found = {}, {}
  for i, name in ipairs(space.groups) do
    if not found[name] then
      found[name] = { name = name }
      groups[#groups + 1] = found[name]
    end
    table.insert(found[name], i)
  end
  return groups
end

local function short(x) return format("%.5g", x) end

-- A table to print: the groups with their counts, and each parameter with its bounds.
function Space:summary()
  local width = 0
  for _, name in ipairs(self.names) do width = math.max(width, #name) end
  local row = "  %-" .. math.min(width, 90) .. "s %10s %10s %10s %10s%s"
  local lines = { tostring(self), row:format("", "mean", "std", "min", "max", "") }
  for _, group in ipairs(by_group(self)) do
    lines[#lines + 1] = ("%s (%d)"):format(group.name, #group)
    for _, i in ipairs(group) do
      local p = self[i]
      lines[#lines + 1] = row:format(self.names[i], short(p.mean), short(p.std), short(p.min), short(p.max),
        p.integer and " whole" or "")
    end
  end
  return table.concat(lines, "\n")
end

function Space:__tostring()
  local groups = #by_group(self)
  return ("rl.space of %d parameter%s in %d group%s"):format(#self, #self == 1 and "" or "s", groups,
    groups == 1 and "" or "s")
end

return function(description)
  local space = at_caller("rl.space", build, description)
  return space
end
