-- Writes what walker plays with, biped.lua and brain.lua, from a policy that has learnt to walk:
--
--   build/rlrun scripts/love/walker/make.lua --set load=runs/.../policy.safetensors
--
-- The brain that is here is that of seed 1 of the moonwalk.lua of f3cecb9 with gravity=9.81 and symmetric=false. It
-- takes short, low steps and stands a push; what moonwalk.lua learns today walks better and falls when it is pushed.
local rl = require "rl"

local opt = rl.options {
  load = "",                      -- the policy.safetensors
  folder = "scripts/love/walker", -- where the two files go
}

local env = rl.env("biped") -- without a clock; gravity, rates and friction are those of moonwalk.lua on Earth
local policy = assert(rl.load_policy(opt.load, env))
assert(rl.export_creature(env, opt.folder .. "/biped.lua"))
assert(policy:export(opt.folder .. "/brain.lua"))
print(("biped.lua and brain.lua are in %s"):format(opt.folder))
