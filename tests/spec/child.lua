-- Runs scripts in an rlrun of their own, each spec in a temporary folder.
local core = require "rl.core"

local child = {}
child.rlrun = assert(os.getenv("RLRUN"), "RLRUN must name the rlrun to test")

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- The exit status of a shell command; Lua 5.1 and LuaJIT give what wait(2) does.
function child.execute(command)
  local first, _, status = os.execute(command)
  return status or first / 256
end

function child.read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

function child.write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

-- A new folder, to be removed with child.remove.
function child.folder()
  local name = os.tmpname()
  os.remove(name)
  assert(core.make_directory(name, true))
  return name
end

function child.remove(folder) os.execute("rm -rf " .. quote(folder)) end

-- Runs a shell command in the folder. Returns exit status, standard output, standard error.
function child.shell(folder, command)
  local out, err = os.tmpname(), os.tmpname()
  local status = child.execute(("cd %s && ( %s ) >%s 2>%s </dev/null"):format(quote(folder), command, out, err))
  local text, errors = child.read(out), child.read(err)
  os.remove(out)
  os.remove(err)
  return status, text, errors
end

-- Writes script.lua into the folder and runs it; `arguments` are shell words, with SCRIPT where the script stands, or
-- else after it.
function child.run(folder, script, arguments)
  child.write(folder .. "/script.lua", script)
  arguments = arguments or ""
  if arguments:find("SCRIPT") then
    arguments = arguments:gsub("SCRIPT", "script.lua")
  else
    arguments = "script.lua " .. arguments
  end
  return child.shell(folder, quote(child.rlrun) .. " " .. arguments)
end

-- Runs a script of ours.
function child.script(folder, name, arguments)
  local root = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources")
  return child.shell(folder, ("%s --quiet '%s/scripts/%s' %s"):format(quote(child.rlrun), root, name, arguments))
end

-- Shell: waits until the command succeeds, or the process $pid has ended. No clock is looked at: what never comes is a
-- test that ctest ends.
function child.wait_for(command)
  return ("until %s || ! kill -0 $pid 2>/dev/null; do sleep 0.05; done\n"):format(command)
end

-- Runs a shell command in the background, waits until it has written the file "ready", and sends it the signals with
-- half a second and more between them. Returns as child.shell.
function child.signal_command(folder, command, signals)
  command = command .. " & pid=$!\n" .. child.wait_for("[ -e ready ]")
  for i, signal in ipairs(signals) do
    command = command .. (i > 1 and "sleep 0.8\n" or "") .. "kill -" .. signal .. " $pid\n"
  end
  return child.shell(folder, command .. "wait $pid")
end

-- The same of script.lua, which it writes.
function child.signal(folder, script, signals, arguments)
  child.write(folder .. "/script.lua", script)
  return child.signal_command(folder, quote(child.rlrun) .. " script.lua " .. (arguments or ""), signals)
end

-- The folders inside a folder.
function child.list(folder)
  local names = {}
  local pipe = io.popen("ls -A " .. quote(folder))
  for name in pipe:lines() do names[#names + 1] = name end
  pipe:close()
  return names
end

return child
