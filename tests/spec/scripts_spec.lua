-- Every script runs: those that no other spec looks at do so here, small, and print what they promise.
local child = require "spec.child"
local core = require "rl.core"

local scripts = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources") .. "/scripts/"

-- settings, and patterns of what is printed; after: the script that has to run before it, in the same folder, and once
-- more with the settings `also`; sanitized: the row of a build with a sanitizer, where the others' row learns something
local SMALL = {
  ["ars.lua"] = { "iterations=2 test_every=1 test_episodes=1 env=cartpole",
    { "training: episodes %d+ steps %d", "evaluation: episodes 100 mean_return %d" } },
  ["bipedal_walker.lua"] = { "steps=1024 copies=4 horizon=128 episodes=2",
    { "training: steps 1024 ", "evaluation: episodes 2 mean_return %-?%d" } },
  ["curriculum.lua"] = { "iterations=2", { "stage 1; from 8 m %d+ of 100 arrive" } },
  ["cmaes_walk.lua"] = { "generations=2 popsize=4 episodes=1",
    { "stopped by max_iterations after %d+ steps", "evaluation: episodes 20 mean_return %-?%d" } },
  ["es_walk.lua"] = { "directions=2 generations=2 seconds=1 test_every=1",
    { "2 generations on %d+ cores: %d", "evaluation: episodes 100 mean_return %-?%d" } },
  ["gallery.lua"] = { "evaluations=12 popsize=6 seconds=0.5",
    { "12 evaluations: %d+ of 308 cells filled, %d+ walk to the end, QD score", "gallery.html" } },
  ["human_gait.lua"] = { "generations=1 popsize=4 episodes=1 seconds=0.5 watched=1", { "%d+%.%d+ of 10 s: " } },
  ["snake.lua"] = { "steps=2048 test_episodes=2 seconds=1", { "2 episodes: it crawls %-?%d+%.%d+ m in 1 s" } },
  ["track.lua"] = { "iterations=2 test_episodes=2 seconds=1 copies=16 horizon=32",
    { "motion: 9 columns, 62 moments, 1.23 s, a cycle at 1.30 m/s", "2 episodes of 1 s: %d lost it; 0.%d+ rad off" } },
  ["demonstrations.lua"] = { "episodes=2 epochs=2 iterations=1 copies=8 horizon=128 trials=2 seconds=1",
    { "3 cm rough ground, 2 trials of 1 s: %d falls by reflexes, %d by the network that copies them, %d after" } },
  ["sumo.lua"] = { "iterations=2 copies=4 horizon=32 every=1 bouts=4 seconds=2",
    { "   3 +%-?%d+, 95%%: %-?%d+ to %-?%d+", "the last against the first: %d of 2 bouts won from the left" } },
  ["tug.lua"] = { "method=coma steps=1024 copies=2 horizon=64 episodes=2 seconds=1",
    { "coma: the beam comes %-?%d+%.%d+ m in %d.%d+ s; %d of 2 fall; %-?%d.%d+ m in the mean of training" } },
  ["tradeoff.lua"] = { "generations=1 popsize=2 seconds=3", { "front: %d designs, from %d" } },
  ["train.lua"] = { "iterations=1 copies=4 horizon=64 env=hopper method=trpo",
    { "evaluation: episodes 20 mean_return %-?%d" } },
  ["cards.lua"] = { "iterations=1 games=100",
    { "with masks: %d+ of 100 games won", "without masks: 0 of 100 games won" } },
  ["lua_env.lua"] = { "iterations=2", { "evaluation: %d+ of 100 landings, mean return %-?%d" } },
  -- course: figures go to the folder that they run in
  ["course/01_finite_differences.lua"] = { "repeats=1", { "exact gradient %-7.006", "e = 0.001 +fresh +%d" } },
  ["course/02_score_function.lua"] = { "updates=60", { "of the last 200 actions earned on average 0%.[5-9]" } },
  ["course/03_reinforce.lua"] = { "runs=1 updates=5", { "run 1: gain %-0%.%d+ %(best %-0.618%)" } },
  ["course/04_baselines.lua"] = { "episodes=256", { "total return +mean %-%d", "less V%(s%) +mean %-%d" } },
  ["course/05_gae.lua"] = { "batches=10", { "exact gradient %-22.97; error with lambda 0: %d" } },
  ["course/06_natural_gradient.lua"] = { "updates=60", { "natural, rescaled after 60 updates k %-0.58[78]" } },
  ["course/07_trust_region.lua"] = { "episodes=50", { "delta 0.01: KL 0.00%d, gain k %-0.%d+, L promises +%d" } },
  ["course/08_ppo.lua"] = { "runs=1 iterations=1 horizon=32", { "clip 0.2 +return %d+ after 256 steps", "no clip" } },
  ["course/09_grpo.lua"] = { "runs=1 updates=4", { "groups of 8 +off the best gain by 0.%d" } },
  ["course/10_walker.lua"] = { "iterations=1 copies=8 horizon=64 hidden=8 seconds=1",
    { "forward +after 512 steps: %d+ of 20 fall", "backward +after 512 steps" } },
  ["course/11_cross_entropy.lua"] = { "iterations=1 population=10 games=1 test_games=1",
    { "noise constant +%d+ lines, mean deviation" } },
  ["course/12_weights.lua"] = { "runs=1 evaluations=400", { "cmaes +cost of the mean after 400 evaluations: %d" } },
  ["course/13_random_search.lua"] = { "steps=64 directions=1 top=1 seconds=0.5",
    { "ARS +42 parameters: return %-?%d+ after %d+ steps", "PPO +5190 parameters" } },
  ["course/14_demonstrations.lua"] = { "episodes=2 epochs=1 iterations=1",
    { "alone +return +0.0 before", "shown +return +%d", "teacher +return +%d.+; %d+ steps were shown" },
    after = "course/10_walker.lua" },
  ["course/15_self_play.lua"] = { "updates=600", { "the mean of all so far +rock 0.3%d, paper 0.3%d" } },
  ["study/bodies.lua"] = { "episodes=1 seconds=1",
    { "1.50 m +56.2 kg +thigh +5.969 ", "human_1.95m: falls %d of 1, %d.%d+ m/s" } },
  ["study/old_data.lua"] = { "seeds=2 demonstrations=80 offline=4 steps=4 minibatch=16 episodes=1",
    { "| demonstrations, then online | %-%d", "| plain cloning | %-%d" } },
  ["study/ground_forces.lua"] = { "designs=human_1.3 seconds=6",
    { "human_1.3: %d strides; upward over weight times time: [+-]0.%d%d %% in all, at most 0.%d%d %% of one" } },
  ["study/human_gaits.lua"] = { "designs=human_1.3=1.3 seeds=1 trials=2 seconds=4 hard_seconds=1 recordings=1",
    { "seed 1: 4 s on level ground: 0 of 2 fall; 1.%d%d m/s", "rough ground, 3 cm: %d of 2 %[", "knee angle +left ",
      "greatest force of a stance, median: %d.%d%d body weights" } },
  ["study/dapg.lua"] = { "seeds=1 steps=1024 evaluations=1 test=2",
    { "| npg, cloned | 1 | %d+ | %d+ |", "| dapg | 1 | %d+ |" } },
  ["study/league.lua"] = { "bouts=2 final_bouts=2 own_bouts=2 watched=2 seconds=1",
    { "league +1: 0 %-?%d+", "points of the last of league against all last of self: [01]", "how 2 bouts end",
      "1: league against self: fell [0-2], out [0-2]" }, after = "sumo.lua", also = "opponents=league" },
  ["study/memory.lua"] = { "seeds=1 length=1 maze_steps=36000 pendulum_steps=64 episodes=20",
    { "maze +none +0 of 1", "maze +history +1 of 1", "maze +gru +1 of 1", "pendulum +history +%d of 1" },
    sanitized = { "seeds=1 length=1 maze_steps=4096 pendulum_steps=64 episodes=2",
      { "maze +none +%d of 1", "maze +history +%d of 1", "maze +gru +%d of 1", "pendulum +gru +%d of 1" } } },
  ["study/symmetry.lua"] = { "steps=1 episodes=1", -- writes to the folder it runs in
    { "biped false seed 1: ", "quadruped data seed 1: ", "human network seed 1: " } },
  ["study/baselines.lua"] = { "steps=128 every=128 copies=2 horizon=64 episodes=1 samples=4 states=2 latest=2 "
    .. "actions=2 futures=2 length=2 seeds=1", {} },
  ["study/primitives.lua"] = { "runs=1 episodes=80 batch=10", -- writes to the folder it runs in
    { "| reach | finite_difference | 0.01 | 1 | %d", "| pass | enac_time | 10 | 1 | %d" } },
  ["study/tetris_gradient.lua"] = { "iterations=4 height=8 games=4 learn_pieces=50 test_games=2 max_pieces=50 "
    .. "sampled_games=2 sampled_pieces=50", {} },
  ["study/search_methods.lua"] = { "runs=1 budget=200 dimension=2 seeds=1 episodes=64 env=cartpole only=cma",
    { "| CMA%-ES, separable | %d", "cartpole: return of a linear policy after 64 episodes" } },
  ["bench/defaults.lua"] = { "seeds=1 steps=64 task=lander out=results.csv", -- a file of the folder it runs in
    { "lander,rl,cmaes,11,%d+,%-?%d+%.%d+,", "| lander | 100000 | preset_trpo_plus | %-?%d+" } },
  ["bench/energy.lua"] = { "seconds=1 walk_seconds=1", { "\n +200 Hz +0.%d+ +0.9%d+ ", "3200 Hz +1.00 s upright" } },
  ["bench/gallery_compare.lua"] = { "evaluations=24 seeds=1 seconds=0.5 out=x.csv", -- a file of the folder it runs in
    { "map_elites,1,48,%d+,%d+,", "cma_me,1,96,%d+", "cmaes,1,24,", "random,1,48," } },
  ["bench/human.lua"] = { "copies=2 steps=2 rounds=1", { "steps of 2 ms: +%d+%.%d simulated s/s" } },
  ["bench/illuminate.lua"] = { "dimension=4 cells=10 evaluations=600 seeds=1",
    { "cma_me, 15 emitters  seed 1: 1080 evaluations, coverage 0.%d+, QD score %d+" } },
  ["bench/lag.lua"] = { "cores=2 seconds=0.01 rounds=1 only=pendulum",
    { "ppo pendulum +2 +%d", "a2c pendulum +2 +%d" } },
  ["bench/learn.lua"] = { "seeds=1 budget=256 only=cartpole", { "| cartpole hill_climb |", "| cartpole grpo |" } },
  ["bench/objectives.lua"] = { "runs=1 only=TR2", { "TR2 +%d+ +%d+ +%d+ +1/1" } },
  ["bench/worlds.lua"] = { "bouts=20 worlds=2 seconds=0.01 rounds=1",
    { "made first, on the right: wins %d+ of the %d+ of 20 bouts", "a second: 4 worlds of one %d" } },
  ["bench/pendulum.lua"] = { "seeds=1 iterations=1", { "4096 steps on %d+ threads: median" } },
  ["bench/population.lua"] = { "candidates=4 rounds=1", { "the same returns, bit for bit" } },
  ["bench/search.lua"] = { "runs=1 generations=2 dimension=10", { "rosenbrock" } },
  ["bench/ranks.lua"] = { "candidates=4 copies=16 steps=16 rounds=1 generation=16",
    { "1 ranks of %d+ threads", "collect, update +%d+ steps/s" } },
  ["bench/sac.lua"] = { "rounds=1 steps=1", { "64 +1 +%d+", "256 +2 +%d+" } },
  ["bench/sac_learn.lua"] = { "steps=300 every=150 episodes=2", { "150,%-%d+", "300,%-%d+" } },
  ["bench/scaling.lua"] = { "cores=1 works=update budget=0.1 moonwalk=false", { "update +1 " } },
  ["bench/search_peer.lua"] = { "rows=onemax_20 runs=1", { "onemax_20 %d+ 1 %d+ " } },
  ["bench/step.lua"] = { "copies=2 steps=4 rounds=1", { "2 threads, Lua reward: +%d+ steps/s" } },
  ["bench/tensor.lua"] = { "rounds=1 run=0.0001", { "a %+ b" } },
  ["bench/tetris.lua"] = { "scale=0.0001 rounds=1 pieces=100 max_pieces=1000",
    { "dellacherie_thiery +%d+%.%d million", "BCTS" } },
  ["bench/update.lua"] = { "rounds=1 epochs=1", { "PPO, minibatches of 64 ", "TRPO +%d" } },
  ["bench/walker_heuristic.lua"] = { "episodes=2 copies=2",
    { "bipedal_walker, seed 1, 2 episodes: return %-?%d" } },
}

