function love.conf(t)
  t.identity = "rlrun-sumo"
  t.window.title = "Sumo: you against what has learnt by itself"
  t.window.width, t.window.height = 960, 540
  t.modules.joystick, t.modules.sound, t.modules.audio, t.modules.video = false, false, false, false
end
