-- What a walk is like, measured from recordings of a creature with legs (env:record, or env:evaluate with record =
-- true).
--
--   local gait = rl.gait(recordings, { after = 2, bounce = 0.1 })      print(gait)
--
-- Every figure is defined at where it is computed below; of what did not happen it is NaN. A recording can be made by
-- hand: { dt =, fields = { com_x =, foot_l_contact =, hip_l_angle =, ... } }, lists or tensors with a number for each
-- moment.
local core = require "rl.core"
local limbs = require "rl.limbs"
local statistics = require "rl.statistics"

local NAN = 0 / 0
local POINTS = 101        -- of a curve over the gait cycle: 0 to 100 %
local STRIKE = 0.2        -- body weights: who touches the ground with more has come down
local SCUFF = 0.05        -- body weights: a foot that never bears more has not stood
local TOGETHER = 0.1      -- of a stride: feet that come down nearer to each other come down together
local LEAST_SPEED = 0.05  -- m/s: who is slower stands
local RUN = 0.2           -- of the time in the air: who walks on the Moon is up for a tenth
local WALK = { alternating = 0.95, overlap = 0.6, stance = 0.2 } -- at least, at least, difference of the shares at most
local CROUCH = 0.6        -- rad: people stand on knees that are bent by a third of it

local abs, floor, max, min = math.abs, math.floor, math.max, math.min
local unpack = rawget(table, "unpack") or rawget(_G, "unpack") -- 5.1 has the second

local function fail(format, ...) error("rl.gait: " .. core.format(format, ...), 0) end

-- Recordings

-- The numbers of a field as a list; nil where there is none.
local function column(recording, name)
  local values = recording.fields[name]
  if values == nil then return nil end
  if type(values) == "userdata" then return values:totable() end
  return values
end

