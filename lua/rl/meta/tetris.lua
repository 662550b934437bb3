---@meta
-- For editors: Tetris.

---@class rl
local rl = {}

-- Tetris --------------------------------------------------------------------------------------------------------------

---@class rl.tetris_options
---@field width? integer cells, 4 to 16, 10
---@field height? integer cells, 4 to 32, 20
---@field features? "bertsekas"|"dellacherie"|"dellacherie_thiery" 2 width + 2, 6 or 8 of them; the last
---@field entry? "above"|"fit" where a piece enters: above the board, where nothing can stop it ("above", the game
--- ends with the first piece that sticks out at the top), or in its topmost rows, where it must fit to turn and to move
--- ("fit", which ends with the first piece that does not). Lines differ by a factor of ten: envs/tetris/tetris.h

---@class rl.tetris
---@field width integer
---@field height integer
---@field features string
---@field entry string
---@field n_features integer
local tetris = {}

---@class rl.tetris_match
---@field games? integer of each vector, 30
---@field common? boolean common random numbers: game g brings every vector the same pieces, false
---@field seed? integer
---@field max_pieces? integer of a game, which is then cut

---@class rl.tetris_stats
---@field pieces integer of all games
---@field placements integer looked at
---@field cut integer games that max_pieces ended: with more there might be more lines
---@field lines? integer[] of each game, where there is one vector [features]

---@return string[] of the features, in the order of the weights
function tetris:names() end
---Whole games with the controller that places each piece so that weights . features of the board afterwards is greatest,
---the first of equals. Candidates and games run on all threads; the same seed gives the same lines for any number of them.
---A good controller of 10 x 20 plays for hours where max_pieces does not stop it.
---@param weights rl.tensorlike [n, features] or [features]
---@param options? rl.tetris_match
---@return rl.tensor mean lines of each vector [n]
---@return rl.tetris_stats
function tetris:play(weights, options) end

---@class rl.tetris_ascent
---@field games? integer that are played, 30
---@field seed? integer
---@field max_pieces? integer of a game, which is then cut
---@field gamma? number discount of lines, by piece, 0.95
---@field lambda? number of the critic and of advantages, 0.9
---@field max_kl? number nats a piece, by which the policy moves, 0.01
---@field damping? number added to the diagonal of the Fisher matrix, 0.001

---A step along the natural gradient of the policy that places a piece with a probability that goes with
---exp(weights . features), found from games by that policy. It is to be added to the weights.
---@param weights rl.tensorlike [features]
---@param options? rl.tetris_ascent
---@return rl.tensor step [features]
---@return number lines mean of the games
---@return rl.tetris_stats
function tetris:ascend(weights, options) end

---Tetris for linear controllers: seven pieces, independent and uniform, only the current one known; an action is a
---rotation and a column, dropped straight down.
---@param options? rl.tetris_options
---@return rl.tetris
function rl.tetris(options) end

return rl
