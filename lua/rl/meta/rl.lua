---@meta rl
-- What editors (LuaLS) know about the module: completion, types and hovers for scripts. Never loaded at run time.
-- Beside this file one for each topic, and options.lua, which follows from tables.

---@class rl
---@field version string
---@field _VERSION string "rl 0.2.0"
---@field revision string git revision of the build
local rl = {}

-- The module ----------------------------------------------------------------------------------------------------------

---An option, or a number in a description.
---@class rl.row
---@field name string
---@field type "number"|"integer"|"boolean"|"choice"|"pair"|"name"|"list"
---@field unit string "" where there is none
---@field meaning string
---@field default? any none where the number must be given, or follows from others
---@field min? number
---@field max? number
---@field choices? string[]
---@field live? boolean may change during a run
---@field was? string its name in version 0.1

---What can be told to a method, a search, or an environment (then with `fields`, what its reward reads), or stands in
---the table of a part of a creature, by its name; of a world before it is made, given as its table, also its agents; without
---a name all names that there are, by kind.
---@param name? string|table
---@return rl.row[]|{ options: rl.row[], fields: rl.row[], agents: table[]? }|table<"methods"|"searches"|"environments"|"parts", string[]>
function rl.describe(name) end

---Gets or sets the threads of the loops in C; 0: one a core. Results do not depend on it.
---@param n? integer
---@return integer
function rl.threads(n) end

---Which of the processes that share the work of `rlrun --mpi` this one is, from 0 (which writes files and shows progress),
---of how many (1 without --mpi); the bytes that it has given to the others so far, and the seconds it has waited for them.
---@return { rank: integer, count: integer, bytes: integer, waited: number }
function rl.ranks() end
---For a host that runs scripts it does not trust, before it runs them: from here on the module reads files only below
---the folder `read` and writes only below `write` (where runs then leave their folders), links and ".." followed, and
---holds at most `memory` bytes in C; what goes beyond raises. A folder that is not given: none. Once and for good for a
---state. What else of Lua a script may call is for the host to choose.
---@param limits { read: string?, write: string?, memory: integer? }
function rl.confine(limits) end
---@return number s of a clock that only goes forward
function rl.time() end
---For benchmarks: seconds of one sgemm, C [m, n] = op(A) op(B).
rl.bench = { sgemm = function(m, n, k, trans_a, trans_b, repeats) end }

return rl
