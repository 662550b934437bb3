---@meta
-- For editors: runs, tasks, statistics and reports.

---@class rl
local rl = {}

-- Experiments ---------------------------------------------------------------------------------------------------------

---The options of a script, with what the command line set, that of a plain lua5.4 too; `seed` is always there.
---@generic T: table
---@param defaults T
---@return T
function rl.options(defaults) end

---Over the tasks of this process: every combination of a value from each list, the seed changing fastest; of `rlrun --task
---I/N` each N-th from the I-th on. What the command line sets takes the place of its list. A task has the options of opt too.
---@param lists table<string, any[]>
---@param opt? table what rl.options gave
---@return fun(): table|nil
function rl.tasks(lists, opt) end

---@class rl.run
---@field folder string
---@field state table plain data of the script's own, kept in checkpoints; a resumed run finds them as they were
local run = {}
---The loop of a script: the iterations up to n that are still to be done. Between two of them checkpoints are written.
---Ends early when the script has been asked to stop, and when the run's search has met one of its criteria.
---@param n? integer by default the run's
---@return fun(): integer?
function run:iterations(n) end
---One row of progress.csv and the progress line; outside of run:iterations it ends the script after Ctrl-C.
---@param iteration integer
---@param ... table<string, any> stats
function run:log(iteration, ...) end
---The signal by which the script has been asked to stop.
---@return integer|false
function run:stopping() end
---Keeps an object in the checkpoints from here on (nil: no more), and gives it back; a run that is resumed sets it back.
---The name "search" makes it the run's search.
---@generic T
---@param name string
---@param object T of the module, or a table with state() -> plain data and restore(data)
---@return T
function run:keep(name, object) end
---Writes a checkpoint now, for loops without run:iterations.
function run:checkpoint() end
---Writes down, by iteration, what has happened: in config.json.
---@param text string
function run:note(text) end
---@param name string
---@return string
function run:path(name) end
---Writes replay.html. Its path; nil and a message, which is told, where it cannot be written.
---@param recording rl.recording
---@return string? path
---@return string? message
function run:replay(recording) end
function run:finish() end

---@class rl.run_settings
---@field name? string of the folder; the script's
---@field options? table of the script, for config.json
---@field iterations? integer
---@field method? rl.method|rl.rollout|rl.search|table<string, rl.method> with its environment, policy and value; of agents that
---learn side by side all, by name, as env:collect takes them
---@field search? rl.search
---@field env? rl.env
---@field envs? rl.env[] more of them
---@field policy? rl.policy|table<string, rl.policy> what is saved as policy.safetensors; anything with save(path); in a world also
---policies by agents
---@field value? rl.value
---@field optimizer? rl.optimizer
---@field rng? rl.rng
---@field objects? table<string, any> more for checkpoints: objects of the module, or with state() and restore(data)
---@field state? table what run.state begins with
---@field curriculum? rl.curriculum|fun(row: table<string, number>, run: rl.run) is given every row that is logged, a
---function a copy: what it writes there is not logged
---@field best? string the number by which checkpoints/best.safetensors is chosen, "mean_return"
---@field checkpoint? number seconds from one checkpoint to the next, 5
---@field seed? integer for the folder's name; that of the options, or of the method or search
---@field resume? string a folder to go on in, where there is no rlrun --resume

---Creates the folder of a run, or goes on with one. What it is given goes into config.json and into checkpoints.
---@param settings rl.run_settings
---@return rl.run
function rl.run(settings) end

---@class rl.curriculum
---@field stage integer
---@field notice? string that the number which ends the stage has not been in any row yet
local curriculum = {}
---Takes in a row of numbers; a run does that with each that it logs.
---@param row table<string, number>
---@return boolean whether a new stage has begun
function curriculum:observe(row) end
---@return table plain data: where it stands
function curriculum:state() end
---@param state table
function curriculum:restore(state) end

