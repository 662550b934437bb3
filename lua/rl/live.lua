-- The progress a person sees: on a terminal one line that is drawn over and over, elsewhere a line now and then.

local core = require "rl.core"

local live = {}
live.__index = live

local REDRAW, REPRINT = 0.1, 2 -- seconds between two lines on a terminal and elsewhere

local function is_number(value) return type(value) == "number" and value == value end

-- 1234567 -> "1.23M"
local function short(value)
  if not is_number(value) then return "-" end
  if math.abs(value) >= 1e6 then return core.format("%.2fM", value / 1e6) end
  if math.abs(value) >= 1e4 then return core.format("%.1fk", value / 1e3) end
  return core.format("%.0f", value)
end

local function number(format, value) return is_number(value) and core.format(format, value) or "-" end

local function duration(seconds)
  if not is_number(seconds) then return "-" end
  seconds = math.floor(seconds + 0.5)
  if seconds >= 3600 then
    return ("%d:%02d:%02d"):format(math.floor(seconds / 3600), math.floor(seconds / 60) % 60, seconds % 60)
  end
  return ("%d:%02d"):format(math.floor(seconds / 60), seconds % 60)
end

-- `iterations` may be nil: how many there will be is not known.
function live.new(name, iterations, quiet)
  return setmetatable({ name = name, iterations = iterations, quiet = quiet, terminal = core.is_terminal(),
                        start = core.time(), last_time = -math.huge, text = nil, drawn = false, known = {} }, live)
end

-- Episodes do not finish in every batch: the line goes on showing the last that did.
local function last_known(self, row, name)
  if is_number(row[name]) then self.known[name] = row[name] end
  return self.known[name]
end

local function compose(self, row)
  local left
  if self.iterations and row.iteration > 0 and row.iteration <= self.iterations then
    left = (core.time() - self.start) / row.iteration * (self.iterations - row.iteration)
  end
  return ("%s %d%s  steps %s  %s steps/s  return %s  length %s  kl %s  left %s"):format(
    self.name, row.iteration, self.iterations and "/" .. self.iterations or "", short(row.steps),
    short(row.steps_per_second), number("%.3g", last_known(self, row, "mean_return")),
    number("%.4g", last_known(self, row, "mean_length")), number("%.2g", row.approx_kl), duration(left))
end

local function draw(self)
  if self.terminal then
    io.write("\r", self.text:sub(1, core.terminal_width() - 1), "\27[K")
    self.drawn = true
  else
    io.write(self.text, "\n")
  end
  io.flush()
  self.text, self.last_time = nil, core.time()
end

-- Shows the row if the last one has been there long enough, or if it is the last of all.
function live:show(row)
  if self.quiet then return end
  self.text = compose(self, row)
  local wait = self.terminal and REDRAW or REPRINT
  if core.time() - self.last_time >= wait or row.iteration == self.iterations then draw(self) end
end

-- Shows the last row, if it has not been, and leaves the line.
function live:stop()
  if self.text then draw(self) end
  if self.drawn then io.write("\n") end
  io.flush()
  self.drawn = false
end

return live
