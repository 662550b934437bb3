-- Writes lua/rl/meta/options.lua, the part of the definition file that follows from tables in C: what every method,
-- search, environment and part of a creature can be told, and what a reward can read.
--
--   rlrun lua/docs/definition.lua lua/rl/meta/options.lua          (or: cmake --build build --target definition)
local rl = require "rl"

local HEAD = [[
---@meta
-- Written by lua/docs/definition.lua from the tables of the runtime, not to be edited: what methods, searches,
-- environments and the parts of a creature can be told, with units, defaults and ranges.

---@class rl
local rl = {}
]]

local lines = { HEAD }
local function put(...) lines[#lines + 1] = table.concat({ ... }) end
local function section(title) put("-- ", title, " ", ("-"):rep(116 - #title), "\n") end

local names = rl.describe()

local function type_of(row)
  if row.type == "pair" then return "number[]" end
  if row.type == "name" then return "string" end
  if row.type ~= "choice" then return row.type end
  local choices = {}
  for i, choice in ipairs(row.choices) do choices[i] = choice == "false" and choice or ("%q"):format(choice) end
  return table.concat(choices, "|")
end

local function show(value)
  if type(value) == "table" then return "{" .. show(value[1]) .. ", " .. show(value[2]) .. "}" end
  if type(value) == "number" then
    return (value == math.floor(value) and value < 1e9 and "%.0f" or "%.7g"):format(value)
  end
  return type(value) == "string" and ("%q"):format(value) or tostring(value)
end

-- "downward acceleration (m/s^2); default 9.81, 0.01 to 100"
local function words(row)
  local text = row.meaning .. (row.unit ~= "" and (" (%s)"):format(row.unit) or "")
  local range = row.min and row.max and show(row.min) .. " to " .. show(row.max)
    or row.min and "at least " .. show(row.min) or row.max and "at most " .. show(row.max)
  if row.default ~= nil then text = text .. "; default " .. show(row.default) end
  if range and row.max ~= 2 ^ 53 then text = text .. (row.default ~= nil and ", " or "; ") .. range end
  return text
end

local function field(row, schedules)
  local kind = type_of(row)
  if schedules and row.live and (row.type == "number" or row.type == "integer") then
    kind = kind .. "|fun(iteration: integer): number"
  end
  return ("---@field %s? %s %s"):format(row.name, kind, words(row))
end

local function put_fields(rows, schedules)
  for _, row in ipairs(rows) do put(field(row, schedules)) end
end

local function put_constructor(name, rows, class, result)
  put("\n---", rows.meaning, rows.source and (" (" .. rows.source .. ")") or "")
  put("---@param options ", class)
  put("---@return ", result)
  put("function rl.", name, "(options) end\n")
end

local function put_method(name)
  local rows = rl.describe(name)
  put("---@class rl.", name, "_settings")
  put_fields(rows)
  put("\n---@class rl.", name, "_options: rl.", name, "_settings, rl.method_parts")
  put_constructor(name, rows, ("rl.%s_options"):format(name), name == "rollout" and "rl.rollout" or "rl.method")
end

section "Methods"
local settings = {}
for i, name in ipairs(names.methods) do
  put_method(name)
  settings[i] = ("rl.%s_settings"):format(name)
end
put_method "rollout"
put("---@class rl.clone_settings")
put_fields(rl.describe("clone"))
put("\n---@alias rl.method_settings ", table.concat(settings, "|"), "\n")

section "Searches"
for _, name in ipairs(names.searches) do
  local class = ("rl.%s_options"):format(name)
  put("---@class ", class, ": rl.search_problem")
  put_fields(rl.describe(name), true)
  put_constructor(name, rl.describe(name), class, "rl.search")
end

-- Creatures have much in common: it is said once, in a class that the others begin with.

local function is_creature(name) return (pcall(rl.creature, name)) end
local function state_field(f)
  return ("---@field %s number %s"):format(f.name, words(f))
end

local function texts_of(list, text_of)
  local texts = {}
  for i, row in ipairs(list) do texts[i] = text_of(row) end
  return texts
end

-- The texts that are in every list, as a set and in the order of the first.
local function in_all(lists)
  local count, set, order = {}, {}, {}
  for _, list in ipairs(lists) do
    for _, text in ipairs(list) do count[text] = (count[text] or 0) + 1 end
  end
  for _, text in ipairs(lists[1]) do
    if count[text] == #lists then set[text], order[#order + 1] = true, text end
  end
  return set, order
end

section "Environments"
local states, options = {}, {}
for _, name in ipairs(names.environments) do
  if is_creature(name) then
    states[#states + 1] = texts_of(rl.describe(name).fields, state_field)
    options[#options + 1] = texts_of(rl.describe(name).options, field)
  end
end
local common_states, states_in_order = in_all(states)
local common_options, options_in_order = in_all(options)
put("---What a reward reads of every creature; env:fields() lists what it reads of one.\n---@class rl.state")
put(table.concat(states_in_order, "\n"))
put "---@field [string] number of joints, feet and muscles, by their names\n"
put("---What every creature takes.\n---@class rl.env_options: rl.common_options")
put(table.concat(options_in_order, "\n"))
put "---@field motion? rl.motion to follow; it is part of the description, as rl.creature has it"
put "---@field start_phase? number with a motion: where in it episodes begin, 0 to 1; -1, the default: anywhere\n"

local _, summaries = rl.envs()
local overloads = {}
for _, name in ipairs(names.environments) do
  local about, creature = rl.describe(name), is_creature(name)
  put("---", summaries[name])
  put("---@class rl.", name, "_state", creature and ": rl.state" or "")
  for _, text in ipairs(texts_of(about.fields, state_field)) do
    if not (creature and common_states[text]) then put(text) end
  end
  put("\n---@class rl.", name, "_options: ", creature and "rl.env_options" or "rl.common_options",
      name == "lqr" and ", rl.lqr_problem" or "")
  put("---@field reward? fun(state: rl.", name, "_state, action: number[]): number|table<string, number>")
  put("---@field done? fun(state: rl.", name, "_state, action: number[]): boolean")
  for _, text in ipairs(texts_of(about.options, field)) do
    if not (creature and common_options[text]) then put(text) end
  end
  put ""
  if #overloads == 0 then overloads[1] = "---@overload fun(world: rl.world): rl.env" end
  overloads[#overloads + 1] = ("---@overload fun(name: %q, options?: rl.%s_options): rl.env"):format(name, name)
end
put "---@param creature string|rl.creature a name of rl.envs(), or a description"
put "---@param options? rl.env_options"
put "---@return rl.env"
put(table.concat(overloads, "\n"))
put "function rl.env(creature, options) end\n"

section "Numbers in the description of a creature"
for _, part in ipairs(names.parts) do
  put("---@class rl.", part, "_numbers")
  put_fields(rl.describe(part))
  put ""
end

local file = assert(io.open(assert(arg[1], "where to? rlrun lua/docs/definition.lua OUT.lua"), "w"))
assert(file:write(table.concat(lines, "\n"), "\nreturn rl\n"))
assert(file:close())
