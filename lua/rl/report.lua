-- report.html in a run's folder: its curves, every term of the reward, where the time went, its options and which of
-- them are not the defaults, and replays, in one file; written anew as the run goes on.
--
--   report.write(folder)                          from what lies in the folder; true, or nil and a message
--   local r = report.new { folder =, env =, policy =, method = }     of a run that goes on: r:add(row), r:close();
--                                                 of a world policies = and methods =, by agents
--
-- Every half minute, or more rarely where that would take over a hundredth of the time, the report also records an
-- episode of the policy: latest.html, and best.html, that of the highest mean_return among those, in the end that of
-- the best checkpoint, whose walk, of a creature, is in gait.html. It calls no function of the script (see `plain` of
-- env:record), draws from streams of its own and so changes nothing.
local core = require "rl.core"
local new_page = require("rl.page").new
local plot = require "rl.plot"
local replay = require "rl.replay"
local runs = require "rl.runs"
local sorted_keys = require "rl.sorted_keys"

local read_text = runs.read_text

local report = {}
report.__index = report

local EVERY, SHARE = 30, 0.01 -- seconds between two reports; of the time that they may take
local SECONDS = 20            -- of a replay
local POINTS = 300            -- of a curve: more than a screen shows

-- Charts

local LEARNING = { "mean_return", "best_return", "mean_length", "mean_reward" }
local POLICY = { "approx_kl", "kl", "entropy", "explained_variance", "value_loss", "policy_loss", "clip_fraction",
                 "grad_norm", "sigma" }
local TIME = { "steps_per_second" }

-- At most POINTS points: the means of as many stretches.
local function thin(values)
  local n = #values
  if n <= POINTS then return values end
  local out = {}
  for i = 1, POINTS do
    local sum, count = 0, 0
    for k = math.floor((i - 1) * n / POINTS) + 1, math.floor(i * n / POINTS) do
      local x = values[k]
      if x - x == 0 then sum, count = sum + x, count + 1 end
    end
    out[i] = count > 0 and sum / count or 0 / 0
  end
  return out
end

local function chart_of(run, axis, columns, title)
  local curves = {}
  for i, name in ipairs(columns) do
    curves[i] = { name = name, x = thin(run.values[axis]), y = thin(run.values[name]) }
  end
  return { title = title, x_label = axis, width = 400, height = 220, curves = curves }
end

