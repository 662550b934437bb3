-- A snake of five links learns to crawl: a creature of your own, in one table. The world is seen from the side, so it
-- crawls as a caterpillar does, by waves that lift its links.
--
--   build/rlrun scripts/snake.lua                                  120 thousand steps, some seconds
--   build/rlrun scripts/snake.lua --set links=8 --set torque=30    longer: the ends take more to lift
--
-- What a body like this needs: every link that lies on the ground is a foot (whatever else touches it has fallen, which
-- ends the episode), joints have limits to turn between, and a motor lifts what hangs on it: two links of 1 kg and .3 m
-- weigh 6 N m on the second joint from an end; motors of 2 N m move nothing.
local rl = require "rl"

local opt = rl.options {
  links = 5, length = 0.3, thickness = 0.1, mass = 1, -- m, m, kg: of a link
  torque = 10, speed = 6, bend = 1,                   -- N m, rad/s, rad: of each joint
  target_speed = 1,                                   -- m/s
  steps = 120000, copies = 16, horizon = 128,
  test_episodes = 20, seconds = 10,
}

local bodies, motors, feet = {}, {}, {}
for i = 1, opt.links do
  local name, half = "link_" .. i, opt.length / 2
  feet[i] = name
  bodies[i] = { name = name, mass = opt.mass, shape = { kind = "box", width = opt.length, height = opt.thickness } }
  if i > 1 then
    local joint = "joint_" .. i - 1
    bodies[i].joint = { name = joint, parent = feet[i - 1], at = { -half, 0 }, from = { half, 0 }, -- it hangs on behind
                        lower = -opt.bend, upper = opt.bend }
    motors[i - 1] = { joint = joint, torque = opt.torque, speed = opt.speed }
  end
end
local snake = { name = "snake", position = { 0, opt.thickness / 2 }, bodies = bodies, motors = motors, feet = feet,
                target_speed = opt.target_speed }

local env = rl.env(snake, { n = opt.copies, time_limit = opt.seconds })
local policy = rl.policy(env)
local ppo = rl.ppo { env = env, policy = policy, value = rl.value(env), reward_scaling = false }
local run = rl.run { name = "snake", options = opt, method = ppo,
                     iterations = math.ceil(opt.steps / (opt.copies * opt.horizon)) }
for i in run:iterations() do
  local batch = ppo:collect(opt.horizon)
  run:log(i, batch.stats, ppo:update(batch))
end

local test = rl.env(snake, { n = opt.copies, time_limit = opt.seconds, reward = function(s)
  return s.com_vx * env.dt
end })
local way = test:evaluate(policy, { episodes = opt.test_episodes, seed = 1e6 }).mean_return
run:replay(env:record(policy, { title = "snake", seed = 1e6 }))
run:finish()
print(("%d episodes: it crawls %.2f m in %g s"):format(opt.test_episodes, way, opt.seconds))
