-- Reads a definition file (LuaLS annotations) into a list of what it declares, for the API reference and for the test
-- that holds the definitions against the module.
--
--   { kind = "section", title = }
--   { kind = "class", name =, parents = { ... }, text =, fields = { { name =, type =, text =, optional = }, ... } }
--   { kind = "function", name = "rl.ppo" | "rl.method:update", text =, params =, returns = { { type =, text = } } }
--   { kind = "value", name = "rl.searches", type =, text = }
--   { kind = "alias", name =, type =, text =, choices = { { type =, text = }, ... } }
local annotations = {}

-- The files of lua/rl/meta, in the order of the reference.
annotations.files = { "rl", "tensor", "variable", "env", "lua_env", "creature", "policy", "method", "search", "run",
                      "motion", "league", "tetris", "options" }

-- The type that `words` begin with, and what is behind it: a type ends at a space outside of brackets, but not behind
-- ":", "|" or "," (fun(x: number): boolean).
local function split_type(words)
  local depth, i = 0, 1
  while i <= #words do
    local c = words:sub(i, i)
    if c:find("[%(%[{<]") then depth = depth + 1 end
    if c:find("[%)%]}>]") then depth = depth - 1 end
    if c == " " and depth == 0 and not words:sub(1, i - 1):find("[:|,]$") then break end
    i = i + 1
  end
  return words:sub(1, i - 1), (words:sub(i + 1):gsub("^#?%s*", ""))
end

local function named(words)
  local name, optional, rest = words:match("^(%[?[%w_%.%s]-%]?)(%??)%s+(.*)$")
  if words:sub(1, 3) == "..." then name, optional, rest = "...", "", words:match("^%.%.%.%s*(.*)$") end
  local type_, text = split_type(rest or "")
  return { name = name, optional = optional == "?", type = type_, text = text }
end

local read = {}

function read.class(block, words)
  local name, rest = words:match("^([%w_%.]+)(.*)$")
  local item = { kind = "class", name = name, parents = {}, fields = {}, text = (rest:gsub("^%s+", "")) }
  if rest:find("^%s*:") then
    for parent in rest:gmatch("rl%.[%w_]+") do item.parents[#item.parents + 1] = parent end
    item.text = ""
  end
  block.item = item
end

function read.alias(block, words)
  local name, rest = words:match("^([%w_%.]+)%s*(.*)$")
  block.item = { kind = "alias", name = name, type = rest, choices = {}, text = "" }
end

function read.field(block, words) table.insert(block.item.fields, named(words)) end
function read.param(block, words) table.insert(block.params, named(words)) end
function read.overload(block, words) table.insert(block.overloads, words) end
function read.operator(block, words) table.insert(block.item.fields, { name = "operator", type = words, text = "" }) end
function read.type(block, words) block.type = words end
read["return"] = function(block, words)
  local type_, text = split_type(words)
  table.insert(block.returns, { type = type_, text = text })
end
function read.meta() end

local function new_block() return { text = {}, params = {}, returns = {}, overloads = {} } end

-- What a block of comments says about the line behind it.
local function finish(items, block, line, classes)
  local text = table.concat(block.text, " ")
  if block.item then
    block.item.text = block.item.text ~= "" and text ~= "" and text .. " " .. block.item.text or text .. block.item.text
    local empty = block.item.name == "rl" and #block.item.fields == 0 -- is in every file, for editors
    if not empty then items[#items + 1] = block.item end
    local variable = line:match("^local ([%w_]+) = {}")
    if variable then classes[variable] = block.item.name end
    return
  end
  local owner, dot, name, args = line:match("^function ([%w_]+)([%.:])([%w_]+)%((.-)%) end")
  if owner then
    items[#items + 1] = { kind = "function", name = (classes[owner] or owner) .. dot .. name, args = args, text = text,
                          params = block.params, returns = block.returns, overloads = block.overloads }
    return
  end
  local value = line:match("^(rl%.[%w_%.]+) = ")
  if value then items[#items + 1] = { kind = "value", name = value, type = block.type or "any", text = text } end
end

-- The declarations of a definition file's text, in order.
function annotations.parse(source)
  local items, classes, block = {}, { rl = "rl" }, new_block()
  for line in (source .. "\n"):gmatch("(.-)\n") do
    local tag, words = line:match("^%-%-%-@(%w+)%s*(.*)$")
    local comment = line:match("^%-%-%-%s*(.*)$")
    local title = line:match("^%-%- (.-) %-%-%-%-+$")
    if tag then
      if (tag == "class" or tag == "alias") and block.item then
        finish(items, block, "", classes)
        block = new_block()
      end
      if read[tag] then read[tag](block, words) end
    elseif line:find("^%-%-%-|") then
      local choice, text = line:match('^%-%-%-|%s*(%S+)%s*#?%s*(.*)$')
      table.insert(block.item.choices, { type = choice, text = text })
    elseif comment then
      if block.item and block.item.fields and #block.item.fields > 0 then -- goes on from the field above
        local field = block.item.fields[#block.item.fields]
        field.text = field.text .. " " .. comment
      else
        table.insert(block.text, comment)
      end
    elseif title then
      items[#items + 1] = { kind = "section", title = title }
    else
      finish(items, block, line, classes)
      block = new_block()
    end
  end
  return items
end

function annotations.load(path)
  local file = assert(io.open(path))
  local source = file:read("*a")
  file:close()
  return annotations.parse(source)
end

return annotations
