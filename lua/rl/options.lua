-- The options of a script: a table of defaults that the command line overrides.
--
--   local opt = rl.options{ gravity = 1.62, iterations = 150, load = "" }
--
--   rlrun walk.lua --set gravity=9.81        rlrun walk.lua --gravity 9.81        rlrun walk.lua --gravity=9.81
--
-- An option has the type of its default: number, string or boolean. `seed` is always there: rlrun's --seed, else the
-- script's default, else 1. A wrong option ends rlrun as wrong usage does.

local core = require "rl.core"

local function sorted_names(defaults)
  local names = {}
  for name in pairs(defaults) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function check_defaults(defaults)
  if type(defaults) ~= "table" then error("rl.options: a table of defaults expected, got " .. type(defaults), 3) end
  for name, value in pairs(defaults) do
    local kind = type(value)
    if type(name) ~= "string" then
      error(("rl.options: the name of an option must be a string, got %s"):format(tostring(name)), 3)
    elseif kind ~= "number" and kind ~= "string" and kind ~= "boolean" then
      error(("rl.options: the default of %q must be a number, a string or a boolean, got a %s"):format(name, kind), 3)
    end
  end
end

local function wrong(launch, message)
  core.leave(2, ("rlrun: %s: %s"):format(launch.script or "script", message))
end

local function convert(launch, name, text, default)
  local kind = type(default)
  local value
  if kind == "string" then return text end
  if kind == "boolean" then
    if text == "true" then return true end
    if text == "false" then return false end
    return wrong(launch, ("option %q must be true or false, got %q"):format(name, text))
  end
  value = core.tonumber(text)
  if not value or value ~= value or value - value ~= 0 then
    return wrong(launch, ("option %q must be a number, got %q"):format(name, text))
  end
  return value
end

-- The words after the script as a list of {name, value}.
local function parse(launch, defaults)
  local pairs_found, args, i = {}, launch.args, 1
  while i <= #args do
    local word = args[i]
    local name, value = word:match("^%-%-([^=]+)=(.*)$")
    if not name then
      name = word:match("^%-%-([^=]+)$")
      if not name then
        return wrong(launch, ("unexpected argument %q: an option is given as --name value"):format(word))
      end
      local following = args[i + 1]
      if type(defaults[name]) == "boolean" and following ~= "true" and following ~= "false" then
        value = "true"
      elseif following == nil and defaults[name] ~= nil then
        return wrong(launch, ("a value is missing after --%s"):format(name))
      else
        value, i = following, i + 1
      end
    end
    pairs_found[#pairs_found + 1] = { name, value }
    i = i + 1
  end
  return pairs_found
end

-- rlrun --options: a line each, name, type and value, with tabs between.
local function print_all(opt)
  for _, name in ipairs(sorted_names(opt)) do
    print(("%s\t%s\t%s"):format(name, type(opt[name]), type(opt[name]) == "number" and ("%.14g"):format(opt[name])
      or tostring(opt[name])))
  end
  core.leave(0, "")
end

local function options(defaults)
  check_defaults(defaults)
  local launch = core.launch()
  local opt = {}
  for name, value in pairs(defaults) do opt[name] = value end
  launch.defaults = defaults -- for the record that a run keeps
  if launch.seed_given or opt.seed == nil then opt.seed = launch.seed end

  local known = sorted_names(opt)
  local function set(name, text)
    if opt[name] == nil then wrong(launch, core.unknown_name("option", name, known)) end
    opt[name] = convert(launch, name, text, opt[name])
    launch.changed[name] = text
  end
  launch.changed = {}
  for _, name in ipairs(sorted_names(launch.set)) do set(name, launch.set[name]) end
  for _, pair in ipairs(parse(launch, opt)) do set(pair[1], pair[2]) end
  launch.set_read = true
  if launch.ask then print_all(opt) end
  return opt
end

return options
