-- The words behind a command of rlrun, sorted into options and the rest. Wrong ones end rlrun as wrong usage does.
--
--   local options, rest = arguments.read("sweep", HELP, { jobs = "number", set = "list", stop = "flag" }, ...)
--
-- Options are --name value or --name=value; "list" collects, "flag" has no value. --help prints HELP.
local core = require "rl.core"

local arguments = {}

function arguments.fail(command, format, ...)
  core.leave(2, ("rlrun %s: %s\ntry: rlrun %s --help"):format(command, format:format(...), command))
end

-- Calls f. A signal meanwhile ends rlrun with one word.
function arguments.interruptible(f, ...)
  local ok, result = pcall(f, ...)
  if ok then return result end
  if core.stopping() then core.leave(128 + core.stopping(), "interrupted") end
  error(result, 0)
end

local function convert(command, kind, name, text)
  if kind ~= "number" then return text end
  local number = tonumber(text)
  if not number or number - number ~= 0 then
    arguments.fail(command, "--%s takes a number, not %q", name, text)
  end
  return number
end

function arguments.read(command, help, known, ...)
  local words, options, rest, names, i = { ... }, {}, {}, { "help" }, 1
  for name, kind in pairs(known) do
    names[#names + 1] = name
    if kind == "list" then options[name] = {} end
  end
  while i <= #words do
    local word = words[i]
    local name, value = word:match("^%-%-([^=]+)=?(.*)$")
    local equals = word:find("=", 1, true)
    if name == "help" then
      io.write(help)
      core.leave(0, "")
    elseif not name then
      if word:find("^%-.") then arguments.fail(command, "unknown option %q", word) end
      rest[#rest + 1] = word
    elseif not known[name] then
      table.sort(names)
      arguments.fail(command, "%s", core.unknown_name("option", name, names))
    elseif known[name] == "flag" then
      if equals then arguments.fail(command, "--%s takes no value", name) end
      options[name] = true
    else
      if not equals then
        i = i + 1
        value = words[i]
        if not value then arguments.fail(command, "a value is missing after --%s", name) end
      end
      if known[name] == "list" then
        table.insert(options[name], value)
      else
        options[name] = convert(command, known[name], name, value)
      end
    end
    i = i + 1
  end
  return options, rest
end

-- The options of an environment that --set gives, each as the environment wants it.
function arguments.apply(command, sets, options)
  for _, set in ipairs(sets) do
    local name, text = set:match("^([^=]+)=(.*)$")
    if not name then arguments.fail(command, "--set takes NAME=VALUE, not %q", set) end
    local number = tonumber(text)
    if type(options[name]) == "number" and not number then
      arguments.fail(command, "option %q must be a number, got %q", name, text)
    end
    if number then
      options[name] = number
    elseif text == "true" or text == "false" then
      options[name] = text == "true"
    else
      options[name] = text
    end
  end
end

-- A whole number within a range that an option may give.
function arguments.whole(command, options, name, fallback, least, most)
  local value = options[name] or fallback
  if value ~= math.floor(value) or value < least or value > most then
    arguments.fail(command, "--%s takes a whole number from %d to %.0f, not %g", name, least, most, value)
  end
  return value
end

return arguments
