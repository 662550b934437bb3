-- The runs that worlds leave: of all agents, of one, and of several that learn side by side.
local rl = require "rl"
local child = require "spec.child"
local core = require "rl.core"
local pair = require "spec.pair"
local refusal = require "spec.refusal"
local run_env = require "rl.run_env"
local has, refused = refusal.has, refusal.refuses

describe("the run of a world", function()
  -- Of all agents by one policy, or of one agent against another that remembers; ends itself in iteration 3.
  local SCRIPT = [[
    local rl = require "rl"
    local env = rl.env {
      name = "pair", n = 2, together = true, gravity = 3, reward = { a = function(s) return s.vx end },
      creatures = { a = { creature = "hopper", x = -1, senses = { other = "b" } },
                    b = { creature = "hopper", x = 1, turned = true, walks = true,
                          senses = { { name = "other", of = "a" } } } },
      bodies = { ball = { mass = 2, shape = { kind = "circle", radius = 0.15 }, y = 1.5 } },
    }
    local opt = rl.options { seat = false, kill = false }
    local own = opt.seat and env:agent("a") or env
    if opt.seat then env:players { b = rl.policy(env:agent("b"), { hidden = { 4 }, seed = 9, history = 2 }) } end
    local policy = rl.policy(own, { hidden = { 8 } })
    local ppo = rl.ppo { env = own, policy = policy, value = rl.value(own, { hidden = { 8 } }) }
    local run = rl.run { name = "pair", method = ppo, iterations = 4 }
    for i in run:iterations() do
      local batch = ppo:collect(33)
      run:log(i, batch.stats, ppo:update(batch))
      if opt.kill and i == 3 and not run.resumed then os.execute("kill -KILL $PPID") end
    end
    run:finish()]]

  local function rlrun(folder, arguments)
    return child.shell(folder, ("'%s' %s"):format(child.rlrun, arguments))
  end

  for _, seat in ipairs { false, true } do
    it("goes on bit for bit and is played without its script" .. (seat and ", of one agent too" or ""), function()
      local folder = child.folder()
      child.write(folder .. "/pair.lua", SCRIPT)
      local arguments = ("--quiet --checkpoint 0 --set seat=%s pair.lua"):format(tostring(seat))
      local status, _, errors = rlrun(folder, "--out whole " .. arguments)
      assert.equal(0, status, errors)
      rlrun(folder, "--out cut --set kill=true " .. arguments)
      status, _, errors = rlrun(folder, "--quiet --resume cut/*")
      assert.equal(0, status, errors)
      local whole, cut = folder .. "/whole/", folder .. "/cut/"
      whole, cut = whole .. child.list(whole)[1], cut .. child.list(cut)[1]
      assert.equal(child.read(whole .. "/policy.safetensors"), child.read(cut .. "/policy.safetensors"))
      local out
      status, out, errors = rlrun(folder, "eval --episodes 2 whole/*")
      assert.equal(0, status, errors)
      has(errors, "reward and ends are the environment's own, and 0 for an agent that has none")
      has(out, "pair, 4 episodes\nreturn")
      has(out, "\nagent a      return 0, ")
      status, out, errors = rlrun(folder, "motion whole/* --out a.csv --columns time,world_x")
      assert.equal(0, status, errors)
      has(out, "wrote a.csv: ")
      has(errors, "of agent a; --agent has others: b\n")
      has(child.read(folder .. "/a.csv"), "\n0,-1\n")
      status, _, errors = rlrun(folder, "motion whole/* --agent b --out b.csv --columns time,world_x")
      assert.equal(0, status, errors)
      has(child.read(folder .. "/b.csv"), "\n0,1\n")
      status, out, errors = rlrun(folder, "gait whole/* --agent b --episodes 1 --out b.html")
      assert.equal(0, status, errors)
      has(out, "wrote b.html")
      status, _, errors = rlrun(folder, "gait whole/* --agent c")
      assert.equal(2, status)
      has(errors, 'rlrun gait: unknown agent "c"')
      local config = core.parse_json(child.read(whole .. "/config.json")).environment
      assert.are.same({ 2, seat and "a" or nil }, { config.copies, config.agent })
      local other = rl.load_policy(whole .. "/policy.b.safetensors")
      assert.equal(seat and 2 or nil, other and other:options().history) -- who is played against is there too
      local options = { reward = { a = function() return 0 end } }
      for name, value in pairs(config.options) do options[name] = value end
      for name, value in pairs(config.world) do options[name] = value end
      local again = rl.env(options)
      assert.are.same(config.world, core.parse_json(core.json(core.env_facts(again).world)))
      assert.equal(3, again:options().gravity)
      child.remove(folder)
    end)
  end
end)

