-- What calls are refused with, and what a text has.
local assert = require "luassert"

local refusal = {}

function refusal.message_of(f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  return tostring(message)
end

function refusal.has(text, part)
  text = tostring(text)
  assert.is_truthy(text:find(part, 1, true), text .. "\nlacks\n" .. part)
end

-- Holds when f(...) raises a message that contains what is expected.
function refusal.refuses(expected, f, ...)
  refusal.has(refusal.message_of(f, ...), expected)
end

return refusal