-- Columns that go into one chart: name -> itself, where it is one, and "a/name" of agents that learn side by side; and
-- the names.
local function columns_by_name(run)
  local learners = type(run.config.method) == "table" and run.config.method or {}
  local columns, names = {}, {}
  for _, column in ipairs(run.columns) do
    local agent, name = column:match("^([^/]+)/(.+)$")
    if not (agent and type(learners[agent]) == "table") then name = column end
    if not columns[name] then columns[name], names[#names + 1] = {}, name end
    table.insert(columns[name], column)
  end
  return columns, names
end

-- The members of a league (league.lua), as they were rated last.
local function ratings_chart(folder)
  local text = read_text(folder .. "/league/league.json")
  local league = text and core.parse_json(text)
  if type(league) ~= "table" or type(league.members) ~= "table" then return nil end
  local curve = { name = "rating", x = {}, y = {}, low = {}, high = {} }
  for i, member in ipairs(league.members) do
    for list, name in pairs { x = "at", y = "rating", low = "low", high = "high" } do
      curve[list][i] = tonumber(member[name]) or 0 / 0
    end
  end
  return { title = "rating, 95% intervals", x_label = "at", width = 400, height = 220, curves = { curve } }
end

local function add_ratings(page, folder)
  local chart = ratings_chart(folder)
  if not chart then return end
  page:heading("League: ratings against the first member")
  page:charts { chart }
end

local function add_charts(page, run)
  local axis, used = runs.axis { run }, { iteration = true, steps = true, seconds = true }
  local columns, all = columns_by_name(run)
  local function group(title, names, short)
    local charts = {}
    for _, name in ipairs(names) do
      if columns[name] and not used[name] then
        used[name] = true
        charts[#charts + 1] = chart_of(run, axis, columns[name], short and name:gsub("^reward/", "") or name)
      end
    end
    if #charts == 0 then return end
    page:heading(title)
    page:charts(charts)
  end
  local terms, others = {}, {}
  for _, name in ipairs(all) do
    if name:find("^reward/") then terms[#terms + 1] = name end
  end
  group("Learning", LEARNING)
  group("Terms of the reward, mean of a step", terms, true)
  group("Policy and value", POLICY)
  for _, name in ipairs(all) do
    if name ~= "steps_per_second" then others[#others + 1] = name end
  end
  group("More", others)
  group("Speed", TIME)
end

-- Options

local function text_of(value)
  if type(value) == "number" then return ("%.9g"):format(value) end
  if type(value) == "table" then return core.json(value) end
  return tostring(value)
end

-- name -> default of what rl.describe describes; empty for what it does not know.
local function defaults_of(describe, name)
  local defaults = {}
  local ok, rows = pcall(describe, name)
  if not ok then return defaults end
  for _, row in ipairs(rows.options or rows) do defaults[row.name] = row.default end
  return defaults
end

-- Adds a row for each option; those that differ from their defaults stand out. Without defaults: all, as they are.
local function add_options(page, title, options, defaults, differing_only)
  local rows = { { "option", "value", "default" } }
  for _, name in ipairs(sorted_keys(options)) do
    local value, default = options[name], defaults[name]
    local other = default ~= nil and text_of(value) ~= text_of(default)
    if other or not differing_only then
      rows[#rows + 1] = { name, text_of(value), default == nil and "" or text_of(default), other = other }
    end
  end
  if #rows == 1 then return end
  page:heading(title)
  page:table(rows)
end

-- By agents; by "" that of a run that has one.
local function methods_of(config)
  local method = config.method
  if not method then return {} end
  if type(method.name) == "string" then return { [""] = method } end
  local methods = {}
  for agent, of in pairs(method) do
    if type(of) == "table" and type(of.name) == "string" then methods[agent] = of end
  end
  return methods
end

local function add_settings(page, config)
  if config.options then add_options(page, "Options", config.options, config.defaults or {}, false) end
  local env = config.environment
  local methods = methods_of(config)
  for _, agent in ipairs(sorted_keys(methods)) do
    local method = methods[agent]
    local defaults = defaults_of(core.describe_method, method.name)
    defaults.name = method.name
    local title = ("Options of %s that are not the defaults"):format(method.name)
    add_options(page, agent == "" and title or ("%s: %s"):format(agent, title), method, defaults, true)
  end
  if env and env.options then
    local title = ("Options of %s that are not the defaults"):format(tostring(env.name))
    add_options(page, title, env.options, defaults_of(core.describe_env, env.name), true)
  end
end

-- Notes of config.json: stages, options that were set, what the script has noted.

local MOST_NOTES = 60 -- of the page, the last ones

local function add_changes(page, config)
  local notes = config.notes or {}
  local rows = { { "iteration", "what has changed" } }
  for i = math.max(1, #notes - MOST_NOTES + 1), #notes do
    rows[#rows + 1] = { text_of(notes[i].iteration), text_of(notes[i].text) }
  end
  if #rows == 1 then return end
  page:heading(#notes > MOST_NOTES and ("The last %d of %d changes"):format(MOST_NOTES, #notes) or "Changes")
  page:table(rows)
end

-- The rest

local function duration(seconds)
  seconds = math.floor(seconds + 0.5)
  return ("%.0f:%02.0f:%02.0f"):format(math.floor(seconds / 3600), math.floor(seconds / 60) % 60, seconds % 60)
end

-- What the run knows and no other file has: { collect = s, update = s, seconds = s, running = true, best = row, ... }
-- What is no such note is left out: somebody may have written to the file.
local function read_notes(folder)
  local text = read_text(folder .. "/report.json")
  local found = text and core.parse_json(text)
  local notes = {}
  if type(found) ~= "table" then return notes end
  for name, kind in pairs { seconds = "number", collect = "number", update = "number", running = "boolean",
                            best = "table", latest = "table" } do
    local value = found[name]
    local good = type(value) == kind
    if kind == "table" and good then
      good = type(value.iteration) == "number" and type(value.mean_return or 0) == "number"
    end
    if good then notes[name] = value end
  end
  if not (notes.collect and notes.update) then notes.collect, notes.update = nil, nil end
  return notes
end

local function add_summary(page, run, notes)
  local config, values, n = run.config, run.values, run.rows
  local parts = {}
  local function say(format, ...) parts[#parts + 1] = format:format(...) end
  if n > 0 then
    say("iteration %.0f%s", values.iteration[n], config.iterations and (" of %.0f"):format(config.iterations) or "")
    if values.steps then say("%s steps", plot.short(values.steps[n])) end
    if values.seconds then say("%s", duration(values.seconds[n])) end
    local score = runs.score(run, "mean_return")
    if score == score then say("mean_return %.4g (the last tenth)", score) end
  else
    say("no iteration yet")
  end
  say("seed %s", text_of(config.seed))
  page:text((notes.running and "Running: " or "Ended: ") .. table.concat(parts, ", "))
  page:text(("%s %s, version %s (%s), %s"):format(tostring(config.script or ""), run.folder, tostring(config.version),
    tostring(config.revision), tostring(config.time)))
end

local function add_phases(page, notes)
  local all = notes.seconds
  if not all or not notes.collect or all <= 0 then return end
  local rest = math.max(all - notes.collect - notes.update, 0)
  local rows = { { "phase", "seconds", "share" } }
  for _, phase in ipairs { { "collect", notes.collect }, { "update", notes.update }, { "all else", rest } } do
    rows[#rows + 1] = { phase[1], ("%.1f"):format(phase[2]), ("%.1f %%"):format(100 * phase[2] / all) }
  end
  page:heading("Time")
  page:table(rows)
end

local function add_replays(page, folder, notes)
  local function title(word, of)
    return of and ("%s replay: iteration %.0f, mean_return %.4g"):format(word, of.iteration, of.mean_return or 0 / 0)
      or word .. " replay"
  end
  local best, latest, own = read_text(folder .. "/best.html"), read_text(folder .. "/latest.html"),
    read_text(folder .. "/replay.html")
  if best and best ~= latest then page:replay(title("Best", notes.best), best) end
  if own then
    page:replay("Replay of the script", own)
  elseif latest then
    page:replay(title("Latest", notes.latest), latest)
  end
  local gait = read_text(folder .. "/gait.html")
  if gait then page:replay("Gait", gait) end
end

-- Writes report.html anew. True, or nil and a message.
function report.write(folder)
  local run, message = runs.read(folder, 10 * POINTS)
  if not run then return nil, message end
  local notes = read_notes(folder)
  local page = new_page(run.name, notes.running and EVERY or nil)
  add_summary(page, run, notes)
  add_ratings(page, folder)
  add_charts(page, run)
  add_replays(page, folder, notes)
  add_phases(page, notes)
  add_settings(page, run.config)
  add_changes(page, run.config)
  return core.write_file(folder .. "/report.html", page:close())
end

-- Of a run that goes on

-- An environment whose functions are all in Lua is not played for a picture: they may keep state.
local function can_record(env, policy, policies)
  if type(env) ~= "userdata" or not (policies or type(policy) == "userdata") or not env.record then return false end
  return not core.env_facts(env).functions.step
end

function report.new(settings)
  local self = setmetatable({ ok = true }, report)
  self.folder, self.env, self.policy, self.policies = settings.folder, settings.env, settings.policy, settings.policies
  self.methods = settings.methods or { settings.method }
  self.notes = read_notes(self.folder) -- of the part before, where the run is resumed
  local kept = self.notes
  self.before = { collect = kept.collect or 0, update = kept.update or 0, seconds = kept.seconds or 0 }
  self.notes.running = true
  self.start = core.time()
  self.next = self.start + EVERY
  local ok, can = pcall(can_record, self.env, self.policy, self.policies)
  self.can_record = ok and can
  return self
end

-- An episode of a policy; nil where there is nothing to draw.
local function play(self, policy, iteration)
  local title = ("iteration %.0f"):format(iteration)
  local recording = self.env:record(policy, { plain = true, seconds = SECONDS, title = title, seed = 1 })
  return recording.n_bodies > 0 and recording or nil
end

-- A creature without legs has none; of a world rlrun gait shows an agent's.
local function write_gait(self, recording)
  if not recording.creature or recording.agent then return end
  local made, walk = pcall(require("rl.gait_report").new, recording)
  if made then assert(core.write_file(self.folder .. "/gait.html", walk:html("gait, " .. recording.title))) end
end

local function record(self)
  local row, notes = self.row, self.notes
  local recording = play(self, self.policies or self.policy, row.iteration)
  if not recording then return end
  local value = row.mean_return
  local now = { iteration = row.iteration, mean_return = value and value == value and value or nil }
  local best = notes.best
  if now.mean_return and (not best or not best.mean_return or now.mean_return > best.mean_return) then
    assert(replay.write(self.folder .. "/best.html", recording))
    notes.best = now
  end
  if notes.best == now or not notes.best then write_gait(self, recording) end
  assert(replay.write(self.folder .. "/latest.html", recording))
  notes.latest = now
end

-- What acts, as an archive of the run has it; nil where it has none.
local function take_policy(self, archive)
  if self.policy then
    local policy = self.policy:clone()
    return archive:take("policy", policy) and policy
  end
  local players = {}
  for name, policy in pairs(self.policies) do
    players[name] = policy:clone()
    if not archive:take("policy." .. name, players[name]) then return nil end
  end
  return players
end

-- That of the best checkpoint, where there is one.
local function record_best(self)
  local archive = core.read_archive(self.folder .. "/checkpoints/best.safetensors")
  local known, kept = core.unpack(archive and archive:text("run") or "")
  local policy = known and kept.best and take_policy(self, archive)
  if not policy then return end
  local recording = play(self, policy, kept.best.iteration)
  if not recording then return end
  assert(replay.write(self.folder .. "/best.html", recording))
  write_gait(self, recording)
  self.notes.best = { iteration = kept.best.iteration, mean_return = kept.best.value }
end

local function write(self)
  local notes, before = self.notes, self.before
  local sums = { collect = 0, update = 0 }
  for _, method in pairs(self.methods) do
    local ok, collect, update = pcall(core.method_seconds, method)
    if not ok then sums = nil break end
    sums.collect, sums.update = sums.collect + collect, sums.update + update
  end
  if sums and next(self.methods) then
    notes.collect, notes.update = before.collect + sums.collect, before.update + sums.update
  end
  notes.seconds = before.seconds + core.time() - self.start
  local ok, message = core.write_file(self.folder .. "/report.json", core.json(notes) .. "\n")
  if not ok then return nil, message end
  return report.write(self.folder)
end

-- What a report cannot do is no reason to end a run: it is tried again with the next.
local function attempt(self, with_replay, at_end)
  local start = core.time()
  if with_replay and self.can_record and self.row then pcall(record, self) end
  if with_replay and self.can_record and at_end then pcall(record_best, self) end
  local called, ok, message = pcall(write, self)
  self.ok, self.message = called and ok, called and message or ok
  self.next = core.time() + math.max(EVERY, (core.time() - start) / SHARE)
  return self.ok or nil, self.message
end

-- After each row.
function report:add(row)
  self.row = row
  if core.time() < self.next then return self.ok or nil, self.message end
  return attempt(self, true)
end

-- The last one: with a replay where the run took long enough.
function report:close()
  self.notes.running = nil
  if not read_text(self.folder .. "/progress.csv") then return true end -- it has ended before its first row
  return attempt(self, core.time() - self.start > EVERY / 3, true)
end

return report