---@class rl.stage
---@field set? table options for the environment's set
---@field enter? fun(stage: integer) called when the stage begins
---@field above? number until the mean of the last rows' number is above it
---@field below? number
---@field number? string another number for this stage

---Stages of a task; the last one stays.
---@param settings { stages: rl.stage[], env: rl.env?, number: string?, window: integer? } number "mean_return", window 1
---@return rl.curriculum
function rl.curriculum(settings) end

---The functions of a file that returns a table of them. Under rlrun --live they become those of the file when it has been
---saved, at the next iteration of a run; what does not work is told, and the old ones stay.
---@param path string
---@return table<string, function>
function rl.live(path) end

---What the results of a few seeds say about the mean over all seeds.
rl.statistics = {}
---@param list number[]
---@return number
function rl.statistics.mean(list) end
---With n - 1.
---@param list number[]
---@return number
function rl.statistics.deviation(list) end
---Of the mean.
---@param list number[]
---@return number
function rl.statistics.standard_error(list) end
---@param list number[]
---@return number
function rl.statistics.median(list) end
---The value below which this share of the list lies.
---@param list number[]
---@param share number 0 to 1
---@return number
function rl.statistics.quantile(list, share) end
---The interquartile mean: without the lowest and the highest quarter.
---@param list number[]
---@return number
function rl.statistics.iqm(list) end
---Half the width of the confidence interval of the mean by Student's t; NaN for fewer than two.
---@param list number[]
---@param level? number 0.95
---@return number
function rl.statistics.half_width(list, level) end
---The confidence interval of the mean by Student's t.
---@param list number[]
---@param level? number 0.95
---@return number low
---@return number high
function rl.statistics.interval(list, level) end
---The percentile bootstrap interval of a statistic, by default of the interquartile mean. Lists in `data` are strata,
---each drawn from for itself.
---@param data number[]|number[][]
---@param options? { statistic: (string|fun(list: number[]): number)?, level: number?, resamples: integer?, seed: integer? }
---@return number low
---@return number high
function rl.statistics.bootstrap(data, options) end
---The interval of the probability of `count` successes in `n` trials (Wilson), at 95%.
---@param count integer
---@param n integer
---@return number low
---@return number high
function rl.statistics.proportion(count, n) end
---Welch's test of whether two lists have one mean.
---@param a number[]
---@param b number[]
---@return number t
---@return number freedom
---@return number p two-sided
function rl.statistics.welch(a, b) end

---Time measurements for benchmarks.
rl.timing = {}
---Calls each function once a round, in turn, after one call to warm up.
---@param rounds integer
---@param cases table<string, function>
---@return table<string, number> medians s
function rl.timing.medians(rounds, cases) end
---Prints version, revision and the kernels that run: ours and those of OpenBLAS.
function rl.timing.describe_machine() end

---@class rl.picture
---@field title string
---@field note string
---@field x { [1]: number, [2]: number, label: string } from, to
---@field y { [1]: number, [2]: number, label: string }
---@field f fun(x: number, y: number): number
---@field levels number[] of f, a contour each
---@field line { x: number, label: string } dashed, where the optimum is
---@field paths { label: string, color: string, mark: integer, points: { [1]: number, [2]: number }[] }[]

---Writes paths over the contours of a function of two variables as one HTML file. nil and a message.
---@param path string
---@param picture rl.picture
---@return boolean? ok
---@return string? message
function rl.contour(path, picture) end

---@class rl.gallery_archive
---@field title? string
---@field text? string
---@field measures { name: string, unit: string?, lower: number, upper: number, cells: integer }[] two: along, and up
---@field value? string what the colours mean
---@field cells { index: integer[], value: number, text: string?, recording: rl.recording? }[] as search:archive() gives them

---Writes an archive as one HTML file: a map, and the replay of the cell that is picked. Replays have 25 frames a second,
---150 at most, and 24 MiB together, the best cells first. nil and a message.
---@param path string
---@param archive rl.gallery_archive
---@return boolean? ok
---@return string? message
function rl.gallery(path, archive) end

return rl
