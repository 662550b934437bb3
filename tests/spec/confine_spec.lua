-- rl.confine in an rlrun of its own for each test, since a state is confined for good.
local child = require "spec.child"

-- Folders `in` and `out` that may be read and written, `secret` beside them, and links that lead away.
local FOLDERS = [[
mkdir -p in/deep out
echo "root:x:0:0" >secret; echo "return { a = root:x:0 }" >in/broken.lua; echo "return { a = 1 }" >in/good.lua
cp in/good.lua outside.lua
ln -s ../secret in/link; ln -s .. in/up; ln -s ../outside.lua in/design
ln -s ../stolen out/dangling; ln -s .. out/up; ln -s ../secret out/link
for end in lua onnx h; do ln -s ../stolen out/dangling.$end; ln -s ../secret out/link.$end; done
]]

local PRELUDE = [[
local rl = require "rl"
local env = rl.env("hopper", { n = 2 })
local policy, value = rl.policy(env), rl.value(env)
local search = rl.cem { x0 = { 1, 2 }, sigma = 1 }
assert(policy:save("in/policy") and policy:save("policy") and search:save("in/search") and search:save("search"))
local function refused(message, f, ...)
  local ok, got = pcall(f, ...)
  assert(not ok, "it is not refused: " .. message)
  assert(tostring(got):find(message, 1, true), got)
  assert(not tostring(got):find("root:", 1, true), got)
end
]]

