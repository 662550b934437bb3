-- Every README does what it says: its Lua blocks run, its C blocks compile and run, the scripts and options that its
-- commands name exist, its links lead somewhere. A block is what is indented by four spaces or fenced.
local child = require "spec.child"

local root = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources")

local function list_pages()
  local pages = {}
  local pipe = io.popen(("cd '%s' && find . -name '*.md' -not -path './build*' -not -path './runs/*'"):format(root))
  for path in pipe:lines() do pages[#pages + 1] = path:sub(3) end
  pipe:close()
  table.sort(pages)
  return pages
end

-- { line =, text = } of each block.
local function list_blocks(page)
  local blocks, open, fenced, number, blank = {}, nil, false, 0, true
  for line in io.lines(root .. "/" .. page) do
    number = number + 1
    local code = fenced and line or line:match("^    (.*)$")
    if line:find("^```") then
      fenced, open = not fenced, nil
    elseif code and (open or blank or fenced) then
      if not open then
        open = { line = number, text = "" }
        blocks[#blocks + 1] = open
      end
      open.text = open.text .. code .. "\n"
    elseif open and line == "" then
      open.text = open.text .. "\n"
    else
      open = nil
    end
    blank = line == ""
  end
  return blocks
end

local load = rawget(_G, "loadstring") or load -- of Lua 5.1, whose load takes functions only

local function kind_of(text)
  if text:find("^%s*scripts/%s+%->") then return "layers" end
  if text:find("^import numpy") then return "Python" end -- peers/onnx.sh runs it
  if text:find("^#!/bin/sh") then return "job" end -- tasks_spec runs it
  if text:find("^%-%-%- a/") then return "diff" end -- recipes.sh applies it
  if text:find("^/%*") or text:find("^row%(") or text:find("#include", 1, true) then return "C" end
  local first = text:match("^(%S+)")
  local programs = { rlrun = true, mpirun = true, cmake = true, ctest = true }
  if programs[first] or first:find("^[%w_]+/[%w_./]+$") then return "shell" end
  if load(text) then return "Lua" end
  if load("return " .. text) then return "table" end
  return nil
end

-- What the text around a block takes for granted, and searches that are cut short.
local PRELUDE = [[
local rl = require "rl"
local cmaes = rl.cmaes
function rl.cmaes(options)
  options.max_iterations = 2
  return cmaes(options)
end
env = rl.env("hopper", { n = 2, time_limit = 1 })
policy = rl.policy(env)
]]

-- What a fragment is for: a reward to give to an environment, a controller or a muscle to give to a creature.
local POSTLUDE = [[

if reward then
  local env = rl.env("biped", { n = 2, reward = reward })
  env:reset()
  for _ = 1, 3 do
    local _, paid = env:step(rl.zeros(2, env.action_space.size))
    assert(math.abs(paid:sum()) < 1) -- and not NaN
  end
end
if type(controller) == "table" then
  local human = rl.creature("reflex_human")
  human.controller = controller
  assert(rl.env(human):record("zero", { seconds = 0.1 }))
end
]]

local TABLE = [[
local rl = require "rl"
local muscle, human, found = %s, rl.creature("human"), false
for i, other in ipairs(human.muscles) do
  if other.name == muscle.name then human.muscles[i], found = muscle, true end
end
assert(found, muscle.name)
assert(rl.env(human):record("zero", { seconds = 0.1 }))
]]

local function run_lua(text)
  local folder = child.folder()
  text = text:gsub("iterations = 200", "iterations = 2"):gsub("games = 100", "games = 2")
  local status, _, errors = child.run(folder, text, "--quiet")
  child.remove(folder)
  assert.are.equal(0, status, errors .. "\n" .. text)
end

-- The options that a script knows, from what it says to one that it does not.
local known_options = {}
local function options_of(script)
  if not known_options[script] then
    local folder = child.folder()
    local status, _, errors = child.shell(folder, ("'%s' '%s/%s' --set no_such_option=1"):format(child.rlrun, root,
      script))
    child.remove(folder)
    local list, known = errors:match("known: ([%w_, ]+)"), {}
    assert(status == 2 and list, script .. ": " .. errors)
    for name in list:gmatch("[%w_]+") do known[name] = true end
    known_options[script] = known
  end
  return known_options[script]
end

local function exists(path) return child.read(root .. "/" .. path) ~= nil end

-- Of rlrun's own commands: options that its help has, and for a sweep the script's.
local function check_own_command(name, command)
  local _, usage = child.shell(".", ("'%s' %s --help"):format(child.rlrun, name))
  for option in command:gmatch("%-%-([%w_]+)") do
    assert.is_truthy(usage:find("--" .. option, 1, true), command .. ": --" .. option)
  end
  local script = command:match("(scripts/[%w_/]+%.lua)")
  if name == "sweep" and script then
    for option in command:gmatch("%-%-set ([%w_]+)=") do
      assert.is_true(options_of(script)[option], command .. ": --set " .. option)
    end
  end
end

local function check_command(command)
  command = command:gsub("%s#.*$", "")
  local own_command = command:match("^build/rlrun (%l+) ")
  if own_command then return check_own_command(own_command, command) end
  local script = command:match("(scripts/[%w_/]+%.%w+)")
  if script then assert.is_true(exists(script), command) end
  local after = command:match("build/rlrun(.*)$")
  if after and script then
    for name in after:gmatch("%-%-set ([%w_]+)=") do
      assert.is_true(options_of(script)[name], command .. ": --set " .. name)
    end
    local own = { set = true, seed = true, threads = true, out = true, quiet = true, resume = true, force = true,
                  live = true, checkpoint = true, task = true, mpi = true }
    for name in after:gmatch("%-%-([%w_]+)") do
      assert.is_true(own[name] or options_of(script)[name], command .. ": --" .. name)
    end
  elseif command:find("^rlrun ") then
    local _, usage = child.shell(".", child.rlrun .. " --help")
    assert.is_truthy(usage:find(command, 1, true), command)
  elseif not script then
    local program = command:match("^(%S+)")
    local _, path = child.shell(".", "command -v " .. program)
    assert.are_not.equal("", path, command .. ": there is no " .. program)
  end
end

-- The environment of a README in C, with its row in the registry, in a program of its own against librl.
local DRIVER = [[
#include "env/vec_env.h"
#include "registry.h"
#include <stdio.h>
int main(void) {
  rl_error error;
  rl_env_def *def;
  rl_vec_env *env;
  float action[8] = {0};
  if (rl_registry_open("boat", NULL, 0, &def, &error) || rl_vec_env_create(&env, def, 8, 1, 0, NULL, &error) ||
      rl_vec_env_reset(env, &error))
    return fprintf(stderr, "%s\n", error.message), 1;
  for (int i = 0; i < 300; i++)
    if (rl_vec_env_step(env, action, &error)) return fprintf(stderr, "%s\n", error.message), 1;
  const rl_vec_view *view = rl_vec_env_view(env);
  for (int i = 0; i < 8; i++) printf("%.3f %d\n", (double)view->fields[i * def->n_fields], (int)view->idle[i]);
  rl_vec_env_free(env);
  return 0;
}
]]

local function run_c(sources)
  local folder, row, file = child.folder(), nil, nil
  for _, text in ipairs(sources) do
    if text:find("^row%(") then row = text:gsub("%s+$", "") else file = text end
  end
  local registry = child.read(root .. "/envs/registry.c")
  local with_row, places = registry:gsub("row%(rl_pendulum%)", "%0 " .. row)
  assert.are.equal(1, places)
  child.write(folder .. "/boat.c", file)
  child.write(folder .. "/registry.c", with_row)
  child.write(folder .. "/main.c", DRIVER)
  local status, out, errors = child.shell(folder, ([[
    ${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror \
      -I'%s/runtime' -I'%s/envs' main.c boat.c registry.c BUILD/librl.a \
      $(pkg-config --libs $(sed -n 's/^Requires.private: //p' BUILD/rl.pc)) \
      $(sed -n 's/^Libs.private: //p' BUILD/rl.pc) \
      -o boat && ./boat]]):format(root, root):gsub("BUILD", (child.rlrun:gsub("/rlrun$", ""))))
  child.remove(folder)
  assert.are.equal(0, status, errors)
  local _, lines = out:gsub("%-?%d+%.%d+ 0\n", "")
  assert.are.equal(8, lines, out)
end

describe("the page", function()
  local pages, count = list_pages(), 0
  assert(#pages >= 3)

  for _, page in ipairs(pages) do
    local c_sources = {}
    for _, block in ipairs(list_blocks(page)) do
      local kind, name = kind_of(block.text), ("%s, line %d: "):format(page, block.line)
      count = count + 1
      if kind == "Lua" then
        it(name .. "runs", function() run_lua(PRELUDE .. block.text .. POSTLUDE) end)
      elseif kind == "table" then
        it(name .. "describes a muscle", function() run_lua(TABLE:format(block.text)) end)
      elseif kind == "C" then
        c_sources[#c_sources + 1] = block.text
      elseif kind == "shell" then
        it(name .. "names scripts and options that exist", function()
          for line in block.text:gmatch("[^\n]+") do
            for command in (line .. " && "):gmatch("(.-) && ") do check_command(command) end
          end
        end)
      elseif kind ~= "layers" and kind ~= "diff" and kind ~= "Python" and kind ~= "job" then
        it(name .. "is of a known kind", function() error(block.text) end)
      end
    end

    if #c_sources > 0 then
      it(page .. " has an environment in C that compiles and steps", function()
        if os.getenv("RL_SANITIZE") ~= "" then return pending("librl.a has the sanitizer in it") end
        run_c(c_sources)
      end)
    end

    it(page .. " has links that lead somewhere", function()
      local text = child.read(root .. "/" .. page)
      local folder = page:match("^(.*/)") or ""
      for link in text:gmatch("%]%(([^)#]+)%)") do
        if not link:find("^%a+:") then
          local path = root .. "/" .. folder .. link
          assert.are.equal(0, (child.shell(".", ("test -e '%s'"):format(path))), page .. ": " .. link)
        end
      end
    end)
  end

  it("has blocks to look at", function() assert.is_true(count >= 15) end)
end)

describe("the first lines of a script", function()
  for _, folder in ipairs { "", "study/", "bench/" } do
    for _, file in ipairs(child.list(root .. "/scripts/" .. folder)) do
      if file:find("%.lua$") then
        it("of " .. folder .. file .. " name scripts and options that exist", function()
          for line in io.lines(root .. "/scripts/" .. folder .. file) do
            local command = line:match("^%-%-   (build/rlrun .*)$")
            if command then check_command((command:gsub("%s%s%s*.*$", ""))) end
          end
        end)
      end
    end
  end
end)
