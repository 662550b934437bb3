---@meta
-- For editors: environments written in Lua.

---@class rl
local rl = {}

-- Environments written in Lua -----------------------------------------------------------------------------------------

---@class rl.drawn_shape
---@field kind "polygon"|"circle"
---@field body? integer in whose frame it is; 0, the default: the world's
---@field points? number[] { x1, y1, x2, y2, ... } m, of a polygon
---@field closed? boolean of a polygon, true; false: a line
---@field x? number m, the centre of a circle
---@field y? number m
---@field radius? number m
---@field name? string names in _l and _r are coloured apart where they have no colour
---@field colour? string "#rrggbb"

---@class rl.lua_agent
---@field name string of 1 to 31 letters, digits and _
---@field team? integer
---@field observation? integer|string[] its own, in place of that of all
---@field action? integer|table its own: of the kind, and with the bounds, of those of others, without masks

---An environment whose logic is Lua. Copies are stepped one after the other on the calling thread. Without `reset` and
---`step` it only says what is seen and done, for method:agent.
---
---    local env = rl.lua_env {
---      observation = { "x", "v" }, action = { "discrete", 3 }, limit = 200,
---      reset = function(self, rng) self.x, self.v = rng:uniform(), 0 return { self.x, self.v } end,
---      step = function(self, action)
---        self.v = 0.9 * self.v + 0.1 * (action - 2) -- action is 1, 2 or 3
---        self.x = self.x + self.v
---        return { self.x, self.v }, -math.abs(self.x), math.abs(self.x) > 3
---      end,
---    }
---@class rl.lua_env_options
---@field observation integer|string[] how many numbers, or their names (else o1, o2 ...); they are its fields, too
---@field action table { "discrete", choices }, or { "box", size, low, high } with bounds -1 and 1 if not given; choices: how
--- many, or a list of their names, which step is then given. Several at once: a list of those, or a table of them by name;
--- step gets what each would be alone, in a list or by name ({ steer = { 0.3 }, gear = "up" })
---@field masked? boolean reset and step return a mask, too, behind all else: nil, or true or false (1 or 0) for each choice, in
--- a list; of several factors such a list for each, where not all is allowed ({ gear = { true, false, true } }). What is
--- forbidden is never drawn. Observations end with the mask. false: a mask that is returned is not heeded; nil: it is an error
---@field reset? fun(self: table, rng: rl.rng, options: table): number[]|rl.tensor, any begins an episode and returns its first
--- observation. `self` is a table of this copy alone, empty before its first episode; all randomness must come from `rng`
---@field step? fun(self: table, action: any, rng: rl.rng, options: table): number[]|rl.tensor, number, boolean?, boolean?, any
--- returns the observation, the reward, whether the task has ended, and whether time or range has run out. A discrete
--- action is 1 .. choices (in the tensors of env:step and policy:act it is 0 .. choices - 1); an action of a box is a
--- list within the bounds, which may be kept
---@field agents? (string|rl.lua_agent)[] a world of several, which see and do the same but for what is their own: reset and step then
--- return tables of observations (and masks) by agents, step of rewards and ends, too, or one for all; it gets the actions of
--- those that are still there, by their names
---@field together? boolean the end of one agent is that of all; else it rests until all have ended
---@field options? table<string, number|boolean> options of its own and their defaults: reset and step are given those that
--- hold for the episode, env:set changes them from each copy's next reset on
---@field n? integer copies, 1
---@field seed? integer that of the run
---@field name? string for messages and replays, "lua_env"
---@field limit? integer steps at which an episode is truncated, 1000; 0: none. env:set can change it
---@field dt? number s of a step, for replays, 0.05
---@field symmetry? { observation: integer[], action: integer[] } mirror images: which number of the state, from 1 on, becomes which of the image, negative where its sign changes ({ 2, 1, -3 }); of discrete actions, which choice
---@field repeatable? boolean a promise: the numbers of rng and the actions alone decide an episode. Needed for groups
--- that begin alike (rl.grpo) and for checkpoints
---@field shapes? rl.drawn_shape[] what a replay draws
---@field view? "side"|"above" "side": y is up, the ground is below, and the camera goes along; "above": x and y are a plane, of
--- which all is seen. Closed shapes of the world are solid there, open ones walls
---@field poses? fun(self: table): number[] x, y (m) and angle (rad) of body 1, of body 2 ...; where shapes have bodies
---@field save? fun(self: table): any plain data: what a copy is. With load the environment is saved and goes on bit for bit
---@field load? fun(self: table, data: any, rng: rl.rng, options: table<string, number|boolean>) a new self becomes that copy

---@param options rl.lua_env_options
---@return rl.env
function rl.lua_env(options) end

---Choices of which one forbids others, as one choice of all combinations that can ever be.
---@class rl.joint_action
---@field action { [1]: "discrete", [2]: string[] } for rl.lua_env
---@field list table[] the parts of each, as a step of several factors would get them
---@field of table<string, table> the parts by the name that step gets
---@field mask fun(allows: fun(parts: table): boolean?): boolean[] for what reset and step return

---@param factors table by name, or a list: {"discrete", how many or names} each
---@param possible? fun(parts: table): boolean? whether a combination can be at any time
---@return rl.joint_action
function rl.joint(factors, possible) end

---What a new task looks like: records an episode of random actions, writes the replay, and prints return, length, and
---mean and range of reward and observations (but for rlrun --quiet).
---@param environment rl.env
---@param options? { path: string?, seconds: number?, seed: integer?, title: string? } random.html, at most 60 s
---@return string? path
---@return rl.random_summary|string summary or, without a path, why it could not be written
function rl.visualize_random(environment, options) end

---@class rl.range
---@field name string
---@field mean number
---@field min number
---@field max number

---@class rl.random_summary
---@field return number
---@field length integer steps
---@field terminated boolean
---@field reward rl.range
---@field observation rl.range[]

return rl
