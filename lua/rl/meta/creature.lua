---@meta
-- For editors: creatures and worlds.

---@class rl
local rl = {}

-- Creatures and worlds: tables ----------------------------------------------------------------------------------------

---@class rl.shape: rl.shape_numbers
---@field points? number[][] of a convex polygon, 3 to 8

---@class rl.joint: rl.joint_numbers
---@field soft? rl.soft_numbers stops that give way, in joints without a motor

---@class rl.body: rl.body_numbers
---@field shape? rl.shape
---@field shapes? rl.shape[]
---@field joint? rl.joint none for the root

---A muscle with its tendon; it needs a path or arms.
---@class rl.muscle: rl.muscle_numbers
---@field path? rl.point_numbers[] 2 to 8 points; only drawn beside arms
---@field arms? rl.arm_numbers[]

---@alias rl.gait_state "landing"|"early_stance"|"late_stance"|"liftoff"|"swing"
---One rule, for both legs: constant and terms are added to the muscle's excitation.
---@class rl.reflex: rl.reflex_numbers
---@field states? rl.gait_state|"stance"|"all"|rl.gait_state[] in which it is active, "all"
---@field terms? rl.term_numbers[] at most 4: gain * (sense - offset)
---@field when? rl.condition_numbers[] at most 2, all must hold

---Muscles follow a target: weight * (kp (target - sense) - kd rate).
---@class rl.target_feature: rl.feature_numbers
---@field target number|rl.target_numbers rad, always or in some states
---@field muscles table<string, number> weights: 1 for a muscle that turns it up, -1 down

---A stroke or a rhythm of a joint with a motor.
---@class rl.primitive: rl.primitive_numbers
---@field weights number[] 1 to 32: each moves what the spring pulls to by so many amplitudes while its basis is on

---What drives a creature, on two legs where it has muscles; actions add to it, so that an action of 0 leaves it alone.
---@class rl.controller
---@field transitions? rl.transitions_numbers
---@field reflexes? rl.reflex[]
---@field features? rl.target_feature[]
---@field primitives? rl.primitive[] of motors

---@class rl.world_sense
---@field name? string in a list: of its fields
---@field of string the agent or loose body
---@field body? string of the agent; its trunk

---An agent of a world.
---@class rl.world_creature
---@field name? string in a list
---@field creature string|rl.creature
---@field x? number m, where the middle of its trunk starts; 0
---@field turned? boolean it looks back along x, and all that it sees and does is the mirror image
---@field team? integer by default each is its own
---@field leaves? boolean the world when it has ended; otherwise it stays, limp
---@field walks? boolean it has the reward of its creature
---@field senses? table<string, string|rl.world_sense> or a list of them

---@class rl.world_body: rl.body
---@field x? number m
---@field y? number m, above the ground below it
---@field angle? number rad
---@field vx? number m/s
---@field vy? number m/s

---Several creatures and loose bodies, with the options of the world beside them. Rewards and ends are a function for all agents or
---one for each, by names.
---@class rl.world: rl.env_options
---@field name? string
---@field creatures table<string, string|rl.creature|rl.world_creature> or a list
---@field bodies? table<string, rl.world_body> or a list
---@field together? boolean one agent's end is that of all

---@class rl.creature: rl.creature_numbers
---@field bodies rl.body[]
---@field motors? rl.motor_numbers[]
---@field muscles? rl.muscle[]
---@field head? rl.head_numbers of the trunk
---@field feet string[]
---@field start? rl.start rl.start_numbers and angles: how an episode begins
---@field controller? rl.controller|false
---@field motion? rl.motion|false to follow: its columns JOINT_angle, root_angle, root_x, root_y

---@class rl.start: rl.start_numbers
---@field angles? table<string, number> rad of joints from the standing pose

---What is different about a human: lua/rl/creatures/human.lua says how all else follows.
---@class rl.proportions
---@field height? number m, 1.79
---@field mass? number kg; left out: by the body mass index of 80 kg at 1.79 m
---@field leg? number times the length that the height gives, 1
---@field strength? number times the force that mass and height give, 1
---@field motors? { hip?: number, knee?: number, ankle?: number } N m of motors, in place of muscles

---A copy of the description, to change and give to rl.env.
---@param name string
---@param numbers? rl.proportions|table what is different: of "human" and "reflex_human" proportions, of the creatures of rl.creatures parts of their design
---@return rl.creature
function rl.creature(name, numbers) end

---A creature that is a function of a design: what rl.creature(name) gives is built of the means.
---@class rl.creature_module
---@field summary string
---@field design fun(p: fun(mean: number, deviation: number, least: number, greatest: number): any, actuation?: "motors"|"muscles"): table what is free, each number made by p: rl.param for a search
---@field build fun(design: table): rl.creature the creature of a design with numbers in it

---@type table<"gnome"|"human"|"raptor"|"strider", rl.creature_module>
rl.creatures = {}

return rl