describe("commands on the run of a world", function()
  -- Of agent b, or said to be of the world; the agents are not alike.
  local SCRIPT = [[
    local rl = require "rl"
    local env = rl.env { name = "duo", n = 1, time_limit = 0.2, creatures = {
      a = { creature = "biped", x = -3, walks = true }, b = { creature = "hopper", x = 3, walks = true } } }
    local opt = rl.options { of = "b" }
    env:players { a = "zero" }
    local own = env:agent("b")
    local policy = rl.policy(own, { hidden = { 4 } })
    local ppo = rl.ppo { env = own, policy = policy, value = rl.value(own, { hidden = { 4 } }) }
    local run = rl.run { name = "duo", env = opt.of == "b" and own or env, method = ppo, policy = policy,
                         iterations = 1 }
    for i in run:iterations() do
      local batch = ppo:collect(8)
      run:log(i, batch.stats, ppo:update(batch))
    end
    run:finish()]]

  local folder
  local function rlrun(arguments) return child.shell(folder, ("'%s' %s"):format(child.rlrun, arguments)) end
  before_each(function()
    folder = child.folder()
    child.write(folder .. "/duo.lua", SCRIPT)
  end)
  after_each(function() child.remove(folder) end)

  it("shows the agent whose policy it is, and another one when asked", function()
    assert.equal(0, (rlrun "--quiet --out runs duo.lua"))
    local status, _, errors = rlrun "motion runs/* --out b.csv --columns time,world_x"
    assert.equal(0, status, errors)
    has(errors, "of agent b; --agent has others: a\n")
    has(child.read(folder .. "/b.csv"), "\n0,3\n")
    status, _, errors = rlrun "gait runs/* --episodes 1"
    assert.equal(0, status, errors)
    has(errors, "of agent b; --agent has others: a\n")
    status, _, errors = rlrun "motion runs/* --agent a --out a.csv --columns time,world_x"
    assert.equal(0, status, errors)
    has(child.read(folder .. "/a.csv"), "\n0,-3\n")
  end)

  it("says in words that one policy cannot play agents that are not alike", function()
    assert.equal(0, (rlrun "--quiet --out runs --set of=all duo.lua"))
    for _, command in ipairs { "eval", "gait", "motion", "render --pose --play" } do
      local status, out, errors = rlrun(command .. " runs/*")
      assert.is_true(status == 1 or status == 2, command .. out)
      has(errors, "do not see and do the same, so they cannot share a policy: make one for each, of env:agent(name)")
      assert.falsy(errors:find("traceback", 1, true), errors)
    end
  end)
end)

describe("the config.json of a world's run that somebody has written to", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  local function describe_world(environment)
    child.write(folder .. "/config.json", core.json { environment = environment })
    return run_env.describe(folder .. "/policy.safetensors")
  end

  it("has an agent paid 0 where it does not say that the script paid it", function()
    local agents = { { name = "a", creature = "hopper" }, { name = "b", creature = "hopper", walks = true } }
    local body, options, note = describe_world { name = "duo", functions = 5, world = { creatures = agents } }
    assert.same(agents, body.creatures)
    assert.equal(0, options.reward.a())
    assert.is_nil(options.reward.b)
    has(note, "functions of the script are not known here: ")
    has(note, ", and 0 for an agent that has none")
  end)

  it("has no world where its agents are none", function()
    for _, world in ipairs { 5, { creatures = 5 }, { creatures = { 1 } }, { creatures = { true } },
                             { creatures = { {} } }, { creatures = { { name = "a" }, { name = 5 } } } } do
      local body, _, message = describe_world { name = "duo", world = world }
      assert.is_nil(body)
      has(message, "the environment duo of the run is the script's own, and not known here")
    end
  end)
end)