describe("rl.confine", function()
  local folder

  before_each(function()
    folder = child.folder()
    child.shell(folder, FOLDERS)
  end)
  after_each(function() child.remove(folder) end)

  local function runs(script)
    local status, out, err = child.run(folder, PRELUDE .. script .. '\nprint "done"', "--quiet")
    assert.equal("", err)
    assert.equal(0, status)
    assert.is_truthy(out:find("done", 1, true))
  end

  it("lets nothing outside of the folder be read, by any way", function()
    runs [[
      rl.confine { read = "in", write = "out" }
      local here = io.popen("pwd"):read("*l")
      local readers = {
        rl.load_policy, rl.load_design, rl.load_creature, function(path) return search:load(path) end,
      }
      for _, path in ipairs { "secret", "policy", "search", "outside.lua", here .. "/secret", "/etc/passwd",
                              "nowhere/at/all", "in/../secret", "in/link", "in/design", "in/up/secret",
                              "in/deep/../../secret",
                              "in/../in/../policy", "out/link", "in/none/../../secret", "", "in/good.lua\0", ".." } do
        for _, read in ipairs(readers) do refused("is not inside the folder that may be read", read, path) end
      end
      assert(rl.load_policy("in/policy") and rl.load_policy(here .. "/in/deep/.././policy")
        and search:load("in/search"))
      assert(rl.load_design("in/good.lua").a == 1)
      assert(select(2, rl.load_policy("in/none")):find("No such file"))
    ]]
  end)

  it("is not needed for a path with a zero byte, which leads elsewhere than it says, to be refused", function()
    runs [[
      refused("a path has no zero bytes", policy.save, policy, "out/saved\0.safetensors")
      refused("a path has no zero bytes", rl.load_policy, "policy\0.none")
      refused("a path has no zero bytes", rl.save_design, "out/saved\0.lua", {})
      assert(not io.open("out/saved"))
    ]]
  end)

  it("gives no hint whether a file outside is there", function()
    runs [[
      rl.confine { read = "in", write = "out" }
      local function answer(path) return (select(2, pcall(rl.load_policy, path)):gsub(path, "PATH")) end
      local is = answer("/etc/passwd")
      assert(is == answer("/etc/nothing") and is == answer("/etc/nothing/passwd") and is == answer("secret"), is)
    ]]
  end)

  it("lets nothing outside of the folder be written, by any way", function()
    runs [[
      rl.confine { read = "in", write = "out" }
      local here = io.popen("pwd"):read("*l")
      local design = { a = 1 }
      local writers = {
        function(path) return policy:save(path) end, function(path) return search:save(path) end,
        function(path) return rl.save_design(path, design) end,
        function(path) return rl.export_creature("hopper", path) end,
      }
      for _, extension in ipairs { ".lua", ".onnx", ".h" } do
        writers[#writers + 1] = function(path) return policy:export(path .. extension) end
      end
      for _, path in ipairs { "stolen", here .. "/stolen", "/tmp/rl-confine-stolen", "out/../stolen",
                              "out/dangling", "out/up/stolen", "out/new/../../stolen", "in/stolen",
                              "outside", "", "out/link" } do
        for _, write in ipairs(writers) do refused("is not inside the folder that may be written", write, path) end
      end
      for _, write in ipairs(writers) do assert(write("out/file") and write(here .. "/out/./file")) end
      for _, path in ipairs { "stolen", "in/stolen", "/tmp/rl-confine-stolen", "outside" } do
        for _, extension in ipairs { "", ".lua", ".onnx", ".h" } do
          assert(path .. extension == "outside.lua" or not io.open(path .. extension), path .. extension)
        end
      end
      assert(io.open("secret"):read("*a") == "root:x:0:0\n")
    ]]
  end)

  it("takes a folder that is not given as none", function()
    runs [[
      rl.confine {}
      refused("is not inside", rl.load_policy, "in/policy")
      refused("is not inside", policy.save, policy, "out/policy")
      assert(rl.zeros(1000000))
    ]]
  end)

  it("puts runs, with their tables and replays, into the folder", function()
    runs [[
      rl.confine { write = "out" }
      local run = rl.run { name = "guest", policy = policy }
      run:log(1, { a = 1 })
      run:log(2, { b = 1 }) -- reads the table again
      run:replay(env:record(policy, { seconds = 0.1 }))
      run:finish()
      for _, name in ipairs { "config.json", "progress.csv", "policy.safetensors", "replay.html" } do
        assert(io.open(run:path(name)), name)
      end
      assert(not io.open("runs") and run.folder:find("/out/guest", 1, true), run.folder)
    ]]
  end)

  it("never shows what is in a file that is refused", function()
    runs [[
      for _, path in ipairs { "secret", "in/broken.lua", "in/link" } do
        for _, read in ipairs { rl.load_policy, rl.load_design, function(name) return search:load(name) end } do
          local got, message = read(path)
          assert(got == nil and not message:find("root") and not message:find("%f[%d]0%f[%D]"), message)
        end
      end
    ]]
  end)

  it("refuses C memory beyond the limit before it is taken", function()
    runs [[
      rl.confine { memory = 50e6 }
      local message = "not enough memory: rl.confine allows 50000000 bytes"
      refused(message, rl.zeros, 1e9) -- 4 GB
      refused(message, rl.zeros, 13000000)
      for _, name in ipairs(rl.envs()) do
        if name ~= "lqr" then refused(message, rl.env, name, { n = 65536 }) end
      end
      local ppo = rl.ppo { env = env, policy = policy, value = value }
      refused(message, ppo.collect, ppo, 1000000)
      refused(message, function() return policy:mean(rl.zeros(1000000, env.observation_space.size)) end)
      refused(message, rl.policy, env, { hidden = { 4096, 4096 } })
      refused(message, rl.cmaes, { x0 = rl.zeros(3000), sigma = 1 })
      local kept = {}
      refused(message, function() for i = 1, 1000 do kept[i] = rl.zeros(250000) end end)
      assert(#kept > 35 and #kept < 50, #kept) -- of 1 MB each
      kept = nil
      assert(ppo:update(ppo:collect(100))) -- what was dropped is free again
      local large = rl.ones(10000000)
      assert(#large:tobytes() == 40e6) -- without a copy in C
    ]]
  end)

  it("does not count what is dropped", function()
    runs [[
      rl.confine { memory = 20e6 }
      for _ = 1, 1000 do rl.zeros(1000000) end -- 4 GB in all
      for _ = 1, 100 do assert(rl.env("hopper", { n = 20 }):reset()) end
    ]]
  end)

  it("is once and for good, and checks its options", function()
    runs [[
      refused("unknown option", rl.confine, { reed = "in" })
      refused("option read: nowhere is no folder", rl.confine, { read = "nowhere" })
      refused("option write: secret is no folder", rl.confine, { write = "secret" })
      refused("option memory", rl.confine, { memory = -1 })
      refused("table expected", rl.confine)
      assert(rl.load_policy("policy")) -- none of these has done anything
      rl.confine { read = "in" }
      refused("rl.confine: this state is confined already", rl.confine, { read = "." })
      refused("is not inside", rl.load_policy, "policy")
    ]]
  end)

  -- What opens files is found by its name: a new function that forgets the gate fails here.
  it("stands before everything in the module that opens a file", function()
    local root, n = os.getenv("RL_ROOT"), 0
    local function each(place, pattern, f)
      for path in io.popen(("find '%s/%s' -name '%s'"):format(root, place, pattern)):lines() do
        f(path:sub(#root + 2), child.read(path))
      end
    end
    each("lua/rl", "*.lua", function(path, text)
      for line in text:gmatch("[^\n]*io%.open[^\n]*") do
        n = n + 1
        local own = path == "lua/rl/replay.lua" and line:find("%.html") -- the player, beside it
        assert.is_truthy(own or line:find("io%.open%(core%.%a+_path%("), line)
      end
      assert.is_nil(text:find("io%.popen"), path)
      assert.is_nil(text:find("loadfile", 1, true) or text:find("dofile", 1, true), path)
      for rest in text:gmatch("os%.re[nm]%w+(%b())") do -- rename, remove
        n = n + 1
        assert.is_truthy(rest:find("^%(core%.write_path%("), path)
      end
    end)
    each("lua/core", "*.c", function(path, text)
      local opened, _, checked = 0, text:gsub("rll_%a+_path%(", "")
      for call, arguments in text:gmatch("%f[%w_](rl_[%w_]*%()([^;]*)") do
        local in_memory = arguments:find("^[^;]-archive, prefix") or call:find("^rl_search_") -- to or from an archive
        local of_file = call:find("^rl_%w+_save%($") or call:find("^rl_%w+_load%($") or call:find("^rl_%w+_export%($")
        if of_file and not in_memory or call:find("^rl_write_file") or call:find("^rl_read_file") then
          opened = opened + 1
        end
      end
      n = n + opened
      assert.is_true(opened <= checked, path)
      assert.is_nil(text:find("[^_%w]f?open%("), path)
    end)
    assert.is_true(n >= 10, n)
  end)
end)
