-- The objects of a run, by name: what its checkpoints hold. Objects of the module put their state into archives
-- themselves; a table with state() -> plain data and restore(data) is an object of the script's own.
local core = require "rl.core"
local data = require "rl.data"

local objects = {}
objects.__index = objects

function objects.new() return setmetatable({ names = {}, by_name = {} }, objects) end

local function is_own(object)
  return type(object) == "table" and core.is_callable(object.state) and core.is_callable(object.restore)
end

function objects.can_keep(object) return type(object) == "userdata" or is_own(object) end

-- An object in the place of what had this name, if anything; nil: none any more.
function objects:set(name, object)
  if object ~= nil and self.by_name[name] == nil then
    self.names[#self.names + 1] = name
  elseif object == nil then
    for i, other in ipairs(self.names) do
      if other == name then table.remove(self.names, i) break end
    end
  end
  self.by_name[name] = object
end

-- An archive of all; notices: what there is to say of some, name -> text. Raises when one cannot be put.
function objects:put(notices)
  local archive = core.archive()
  for _, name in ipairs(self.names) do
    local object = self.by_name[name]
    if is_own(object) then
      archive:put_text(name, data.encode(object:state()))
    else
      local ok, message = archive:put(name, object)
      if not ok then error(("%s: %s"):format(name, message), 0) end
      notices[name] = message
    end
  end
  return archive
end

-- Whether the archive holds something of this name.
function objects.is_in(archive, name)
  for _, other in ipairs(archive:names()) do
    if other == name or other:sub(1, #name + 1) == name .. "." then return true end
  end
  return false
end

-- Sets one object back to what the archive holds. true and what there is to say, or nil and a message.
function objects:take(archive, name)
  local object = self.by_name[name]
  if not is_own(object) then return archive:take(name, object) end
  local text = archive:text(name)
  if not text then return nil, ('there is no "%s"'):format(name) end
  local state, message = data.decode(text)
  if message then return nil, message end
  object:restore(state)
  return true
end

return objects
