-- Is bipedal_walker the same as BipedalWalker of Gymnasium? The gait that Gymnasium has for trying it walks 1000
-- episodes here. There it returns 102.6 +- 125 by one publication, 110 +- 131 by another, 100.2 +- 124 in 2000 episodes
-- of Gymnasium 1.4 with Box2D 2.3.10; in hardcore -59.2 +- 25.2 and -58.8 +- 25.8. (+- is the standard deviation.)
--
--   build/rlrun scripts/bench/walker_heuristic.lua [--set hardcore=true]
--
-- The gait does not balance: one leg stands while the other swings forward, comes down, and takes over when the first
-- has pushed off. Proportional-derivative control turns the angles it wants into motor commands.
local rl = require "rl"

local opt = rl.options { episodes = 1000, hardcore = false, copies = 50 }
assert(opt.episodes % opt.copies == 0, "episodes must be a multiple of copies")

local SPEED = 0.29   -- of the hull, as observed; beyond it the walker would fall forward
local STRAIGHT = 0.1 -- angle of a knee that stands, as observed (1 more than the joint's)

-- The observation: four numbers of the hull, then for each leg five from `leg` on.
local TILT, TURN, VX, VY = 1, 2, 3, 4
local LEG = { 5, 10 }
local HIP, HIP_SPEED, KNEE, KNEE_SPEED, CONTACT = 0, 1, 2, 3, 4

local function new_gait()
  return { phase = "swing", moving = 1, standing = 2, knee = STRAIGHT }
end

-- Which angles hips and knees should have: two tables by leg, nil where the motor may rest.
local function targets(gait, o)
  local hip, knee = {}, {}
  local moving, standing = LEG[gait.moving], LEG[gait.standing]
  if gait.phase == "swing" then
    hip[gait.moving], knee[gait.moving] = 1.1, -0.6
    gait.knee = math.min(gait.knee + (o[VX] > SPEED and 0.06 or 0.03), STRAIGHT)
    knee[gait.standing] = gait.knee
    if o[standing + HIP] < 0.1 then gait.phase = "land" end -- the standing leg is behind
  end
  if gait.phase == "land" then
    hip[gait.moving], knee[gait.moving] = 0.1, STRAIGHT
    knee[gait.standing] = gait.knee
    if o[moving + CONTACT] > 0 then
      gait.phase = "push"
      gait.knee = math.min(o[moving + KNEE], STRAIGHT)
    end
  end
  if gait.phase == "push" then
    knee[gait.moving], knee[gait.standing] = gait.knee, 1
    if o[standing + KNEE] > 0.88 or o[VX] > 1.2 * SPEED then
      gait.phase = "swing"
      gait.moving, gait.standing = gait.standing, gait.moving
    end
  end
  return hip, knee
end

local function clamp(x) return math.max(-1, math.min(1, x)) end

local function act(gait, o)
  local hip, knee = targets(gait, o)
  local action = {}
  for leg = 1, 2 do
    local at = LEG[leg]
    local h = hip[leg] and 0.9 * (hip[leg] - o[at + HIP]) - 0.25 * o[at + HIP_SPEED] or 0
    local k = knee[leg] and 4 * (knee[leg] - o[at + KNEE]) - 0.25 * o[at + KNEE_SPEED] or 0
    h = h + 0.9 * o[TILT] + 1.5 * o[TURN] -- the hull upright
    k = k - 15 * o[VY]                    -- against bouncing
    action[2 * leg - 1], action[2 * leg] = clamp(0.5 * h), clamp(0.5 * k)
  end
  return action
end

local env = rl.env(opt.hardcore and "bipedal_walker_hardcore" or "bipedal_walker", { n = opt.copies, seed = opt.seed })
local gaits, actions, total, left = {}, {}, {}, {}
local function begin(i) gaits[i], actions[i], total[i] = new_gait(), { 0, 0, 0, 0 }, 0 end
for i = 1, opt.copies do
  begin(i)
  left[i] = opt.episodes / opt.copies -- as many for each: the first to finish would be those that fall
end

local returns, falls, steps, start = {}, 0, 0, rl.time()
env:reset()
while #returns < opt.episodes do
  local observation, reward, terminated, truncated = env:step(actions)
  observation, reward = observation:totable(), reward:totable()
  terminated, truncated = terminated:totable(), truncated:totable()
  steps = steps + opt.copies
  for i = 1, opt.copies do
    total[i] = total[i] + reward[i]
    if terminated[i] + truncated[i] == 0 then
      actions[i] = act(gaits[i], observation[i])
    else
      if left[i] > 0 then
        left[i] = left[i] - 1
        returns[#returns + 1] = total[i]
        if reward[i] == -100 then falls = falls + 1 end
      end
      begin(i)
    end
  end
end
local seconds = rl.time() - start

local statistics = rl.statistics
print(("%s, seed %d, %d episodes: return %.1f +- %.1f, standard error %.1f; %.1f %% fell"):format(
  env.name, opt.seed, #returns, statistics.mean(returns), statistics.deviation(returns),
  statistics.standard_error(returns), 100 * falls / #returns))
print(("%d steps in %.1f s, the Lua of the gait included"):format(steps, seconds))
