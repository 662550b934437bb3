-- What can be done with a recording: its methods. They are loaded where they are first called.
local core = require "rl.core"

function core.recording.gait(self, options) return require("rl.gait")(self, options) end
function core.recording.write(self, path, options) return require("rl.motion").write(path, self, options) end
