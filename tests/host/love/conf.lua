function love.conf(t) -- physics alone: without a window it needs no display
  t.identity = "rlrun-test"
  for name in pairs(t.modules) do t.modules[name] = name == "physics" or name == "event" or name == "timer" end
end
