-- A creature on its ground as a drawing (drawing.lua), as the player of replays draws it.
--
--   local s = scene.new(head, frame)       head: n_bodies, followed, shapes, gravity and view of a recording
--                                          (replay.lua), and its frames, of which a world seen from above needs all
--   local view = s:view { width =, height =, x =, y =, scale =, paper = false, light = false }    scale: pixels a metre
--   s:backdrop(view)                        sky, hills and ground; on paper the ground alone; from above the floor
--   s:creature(view, pose, levels, fade)    pose: x, y, angle of each body; levels: of the muscles; fade: 0 to 1
--   s:prints(view, steps), s:forces(view, feet)      { name =, x = }, and with forward and upward, in body weights
--   view.drawn                              the drawing
local colours = require "rl.colours"

local scene = {}
scene.__index = scene

local function clamp(value, low, high) return math.min(math.max(value, low), high) end
local function mix(a, b, t) return a + (b - a) * t end

-- "#rrggbb" between two of them.
local function blend(a, b, t)
  if t <= 0 then return a end
  local parts = {}
  for i = 2, 6, 2 do
    local from, to = tonumber(a:sub(i, i + 1), 16), tonumber(b:sub(i, i + 1), 16)
    parts[#parts + 1] = ("%02x"):format(math.floor(mix(from, to, t) + 0.5))
  end
  return "#" .. table.concat(parts)
end

-- The ground: open polylines of the world that touch are joined into one, each from left to right.

local function reversed(points)
  local out = {}
  for k = #points - 1, 1, -2 do out[#out + 1], out[#out + 2] = points[k], points[k + 1] end
  return out
end

local function join_ground(shapes)
  local lines, solid = {}, {}
  for _, shape in ipairs(shapes) do
    if shape.body == 0 and shape.kind == "polygon" and shape.closed == false then
      local points, last = shape.points, lines[#lines]
      local joins = last and math.abs(last[#last - 1] - points[1]) + math.abs(last[#last] - points[2]) < 1e-3
      if not joins then
        last = {}
        lines[#lines + 1] = last
      end
      for k = joins and 3 or 1, #points do last[#last + 1] = points[k] end
    elseif shape.body == 0 then
      solid[#solid + 1] = shape
    end
  end
  if #lines == 0 and #solid == 0 then lines[1] = { -1e5, 0, 1e5, 0 } end
  for i, line in ipairs(lines) do
    if line[1] > line[#line - 1] then lines[i] = reversed(line) end
  end
  return lines, solid
end

local function find_edges(lines, solid)
  local edges = {}
  local function add(points, i, k)
    local x1, y1, x2, y2 = points[i], points[i + 1], points[k], points[k + 1]
    if x1 ~= x2 then edges[#edges + 1] = { math.min(x1, x2), math.max(x1, x2), x1, y1, (y2 - y1) / (x2 - x1) } end
  end
  for _, line in ipairs(lines) do
    for i = 1, #line - 3, 2 do add(line, i, i + 2) end
  end
  for _, shape in ipairs(solid) do
    for i = 1, #(shape.points or {}), 2 do add(shape.points, i, i + 2 > #shape.points and 1 or i + 2) end
  end
  return edges
end

-- The height of the ground, or nil where there is none.
function scene:height_at(x)
  local height
  for _, edge in ipairs(self.edges) do
    if x >= edge[1] and x <= edge[2] then
      local y = edge[4] + edge[5] * (x - edge[3])
      if not height or y > height then height = y end
    end
  end
  return height
end

-- The creature. Left is cool and behind, right is warm and in front, the rest is light. Names end in _l or _r; without
-- names, the first of two bodies of the same shape is taken for the left one. Seen from above each body has a colour of
-- its own.

local DEPTH = { l = 1, m = 2, r = 3, prop = 4 }

local function outline_of(part)
  local numbers = { part.kind, part.x or 0, part.y or 0, part.radius or 0 }
  for _, x in ipairs(part.points or {}) do numbers[#numbers + 1] = x end
  return table.concat(numbers, " ")
end

-- body -> "l", "r" or "m"
local function guess_sides(parts, n_bodies)
  local outlines, counts, left, sides = {}, {}, {}, {}
  for _, part in ipairs(parts) do outlines[part.body] = (outlines[part.body] or "") .. outline_of(part) end
  for body = 1, n_bodies do
    local outline = outlines[body]
    if outline then counts[outline] = (counts[outline] or 0) + 1 end
  end
  for body = 1, n_bodies do
    local outline = outlines[body]
    if outline and counts[outline] % 2 == 0 then
      left[outline] = not left[outline]
      sides[body] = left[outline] and "l" or "r"
    end
  end
  return sides
end

-- Face and edge.
local function colours_of(self, part, light)
  local numbered = self.above and part.side ~= "prop"
  local own = part.colour or numbered and colours.curves[(part.body - 1) % #colours.curves + 1]
  if own then return { own, blend(own, "#000000", 0.4) } end
  local choice = colours.sides[light and "light" or "dark"][part.side]
  return choice[part.body % #choice + 1]
end

local function find_parts(head, followed)
  local parts, strands = {}, {}
  for _, shape in ipairs(head.shapes or {}) do
    if shape.kind == "strand" then
      strands[#strands + 1] = shape
    elseif shape.body > 0 then
      parts[#parts + 1] = { body = shape.body, kind = shape.kind, points = shape.points, x = shape.x or 0,
                            y = shape.y or 0, radius = shape.radius, closed = shape.closed ~= false,
                            name = shape.name, colour = shape.colour, place = #parts }
    end
  end
  local guessed = guess_sides(parts, head.n_bodies)
  for _, part in ipairs(parts) do
    local named = part.name and (part.name:match("_([lr])$") or "m")
    part.side = part.body > followed and "prop" or head.view ~= "above" and (named or guessed[part.body]) or "m"
  end
  table.sort(parts, function(a, b)
    if a.side ~= b.side then return DEPTH[a.side] < DEPTH[b.side] end
    return a.place < b.place
  end)
  return parts, strands
end

local function each_corner(part, pose, f)
  local k = 3 * (part.body - 1)
  local x0, y0, angle = 0, 0, 0
  if part.body > 0 then x0, y0, angle = pose[k + 1], pose[k + 2], pose[k + 3] end
  local c, s = math.cos(angle), math.sin(angle)
  local points = part.kind == "circle" and { part.x or 0, part.y or 0 } or part.points
  for i = 1, #points, 2 do
    local x, y = points[i], points[i + 1]
    f(x0 + c * x - s * y, y0 + s * x + c * y, part.radius or 0, part.body)
  end
end

-- Calls f(x, y, radius, body) for what lies outermost of the parts of a pose that the camera follows.
function scene:each_point(pose, f)
  for _, part in ipairs(self.parts) do
    if part.body <= self.followed then each_corner(part, pose, f) end
  end
end

-- What f calls its argument with (x, y, radius) for: left, right, bottom, top
local function box_of(f)
  local left, right, bottom, top = math.huge, -math.huge, math.huge, -math.huge
  f(function(x, y, r)
    left, right = math.min(left, x - r), math.max(right, x + r)
    bottom, top = math.min(bottom, y - r), math.max(top, y + r)
  end)
  return left, right, bottom, top
end

function scene:box(pose) return box_of(function(add) self:each_point(pose, add) end) end

-- All that there is of a world that is seen from above.
local function find_arena(head, frame)
  local left, right, bottom, top = box_of(function(add)
    for _, shape in ipairs(head.shapes or {}) do
      if shape.body == 0 then each_corner(shape, nil, add) end
      for _, pose in ipairs(shape.body and shape.body > 0 and (head.frames or { frame }) or {}) do
        each_corner(shape, pose, add)
      end
    end
  end)
  return { x = (left + right) / 2, y = (bottom + top) / 2, width = math.max(right - left, 0.1),
           height = math.max(top - bottom, 0.1) }
end

-- The middle of the bodies that the camera follows.
function scene:middle(pose)
  local x, y = 0, 0
  for k = 1, 3 * self.followed, 3 do x, y = x + pose[k], y + pose[k + 1] end
  local n = math.max(self.followed, 1)
  return x / n, y / n
end

function scene.new(head, frame)
  local self = setmetatable({ followed = head.followed or head.n_bodies }, scene)
  self.world, self.above = colours.world_of(head), head.view == "above"
  self.fixed = self.above and head.shapes or {}
  self.arena = self.above and find_arena(head, frame)
  self.lines, self.solid = join_ground(head.shapes or {})
  self.edges = find_edges(self.lines, self.solid)
  self.parts, self.strands = find_parts(head, self.followed)
  self.width, self.height = 1, 1 -- metres, of the creature above its ground
  local left, right, bottom, top = self:box(frame)
  if left <= right then
    local height = top - bottom
    self.width = right - left
    self.height = clamp(top - (self:height_at((left + right) / 2) or bottom), height, 3 * height)
  end
  return self
end

-- Pixels for a metre, as the player has them at first.
function scene:scale(width, height)
  local size = math.max(self.height, 0.6 * self.width, 0.1)
  return math.min(height / (2.05 * size), width / (2.2 * size))
end

local ANCHOR = 0.6 -- where x, y of the view is, from the top
local HEAD, FOOT, MARGIN = 70, 36, 20 -- pixels above, below and beside a world that is seen from above

function scene:view(settings)
  local view = { width = settings.width, height = settings.height, x = settings.x, y = settings.y,
                 paper = settings.paper, light = settings.light or settings.paper, anchor = settings.anchor or ANCHOR }
  local arena = self.arena
  if arena then
    local room = math.max(view.height - HEAD - FOOT, MARGIN)
    view.x, view.y, view.anchor = arena.x, arena.y, (HEAD + room / 2) / view.height
    view.scale = math.min(room / arena.height, math.max(view.width - 2 * MARGIN, MARGIN) / arena.width)
  else
    view.scale = settings.scale or self:scale(view.width, view.height)
  end
  view.drawn = { width = view.width, height = view.height }
  return view
end

local function to_x(view, x) return view.width / 2 + (x - view.x) * view.scale end
local function to_y(view, y) return view.height * view.anchor - (y - view.y) * view.scale end
scene.to_x, scene.to_y = to_x, to_y

local function add(view, item) view.drawn[#view.drawn + 1] = item end

-- Sky

-- The same numbers in [0, 1) every time.
local function random_stream(seed)
  seed = seed % 2147483647
  if seed == 0 then seed = 1 end
  local function draw()
    seed = seed * 16807 % 2147483647
    return seed / 2147483647
  end
  draw()
  return draw
end

local function draw_stars(view, share)
  local random = random_stream(7)
  for _ = 1, 260 * share do
    local x, y, size, bright = random(), random() ^ 1.3, 0.4 + 1.1 * random() ^ 4, 0.25 + 0.75 * random()
    add(view, { kind = "disc", x = (x * view.width - view.x * 2) % view.width, y = y * view.height * 0.75,
                radius = size, colour = "#ffffff", alpha = bright })
  end
end

local function draw_earth(view)
  local x, y = view.width * 0.8, view.height * 0.2
  local r = clamp(math.min(view.width, view.height) * 0.06, 16, 44)
  for i = 8, 1, -1 do
    add(view, { kind = "disc", x = x, y = y, radius = r * (1 + 0.13 * i), colour = "#6fb4ff", alpha = 0.035 })
  end
  add(view, { kind = "disc", x = x, y = y, radius = r, shade = { y - r, y + r, "#4b90dd", "#2f74c8", "#0d2449" } })
  for _, blob in ipairs { { -0.35, -0.25, 0.34, 0.7, "#5f9e62" }, { -0.1, 0.35, 0.24, 1.4, "#5a965d" },
                          { 0.5, -0.1, 0.24, 1.5, "#7aa464" }, { 0.05, -0.84, 0.42, 0.3, "#e8f0f6" },
                          { 0.1, 0.02, 0.5, 0.16, "#ffffff", 0.5 }, { -0.3, 0.62, 0.4, 0.15, "#ffffff", 0.4 } } do
    add(view, { kind = "disc", x = x + blob[1] * r, y = y + blob[2] * r, radius = blob[3] * r, flat = blob[4],
                colour = blob[5], alpha = blob[6] or 0.85 })
  end
end

-- A range of hills that moves `depth` times as fast as the ground.
local function draw_hills(view, horizon, colour, depth, base, size, seed)
  local width, height, shift = view.width, view.height, view.x * view.scale * depth
  local level = horizon - base * height
  local points = { 0, height }
  for x = 0, width + 8, 8 do
    local u = (x + shift) / 260 + seed
    local y = math.sin(u) * 0.5 + math.sin(u * 2.3 + 1) * 0.28 + math.sin(u * 5.1 + 2) * 0.1
    points[#points + 1], points[#points + 2] = x, level - (y + 0.6) * size * height
  end
  points[#points + 1], points[#points + 2] = width + 8, height
  add(view, { kind = "area", points = points, colour = colour })
end

local function draw_sky(self, view, theme)
  add(view, { kind = "area", points = { 0, 0, view.width, 0, view.width, view.height, 0, view.height },
              shade = { 0, view.height * 0.8, theme.sky[1], theme.sky[2], theme.sky[3] } })
  draw_stars(view, theme.stars)
  if self.world == "moon" then draw_earth(view) end
  local horizon = clamp(to_y(view, self:height_at(view.x) or 0), view.height * 0.3, view.height)
  draw_hills(view, horizon, theme.far, 0.06, 0.03, 0.1, 3)
  draw_hills(view, horizon, theme.near, 0.16, 0, 0.06, 9)
end

-- Ground

-- The part of a left-to-right line that can be seen, in pixels.
local function visible(view, line)
  local half = view.width / 2 / view.scale + 0.1
  local low, high, first, last = view.x - half, view.x + half, 1, #line - 1
  while first + 2 < last and line[first + 2] < low do first = first + 2 end
  while last - 2 > first and line[last - 2] > high do last = last - 2 end
  local points = {}
  for k = first, last, 2 do
    points[#points + 1] = clamp(to_x(view, line[k]), -1e4, 1e4)
    points[#points + 1] = to_y(view, line[k + 1])
  end
  return points
end

local function copy(points)
  local out = {}
  for i, x in ipairs(points) do out[i] = x end
  return out
end

local function draw_ground(self, view, theme)
  local top = to_y(view, self:height_at(view.x) or 0)
  local shade = { top, view.paper and view.height or top + view.height * 0.45, theme.soil[1], theme.soil[2] }
  local thick = view.paper and 1.5 or 2
  for _, line in ipairs(self.lines) do
    local points = visible(view, line)
    local area = copy(points)
    for _, x in ipairs { points[#points - 1], view.height + 10, points[1], view.height + 10 } do area[#area + 1] = x end
    add(view, { kind = "area", points = area, shade = shade })
    add(view, { kind = "line", points = points, colour = theme.top, width = thick, round = true })
  end
  for _, shape in ipairs(self.solid) do
    if shape.kind == "circle" then
      add(view, { kind = "disc", x = to_x(view, shape.x or 0), y = to_y(view, shape.y or 0), shade = shade,
                  radius = shape.radius * view.scale })
    else
      local points = {}
      for k = 1, #shape.points, 2 do
        points[k], points[k + 1] = to_x(view, shape.points[k]), to_y(view, shape.points[k + 1])
      end
      add(view, { kind = "area", points = points, shade = shade })
      points = copy(points)
      points[#points + 1], points[#points + 2] = points[1], points[2]
      add(view, { kind = "line", points = points, colour = theme.top, width = thick, round = true })
    end
  end
end

-- Stones in the soil, each in its own metre of ground, so that movement shows.
local function draw_stones(self, view, first, last)
  for x = first, last do
    local random = random_stream(x * 7919 + 13)
    for k = 1, 4 do
      local at, depth, size = x + random(), 0.12 + 1.6 * random() ^ 1.5, 0.02 + 0.05 * random()
      local flat, height = (0.5 + 0.5 * random()) / 1.5, self:height_at(at)
      if height then
        add(view, { kind = "disc", x = to_x(view, at), y = to_y(view, height - depth), flat = flat,
                    radius = size * view.scale * 1.5, colour = k % 2 == 0 and "#ffffff" or "#000000",
                    alpha = k % 2 == 0 and 0.07 or 0.12 })
      end
    end
  end
end

local function draw_post(view, x, y, colour)
  local height = clamp(0.35 * view.scale, 8, 60)
  add(view, { kind = "line", points = { x, y, x, y - height }, colour = colour, alpha = 0.55, width = 1.5 })
  add(view, { kind = "area", colour = colour, alpha = 0.55,
              points = { x, y - height, x + height * 0.42, y - height * 0.84, x, y - height * 0.68 } })
end

local function label_step(scale)
  for _, n in ipairs { 1, 2, 5, 10, 20, 50, 100 } do
    if n * scale > 74 then return n end
  end
  return 200
end

-- A mark each metre; on paper each half metre too where there is room.
local function draw_marks(self, view, theme)
  local half = view.width / 2 / view.scale + 1
  local first, last, step = math.floor(view.x - half), math.ceil(view.x + half), label_step(view.scale)
  if not view.paper and last - first < 120 then draw_stones(self, view, first, last) end
  local each = view.paper and view.scale > 200 and 0.5 or 1
  for x = first, last, each do
    local height, major = self:height_at(x), x % 5 == 0 and not view.paper
    if height and (view.scale >= 8 or x % step == 0) then
      local sx, sy = to_x(view, x), to_y(view, height)
      add(view, { kind = "line", points = { sx, sy + 1, sx, sy + (major and 13 or 8) }, colour = theme.ink,
                  width = major and 2.5 or 1.5 })
      if major then draw_post(view, sx, sy, theme.post) end
      local inside = sx > 20 and sx < view.width - 20 or not view.paper
      if (x % step == 0 or each < 1) and inside then
        add(view, { kind = "text", x = sx, y = sy + (view.paper and 21 or 26), text = ("%g m"):format(x), size = 11,
                    anchor = "middle", colour = theme.ink, bold = not view.paper })
      end
    end
  end
end

-- A floor with a line each metre, what is solid, and walls.
local function draw_floor(self, view, theme)
  local width, height, scale = view.width, view.height, view.scale
  add(view, { kind = "area", points = { 0, 0, width, 0, width, height, 0, height }, colour = theme.floor })
  local step = 1000
  for _, n in ipairs { 100, 50, 10, 5, 2, 1, 0.5, 0.1 } do
    if n * scale > 24 then step = n end
  end
  local left, top = view.x - width / 2 / scale, view.y + height * view.anchor / scale
  for k = math.ceil(left / step), math.floor((left + width / scale) / step) do
    local x = to_x(view, k * step)
    add(view, { kind = "line", points = { x, 0, x, height }, colour = theme.grid, width = 1 })
  end
  for k = math.ceil((top - height / scale) / step), math.floor(top / step) do
    local y = to_y(view, k * step)
    add(view, { kind = "line", points = { 0, y, width, y }, colour = theme.grid, width = 1 })
  end
  for _, shape in ipairs(self.fixed) do
    if shape.body == 0 and shape.kind == "circle" then
      add(view, { kind = "disc", x = to_x(view, shape.x or 0), y = to_y(view, shape.y or 0),
                  radius = shape.radius * scale, colour = shape.colour or theme.solid })
    elseif shape.body == 0 then
      local points = {}
      for i = 1, #shape.points, 2 do
        points[i], points[i + 1] = to_x(view, shape.points[i]), to_y(view, shape.points[i + 1])
      end
      if shape.closed ~= false then
        add(view, { kind = "area", points = points, colour = shape.colour or theme.solid })
        points = copy(points)
        points[#points + 1], points[#points + 2] = points[1], points[2]
      end
      add(view, { kind = "line", points = points, colour = shape.colour or theme.wall, round = true,
                  width = shape.closed ~= false and 1.5 or 3 })
    end
  end
  add(view, { kind = "line", points = { width - 20 - step * scale, height - 12, width - 20, height - 12 },
              colour = theme.ink, width = 2 })
  add(view, { kind = "text", x = width - 20, y = height - 18, text = ("%g m"):format(step), size = 11, anchor = "end",
              colour = theme.ink, bold = true })
end

local function theme_of(self, view)
  local choice = colours.worlds[view.paper and not self.above and "paper" or self.world]
  return choice[view.light and "light" or "dark"] or choice
end

function scene:backdrop(view)
  local theme = theme_of(self, view)
  if self.above then return draw_floor(self, view, theme) end
  if not view.paper then draw_sky(self, view, theme) end
  draw_ground(self, view, theme)
  draw_marks(self, view, theme)
end

-- Creature

function scene:shadows(view, pose)
  for k = 1, #pose, 3 do
    local height = self:height_at(pose[k])
    if height and pose[k + 1] >= height - 1 then
      local above = math.max(0, pose[k + 1] - height)
      local size = view.scale * (0.22 + 0.08 * above)
      add(view, { kind = "disc", x = to_x(view, pose[k]), y = to_y(view, height) + 3, radius = size,
                  flat = clamp(size * 0.16, 2, 10) / size, colour = "#000000", alpha = 0.16 / (1 + above) })
    end
  end
end

-- Where feet came down.
function scene:prints(view, steps)
  local half = 0.05 * self.height * view.scale
  for _, step in ipairs(steps) do
    local x, height = to_x(view, step.x), self:height_at(step.x)
    if height and x > -half and x < view.width + half then
      local side = colours.sides[view.light and "light" or "dark"][step.name:match("_([lr])$") or "m"]
      local y = to_y(view, height) + 2
      add(view, { kind = "line", points = { x - half, y, x + half, y }, colour = side[1][1], width = 4, round = true })
    end
  end
end

function scene:forces(view, feet)
  local size, colour = 0.3 * self.height * view.scale, theme_of(self, view).force -- of a body weight
  for _, foot in ipairs(feet) do
    local height, fx, fy = self:height_at(foot.x), foot.forward * size, -foot.upward * size
    local long = math.sqrt(fx * fx + fy * fy)
    if height and foot.upward > 0.03 and long >= 4 then
      local x, y, ux, uy, tip = to_x(view, foot.x), to_y(view, height), fx / long, fy / long, math.min(9, long)
      add(view, { kind = "line", points = { x, y, x + fx - ux * tip, y + fy - uy * tip }, colour = colour, width = 2.5,
                  round = true })
      add(view, { kind = "area", colour = colour, points = {
        x + fx, y + fy, x + fx - tip * (ux - 0.5 * uy), y + fy - tip * (uy + 0.5 * ux),
        x + fx - tip * (ux + 0.5 * uy), y + fy - tip * (uy - 0.5 * ux) } })
    end
  end
end

local function draw_part(self, view, part, pose, fade)
  local k = 3 * (part.body - 1)
  local c, s = math.cos(pose[k + 3]), math.sin(pose[k + 3])
  local function place(x, y)
    return to_x(view, pose[k + 1] + c * x - s * y), to_y(view, pose[k + 2] + s * x + c * y)
  end
  local own = colours_of(self, part, view.light and not view.paper)
  local fill, edge = blend(own[1], "#ffffff", fade), blend(own[2], "#ffffff", fade)
  local thick = clamp(view.scale * 0.012, 1, 3)
  if part.kind == "circle" then
    local x, y = place(part.x, part.y)
    local radius = part.radius * view.scale
    add(view, { kind = "disc", x = x, y = y, radius = radius + thick / 2, colour = edge })
    add(view, { kind = "disc", x = x, y = y, radius = math.max(radius - thick / 2, 0), colour = fill })
    local x2, y2 = place(part.x + part.radius * 0.8, part.y)
    add(view, { kind = "line", points = { x, y, x2, y2 }, colour = edge, width = thick, round = true })
    return
  end
  local points = {}
  for i = 1, #part.points, 2 do points[i], points[i + 1] = place(part.points[i], part.points[i + 1]) end
  if part.closed then
    add(view, { kind = "area", points = points, colour = fill })
    points = copy(points)
    points[#points + 1], points[#points + 2] = points[1], points[2]
  end
  add(view, { kind = "line", points = points, colour = edge, width = thick, round = true })
end

-- A muscle: pale blue at rest, red and thick when it is active. Those of the left leg lie behind.
local function draw_strand(view, strand, pose, level, fade)
  level = clamp(level or 0, 0, 1)
  local points = {}
  for i, body in ipairs(strand.bodies) do
    local k = 3 * (body - 1)
    local c, s, x, y = math.cos(pose[k + 3]), math.sin(pose[k + 3]), strand.points[2 * i - 1], strand.points[2 * i]
    points[2 * i - 1] = to_x(view, pose[k + 1] + c * x - s * y)
    points[2 * i] = to_y(view, pose[k + 2] + s * x + c * y)
  end
  local left = (strand.name or ""):find("_l$")
  add(view, { kind = "line", points = points, colour = blend(blend("#6e8ccd", "#ff2828", level), "#ffffff", fade),
              alpha = left and 0.55 or 1, width = view.scale * (0.008 + 0.016 * level), round = true })
end

function scene:creature(view, pose, levels, fade)
  for _, part in ipairs(self.parts) do draw_part(self, view, part, pose, fade or 0) end
  for i, strand in ipairs(self.strands) do draw_strand(view, strand, pose, levels[i], fade or 0) end
end

-- Words in a corner, as the player has them: a title and a line below.
function scene.caption(view, title, text)
  local ink, dim = view.light and "#222222" or "#ffffff", view.light and "#5c6370" or "#c6cee0"
  add(view, { kind = "text", x = 20, y = 32, text = title, size = 19, colour = ink, bold = true })
  add(view, { kind = "text", x = 20, y = 52, text = text, size = 13, colour = dim })
end

return scene
