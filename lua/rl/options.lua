-- The options of a script: a table of defaults that the command line overrides.
--
--   local opt = rl.options{ gravity = 1.62, iterations = 150, load = "" }
--
--   rlrun walk.lua --set gravity=9.81        rlrun walk.lua --gravity 9.81        rlrun walk.lua --gravity=9.81
--
-- Under plain lua5.4, too, which leaves rlrun's own options (--seed, --threads, --out, --quiet, --set, --task) to this.
--
-- An option has the type of its default: number, string or boolean. `seed` is always there: rlrun's --seed, else the
-- script's default, else 1. A wrong option ends rlrun as wrong usage does.

local core = require "rl.core"
local sorted_keys = require "rl.sorted_keys"

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
  core.leave(2, ("rlrun: %s: %s"):format(launch.script or launch.program or "script", message))
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

-- The words of a plain interpreter (lua5.4 walk.lua --set gravity=9.81), which has read none of them; nil elsewhere: a
-- game has words of its own.
local function plain_words(launch)
  local words, first = rawget(_G, "arg"), 0
  if launch.script or type(words) ~= "table" or type(words[0]) ~= "string" then return nil end
  while words[first - 1] do first = first - 1 end
  local program = tostring(words[first]):match("[^/\\]*$")
  return first < 0 and program:find("^lua") and words or nil
end

-- What rlrun does with its own options.
local RLRUN = {
  ["--set"] = function(launch, value)
    local name, text = value:match("^([^=]+)=(.*)$")
    if not name then wrong(launch, ("--set takes NAME=VALUE, not %q"):format(value)) end
    launch.set[name] = text
  end,
  ["--seed"] = function(launch, value)
    local seed = core.tonumber(value)
    if not seed or seed < 0 or seed > 2 ^ 53 or seed ~= math.floor(seed) then
      wrong(launch, ("--seed takes a whole number from 0 to 2^53, not %q"):format(value))
    end
    launch.seed, launch.seed_given = seed, true
  end,
  ["--threads"] = function(launch, value)
    local n = core.tonumber(value)
    if not n or n < 1 or n > 1024 or n ~= math.floor(n) then
      wrong(launch, ("--threads takes a whole number from 1 to 1024, not %q"):format(value))
    end
    core.threads(n)
  end,
  ["--out"] = function(launch, value) launch.out = value end,
  ["--task"] = function(launch, value)
    local number, count = value:match("^(%d+)/(%d+)$")
    number, count = core.tonumber(number or ""), core.tonumber(count or "")
    if not number then wrong(launch, ("--task takes I/N, as in 3/16, not %q"):format(value)) end
    if number < 1 or number > count then
      wrong(launch, ("--task takes I/N with I from 1 to N, not %q"):format(value))
    end
    launch.task = { number = number, count = count }
  end,
}

local function take_plain_words(launch)
  local words, i, own = plain_words(launch), 1, true
  if not words or launch.read then return end
  launch.read, launch.program = true, words[0]
  while words[i] do
    local word = words[i]
    local name, value = word:match("^(%-%-[^=]+)=(.*)$")
    local take = own and RLRUN[name or word]
    if take then
      if not value then i, value = i + 1, words[i + 1] end
      if not value then wrong(launch, "a value is missing after " .. word) end
      take(launch, value)
    elseif own and word == "--quiet" then
      launch.quiet = true
    elseif own and word == "--" then
      own = false
    else
      launch.args[#launch.args + 1] = word
    end
    i = i + 1
  end
end

-- rlrun --options: a line each, name, type and value, with tabs between.
local function print_all(opt)
  for _, name in ipairs(sorted_keys(opt)) do
    print(("%s\t%s\t%s"):format(name, type(opt[name]), type(opt[name]) == "number" and core.format("%.14g", opt[name])
      or tostring(opt[name])))
  end
  core.leave(0, "")
end

local function options(defaults)
  check_defaults(defaults)
  local launch = core.launch()
  take_plain_words(launch)
  local opt = {}
  for name, value in pairs(defaults) do opt[name] = value end
  launch.defaults = defaults -- for the record that a run keeps
  if launch.seed_given or opt.seed == nil then opt.seed = launch.seed end

  local known = sorted_keys(opt)
  local function set(name, text)
    if opt[name] == nil then wrong(launch, core.unknown_name("option", name, known)) end
    opt[name] = convert(launch, name, text, opt[name])
    launch.changed[name] = text
  end
  launch.changed = {}
  for _, name in ipairs(sorted_keys(launch.set)) do set(name, launch.set[name]) end
  for _, pair in ipairs(parse(launch, opt)) do set(pair[1], pair[2]) end
  local later = launch.set_later or {}
  for _, name in ipairs(sorted_keys(later)) do set(name, later[name]) end
  launch.set_read = true
  if launch.ask then print_all(opt) end
  return opt
end

return options
