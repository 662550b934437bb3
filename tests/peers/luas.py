"""Brains of a folder (cases.lua) under Lua 5.5 and Luau: luas.py FOLDER LUAU. Luau opens no files, so that each brain and
what policy:mean says are made one text."""
import glob
import os
import subprocess
import sys

from lupa import lua55

PROGRAM = """
local brain = (function()
%s
end)()
local rows, apart, tried = [[
%s]], 0, 0
local steps, row = %d, 0
for line in string.gmatch(rows, "[^\\n]+") do
  local observation, left, k = {}, %d, 0
  local action
  if steps > 0 and row %% steps == 0 then brain.reset() end
  row = row + 1
  for number in string.gmatch(line, "%%S+") do
    if left > 0 then
      observation[#observation + 1], left = tonumber(number), left - 1
    else
      action, k = action or brain(observation), k + 1
      local got = type(action) == "table" and action[k] or action
      apart, tried = math.max(apart, math.abs(got - tonumber(number))), tried + 1
    end
  end
end
print(string.format("%%.17g", apart), tried)
"""


def in_lua55(path):
    lines, lua = [], lua55.LuaRuntime()
    lua.globals().print = lambda *values: lines.append(" ".join(map(str, values)))
    with open(path) as file:
        lua.execute(file.read())
    return lines[0]


def in_luau(path):
    return subprocess.run([luau, path], check=True, capture_output=True, text=True).stdout


folder, luau = sys.argv[1:]
worst, done = 0.0, 0
for path in sorted(glob.glob(os.path.join(folder, "*.txt"))):
    with open(path) as file:
        rows, inputs, actions, steps = map(int, file.readline().split())
        table = file.read()
    with open(path[:-4] + ".lua") as file:
        text = PROGRAM % (file.read(), table, steps, inputs)
    with open(path[:-4] + ".luau", "w") as file:
        file.write(text)
    for run in in_lua55, in_luau:
        apart, tried = run(path[:-4] + ".luau").split()
        assert int(tried) == rows * actions, tried
        print(f"{os.path.basename(path)[:-4]} {run.__name__}: {float(apart):.3g} apart")
        worst, done = max(worst, float(apart)), done + 1
assert done and worst <= 1e-5, worst
