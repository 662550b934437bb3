-- The definition files for editors say what the module is: what follows from tables is written from them, and what is
-- written by hand has every function of the module and every method of its objects, and nothing else.
local rl = require "rl"
local child = require "spec.child"

local root = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources")
package.path = root .. "/lua/docs/?.lua;" .. package.path
local annotations = require "annotations"

local declared = {} -- name -> the declaration
for _, file in ipairs(annotations.files) do
  for _, item in ipairs(annotations.load(("%s/lua/rl/meta/%s.lua"):format(root, file))) do
    if item.name then declared[item.name .. (item.kind == "function" and "()" or "")] = item end
  end
end

local function sorted(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function declared_methods(class)
  local set = {}
  for name in pairs(declared) do
    local method = name:match("^" .. class:gsub("%.", "%%.") .. ":([%w_]+)%(%)$")
    if method then set[method] = true end
  end
  return set
end

describe("the definition for editors", function()
  -- else: cmake --build build --target definition
  it("has in options.lua what the tables say", function()
    local folder = child.folder()
    assert.are.equal(0, (child.shell(folder, ("'%s' '%s/lua/docs/definition.lua' out.lua"):format(child.rlrun, root))))
    local written = child.read(folder .. "/out.lua")
    child.remove(folder)
    assert.are.equal(child.read(root .. "/lua/rl/meta/options.lua"), written)
  end)

  it("is of the files that the folder has", function()
    local files, there = {}, child.list(root .. "/lua/rl/meta")
    for i, name in ipairs(annotations.files) do files[i] = name .. ".lua" end
    table.sort(files)
    table.sort(there)
    assert.are.same(files, there)
  end)

  it("declares every function and list of the module, and none that is not there", function()
    for name, value in pairs(rl) do
      local kind = type(value)
      if kind == "function" then
        assert.is_truthy(declared["rl." .. name .. "()"], "not declared: function rl." .. name)
      elseif kind == "table" then
        assert.is_truthy(declared["rl." .. name], "not declared: rl." .. name)
      end
    end
    for name, item in pairs(declared) do
      local short = name:match("^rl%.([%w_]+)%(%)$")
      if short then assert.are.equal("function", type(rl[short]), name) end
      local list = item.kind == "value" and name:match("^rl%.([%w_]+)$")
      if list then assert.are.equal("table", type(rl[list]), name) end
    end
  end)

  local env = rl.env("cartpole", { n = 2 })
  local policy, value = rl.policy(env), rl.value(env)
  local space = rl.space { x = rl.param(0, 1) }
  local ppo = rl.ppo { env = env, policy = policy, value = value }
  local objects = {
    ["rl.tensor"] = rl.ones(2), ["rl.rng"] = rl.rng(1), ["rl.variable"] = rl.variable { 1 }, ["rl.env"] = env,
    ["rl.policy"] = policy, ["rl.value"] = value, ["rl.dist"] = policy:dist(env:reset()),
    ["rl.optimizer"] = rl.adam(policy), ["rl.method"] = ppo,
    ["rl.trainer"] = ppo:trainer { steps = 8 }, ["rl.agent"] = ppo:agent(2),
    ["rl.population_evaluation"] = env:evaluation(policy, rl.zeros(1, #policy.theta)),
    ["rl.rollout"] = rl.rollout { env = env, policy = policy }, ["rl.search"] = rl.cem { x0 = { 0 } },
    ["rl.tetris"] = rl.tetris(), ["rl.space"] = space,
  }
  for class, object in pairs(objects) do
    it("declares the methods of " .. class .. ", and none that is not there", function()
      local metatable, methods = debug.getmetatable(object), {}
      local list = metatable.methods or metatable.__index
      for name in pairs(list) do
        if not name:find("^__") then methods[name] = true end
      end
      assert.are.same(sorted(methods), sorted(declared_methods(class)))
    end)
  end

  it("is what the reference in HTML is made of: every link of the page has its place", function()
    local folder = child.folder()
    local command = ("'%s' '%s/lua/docs/reference.lua' out.html"):format(child.rlrun, root)
    local status, _, errors = child.shell(folder, command)
    assert.are.equal(0, status, errors)
    local page = child.read(folder .. "/out.html")
    child.remove(folder)
    local places, links = {}, 0
    for id in page:gmatch('<h%d id="([^"]+)"') do places[id] = true end
    for target in page:gmatch('href="#([^"]+)"') do
      links = links + 1
      assert.is_true(places[target], target)
    end
    assert.is_true(links > 500)
    assert.is_truthy(places["rl.ppo()"] and places["rl.ppo_settings"] and places["rl.env:step()"])
  end)
end)
