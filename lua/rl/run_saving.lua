-- What a run leaves on disk as it goes on: the policy, the search and its best design, config.json, checkpoints. What
-- cannot be written is told once and tried again; training goes on.
local core = require "rl.core"
local checkpoint = require "rl.checkpoint"
local live = require "rl.live"
local provenance = require "rl.provenance"
local seats = require "rl.run_seats"

local saving = {}

local POLICY, CHECKPOINT = "the policy could not be saved", "the checkpoint could not be written"

-- What fails is told once, until it has succeeded again.
function saving.complain(run, what, ok, message)
  if ok then
    run.failing[what] = nil
  elseif not run.failing[what] then
    run.failing[what] = true
    io.stderr:write(("\nrl.run: %s: %s\n"):format(what, tostring(message)))
  end
end

function saving.tell_once(run, text)
  if run.told[text] then return end
  run.told[text] = true
  io.stderr:write("\nrl.run: ", text, "\n")
end

local function try(f, run, ...)
  local called, ok, message = pcall(f, run, ...)
  if called then return ok, message end
  return nil, ok
end

-- Somebody may have removed the folder: then it is made again, and true.
function saving.revive(run)
  if not run.place:revive() then return false end
  run.progress:renew()
  run.events:renew()
  io.stderr:write("\nrl.run: ", run.folder, " was removed; it has been made again\n")
  return true
end

-- Calls f(run, ...) -> true, or nil and a message.
local function guarded(run, what, f, ...)
  local ok, message = try(f, run, ...)
  if not ok and saving.revive(run) then ok, message = try(f, run, ...) end
  saving.complain(run, what, ok, message)
  if ok then return true end
  return nil, ("%s: %s"):format(what, tostring(message))
end

-- The policy as it is; where the script has left it as it was made, what a search over its parameters, or over those
-- that are free, has found: its mean.
local function policy_to_save(run)
  local policy, search = run.parts.policy, run.parts.search
  if not (search and run.theta and search.iterations > 0 and policy.theta:equal(run.theta)) then return policy end
  local all = search.dim == run.theta:size(1)
  if not all and search.dim ~= policy:free():size(1) then return policy end
  local found = policy:clone()
  found.theta:copy_(all and search.mean or policy:spread(search.mean))
  return found
end

-- The best design of a search over a description, unless the script has put another there.
local function save_design(run)
  local search = run.parts.search
  if not (search and search.space and search.best) or run.designed == search.best_evaluation then return true end
  local path = run:path("design.lua")
  local there = provenance.read(path)
  if there and run.design_text ~= there then return true end
  local ok, message = search.space:save(path, search.space:decode(search:best_list()))
  run.designed, run.design_text = search.best_evaluation, provenance.read(path)
  return ok, message
end

local function save(run)
  run.last_save = core.time()
  local ok, message = true, nil
  if run.parts.policy then ok, message = policy_to_save(run):save(run:path("policy.safetensors")) end
  if ok then ok, message = seats.save(run) end
  if ok and run.parts.search then ok, message = run.parts.search:save(run:path("search.safetensors")) end
  if ok then ok, message = save_design(run) end
  return ok, message
end

local function write_config(run) return run.place:write() end
function saving.write_config(run) return guarded(run, "config.json could not be written", write_config) end

function saving.save(run)
  local ok, message = guarded(run, POLICY, save)
  saving.write_config(run)
  return ok, message
end

local function snapshot(run, iteration, learnt)
  local notices = {}
  local archive = run.parts:put(notices, learnt)
  for name, text in pairs(notices) do saving.tell_once(run, ("%s: %s"):format(name, text)) end
  local kept = {
    iteration = iteration, seconds = core.time() - run.start, last_steps = run.last_steps, step = run.step,
    best = run.best, state = run.state, live = live.texts(), notes = run.place.config.notes, finished = run.finished,
    env_options = run.env_options,
  }
  archive:put_text("run", run.parts.pack(kept, "the run"))
  return archive
end

local function write_checkpoint(run, iteration, archive)
  local ok, message = checkpoint.write(run.folder, iteration, archive)
  if ok and run.best_archive then
    ok, message = checkpoint.write_best(run.folder, run.best_archive)
    if ok then run.best_archive = run.best_archive:close() end
  end
  return ok, message
end

-- Of what is complete, unless there is one. All ranks give their part, and learn how it went.
function saving.write_checkpoint(run, iteration)
  if run.checkpointed == iteration then return true end
  local start = core.time()
  run.last_checkpoint = start
  local ok, archive = pcall(snapshot, run, iteration)
  local message = not ok and archive
  if ok then
    ok, message = guarded(run, CHECKPOINT, write_checkpoint, iteration, archive)
    archive:close()
  else
    saving.complain(run, CHECKPOINT, nil, message)
    message = ("%s: %s"):format(CHECKPOINT, tostring(message))
  end
  if core.agree(ok and true) then
    run.checkpointed, run.checkpoint_took = iteration, core.time() - start
    return true
  end
  return nil, message or CHECKPOINT
end

-- After an iteration: is it the best so far? What was learnt is held until the next checkpoint is written.
function saving.follow_best(run, iteration)
  local value = run.row and run.row[run.best_by]
  if type(value) ~= "number" or value ~= value or run.best and value <= run.best.value then return end
  run.best = { value = value, iteration = iteration }
  local called, archive = pcall(snapshot, run, iteration, true)
  if called then run.best_archive = archive end
end

return saving
