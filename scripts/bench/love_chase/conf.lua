function love.conf(t)
  t.identity = "rlrun-chase-bench"
  t.window.width, t.window.height = 960, 600
  t.window.vsync = 0
  t.modules.joystick, t.modules.sound, t.modules.audio, t.modules.video = false, false, false, false
  if os.getenv("CHASE_MODE") == "piece" then t.modules.window, t.modules.graphics = false, false end
end
