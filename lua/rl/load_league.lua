-- rl.load_league(folder, settings): the league that a run has left in a folder, with the settings of rl.league; nil and
-- a message where it, or the file of a member, is gone or damaged, or a policy is of another size.
local core = require "rl.core"
local league = require "rl.league"

local MOST_BYTES = 2 ^ 26

return function(folder, settings)
  if type(folder) ~= "string" then error("rl.load_league: a folder expected, got a " .. type(folder), 2) end
  local given = {}
  for name, value in pairs(settings or {}) do given[name] = value end
  given.folder = folder
  local self = league(given)
  local path = folder .. "/league.json"
  local text, message = core.read_file(core.read_path(path), MOST_BYTES)
  if not text then return nil, message end
  local ok, reason = self:restore((core.parse_json(text)))
  if not ok then return nil, ("%s: %s"):format(path, reason) end
  return self
end
