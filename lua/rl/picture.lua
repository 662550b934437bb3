-- Pictures of a recording (replay.lua), as drawings (drawing.lua).
--
--   local p = picture.new(recording)
--   p:pose(2.5, { width = 960, height = 540, paper = false, light = false })  -- at a second, with the player's camera
--   p:stride { width = 960, time = 2.5, poses = 8 }                -- from a touchdown of a foot to its next, on paper
--   p.duration                                                     -- seconds
--
-- A foot is found by its shape alone: the body that comes down to the ground and leaves it again, and spends most time
-- there. Where there is none, a second is drawn; of a world that is seen from above all of the time.
local replay = require "rl.replay"
local scene = require "rl.scene"

local picture = {}
picture.__index = picture

local JUMP = 1.5 -- metres in a frame that no body travels: the episode began anew

local function clamp(value, low, high) return math.min(math.max(value, low), high) end
local function mix(a, b, t) return a + (b - a) * t end

local function is_jump(a, b, k)
  k = k or 1
  local x, y = (b[k] or 0) - (a[k] or 0), (b[k + 1] or 0) - (a[k + 1] or 0)
  return x * x + y * y > JUMP * JUMP
end

function picture.new(recording)
  local frames = recording.frames
  local self = setmetatable({ recording = recording, frames = frames, dt = recording.dt }, picture)
  self.scene = scene.new(recording, frames[1])
  self.duration = math.max((#frames - 1) * self.dt, self.dt)
  self.feet = replay.feet(recording)
  self.middles, self.first = {}, {} -- first: frame of the same episode
  for i, frame in ipairs(frames) do
    local x, y = self.scene:middle(frame)
    self.middles[i] = { x = x, y = y }
    self.first[i] = i > 1 and not is_jump(frames[i - 1], frame) and self.first[i - 1] or i
  end
  return self
end

-- The frame before a time, the one behind it, and how far it is between them.
local function frames_at(self, time)
  local position = clamp(time / self.dt, 0, #self.frames - 1)
  local i = math.floor(position) + 1
  local k = math.min(i + 1, #self.frames)
  return i, k, self.first[i] == self.first[k] and position - (i - 1) or 0
end

-- Bodies at a time, levels of muscles.
local function pose_at(self, time)
  local i, k, t = frames_at(self, time)
  local a, b, pose, levels = self.frames[i], self.frames[k], {}, {}
  for n = 1, #a do pose[n] = mix(a[n], b[n], t) end
  for n = 3 * self.scene.followed + 1, #a, 3 do -- these jump when they are used again
    if is_jump(a, b, n) then pose[n], pose[n + 1], pose[n + 2] = a[n], a[n + 1], a[n + 2] end
  end
  for n, strand in ipairs(self.scene.strands) do levels[n] = strand.values[t < 0.5 and i or k] end
  return pose, levels
end

-- Of middles in the neighbouring seconds, so that the camera glides.
local function glide(self, i, radius, axis)
  local sum, n, reach = 0, 0, math.floor(radius / self.dt + 0.5)
  for k = math.max(1, i - reach), math.min(#self.frames, i + reach) do
    if self.first[k] == self.first[i] then sum, n = sum + self.middles[k][axis], n + 1 end
  end
  return sum / n
end

local function camera_at(self, time)
  local i, k, t = frames_at(self, time)
  return mix(glide(self, i, 0.4, "x"), glide(self, k, 0.4, "x"), t),
    mix(glide(self, i, 1, "y"), glide(self, k, 1, "y"), t),
    mix(self.middles[i].x, self.middles[k].x, t) - self.middles[self.first[i]].x
end

local function series_at(self, name, time)
  for _, series in ipairs(self.recording.series or {}) do
    if series.name == name then return series.values[(frames_at(self, time))], series.unit end
  end
end

local function trail(self, view, time)
  local last = frames_at(self, time)
  local first = math.max(self.first[last], last - math.floor(4 / self.dt + 0.5))
  for i = first, last - 1, math.max(math.floor(0.04 / self.dt), 1) do
    local at = self.middles[i]
    view.drawn[#view.drawn + 1] = { kind = "disc", x = scene.to_x(view, at.x), y = scene.to_y(view, at.y), radius = 1.3,
                                    colour = "#9fd0ff", alpha = 0.5 * (i - first) / (last - first) }
  end
end

-- Feet come down where they bear weight after they were off the ground for a while.
local function steps_until(self, last)
  local list = {}
  for _, foot in ipairs(self.feet) do
    local up = 0
    for i = 1, last do
      local force = foot.upward[i]
      if force > 0.1 and up * self.dt > 0.1 and self.first[i] == self.first[last] then
        list[#list + 1] = { name = foot.name, x = foot.x[i] }
      end
      if force < 0.05 then up = up + 1 elseif force > 0.1 then up = 0 end
    end
  end
  return list
end

local function feet_at(self, time)
  local i, k, t = frames_at(self, time)
  local list = {}
  for n, foot in ipairs(self.feet) do
    list[n] = { x = foot.x[i], forward = mix(foot.forward[i], foot.forward[k], t),
                upward = foot.upward[i] < 0.03 and 0 or mix(foot.upward[i], foot.upward[k], t) }
  end
  return list
end

-- Of a recording of which nothing is drawn, the title and the time.
function picture:pose(time, settings)
  time = clamp(time, 0, self.duration)
  local x, y, distance = camera_at(self, time)
  local view = self.scene:view { width = settings.width, height = settings.height, x = x, y = y,
                                 paper = settings.paper, light = settings.light }
  local pose, levels = pose_at(self, time)
  self.scene:backdrop(view)
  local from_the_side = not self.scene.above
  if from_the_side and not settings.paper then
    trail(self, view, time)
    self.scene:shadows(view, pose)
    self.scene:prints(view, steps_until(self, (frames_at(self, time))))
  end
  self.scene:creature(view, pose, levels)
  if from_the_side then self.scene:forces(view, feet_at(self, time)) end
  local words = from_the_side and ("%.2f s   %.2f m"):format(time, distance) or ("%.2f s"):format(time)
  local speed = series_at(self, "speed", time)
  if type(speed) == "number" and speed == speed then words = words .. ("   %.2f m/s"):format(speed) end
  scene.caption(view, self.recording.title or "replay", words)
  return view.drawn
end

-- Strides

-- For each body how far its lowest point is above the ground, in a frame.
local function clearances(self, frame)
  local above = {}
  self.scene:each_point(frame, function(x, y, radius, body)
    local height = self.scene:height_at(x)
    if height then above[body] = math.min(above[body] or math.huge, y - radius - height) end
  end)
  return above
end

-- The frames in which a body comes down, and in how many it is down.
local function touchdowns(above, body, near, far)
  local list, down, was_up, count = {}, true, false, 0
  for i, frame in ipairs(above) do
    local height = frame[body] or math.huge
    if height > far then down, was_up = false, true end
    if height < near and not down then
      down = true
      if was_up then list[#list + 1] = i end
    end
    if down then count = count + 1 end
  end
  return list, count
end

-- A stride: two frames. `time`: that should lie in it; else one in the middle of the recording.
local function find_stride(self, time)
  if self.scene.above then return 1, #self.frames, false end
  local above, size = {}, self.scene.height
  for i, frame in ipairs(self.frames) do above[i] = clearances(self, frame) end
  local best, longest = nil, 0
  for body = 1, self.scene.followed do
    local list, count = touchdowns(above, body, 0.01 * size, 0.03 * size)
    if #list > 1 and count > longest then best, longest = list, count end
  end
  local wanted, first, last, distance = time or self.duration / 2, nil, nil, math.huge
  for n = 1, #(best or {}) - 1 do
    local from, to = best[n], best[n + 1]
    local seconds = (to - from) * self.dt
    local off = math.abs(((from + to) / 2 - 1) * self.dt - wanted)
    if self.first[from] == self.first[to] and seconds > 0.15 and seconds < 4 and off < distance then
      first, last, distance = from, to, off
    end
  end
  if first then return first, last, true end
  local half = math.floor(0.5 / self.dt + 0.5)
  local middle = math.floor(wanted / self.dt + 0.5) + 1
  first = clamp(middle - half, 1, math.max(#self.frames - 2 * half, 1))
  last = math.min(first + 2 * half, #self.frames)
  while self.first[last] ~= self.first[first] do last = last - 1 end
  return first, last, false
end

-- So many that poses stand about half a creature apart.
local function count_poses(self, first, last, way)
  local sum = 0
  for i = first, last do
    local left, right = self.scene:box(self.frames[i])
    sum = sum + right - left
  end
  local mean = math.max(sum / (last - first + 1), 1e-3)
  return clamp(math.floor(math.abs(way) / (0.5 * mean) + 1.5), 4, 12)
end

-- settings: width in pixels, time, poses. Returns the drawing, and { from =, to = } in seconds.
function picture:stride(settings)
  local first, last, is_stride = find_stride(self, settings.time)
  local from, to = (first - 1) * self.dt, (last - 1) * self.dt
  local way = self.middles[last].x - self.middles[first].x
  local arena = self.scene.arena
  local count = settings.poses or arena and 12 or count_poses(self, first, last, way)
  local poses, left, right, bottom, top = {}, math.huge, -math.huge, math.huge, -math.huge
  for i = 1, count do
    local time = count > 1 and mix(from, to, (i - 1) / (count - 1)) or from
    local pose, levels = pose_at(self, time)
    local l, r, b, t = self.scene:box(pose)
    left, right, bottom, top = math.min(left, l), math.max(right, r), math.min(bottom, b), math.max(top, t)
    poses[i] = { pose = pose, levels = levels }
  end
  if left > right then left, right, bottom, top = -1, 1, 0, 1 end
  local ground = math.min(bottom, self.scene:height_at((left + right) / 2) or bottom)
  local room = 0.15 * (top - ground)
  left, right, top = left - room, right + room, top + room
  local width = settings.width
  local scale = math.min(width / (right - left), 0.62 * width / (top - ground))
  local head, foot = 60, 44
  local height = math.ceil((top - ground) * scale + head + foot)
  if arena then height = math.ceil(math.min(arena.height / arena.width, 1.2) * width + head + foot) end
  local view = self.scene:view { width = width, height = height, x = (left + right) / 2, y = ground, scale = scale,
                                 anchor = (height - foot) / height, paper = true }
  self.scene:backdrop(view)
  for i, moment in ipairs(poses) do
    self.scene:creature(view, moment.pose, moment.levels, 0.78 * (1 - i / count))
  end
  local words = is_stride and "a stride of %.2f m in %.2f s, %.2f m/s, %d poses" or
    "%.2f m in %.2f s, %.2f m/s, %d poses"
  words = arena and ("%.2f s, %d poses"):format(to - from, count) or
    words:format(way, to - from, way / (to - from), count)
  scene.caption(view, self.recording.title or "replay", words)
  return view.drawn, { from = from, to = to }
end

return picture