-- The spec that runs a script.
local ELSEWHERE = {
  ["codesign.lua"] = "codesign", ["imaginary.lua"] = "imaginary", ["moonwalk.lua"] = "moonwalk",
  ["muscle_walk.lua"] = "muscle_walk", ["ppo_by_hand.lua"] = "ppo_by_hand", ["robustness.lua"] = "robustness",
  ["speeds.lua"] = "speeds", ["tetris.lua"] = "tetris", ["train_design.lua"] = "moonwalk",
  ["study/implementation_matters.lua"] = "study", ["study/methods.lua"] = "study",
  ["study/asynchronous.lua"] = "study", ["study/lag.lua"] = "study",
  ["study/natural_gradient.lua"] = "study", ["study/tetris.lua"] = "tetris",
  ["bench/bbob.lua"] = "bbob",
}

local function list_scripts()
  local names = {}
  for _, folder in ipairs { "", "study/", "bench/", "course/" } do
    for _, file in ipairs(child.list(scripts .. folder)) do
      if file:find("%.lua$") then names[#names + 1] = folder .. file end
    end
  end
  return names
end

local function row_of(name)
  local row = assert(SMALL[name], name .. " is run by no spec: it needs a row in SMALL")
  return (os.getenv("RL_SANITIZE") or "") ~= "" and row.sanitized or row
end

describe("the scripts", function()
  local names = list_scripts()
  assert(#names > 20)

  for _, name in ipairs(names) do
    if ELSEWHERE[name] then
      it(("%s is run by %s_spec.lua"):format(name, ELSEWHERE[name]), function()
        assert.is_nil(SMALL[name])
        local spec = assert(child.read(("%s/tests/spec/%s_spec.lua"):format(os.getenv("RL_ROOT"), ELSEWHERE[name])))
        local base = name:match("([^/]+)%.lua$")
        assert.is_truthy(spec:find(('%%f[%%w_]%s%%f[^%%w_]'):format(base)), spec)
        assert.is_truthy(spec:find("child%.rlrun") or spec:find("child%.script"))
      end)
    else
      it(name .. " runs", function()
        local row = row_of(name)
        local folder = child.folder()
        local function run(script, also)
          local settings = (row_of(script)[1] .. " " .. (also or "")):gsub("%S+", "--set %0")
          return child.shell(folder,
            ("'%s' --quiet --seed 1 '%s%s' %s"):format(child.rlrun, scripts, script, settings))
        end
        if row.after then
          local status, _, errors = run(name)
          assert.is_true(status ~= 0 and errors:find(row.after, 1, true) ~= nil, errors) -- it says what it needs
          run(row.after)
          if row.also then run(row.after, row.also) end
        end
        local status, out, errors = run(name)
        child.remove(folder)
        assert.are.equal(0, status, errors)
        for _, pattern in ipairs(row[2]) do assert.is_truthy(out:find(pattern), pattern .. " in\n" .. out) end
      end)
    end
  end

  -- What a script says of settings that it cannot take, before it does anything else.
  local REFUSED = {
    ["train.lua"] = {
      ["env=cartpole method=ddpg"] = "ddpg is for actions of numbers, those of cartpole are choices: use rl.ppo",
    },
    ["sumo.lua"] = {
      ["opponents=me"] = "option opponents: self or league expected, got me",
      ["iterations=0"] = "option iterations: 1 or more expected, got 0",
      ["every=0"] = "option every: 1 or more expected, got 0",
      ["bouts=3"] = "option bouts: an even number from 2 on expected, got 3",
      ["opponents=league itself=1.5"] = "option itself: a share from 0 to 1 expected, got 1.5",
    },
    ["study/league.lua"] = {
      ["own_bouts=3"] = "option own_bouts: an even number from 2 on expected, got 3",
      ["final_bouts=0"] = "option final_bouts: an even number from 2 on expected, got 0",
      ["watched=0"] = "option watched: 1 or more expected, got 0",
    },
    ["tug.lua"] = { ["method=sac"] = "option method: ppo, mappo, coma, ddpg or maddpg expected, got sac" },
    ["bench/sac_learn.lua"] = {
      ["method=sac.*"] = "option method: sac, ddpg, maddpg or ppo expected, got sac.*",
      ["method=d%w%w%w"] = "option method: sac, ddpg, maddpg or ppo expected, got d%w%w%w",
    },
  }
  for name, rows in pairs(REFUSED) do
    it(name .. " names the setting that is wrong", function()
      local folder = child.folder()
      for settings, message in pairs(rows) do
        local status, _, errors = child.shell(folder, ("'%s' --quiet '%s%s' %s"):format(child.rlrun, scripts, name,
          (settings:gsub("%S+", "--set '%0'"))))
        assert.are.equal(1, status, errors)
        assert.is_truthy(errors:find(message, 1, true), errors)
        assert.is_falsy(child.list(folder)[1], settings)
      end
      child.remove(folder)
    end)
  end

  it("study/league.lua tells of a run of one member, which has met none", function()
    local folder = child.folder()
    local settings = "--set iterations=1 --set copies=2 --set horizon=16 --set bouts=2 --set seconds=1"
    local sumo, study = scripts .. "sumo.lua", scripts .. "study/league.lua"
    local status, _, errors = child.shell(folder, ("'%s' --quiet '%s' %s"):format(child.rlrun, sumo, settings))
    assert.are.equal(0, status, errors)
    local path = ("%s/runs/%s/league/league.json"):format(folder, child.list(folder .. "/runs")[1])
    local league = core.parse_json(child.read(path))
    league.members, league.points, league.drawn = { league.members[1] }, { { 0 } }, 0
    child.write(path, core.json(league))
    local out
    status, out, errors = child.shell(folder, ("'%s' --quiet '%s' --set watched=1 --set seconds=1"):format(child.rlrun,
      study))
    child.remove(folder)
    assert.are.equal(0, status, errors)
    assert.is_truthy(out:find("self     1: 0; the last 0, .*; 0 below the one before; no earlier member\n"), out)
  end)

  it("of the lists above exist", function()
    local known = {}
    for _, name in ipairs(names) do known[name] = true end
    for _, list in ipairs { SMALL, ELSEWHERE } do
      for name in pairs(list) do assert.is_true(known[name], name) end
    end
  end)
end)
