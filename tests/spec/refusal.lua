-- What calls are refused with.
local assert = require "luassert"

local refusal = {}

function refusal.message_of(f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  return tostring(message)
end

-- Holds when f(...) raises a message that contains what is expected.
function refusal.refuses(expected, f, ...)
  local message = refusal.message_of(f, ...)
  assert.is_truthy(message:find(expected, 1, true), message)
end

return refusal
