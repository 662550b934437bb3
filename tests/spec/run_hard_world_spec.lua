-- What a run leaves when the world is against it: folders that go, full disks, nobody who reads, spoiled files.
local child = require "spec.child"

describe("a run in a hard world", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  local function training(inside)
    return ([[
      local rl = require "rl"
      local env = rl.env("pendulum", { n = 4 })
      local method = rl.a2c { env = env, policy = rl.policy(env, { hidden = { 8 } }),
                               value = rl.value(env, { hidden = { 8 } }) }
      local run = rl.run { name = "k", method = method, checkpoint = 0 }
      for i in run:iterations(9) do
        local batch = method:collect(8)
        run:log(i, batch.stats, method:update(batch))
        %s
      end
      run:finish()
    ]]):format(inside)
  end

  it("makes its folder again when somebody has removed it", function()
    local status, _, errors = child.run(folder, training("if i == 4 then os.execute('rm -r runs') end"), "--quiet")
    assert.equal(0, status, errors)
    assert.truthy(errors:find("was removed; it has been made again", 1, true), errors)
    local path = folder .. "/runs/" .. child.list(folder .. "/runs")[1]
    for _, name in ipairs { "config.json", "script.lua", "policy.safetensors", "checkpoints/00000009.safetensors" } do
      assert.truthy(child.read(path .. "/" .. name), name)
    end
    local rows = select(2, child.read(path .. "/progress.csv"):gsub("\n", ""))
    assert.equal(10, rows)
    local names = table.concat(child.list(path), " ")
    assert.truthy(names:find("events.out.tfevents", 1, true), names) -- of the rest
  end)

  it("is not told that its folder was removed when no more files can be opened", function()
    child.write(folder .. "/script.lua", training([[
      if i == 4 then
        held = {}
        repeat held[#held + 1] = io.open("/dev/null") until not io.open("/dev/null")
      elseif i == 6 then
        for _, file in ipairs(held) do file:close() end
      end
    ]]))
    local status, _, errors = child.shell(folder, ("ulimit -n 64; '%s' --quiet script.lua"):format(child.rlrun))
    assert.equal(0, status, errors)
    assert.truthy(errors:find("Too many open files", 1, true), errors)
    assert.falsy(errors:find("was removed", 1, true), errors)
    local path = folder .. "/runs/" .. child.list(folder .. "/runs")[1]
    assert.equal(10, select(2, child.read(path .. "/progress.csv"):gsub("\n", "")))
    assert.truthy(child.read(path .. "/checkpoints/00000009.safetensors"))
  end)

  it("goes on when nobody reads what it prints", function()
    child.write(folder .. "/script.lua", training("print(i) io.stdout:flush()"))
    local status, _, errors = child.shell(folder, ("( '%s' script.lua; echo $? >status ) | head -1"):format(
      child.rlrun)) -- a shell waits for all of a pipe
    assert.equal(0, status, errors)
    assert.equal("0\n", child.read(folder .. "/status"), errors)
  end)

  it("goes on while the disk is full, and is whole when there is room again", function()
    local disk = folder .. "/disk"
    os.execute("mkdir " .. disk)
    if child.execute(("mount -t tmpfs -o size=256k tmpfs '%s' 2>/dev/null"):format(disk)) ~= 0 then
      return pending("only root can make a small disk")
    end
    local status, _, errors = child.run(folder, training([[
      if i == 3 then
        local f = io.open("disk/fill", "wb")
        f:setvbuf("no")
        for _ = 1, 300 do f:write(("x"):rep(1000)) end
        f:close()
      end
      if i == 6 then os.remove("disk/fill") end
    ]]), "--quiet --out disk")
    local names = child.list(disk)
    local path = disk .. "/" .. names[#names]
    local rows = select(2, (child.read(path .. "/progress.csv") or ""):gsub("\n", ""))
    local last = child.read(path .. "/checkpoints/00000009.safetensors")
    os.execute(("umount '%s'"):format(disk))
    assert.equal(0, status, errors)
    assert.truthy(errors:find("No space left on device", 1, true), errors)
    assert.equal(10, rows)
    assert.truthy(last)
  end)

  it("goes on where files may not be as large as its own", function()
    -- Checkpoints have six times 4 kB of parameters, other files much less. A block has 512 bytes or 1024, as the shell
    -- wants, so files may have 8 or 16 kB.
    child.write(folder .. "/script.lua", (training(""):gsub("{ 8 }", "{ 28, 28 }")))
    local status, _, errors = child.shell(folder, ("ulimit -f 16; '%s' --quiet script.lua"):format(child.rlrun))
    assert.equal(0, status, errors)
    assert.truthy(errors:find("checkpoints/00000000.safetensors: File too large", 1, true), errors)
    local path = folder .. "/runs/" .. child.list(folder .. "/runs")[1]
    assert.equal(10, select(2, child.read(path .. "/progress.csv"):gsub("\n", "")))
  end)

  it("has no replay where the disk is full, and says so", function()
    local status, out, errors = child.run(folder, training([[if i == 3 then
        os.execute("mkdir '" .. run:path("replay.html") .. "'")
        print(run:replay { title = "x", dt = 0.1, n_bodies = 1, frames = { { 0, 0, 0 } }, series = {},
          shapes = { { kind = "circle", body = 1, x = 0, y = 0, radius = 1 } } })
      end]]), "--quiet")
    assert.equal(0, status, errors)
    assert.truthy(out:find("^nil\tcannot write runs/"), out)
    assert.truthy(errors:find("rl.run: no replay.html: cannot write runs/", 1, true), errors)
  end)

  it("leaves its last good state when the script fails, and says where", function()
    local status, _, errors = child.run(folder, training("if i == 6 then error 'oh' end"), "--quiet")
    assert.equal(1, status)
    assert.truthy(errors:find("%(error after iteration 6%)\nrlrun %-%-resume runs/k%-%S+ goes on behind iteration 5\n"),
      errors)
  end)

  it("keeps the rows of a progress.csv that cannot be read when it goes on", function()
    assert.equal(1, (child.run(folder, training("if i == 6 then error 'oh' end"), "--quiet")))
    local path = folder .. "/runs/" .. child.list(folder .. "/runs")[1] .. "/progress.csv"
    assert(os.rename(path, path .. ".old"))
    os.execute(("ln -s progress.csv '%s'"):format(path)) -- to itself
    local again = ("'%s' --quiet --resume runs/*"):format(child.rlrun)
    local status, _, errors = child.shell(folder, again)
    assert.equal(1, status)
    assert.truthy(errors:find("rl.run: cannot read runs/", 1, true), errors)
    assert(os.rename(path .. ".old", path))
    child.write(folder .. "/script.lua", training(""))
    child.write(folder .. "/runs/" .. child.list(folder .. "/runs")[1] .. "/script.lua", training(""))
    status, _, errors = child.shell(folder, again)
    assert.equal(0, status, errors)
    assert.equal(10, select(2, child.read(path):gsub("\n", "")))
  end)

  it("keeps them where they cannot be written, and says why", function()
    assert.equal(1, (child.run(folder, training("if i == 6 then error 'oh' end"), "--quiet")))
    local path = folder .. "/runs/" .. child.list(folder .. "/runs")[1] .. "/progress.csv"
    local rows_before = child.read(path)
    local command = ("(ulimit -f 0; exec '%s' --quiet --resume runs/*) 2>&1 | cat"):format(child.rlrun)
    local _, out = child.shell(folder, command)
    assert.truthy(out:find("^rl.run: cannot write the progress: cannot write runs/[^\n]+: File too large\n"), out)
    assert.falsy(out:find("traceback", 1, true), out)
    assert.equal(rows_before, child.read(path))
  end)

  it("goes on beside a report.json and events that somebody has spoiled", function()
    for _, notes in ipairs { "5", '{"collect":"x","update":{},"seconds":[],"best":{"iteration":"x"},"latest":3}' } do
      assert.equal(1, (child.run(folder, training("if i == 6 then error 'oh' end"), "--quiet")))
      local path = folder .. "/runs/" .. child.list(folder .. "/runs")[1]
      child.write(path .. "/report.json", notes)
      os.execute(("rm '%s'/events.* && mkdir '%s'/events.out.tfevents.1000000000.0001.rl"):format(path, path))
      child.write(folder .. "/script.lua", training(""))
      child.write(path .. "/script.lua", training(""))
      local status, _, errors = child.shell(folder, ("'%s' --quiet --resume runs/*"):format(child.rlrun))
      assert.equal(0, status, errors)
      assert.truthy(errors:find("^rl.run: events of TensorBoard stay as they are: cannot read runs/[^\n]+\n$"), errors)
      assert.truthy(child.read(path .. "/report.html"))
      child.remove(folder .. "/runs")
    end
  end)

  it("sweeps what a killed process left half written", function()
    assert.equal(0, (child.run(folder, training(""), "--quiet")))
    local path = folder .. "/runs/" .. child.list(folder .. "/runs")[1]
    child.write(path .. "/.rl-99999999-1.tmp", "half")
    child.write(path .. "/checkpoints/.rl-99999999-2.tmp", "half")
    assert.equal(0, (child.shell(folder, ("'%s' --quiet --resume runs/*"):format(child.rlrun))))
    assert.is_nil(child.read(path .. "/.rl-99999999-1.tmp"))
    assert.is_nil(child.read(path .. "/checkpoints/.rl-99999999-2.tmp"))
  end)
end)
