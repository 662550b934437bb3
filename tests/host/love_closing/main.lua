-- A game that closes after work on two threads, with a third at work.
function love.load()
  dofile(os.getenv("RL_HOST") .. "/train.lua")
  dofile(os.getenv("RL_HOST") .. "/thread.lua")
  love.event.quit()
end
