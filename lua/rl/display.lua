-- The progress a person sees: on a terminal one line that is drawn over and over, elsewhere a line now and then.

local core = require "rl.core"
local provenance = require "rl.provenance"

local display = {}
display.__index = display

local REDRAW, REPRINT = 0.1, 2 -- seconds between two lines on a terminal and elsewhere
local MOST_LEFT = 1e9 -- seconds that tell anybody anything

local function is_number(value) return type(value) == "number" and value == value end

-- 1234567 -> "1.23M"
local function short(value)
  if not is_number(value) then return "-" end
  if math.abs(value) >= 1e6 then return core.format("%.2fM", value / 1e6) end
  if math.abs(value) >= 1e4 then return core.format("%.1fk", value / 1e3) end
  return core.format("%.0f", value)
end

-- Of a return or a length: 0.512, 57.9, 1571, 15.7k
local function figure(value)
  local size = is_number(value) and math.abs(value) or 0
  if size >= 1e4 and size < 1e9 then return short(value) end
  return core.format(size >= 1e3 and size < 1e4 and "%.0f" or "%.3g", value)
end

local function duration(seconds)
  if not is_number(seconds) or seconds > MOST_LEFT then return "-" end
  seconds = math.floor(seconds + 0.5)
  if seconds >= 3600 then
    return ("%d:%02d:%02d"):format(math.floor(seconds / 3600), math.floor(seconds / 60) % 60, seconds % 60)
  end
  return ("%d:%02d"):format(math.floor(seconds / 60), seconds % 60)
end

-- `iterations` may be nil or infinite: how many there will be is not known. `first`: how many were done before.
function display.new(name, iterations, quiet, first)
  if iterations == math.huge then iterations = nil end
  return setmetatable({ name = name, iterations = iterations, quiet = quiet, first = first,
                        terminal = core.is_terminal(), start = core.time(), last_time = -math.huge, text = nil,
                        drawn = false, known = {} }, display)
end

-- Episodes do not finish in every batch: the line goes on showing the last that did.
local function last_known(self, row, name)
  if is_number(row[name]) then self.known[name] = row[name] end
  return self.known[name]
end

local function compose(self, row)
  local left
  local done = row.iteration - self.first
  if self.iterations and done > 0 and row.iteration <= self.iterations then
    left = (core.time() - self.start) / done * (self.iterations - row.iteration)
  end
  local length, kl = last_known(self, row, "mean_length"), last_known(self, row, "approx_kl")
  local shown = last_known(self, row, "mean_return")
  return table.concat {
    ("%s %s%s  steps %s  %s steps/s  return %s"):format(self.name, provenance.text(row.iteration),
      self.iterations and "/" .. provenance.text(self.iterations) or "", short(row.steps), short(row.steps_per_second),
      shown and figure(shown) or "-"),
    length and "  length " .. figure(length) or "", kl and core.format("  kl %.2g", kl) or "",
    is_number(row.stage) and core.format("  stage %.0f", row.stage) or "", "  left " .. duration(left),
  }
end

local function draw(self)
  local text = self.text .. "\n"
  if self.terminal then
    text = "\r" .. self.text:sub(1, core.terminal_width() - 1) .. "\27[K"
    self.drawn = true
  end
  local ok, message = io.write(text)
  if ok then ok, message = io.flush() end
  if not ok then -- nobody reads it any more
    self.quiet = true
    io.stderr:write("rl.run: no progress is shown any more: ", tostring(message), "\n")
  end
  self.text, self.last_time = nil, core.time()
end

-- Shows the row if the last one has been there long enough, or if it is the last of all.
function display:show(row)
  if self.quiet then return end
  self.text = compose(self, row)
  local wait = self.terminal and REDRAW or REPRINT
  if core.time() - self.last_time >= wait or row.iteration == self.iterations then draw(self) end
end

-- Shows the last row, if it has not been, and leaves the line.
function display:stop()
  if self.text then draw(self) end
  if self.drawn then io.write("\n") end
  io.flush()
  self.drawn = false
end

return display
