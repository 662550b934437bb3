-- One free number of a description: its mean and standard deviation where a search begins, and its bounds.
--
--   local p = rl.param
--   thigh = { length = p(0.45, 0.05, 0.3, 0.6), mass = p{ mean = 6, std = 1, min = 3, max = 12, group = "masses" } }
--
-- The same object at two places is one number: what should stay symmetric is made once and used twice.
local core = require "rl.core"
local format = core.format -- a decimal point in every locale

local Param = { __name = "rl.param" }
Param.__index = Param

local KNOWN = { "mean", "std", "min", "max", "integer", "group" }

local function is_number(x) return type(x) == "number" and x == x and x > -math.huge and x < math.huge end

-- Raises at the line that calls rl.param.
local function refuse(message, ...) error("rl.param: " .. format(message, ...), 5) end

local function shown(x) return type(x) == "number" and format("%.14g", x) or type(x) end

local function check(p)
  for _, name in ipairs { "mean", "std" } do
    if not is_number(p[name]) then refuse("%s: a finite number expected, got %s", name, shown(p[name])) end
  end
  for _, name in ipairs { "min", "max" } do
    if type(p[name]) ~= "number" or p[name] ~= p[name] then
      refuse("%s: a number expected, got %s", name, shown(p[name]))
    end
  end
  if p.min == math.huge then refuse("min: a number below infinity expected") end
  if p.max == -math.huge then refuse("max: a number above minus infinity expected") end
  if p.std <= 0 then refuse("std: %g is not above 0", p.std) end
  if p.min > p.max then refuse("min %g is above max %g", p.min, p.max) end
  if p.min == p.max then refuse("min and max are both %g: write the number itself", p.min) end
  local mean = core.within(p.mean, p.min, p.max)
  if not mean then refuse("mean %g is outside [%g, %g]", p.mean, p.min, p.max) end
  p.mean = mean
  if p.integer ~= nil and type(p.integer) ~= "boolean" then refuse("integer: true or false expected") end
  if p.integer and math.ceil(p.min) > math.floor(p.max) then
    refuse("no whole number in [%g, %g]", p.min, p.max)
  end
  if p.group ~= nil and type(p.group) ~= "string" then refuse("group: a string expected") end
end

local function from_table(options)
  local known, p = {}, {}
  for _, name in ipairs(KNOWN) do known[name] = true end
  for name, value in pairs(options) do
    if not known[name] then refuse("%s", core.unknown_name("option", tostring(name), KNOWN)) end
    p[name] = value
  end
  return p
end

local function make(mean, std, min, max)
  local p = type(mean) == "table" and from_table(mean) or { mean = mean, std = std, min = min, max = max }
  if p.min == nil then p.min = -math.huge end
  if p.max == nil then p.max = math.huge end
  check(p)
  return setmetatable(p, Param)
end

function Param:__tostring()
  return format("%g +- %g in [%g, %g]%s", self.mean, self.std, self.min, self.max, self.integer and ", whole" or "")
end

return {
  new = function(...)
    local p = make(...) -- no tail call: errors count levels
    return p
  end,
  is = function(x) return type(x) == "table" and getmetatable(x) == Param end,
  -- The number in its bounds, whole where it must be, that is nearest to x.
  nearest = function(p, x)
    if p.integer then return math.min(math.max(math.floor(x + 0.5), math.ceil(p.min)), math.floor(p.max)) end
    return math.min(math.max(x, p.min), p.max)
  end,
}
