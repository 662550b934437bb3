-- The game chase with a player who holds a key down, lets go, and writes down how he has run (../love_playing.sh).
local source = os.getenv("CHASE_GAME")
dofile(source .. "/main.lua")

local down = false
function love.keyboard.isDown(key) return down and key == "right" end

local update, clock = love.update, 0
function love.update(dt)
  clock = clock + dt
  down = clock < 1.5
  update(dt)
  if clock < 2.5 then return end
  love.keypressed("d")
  local rl = require "rl"
  local demo = assert(rl.load_demonstration(love.filesystem.getSaveDirectory() .. "/played.safetensors"))
  local t = demo:tensors()
  local right = t.action:narrow(2, 1, 1):min()
  print(("%d steps of %s, at least %g to the right, %d ends"):format(#demo, demo:environment(), right,
    (t.terminated + t.truncated):sum()))
  love.event.quit()
end
