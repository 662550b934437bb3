-- rl.live(path): functions that can be changed while training goes on. The file returns a table of them:
--
--   return {
--     reward = function(s) return { speed = s.vx, upright = 0.2 * s.upright } end,
--     done = function(s) return s.height < 0.6 end,
--   }
--
--   local functions = rl.live "walk_functions.lua"
--   local env = rl.env("biped", { reward = functions.reward, done = functions.done })
--
-- Under rlrun --live the file is looked at as runs go on; when it has been saved, what it holds takes over at the
-- next iteration. The script itself is never run again. A text that does not load, or whose functions fail within
-- their first iteration, is told and the old functions stay. Checkpoints hold the text.
local core = require "rl.core"

local live = {}

local LOOK_EVERY = 0.2 -- seconds
local MOST_BYTES = 16 * 1024 * 1024

local files = {} -- in the order of their first use
local origins = setmetatable({}, { __mode = "k" }) -- what was handed out -> { file =, name = }
local last_look = -math.huge
local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

local function read(path) return core.read_file(path, MOST_BYTES) end

-- The functions of a text, or nil and a message.
local function compile(path, text)
  local chunk, message = (rawget(_G, "loadstring") or load)(text, "@" .. path)
  if not chunk then return nil, message end
  local ok, functions = pcall(chunk)
  if not ok then return nil, tostring(functions) end
  if type(functions) ~= "table" then
    return nil, ("%s must return a table of functions, got a %s"):format(path, type(functions))
  end
  for name, f in pairs(functions) do
    local kind = type(f)
    if not core.is_callable(f) then return nil, ("%s: %s is a %s, no function"):format(path, tostring(name), kind) end
  end
  return functions
end

local function missing(file, functions)
  for name in pairs(file.faces) do
    if not functions[name] then return ("%s: there is no %s any more"):format(file.path, name) end
  end
end

local function say(...) io.stderr:write("\nrl.live: ", (...):format(select(2, ...)), "\n") end

local function refuse(file, message)
  say("%s\n%s: the functions that were there stay", message, file.path)
  file.news[#file.news + 1] = ("%s: refused: %s"):format(file.path, message:match("[^\n]*"))
end

-- What a reward or an end would be refused for, later and with no way back.
local function wrong_result(name, result)
  local kind = type(result)
  if name == "reward" and kind ~= "table" and not (kind == "number" and result - result == 0) then
    local got = kind == "number" and tostring(result) or kind
    return ("it returned %s, not a number or a table of named terms"):format(got)
  end
  if name == "done" and kind ~= "boolean" then return ("it returned a %s, not true or false"):format(kind) end
end

local function keep(file, name, old, results, ...)
  local ok, first = results[1], results[2]
  local problem = not ok and tostring(first) or wrong_result(name, first)
  if not problem then return unpack(results, 2, results.n) end
  refuse(file, ("%s: %s: %s"):format(file.path, name, problem))
  file.functions, file.text, file.before = old.functions, old.text, nil
  return file.functions[name](...)
end

local function pack(...) return { n = select("#", ...), ... } end

-- Calls the function of this name, of the file of this number, that holds now.
function live.call(number, name, ...)
  local file = files[number]
  local old = file.before -- there is one as long as the new functions have no iteration behind them
  if not old then return file.functions[name](...) end
  return keep(file, name, old, pack(pcall(file.functions[name], ...)), ...)
end

-- What is handed out for a function. What it sees of its surroundings never changes: checkpoints look at that.
local function face(file, number, name)
  local function f(...) return live.call(number, name, ...) end
  origins[f] = { file = file, name = name }
  return f
end

-- The function that holds now behind one that rl.live has given, and its file; any other is itself.
function live.origin(f)
  local origin = origins[f]
  if not origin then return f end
  return origin.file.functions[origin.name], origin.file.path
end

local function open(path)
  if type(path) ~= "string" then error("rl.live: the path of a file expected, got " .. type(path), 3) end
  if core.confined() then error("rl.live: a script that is confined cannot load code", 3) end
  for _, file in ipairs(files) do
    if file.path == path then return file end
  end
  local text, message = read(path)
  if not text then error("rl.live: " .. message, 3) end
  local functions
  functions, message = compile(path, text)
  if not functions then error("rl.live: " .. message, 3) end
  local file = { path = path, text = text, seen = text, functions = functions, faces = {}, news = {} }
  files[#files + 1] = file
  for name in pairs(functions) do file.faces[name] = face(file, #files, name) end
  return file
end

local function look(file, iteration)
  local text = read(file.path)
  if not text or text == file.seen then return end
  file.seen = text
  local functions, message = compile(file.path, text)
  message = message or missing(file, functions)
  if message then return refuse(file, message) end
  file.before = { functions = file.functions, text = file.text }
  file.functions, file.text = functions, text
  say("%s: new functions from iteration %d on", file.path, iteration)
  file.news[#file.news + 1] = file.path .. ": new functions"
end

-- At the head of an iteration. The list of what there is to note.
function live.poll(iteration)
  local news = {}
  local due = core.launch().live and core.time() - last_look >= LOOK_EVERY
  if due then last_look = core.time() end
  for _, file in ipairs(files) do
    file.before = nil
    if due then look(file, iteration) end
    for i, text in ipairs(file.news) do
      news[#news + 1] = text
      file.news[i] = nil
    end
  end
  return news
end

-- Path -> text, of what holds now.
function live.texts()
  local texts = {}
  for _, file in ipairs(files) do texts[file.path] = file.text end
  return texts
end

-- What held in a run that is resumed, unless its files shall count.
function live.restore(texts, force)
  for _, file in ipairs(files) do
    local text = texts[file.path]
    if text and text ~= file.text and not force then
      local functions = compile(file.path, text)
      if functions and not missing(file, functions) then
        file.functions, file.text = functions, text
        say("%s: goes on with the text that the run had, which is another than the file's; --force takes the file's",
          file.path)
      end
    end
  end
end

function live.open(path) return open(path).faces end

return live
