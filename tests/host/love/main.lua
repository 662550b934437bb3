local folder = arg[2] 
local worst_first, worst = 0, 0
local list = dofile(folder .. "/list.lua")
for _, entry in ipairs(list) do
  local name, rows = entry[1], entry[2]
  local creature = dofile(folder .. "/" .. name .. ".lua")
  love.physics.setMeter(tonumber(os.getenv("METER") or 30))
  local world = love.physics.newWorld(0, creature.gravity * love.physics.getMeter(), false)
  creature.ground(world)
  local body = creature.new(world, 0, 0)
  local line = {}
  for i, row in ipairs(rows) do
    if i > 1 then body:step(row[1]) end
    local seen = body:observe()
    local apart = 0
    assert(#seen == #row[2])
    for k, x in ipairs(seen) do apart = math.max(apart, math.abs(x - row[2][k])) end
    line[#line + 1] = ("%.1e"):format(apart)
  end
  print(name, table.concat(line, " "))
end
love.event.quit()
