function love.conf(t)
  t.identity = "rlrun-walker"
  t.window.title = "Walker: a trained creature in love.physics"
  t.window.width, t.window.height = 960, 540
  t.modules.joystick, t.modules.sound, t.modules.audio, t.modules.video = false, false, false, false
end
