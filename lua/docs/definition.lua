-- Writes lua/rl/meta/options.lua, the part of the definition file that follows from tables in C: what every method,
-- search, environment and part of a creature can be told, and what a reward can read.
--
--   rlrun lua/docs/definition.lua lua/rl/meta/options.lua          (or: cmake --build build --target definition)
local rl = require "rl"

local lines = {}
local function put(...) lines[#lines + 1] = table.concat({ ... }) end

local function type_of(row)
  if row.type ~= "choice" then return row.type end
  local names = {}
  for i, choice in ipairs(row.choices) do names[i] = ("%q"):format(choice) end
  return table.concat(names, "|")
end

local function number(value) return type(value) == "number" and ("%.7g"):format(value) or tostring(value) end

-- "m/s^2, downward acceleration; 9.81, from 0.01 to 100"
local function words(row)
  local text = { row.unit ~= "" and row.unit .. ", " or "", row.meaning }
  local function add(...) text[#text + 1] = table.concat({ ... }) end
  if row.default ~= nil then add("; ", number(row.default)) end
  if row.min and row.max then
    add(row.default ~= nil and ", " or "; ", "from ", number(row.min), " to ", number(row.max))
  elseif row.min then
    add(row.default ~= nil and ", " or "; ", "at least ", number(row.min))
  end
  return table.concat(text)
end

local function put_fields(rows, schedules)
  for _, row in ipairs(rows) do
    local kind = type_of(row)
    if schedules and row.live and (row.type == "number" or row.type == "integer") then
      kind = kind .. "|fun(iteration: integer): number"
    end
    put("---@field ", row.name, "? ", kind, " ", words(row))
  end
end

local function put_constructor(name, meaning, class, result)
  put("---", meaning)
  put("---@param options ", class)
  put("---@return ", result)
  put("function rl.", name, "(options) end")
  put ""
end

put "---@meta"
put "-- Written by lua/docs/definition.lua from the tables of the runtime: what methods, searches, environments and the parts of"
put "-- a creature can be told, with units, defaults and ranges. Not to be edited."
put ""
put "---@class rl"
put "local rl = {}"
put ""

put "-- Methods -------------------------------------------------------------------------------------------------------------"
put ""
local settings = {}
for _, method in ipairs(rl.methods) do
  put("---@class rl.", method.name, "_settings")
  put_fields(rl.describe(method.name))
  put("---@class rl.", method.name, "_options: rl.", method.name, "_settings, rl.method_parts")
  put ""
  put_constructor(method.name, method.meaning, "rl." .. method.name .. "_options", "rl.method")
  settings[#settings + 1] = "rl." .. method.name .. "_settings"
end
put("---@alias rl.method_settings ", table.concat(settings, "|"))
put ""
put "---@class rl.rollout_settings"
put_fields(rl.describe("rollout"))
put "---@class rl.rollout_options: rl.rollout_settings, rl.method_parts"
put ""

put "-- Searches ------------------------------------------------------------------------------------------------------------"
put ""
for _, search in ipairs(rl.searches) do
  local class = "rl." .. search.name .. "_options"
  put("---@class ", class, ": rl.search_problem")
  put_fields(rl.describe(search.name), true)
  put ""
  put_constructor(search.name, search.meaning, class, "rl.search")
end

put "-- Environments --------------------------------------------------------------------------------------------------------"
put ""
local names, summaries = rl.envs()
local overloads = {}
for _, name in ipairs(names) do
  local about = rl.describe(name)
  put("---", summaries[name])
  put("---@class rl.", name, "_state")
  for _, field in ipairs(about.fields) do
    put("---@field ", field.name, " number ", field.unit ~= "" and field.unit .. ", " or "", field.meaning)
  end
  put("---@class rl.", name, "_options: rl.", name == "lqr" and "lqr_problem, rl.common_options" or "common_options")
  put("---@field reward? fun(state: rl.", name, "_state, action: number[]): number|table<string, number>")
  put("---@field done? fun(state: rl.", name, "_state, action: number[]): boolean")
  put_fields(about.options)
  put ""
  overloads[#overloads + 1] = ("---@overload fun(name: %q, options?: rl.%s_options): rl.env"):format(name, name)
end
put "---@param creature string|rl.creature a name of rl.envs(), or a description"
put "---@param options? rl.env_options"
put "---@return rl.env"
for _, overload in ipairs(overloads) do put(overload) end
put "function rl.env(creature, options) end"
put ""

put "-- Numbers in the description of a creature ----------------------------------------------------------------------------"
put ""
for _, part in ipairs(rl.parts) do
  put("---@class rl.", part, "_numbers")
  put_fields(rl.describe(part))
  put ""
end

put "return rl"
local file = assert(io.open(assert(arg[1], "where to? rlrun lua/docs/definition.lua OUT.lua"), "w"))
assert(file:write(table.concat(lines, "\n"), "\n"))
assert(file:close())
