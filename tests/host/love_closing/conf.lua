function love.conf(t)
  t.identity = "rlrun-closing"
  t.window.width, t.window.height = 64, 64
  t.modules.joystick, t.modules.sound, t.modules.audio, t.modules.video = false, false, false, false
end