local function need(recording, name)
  local values = column(recording, name)
  if not values then fail("recording %d has no field %s", recording.number, name) end
  if #values ~= recording.length then
    fail("field %s has %d numbers, others %d", name, #values, recording.length)
  end
  for i = 1, #values do
    if type(values[i]) ~= "number" or values[i] - values[i] ~= 0 then
      fail("field %s: %s at moment %d is no finite number", name, tostring(values[i]), i)
    end
  end
  return values
end

local function check(recording, options, i)
  if type(recording) ~= "table" or type(recording.fields) ~= "table" then
    fail("recording %d: a table with fields expected, as env:record gives it, got %s", i,
      type(recording) == "table" and "one without" or "a " .. type(recording))
  end
  if type(recording.dt) ~= "number" or not (recording.dt > 0 and recording.dt < math.huge) then
    fail("recording %d: dt must be a positive number of seconds, got %s", i, tostring(recording.dt))
  end
  local read = setmetatable({ of = recording, number = i, fields = recording.fields, dt = recording.dt },
    { __index = recording })
  local path = column(recording, "com_x") or column(recording, "x")
  if not path then fail("recording %d has no field com_x", i) end
  read.length = #path
  if read.length < 2 then fail("recording %d has %d moments: two are needed at least", i, read.length) end
  read.path = need(read, recording.fields.com_x and "com_x" or "x")
  local seconds = (read.length - 1) * read.dt
  local after = min(options.after or 2, seconds / 3)
  read.first = floor(after / read.dt + 0.5) + 1 -- the first moment that counts
  read.seconds = (read.length - read.first) * read.dt
  return read
end

-- Contacts

-- What most of the moments around it say, `reach` of them on either side.
local function majority(down, reach)
  local out, count, n = {}, 0, #down
  for i = 1, min(reach, n) do count = count + (down[i] and 1 or 0) end
  for i = 1, n do
    if i + reach <= n then count = count + (down[i + reach] and 1 or 0) end
    if i - reach > 1 then count = count - (down[i - reach - 1] and 1 or 0) end
    local among = min(i + reach, n) - max(i - reach, 1) + 1
    if 2 * count == among then out[i] = down[i] else out[i] = 2 * count > among end
  end
  return out
end

-- Calls f(first, last) for each run of moments in which `down` is `state`.
local function each_run(down, state, f)
  local first
  for i = 1, #down + 1 do
    if i <= #down and down[i] == state then
      first = first or i
    elseif first then
      f(first, i - 1)
      first = nil
    end
  end
end

-- Which moments a leg stands in. Contacts flicker and feet bounce: the majority within `bounce` seconds counts, a foot
-- that is up for less has not left the ground, and one that bears next to nothing has not come down. It has come down
-- where it strikes the ground, and not where it rests after bounces.
local function stance_of(recording, leg, bounce)
  local down, load = {}, nil
  for i = 1, recording.length do down[i] = false end
  for _, foot in ipairs(leg.feet) do
    local contact = need(recording, foot .. "_contact")
    for i = 1, recording.length do down[i] = down[i] or contact[i] > 0.5 end
    local borne = recording.fields[foot .. "_load"] and need(recording, foot .. "_load")
    if borne then
      load = load or {}
      for i = 1, recording.length do load[i] = (load[i] or 0) + borne[i] end
    end
  end
  local raw, reach = down, floor(bounce / 2 / recording.dt + 1e-6)
  down = majority(raw, reach)
  local fewest = floor(bounce / recording.dt + 1e-6)
  each_run(down, false, function(first, last)
    if first > 1 and last < #down and last - first + 1 < fewest then
      for i = first, last do down[i] = true end
    end
  end)
  local function strikes(i) return raw[i] and (load and load[i] > STRIKE or not load and raw[i + 1]) end
  each_run(down, true, function(first, last)
    local strike = max(first - reach, 1)
    while strike < first and not strikes(strike) do strike = strike + 1 end
    for i = strike, first - 1 do down[i] = true end
    local most = load and 0 or 1
    for i = first, load and min(last + 1, #load) or 0 do most = max(most, load[i]) end
    if most < SCUFF then
      for i = first, last do down[i] = false end
    end
  end)
  return down
end

-- The moments, among those that count, in which a leg comes down.
local function touchdowns_of(down, first)
  local list = {}
  for i = max(first, 2), #down do
    if down[i] and not down[i - 1] then list[#list + 1] = i end
  end
  return list
end

-- Sums over recordings

local function count(list, from, f)
  local n = 0
  for i = from, #list do n = n + (f(i) and 1 or 0) end
  return n
end

local function ratio(a, b) return b > 0 and a / b or NAN end

-- f(recording) of all, summed.
local function sum(recordings, f)
  local total = 0
  for _, recording in ipairs(recordings) do total = total + f(recording) end
  return total
end

-- All numbers of a field in the moments that count.
local function pool(recordings, name)
  local list = {}
  for _, recording in ipairs(recordings) do
    local values = need(recording, name)
    for i = recording.first, #values do list[#list + 1] = values[i] end
  end
  return list
end

-- The range within which nine tenths of the numbers lie.
local function range(list) return statistics.quantile(list, 0.05), statistics.quantile(list, 0.95) end

-- Strides

-- From a touchdown of the leg to its next: first, last, recording; without those that take less than half or more than
-- twice as long as the one in the middle, which are stumbles.
local function strides_of(recordings, k)
  local all, lengths = {}, {}
  for _, recording in ipairs(recordings) do
    local list = recording.touchdowns[k]
    for i = 1, #list - 1 do
      all[#all + 1] = { list[i], list[i + 1], recording, seconds = (list[i + 1] - list[i]) * recording.dt }
      lengths[#all] = all[#all].seconds
    end
  end
  local middle, kept = statistics.median(lengths), {}
  for _, stride in ipairs(all) do
    if stride.seconds >= middle / 2 and stride.seconds <= 2 * middle then kept[#kept + 1] = stride end
  end
  return kept, middle
end

local function at(values, position)
  local i = floor(position)
  local t = position - i
  return t > 0 and values[i] + t * (values[i + 1] - values[i]) or values[i]
end

-- A field over the gait cycle of a leg, in 101 points from its touchdown to its next: { mean =, deviation =, n =
-- strides }.
-- Of a list of fields their sum.
local function cycle(strides, name)
  local names = type(name) == "table" and name or { name }
  local mean, squares, read = {}, {}, {}
  for p = 1, POINTS do mean[p], squares[p] = 0, 0 end
  for n, stride in ipairs(strides) do
    local recording = stride[3]
    local values = read[recording]
    if not values then
      values = {}
      for k, one in ipairs(names) do
        for i, x in ipairs(need(recording, one)) do values[i] = k > 1 and values[i] + x or x end
      end
      read[recording] = values
    end
    for p = 1, POINTS do
      local value = at(values, stride[1] + (p - 1) / (POINTS - 1) * (stride[2] - stride[1]))
      local off = value - mean[p]
      mean[p] = mean[p] + off / n
      squares[p] = squares[p] + off * (value - mean[p])
    end
  end
  local n = #strides
  local deviation = {}
  for p = 1, POINTS do
    if n == 0 then mean[p] = NAN end
    deviation[p] = n > 1 and math.sqrt(squares[p] / (n - 1)) or NAN
  end
  return { mean = mean, deviation = deviation, n = n }
end

-- 1 - the root of the mean squared difference of two curves / the range that both lie in: 1 where they are the same.
local function likeness(a, b)
  local squares, low, high = 0, math.huge, -math.huge
  for p = 1, POINTS do
    squares = squares + (a[p] - b[p]) ^ 2
    low, high = min(low, a[p], b[p]), max(high, a[p], b[p])
  end
  if squares ~= squares or low > high then return NAN end
  return high > low and 1 - math.sqrt(squares / POINTS) / (high - low) or 1
end

-- Legs

-- Of a leg: `touchdowns`, `duty` (share of the time that it stands), `stride_time` (s, median), `range` (rad, of its
-- first joint), `knee` (of the joint below that: stance = mean size of its angle while the leg stands, swing =
-- greatest of a stride in the mean, rad), `step_length` (m that its foot is set down ahead of where the
-- other leg's was set down before: of a steady walk the two legs' add up to a stride; needs foot positions).
local function measure_leg(recordings, legs, k)
  local leg = legs[k]
  local strides, stride_time = strides_of(recordings, k)
  local measured = { name = leg.name, side = leg.side, length = leg.length, strides = strides,
                     stride_time = stride_time }
  measured.touchdowns = sum(recordings, function(r) return #r.touchdowns[k] end)
  local stands = sum(recordings, function(r) return count(r.down[k], r.first, function(i) return r.down[k][i] end) end)
  measured.stands = stands
  measured.duty = ratio(stands, sum(recordings, function(r) return r.length - r.first + 1 end))
  if leg.joints[1] then
    local low, high = range(pool(recordings, leg.joints[1] .. "_angle"))
    measured.range = { low, high }
  end
  local knee = leg.joints[2]
  if knee then
    local bent, most = 0, 0
    for _, r in ipairs(recordings) do
      local angle = need(r, knee .. "_angle")
      for i = r.first, r.length do bent = bent + (r.down[k][i] and abs(angle[i]) or 0) end
    end
    for _, stride in ipairs(strides) do
      local angle, greatest = need(stride[3], knee .. "_angle"), 0
      for i = stride[1], stride[2] do greatest = max(greatest, abs(angle[i])) end
      most = most + greatest
    end
    measured.knee = { stance = ratio(bent, stands), swing = ratio(most, #strides) }
  end
  return measured
end

-- m that a leg comes down ahead of where the other one came down before it; not where the leg itself has meanwhile.
local function foot_step(recordings, legs, k, other)
  local total, n = 0, 0
  local function place(recording, leg, i)
    local x = 0
    for _, foot in ipairs(leg.feet) do x = x + need(recording, foot .. "_x")[i] / #leg.feet end
    return x
  end
  for _, recording in ipairs(recordings) do
    if not recording.fields[legs[k].feet[1] .. "_x"] then return NAN end
    local own, others, last = recording.touchdowns[k], recording.touchdowns[other], 0
    for j, i in ipairs(own) do
      while others[last + 1] and others[last + 1] < i do last = last + 1 end
      if last > 0 and others[last] > (own[j - 1] or 0) then
        total, n = total + place(recording, legs[k], i) - place(recording, legs[other], others[last]), n + 1
      end
    end
  end
  return ratio(total, n)
end

-- Pairs

-- Steps of a pair: touchdowns in the order of time; those of both legs that are together make one of side 0.
local function steps_of(recording, left, right, period)
  local list, merged = {}, {}
  for side, k in pairs { left, right } do
    for _, i in ipairs(recording.touchdowns[k]) do list[#list + 1] = { i, side = side } end
  end
  table.sort(list, function(a, b)
    if a[1] ~= b[1] then return a[1] < b[1] end
    return a.side < b.side
  end)
  local near = TOGETHER * period / recording.dt
  for _, step in ipairs(list) do
    local last = merged[#merged]
    if last and last.side ~= step.side and last.side ~= 0 and step[1] - last[1] < near then
      last.side = 0
    else
      merged[#merged + 1] = step
    end
  end
  return merged
end

-- Of a pair: `alternating`, the share of steps that another leg takes than the step before (two feet that come down
-- together, within a tenth of a stride, are one step of neither); `overlap` of the ranges of the first joints, (least
-- of the upper ends - greatest of the lower ends) / (greatest - least), the intersection over the union, negative by
-- the gap where the ranges lie apart: one leg always in front; a range is what nine tenths of the time are within;
-- `stance`, the shares of left and right in the time that either stands; `symmetry` of each joint's curve over the
-- gait cycle (likeness, above); `knees`, how far left and right are bent in the mean while they stand (rad);
-- `phase`, where in the stride of the left leg the right one comes down: .5 in a walk;
-- `flight` and `double_support`, shares of the time in which neither stands, and both.
local function measure_pair(recordings, legs, measured, pair)
  local left, right = pair[1], pair[2]
  local a, b = measured[left], measured[right]
  local both, neither, moments, alternate, steps = 0, 0, 0, 0, 0
  local cosine, sine, phases = 0, 0, 0
  local period = a.stride_time == a.stride_time and a.stride_time or b.stride_time
  for _, r in ipairs(recordings) do
    for i = r.first, r.length do
      local l, rr = r.down[left][i], r.down[right][i]
      both, neither, moments = both + (l and rr and 1 or 0), neither + (not (l or rr) and 1 or 0), moments + 1
    end
    local list = steps_of(r, left, right, period == period and period or 0)
    for i = 2, #list do
      steps = steps + 1
      if list[i].side ~= 0 and list[i - 1].side ~= 0 and list[i].side ~= list[i - 1].side then
        alternate = alternate + 1
      end
    end
  end
  for _, stride in ipairs(a.strides) do
    for _, i in ipairs(stride[3].touchdowns[right]) do
      if i >= stride[1] and i < stride[2] then
        local turn = 2 * math.pi * (i - stride[1]) / (stride[2] - stride[1])
        cosine, sine, phases = cosine + math.cos(turn), sine + math.sin(turn), phases + 1
      end
    end
  end
  local result = { name = pair.name, left = a.name, right = b.name, steps = steps,
                   alternating = ratio(alternate, steps), flight = ratio(neither, moments),
                   double_support = ratio(both, moments), symmetry = {},
                   stance = { ratio(a.stands, a.stands + b.stands), ratio(b.stands, a.stands + b.stands) } }
  if a.knee and b.knee then result.knees = { a.knee.stance, b.knee.stance } end
  local atan2 = rawget(math, "atan2") or math.atan -- 5.1 has the first
  result.phase = phases > 0 and atan2(sine, cosine) / (2 * math.pi) % 1 or NAN
  result.overlap = NAN
  if a.range and b.range and a.touchdowns + b.touchdowns > 1 then
    result.overlap = (min(a.range[2], b.range[2]) - max(a.range[1], b.range[1])) /
      (max(a.range[2], b.range[2]) - min(a.range[1], b.range[1]))
  end
  for j, joint in ipairs(legs[left].joints) do
    local other = legs[right].joints[j]
    if other then
      result.symmetry[limbs.base_of(joint)] = likeness(cycle(a.strides, joint .. "_angle").mean,
        cycle(b.strides, other .. "_angle").mean)
    end
  end
  a.step_length = foot_step(recordings, legs, left, right)
  b.step_length = foot_step(recordings, legs, right, left)
  return result
end

-- The whole

local function mass_of(recording)
  if recording.mass then return recording.mass end
  if not recording.creature then return NAN end
  local total = 0
  for _, body in ipairs(recording.creature.bodies) do total = total + body.mass end
  return total
end

-- J that was spent in the moments that count.
local function energy_of(recording)
  if not recording.fields.power then return NAN end
  local power, total = need(recording, "power"), 0
  for i = recording.first + 1, recording.length do total = total + power[i] * recording.dt end
  return total
end

-- Of a leg touchdowns a second, and m a second meanwhile: from the first to the last of each recording, so that neither
-- depends on where in a stride the recording begins and ends, or on who stands in another one; where there are no two,
-- touchdowns of all the time, and nil.
local function rate_of(recordings, k, seconds)
  local steps, metres, time = 0, 0, 0
  for _, r in ipairs(recordings) do
    local list = r.touchdowns[k]
    local first, last = list[1], list[#list]
    if #list > 1 then
      steps, metres, time = steps + #list - 1, metres + r.path[last] - r.path[first], time + (last - first) * r.dt
    end
  end
  if steps > 0 then return steps / time, metres / time end
  return ratio(sum(recordings, function(r) return #r.touchdowns[k] end), seconds)
end

-- Touchdowns of all legs a minute, and m forward for each: at the speed that legs have, in the mean, meanwhile.
local function stepping(recordings, legs, gait)
  local cadence, speed, n = 0, 0, 0
  for k in ipairs(legs) do
    local rate, pace = rate_of(recordings, k, gait.seconds)
    cadence = cadence + 60 * rate
    if pace then speed, n = speed + pace, n + 1 end
  end
  speed = n > 0 and speed / n or gait.speed
  return cadence, gait.steps > 0 and 60 * speed / cadence or NAN
end

local function worst(pairs_, name)
  local least = NAN
  for _, pair in ipairs(pairs_) do
    if least ~= least or pair[name] < least then least = pair[name] end
  end
  return least
end

local function name_kind(gait)
  if 2 * gait.falls > gait.recordings then return "falls" end
  if gait.steps <= gait.recordings then
    if gait.flight > 0.5 then return "floats" end
    return abs(gait.speed) < LEAST_SPEED and "stands" or "slides"
  end
  local alternating = gait.alternating
  if #gait.pairs == 0 or alternating ~= alternating or alternating < 0.5 then return "hops" end
  local even = true
  for _, pair in ipairs(gait.pairs) do even = even and abs(pair.stance[1] - pair.stance[2]) <= WALK.stance end
  if gait.alternating < WALK.alternating or gait.overlap < WALK.overlap or not even then return "limps" end
  if gait.flight > RUN then return "runs" end
  local bent = 0
  for _, pair in ipairs(gait.pairs) do
    if pair.knees then bent = max(bent, (pair.knees[1] + pair.knees[2]) / 2) end
  end
  return bent > CROUCH and "crouches" or "walks"
end

-- .98, 1.00, -.46
local function short(x)
  if x ~= x then return "none" end
  return (core.format("%.2f", x):gsub("^(-?)0%.", "%1."))
end

local methods = {}

-- A field over the gait cycle of the k-th leg: { mean = 101 numbers, deviation =, n = strides }.
function methods:cycle(k, name) return cycle(self.legs[k].strides, name) end

-- What an evaluation ends with: "walks: alternating .98, hips overlap .85, stance .49/.51, knees bent 6/7 degrees".
function methods:line()
  if self.steps == 0 then return self.kind .. ": no steps" end
  if #self.pairs == 0 then return core.format("%s: %d touchdowns", self.kind, self.steps) end
  local parts = {}
  for i, pair in ipairs(self.pairs) do
    parts[i] = ("alternating %s, %ss overlap %s, stance %s/%s"):format(short(pair.alternating), pair.name,
      short(pair.overlap), short(pair.stance[1]), short(pair.stance[2]))
    local left, right = unpack(pair.knees or {})
    if left and left == left and right == right then
      parts[i] = ("%s, knees bent %.0f/%.0f degrees"):format(parts[i], math.deg(left), math.deg(right))
    end
  end
  return self.kind .. ": " .. table.concat(parts, "; ")
end

-- The rest: "0.95 m/s, 92 steps a minute of 0.62 m, double support .12, flight .00, trunk nods by 0.02 rad, ...".
function methods:details()
  local function number(x) return x == x and core.format("%.3g", x) or "none" end
  local cadence = "no steps"
  if self.steps > 0 then
    cadence = ("%s steps a minute of %s m"):format(number(self.cadence), number(self.step_length))
  end
  return ("%s m/s, %s, double support %s, flight %s, trunk nods by %s rad, %s J/(kg m)"):format(number(self.speed),
    cadence, short(self.double_support), short(self.flight), number(self.nodding), number(self.cost_of_transport))
end

local metatable = { __index = methods, __tostring = methods.line }

local KNOWN = { after = true, bounce = true }

local function check_options(options)
  for name, value in pairs(options) do
    if not KNOWN[name] then fail("%s", core.unknown_name("option", tostring(name), { "after", "bounce" })) end
    if type(value) ~= "number" or not (value >= 0 and value < math.huge) then
      fail("option %s takes seconds, got %s", name, tostring(value))
    end
  end
end

local function measure(list, options)
  check_options(options)
  local recordings = {}
  for i, recording in ipairs(list) do recordings[i] = check(recording, options, i) end
  local legs, found = limbs.find(recordings[1])
  if #legs == 0 then fail("no legs were found: no field ends in _contact") end
  for _, r in ipairs(recordings) do
    r.down, r.touchdowns = {}, {}
    for k, leg in ipairs(legs) do
      r.down[k] = stance_of(r, leg, options.bounce or 0.1)
      r.touchdowns[k] = touchdowns_of(r.down[k], r.first)
    end
  end
  local gait = { recordings = #recordings, legs = {}, pairs = {}, support = {} }
  gait.seconds = sum(recordings, function(r) return r.seconds end)
  gait.distance = sum(recordings, function(r) return r.path[r.length] - r.path[r.first] end)
  gait.falls = sum(recordings, function(r) return r.terminated and 1 or 0 end)
  for k in ipairs(legs) do gait.legs[k] = measure_leg(recordings, legs, k) end
  for i, pair in ipairs(found) do gait.pairs[i] = measure_pair(recordings, legs, gait.legs, pair) end
  gait.steps = 0 -- touchdowns of all legs
  for _, leg in ipairs(gait.legs) do gait.steps = gait.steps + leg.touchdowns end
  gait.speed = ratio(gait.distance, gait.seconds)              -- m/s
  gait.cadence, gait.step_length = stepping(recordings, legs, gait)
  for n = 0, #legs do -- share of the time with so many legs on the ground
    gait.support[n] = ratio(sum(recordings, function(r)
      return count(r.path, r.first, function(i)
        local standing = 0
        for k = 1, #legs do standing = standing + (r.down[k][i] and 1 or 0) end
        return standing == n
      end)
    end), sum(recordings, function(r) return r.length - r.first + 1 end))
  end
  gait.flight, gait.double_support = gait.support[0], gait.support[2] or 0
  gait.alternating, gait.overlap = worst(gait.pairs, "alternating"), worst(gait.pairs, "overlap")
  local pair = gait.pairs[1]
  gait.stance = pair and pair.stance or { NAN, NAN }
  gait.nodding, gait.nodding_range = NAN, NAN -- rad: deviation of the trunk's angle, and what nine tenths are within
  if recordings[1].fields.angle then
    local angles = pool(recordings, "angle")
    local low, high = range(angles)
    gait.nodding, gait.nodding_range = statistics.deviation(angles), high - low
  end
  local mass, gravity, length = mass_of(recordings[1]), recordings[1].gravity or NAN, gait.legs[1].length or NAN
  gait.mass, gait.gravity = mass, gravity
  -- J/(kg m); of who has gone less than a metre there is none.
  gait.cost_of_transport = gait.distance >= 1 and sum(recordings, energy_of) / (mass * gait.distance) or NAN
  gait.froude = gravity > 0 and gait.speed ^ 2 / (gravity * length) or NAN -- of the first leg, stretched
  gait.kind = name_kind(gait)
  return setmetatable(gait, metatable)
end

-- recordings: one, or a list of them, of one creature.
return function(recordings, options)
  if type(recordings) ~= "table" then error("rl.gait: a recording expected, got a " .. type(recordings), 2) end
  if options ~= nil and type(options) ~= "table" then error("rl.gait: options must be a table", 2) end
  local list = recordings.fields and { recordings } or recordings
  if #list == 0 then error("rl.gait: no recording, which has fields, in what was given", 2) end
  local ok, result = pcall(measure, list, options or {})
  if not ok then error(result, 2) end
  return result
end
