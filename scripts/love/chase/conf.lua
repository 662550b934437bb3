function love.conf(t)
  t.identity = "rlrun-chase" -- the folder of the saved brain
  t.window.title = "Chase: it learns while you play"
  t.window.width, t.window.height = 960, 600
  t.modules.joystick, t.modules.sound, t.modules.audio, t.modules.video = false, false, false, false
end
