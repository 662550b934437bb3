-- What can be done with a recording: its methods. They are loaded where they are first called.
local core = require "rl.core"

function core.recording.gait(self, options) return require("rl.gait")(self, options) end

-- Numbers, or what is drawn of them.
function core.recording.write(self, path, options)
  if type(path) ~= "string" or not path:lower():find("%.html$") then
    return require("rl.motion").write(path, self, options)
  end
  if not self.frames then error("recording:write: a replay (.html) is of what env:record gives", 2) end
  return require("rl.replay").write(path, self)
end
