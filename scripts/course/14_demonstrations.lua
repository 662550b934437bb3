-- 14. Demonstrations: what nobody finds by chance can be shown.
--
--     clone:  maximise  sum_D log pi(a | s)                            over the steps (s, a) of the demonstrations D
--     DAPG:   g  +  c l^k max A  sum_D grad log pi(a | s)                                   (Rajeswaran et al. 2018)
--
-- g is the gradient of the policy's own episodes, along which a natural step is taken (script 6); the second term keeps
-- demonstrated actions likely, and fades: c is its weight, l < 1, k the number of updates so far, max A the greatest
-- advantage of the batch.
--
-- The hopper again, with a reward of the poorest kind: 1 for each step beyond `goal` metres, else nothing. By chance
-- nobody gets there. The one who shows the way is the hopper of script 10, which learnt by a richer reward: run that
-- first, in the same folder. The figure is the return of a policy that starts from nothing, and of one that was shown.
local rl = require "rl"
local plot = require "rl.plot"

local opt = rl.options {
  goal = 2,              -- m
  episodes = 20,         -- that are demonstrated
  noise = 0.1,           -- on what the teacher does, not written down: so the way back from it is shown, too
  epochs = 20,
  coef = 0.1,            -- c; l is 0.95
  iterations = 20,
  teacher = "10_forward.safetensors",
  figure = "14_demonstrations.svg",
}

local function new_env()
  return rl.env("hopper", { n = 16, seed = opt.seed, time_limit = 5,
                            reward = function(s) return s.x > opt.goal and 1 or 0 end })
end
local env = new_env()
local teacher, message = rl.load_policy(opt.teacher, env)
if not teacher then
  error(message .. "\nthis script needs a teacher: run scripts/course/10_walker.lua first, in this folder", 0)
end

local test = { episodes = 20, seed = 1e6 }
local function learn(name, policy, demonstrations)
  local own = new_env()
  local dapg = rl.dapg { env = own, policy = policy, value = rl.value(own), gamma = 0.995,
                         demonstrations = demonstrations, demonstration_coef = demonstrations and opt.coef or 0 }
  local curve = { name = name, x = { 0 }, y = { own:evaluate(policy, test).mean_return } }
  for i = 1, opt.iterations do
    local batch = dapg:collect(256)
    dapg:update(batch)
    curve.x[i + 1], curve.y[i + 1] = batch.stats.steps, own:evaluate(policy, test).mean_return
  end
  print(("%-9s return %5.1f before, %5.1f after %d steps"):format(name, curve.y[1], curve.y[#curve.y],
    curve.x[#curve.x]))
  return curve
end

local alone = learn("alone", rl.policy(env))
local demonstrations = env:demonstrate(teacher, { episodes = opt.episodes, noise = opt.noise })
local shown = rl.policy(env)
rl.clone({ policy = shown, demonstrations = demonstrations, epochs = opt.epochs }):run()
local taught = learn("shown", shown, demonstrations)
local level = env:evaluate(teacher, test).mean_return
print(("%-9s return %5.1f; %d steps were shown"):format("teacher", level, #demonstrations))
local line = { name = "teacher", x = { 0, taught.x[#taught.x] }, y = { level, level }, width = 1 }
assert(plot.write(opt.figure, { title = "Return", x_label = "steps", curves = { alone, taught, line } }))

-- Exercises
-- 1. --set goal=1: half as far, some get there by chance, and alone it learns a little (10). What was shown is at 79.
-- 2. --set episodes=1: the copy of one episode earns 0 at first. Its actions, kept likely, lead to the reward all the
--    same (73 after training): the second term has to show the way, not to go it.
-- 3. --set coef=0: only cloned, then trained without the second term: 87 in place of 43. Near a teacher who falls after
--    three metres it is better not to stay for long.
