-- What the specs of motions share: the human that walks by itself, tables as OpenSim writes them, what is refused.
local rl = require "rl"
local assert = require "luassert"

local root = os.getenv("RL_ROOT")

local motions = {}

function motions.near(expected, value, within, what)
  local message = ("%s: %.9g expected, got %.9g"):format(what or "", expected, value)
  assert.is_true(math.abs(expected - value) <= within, message)
end

-- rl.motion refuses these arguments, with these words.
function motions.refused(words, ...)
  local ok, message = pcall(rl.motion, ...)
  assert.is_false(ok, words)
  assert.are.equal("string", type(message))
  for _, part in ipairs(type(words) == "table" and words or { words }) do
    assert.is_truthy(message:find(part, 1, true), message)
  end
end

function motions.human(seconds)
  local design = assert(rl.load_design(root .. "/scripts/designs/human_1.3.lua"))
  return rl.env(design, { n = 1, time_limit = seconds, reset_noise = 0 })
end

-- Rows of a table with a header; cells as they are.
function motions.sto(header, names, rows)
  local lines = { "walk\n" .. header .. "endheader\n" .. table.concat(names, "\t") .. "\n" }
  for i, row in ipairs(rows) do lines[i + 1] = table.concat(row, "\t") .. "\n" end
  return table.concat(lines)
end

-- With Lua 5.1 and LuaJIT busted gives what is in a spec globals of its own, with which a function stays on its thread.
function motions.plain_globals(f)
  local set = rawget(_G, "setfenv")
  if set then set(f, rawget(_G, "getfenv")(require)) end
end

return motions