describe("the run of agents that learn side by side", function()
  -- Two or three who are not alike; c is played. Ends itself in iteration 3.
  local SCRIPT = [[
    local rl = require "rl"
    local opt = rl.options { kill = false, player = "policy" }
    local env = rl.env {
      name = "trio", n = 2, together = true, time_limit = 0.5,
      creatures = { a = { creature = "hopper", x = -2, walks = true, senses = { other = "b" } },
                    b = { creature = "biped", x = 0, walks = true },
                    c = { creature = "biped", x = 2, walks = true, senses = { other = "b" } } },
    }
    local third = env:agent("c")
    local kinds = { policy = rl.policy(third, { hidden = { 3 }, seed = 9 }), random = "random",
                    list = { rl.policy(third, { hidden = { 3 }, seed = 9 }), rl.policy(third) } }
    env:players({ c = kinds[opt.player] }, { deterministic = true })
    local methods, policies = {}, {}
    for i, name in ipairs { "a", "b" } do
      local own = env:agent(name)
      policies[name] = rl.policy(own, { hidden = { 4 * i } })
      methods[name] = rl.ppo { env = own, policy = policies[name], seed = i, value = rl.value(own, { hidden = { 8 } }),
                               lr = i == 1 and 1e-3 or nil }
    end
    local run = rl.run { name = "trio", method = methods, iterations = 4 }
    for i in run:iterations() do
      local batches = env:collect(methods, 40)
      local stats = {}
      for name, method in pairs(methods) do stats[name] = method:update(batches[name]) end
      run:log(i, { a = batches.a.stats, b = batches.b.stats }, stats)
      if opt.kill and i == 3 and not run.resumed then os.execute("kill -KILL $PPID") end
    end
    run:finish()
    local result = env:evaluate(policies, { episodes = 3, seed = 1 })
    for _, name in ipairs { "a", "b", "c" } do
      local of = result.agents[name]
      print(("agent %-6s return %.5g, length %.5g steps"):format(name, of.mean_return, of.mean_length))
    end]]

  local folder
  before_each(function()
    folder = child.folder()
    child.write(folder .. "/trio.lua", SCRIPT)
  end)
  after_each(function() child.remove(folder) end)
  local function rlrun(arguments) return child.shell(folder, ("'%s' %s"):format(child.rlrun, arguments)) end
  local function only(out) return folder .. "/" .. out .. "/" .. child.list(folder .. "/" .. out)[1] end

  it("goes on bit for bit, and each is evaluated and shown by its own policy", function()
    local status, own, errors = rlrun "--out whole --quiet --checkpoint 0 trio.lua"
    assert.equal(0, status, errors)
    rlrun "--out cut --quiet --checkpoint 0 --set kill=true trio.lua"
    local out
    status, out, errors = rlrun "--quiet --resume cut/*"
    assert.equal(0, status, errors)
    assert.equal(own, out)
    local whole, cut = only "whole", only "cut"
    for _, name in ipairs { "a", "b", "c" } do
      local file = ("/policy.%s.safetensors"):format(name)
      assert.equal(child.read(whole .. file), child.read(cut .. file), name)
    end
    local config = core.parse_json(child.read(whole .. "/config.json"))
    assert.same({ a = "policy.a.safetensors", b = "policy.b.safetensors", c = "policy.c.safetensors" }, config.players)
    assert.same({ "ppo", 0.001, 2 }, { config.method.a.name, config.method.a.lr, config.method.b.seed })
    assert.same({ 4, 8 }, { config.policy.a.layers[2], config.policy.b.layers[2] })
    status, out, errors = rlrun "eval --episodes 3 --seed 1 whole/*"
    assert.equal(0, status, errors)
    assert.equal("", errors)
    for line in own:gmatch("agent [^\n]+") do has(out, line) end
    status, out = rlrun "eval --episodes 3 --seed 1 whole/*/policy.b.safetensors"
    assert.equal(0, status)
    for line in own:gmatch("agent [^\n]+") do has(out, line) end
    child.shell(folder, "cd whole/* && mkdir best && cp policy.b.safetensors best")
    status, out, errors = rlrun "eval --episodes 3 --seed 1 whole/*/best/policy.b.safetensors" -- the others' are above
    assert.equal(0, status, errors)
    for line in own:gmatch("agent [^\n]+") do has(out, line) end
    status, out, errors = rlrun "render --pose --time 0.1 --out pose.svg whole/*"
    assert.equal(0, status, out .. errors)
    has(child.read(folder .. "/pose.svg"), "<svg")
    if pcall(require, "rl.window") and require("rl.drawing").cairo() then
      local command = ("SDL_VIDEODRIVER=dummy '%s' watch --frames 3 whole/*"):format(child.rlrun)
      status, out, errors = child.shell(folder, command)
      assert.equal(0, status, out .. errors)
    end
    os.remove(whole .. "/policy.c.safetensors")
    status, out, errors = rlrun "eval --episodes 3 whole/*"
    assert.equal(1, status, out)
    has(errors, "policy.c.safetensors")
  end)

  it("tells of each and of all, in its rows and in report.html", function()
    local status, _, errors = rlrun "--out runs --quiet trio.lua"
    assert.equal(0, status, errors)
    local rows = assert(require("rl.runs").read(only "runs"))
    local v = rows.values
    assert.equal(v["a/steps"][4] + v["b/steps"][4], v.steps[4])
    assert.is_near((v["a/mean_return"][4] + v["b/mean_return"][4]) / 2, v.mean_return[4], 1e-6)
    assert.is_true(v["b/approx_kl"][2] ~= v["a/approx_kl"][2])
    assert.truthy(child.read(only "runs" .. "/checkpoints/best.safetensors"))
    local page = child.read(only "runs" .. "/report.html")
    has(page, "a: Options of ppo that are not the defaults")
    has(page, "a/mean_return")
    has(page, "<td>collect</td>")
  end)

  it("says who was played at random, and has the policy of those that are alike in place of a list", function()
    rlrun "--out runs --quiet --set player=random trio.lua"
    local config = core.parse_json(child.read(only "runs" .. "/config.json"))
    assert.equal("random", config.players.c)
    local status, out, errors = rlrun "eval --episodes 2 runs/*"
    assert.equal(0, status, errors)
    has(out, "agent c")
    rlrun "--out lists --quiet --set player=list trio.lua"
    config = core.parse_json(child.read(only "lists" .. "/config.json"))
    assert.equal("policy.c.safetensors", config.players.c) -- a hopper's policy is none of a biped
    assert.truthy(child.read(only "lists" .. "/policy.c.safetensors"))
  end)

  it("names the method that is wrong", function()
    local env, other = rl.env(pair()), rl.env(pair())
    local function ppo(own) return rl.ppo { env = own, policy = rl.policy(own), value = rl.value(own) } end
    local a, b = ppo(env:agent("a")), ppo(env:agent("b"))
    local policy = rl.policy(env)
    refused("rl.run: method.b is of pair.a, not of env:agent(\"b\")", rl.run, { method = { b = a } })
    refused("rl.run: method.a is of pair, not of env:agent", rl.run, { method = { a = ppo(env) } })
    refused("rl.run: method.b: a method expected, got string", rl.run, { method = { a = a, b = "ppo" } })
    refused("of another world than the others", rl.run, { method = { a = a, b = ppo(other:agent("b")) } })
    refused("rl.run: policy: policies by agents expected, as the methods are", rl.run,
      { method = { a = a, b = b }, policy = policy })
    refused("rl.run: policy: policies by agents want env", rl.run, { policy = { a = policy } })
    refused('rl.run: policy: unknown agent "c"', rl.run, { env = env, policy = { a = policy, c = policy } })
    refused("rl.run: policy.b: a policy expected, got string", rl.run,
      { env = env, policy = { a = policy, b = "zero" } })
    local biped, value = rl.policy(rl.env("biped")), rl.value(env:agent("a"))
    refused("rl.run: method.a: a method expected, got rl.search", rl.run, { method = { a = rl.cem { x0 = { 0 } } } })
    refused("rl.run: method.a: a method expected, got userdata", rl.run, { method = { a = io.stdout } })
    refused("rl.run: policy.a: a policy expected, got rl.value", rl.run, { env = env, policy = { a = value } })
    refused("environment pair.a gives " .. env:agent("a").observation_space.size, rl.run,
      { env = env, policy = { a = biped } })
    refused("rl.run: policy.a is not the one of method.a: leave it out, or make the method with it", rl.run,
      { method = { a = a, b = b }, policy = { a = policy } })
    refused("rl.run: value: each of the methods by agents has its own: leave it out", rl.run,
      { method = { a = a, b = b }, value = rl.value(env:agent("a")) })
    refused('rl.run: objects: "policy" and "policy.a" cannot be kept beside each other', rl.run,
      { method = { a = a, b = b }, objects = { policy = policy } })
  end)
end)
