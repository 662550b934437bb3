---@meta
-- For editors: how something walks, and motions.

---@class rl
local rl = {}

-- Walks and motions ---------------------------------------------------------------------------------------------------

---@class rl.gait_leg
---@field name string of its first joint
---@field side? "l"|"r"
---@field length? number m, stretched, from the first joint to the sole
---@field touchdowns integer
---@field duty number share of the time that it stands
---@field stride_time number s from touchdown to touchdown, the median
---@field range? number[] rad: what its first joint's angle is within for nine tenths of the time
---@field knee? { stance: number, swing: number } rad, of the second joint: mean size of its angle while the leg stands; greatest of a stride, in the mean
---@field step_length number m that its foot is set down ahead of where the other one was before: left and right add up to a stride

---@class rl.gait_pair
---@field name string of the joints without _l and _r
---@field left string
---@field right string
---@field steps integer
---@field alternating number share of steps that another leg takes than the step before; feet that come down together, within a tenth of a stride, are one step of neither
---@field overlap number of the ranges of the first joints: (least upper end - greatest lower end) / (greatest - least); below 0 one leg is always in front
---@field stance number[] shares of left and right in the time that legs stand
---@field symmetry table<string, number> of each joint: 1 - root mean squared difference of left and right curve over the gait cycle / their range
---@field knees? number[] rad, left and right: mean size of the angle of the second joint while the leg stands
---@field phase number where in the left leg's stride the right foot comes down: .5 in a walk
---@field flight number share of the time in which neither stands
---@field double_support number in which both do

---Figures of what did not happen are NaN.
---@class rl.gait
---@field kind "walks"|"runs"|"crouches"|"limps"|"hops"|"slides"|"stands"|"floats"|"falls" limps: alternating below .95, overlap below .6 or stance shares that differ by more than .2; hops: alternating below .5; runs: in the air for more than a fifth of the time; crouches: walks on knees that are bent by more than .6 rad in the mean while they bear; slides: goes without steps; floats: is in the air without steps, as without gravity; falls: in more than half of the recordings
---@field recordings integer
---@field falls integer of them
---@field seconds number measured
---@field distance number m
---@field speed number m/s
---@field steps integer touchdowns of all legs
---@field cadence number of them a minute, of each leg from its first to its last
---@field step_length number m forward for each, in the same time
---@field legs rl.gait_leg[]
---@field pairs rl.gait_pair[] left and right: two of a quadruped
---@field alternating number of the worst pair
---@field overlap number of the worst pair
---@field stance number[] of the first pair
---@field support table<integer, number> shares of the time with 0, 1, 2 ... legs on the ground
---@field flight number support[0]
---@field double_support number support[2]
---@field nodding number rad, standard deviation of the trunk's angle
---@field nodding_range number rad, what it is within for nine tenths of the time
---@field cost_of_transport number J/(kg m)
---@field froude number speed^2 / (gravity * length of a leg)
---@field mass number kg
---@field gravity number m/s^2
local gait = {}

---"walks: alternating .98, hips overlap .85, stance .49/.51, knees bent 6/7 degrees": what an evaluation ends with.
---@return string
function gait:line() end
---Speed, cadence, step length, double support, flight, nodding and effort in a line.
---@return string
function gait:details() end
---A field over the gait cycle of a leg, in 101 points from a touchdown to the next.
---@param leg integer
---@param field string
---@return { mean: number[], deviation: number[], n: integer } n: strides
function gait:cycle(leg, field) end

---What a walk is like. The legs are found in the creature of the recording; one made by hand may name them: legs =
---{ { feet = names, joints = names from the top down }, ... }.
---@param recordings rl.track|rl.track[] of one creature
---@param options? { after: number?, bounce: number? } s that are left out at the start, 2 (a third at most); s for which a foot must be up to have left the ground, 0.1
---@return rl.gait
function rl.gait(recordings, options) end

---@class rl.motion_options
---@field map? table<string|integer, string|{ [1]: string, scale: number?, offset: number? }> own name = name in the file, and with creature its other joints by their own names; or a list of all that is wanted; all. Own = scale * file + offset, angles in radians by then. time = { NAME, scale = 0.001 }: its column, of milliseconds
---@field creature? string|rl.creature|rl.env takes its joints (JOINT_angle), which must be there, and of the root what there is (root_angle, root_x, root_y)
---@field degrees? boolean angles of the file are degrees; as its header says (inDegrees), or radians
---@field from? number s of the file's clock; what is before is left out
---@field to? number s
---@field fill? number s: gaps up to so long are filled in a straight line, and named in the note; none
---@field rate? number Hz of the motion; as in the file
---@field cycle? boolean|"whole"|number[] one stride, which goes on without an end: found where the curves repeat behind the first third, all of it, or from and to these seconds
---@field symmetric? boolean of a cycle: left and right do the same half a cycle later, the mean of both
---@field segments? table<string, { [1]: string|string[], [2]: string|string[], rest: ("up"|"down"|"forward"|"back"|number)? }> of markers: body = from and to a marker, or the middle of several; rest is where that points when the creature stands, "down"
---@field origin? string|string[] of markers: the one that root_x and root_y are of
---@field forward? "x"|"y"|"z"|"-x"|"-y"|"-z" axis of the markers, "x"
---@field up? "x"|"y"|"z"|"-x"|"-y"|"-z" "y" of .trc, and what .c3d says, or "z"
---@field units? "m"|"cm"|"mm" of the markers; as the file says
---@field partial? boolean of .c3d: takes the frames that are there where the header says more

---A motion to follow: named curves on a common clock. Plain data, so that a reward may use it on all cores. Phase is 0 at
---the start and 1 at the end.
---@class rl.motion
---@field time number[] s from the start
---@field columns string[] names
---@field values table<string, number[]>
---@field angles string[] the columns that are angles of joints: what `track` compares
---@field rate number Hz
---@field duration number s; of a cycle up to where it begins again
---@field periodic boolean a cycle
---@field advance table<string, number> of what travels (root_x): how far in a cycle
---@field speed? number m/s forward, in the mean
---@field from number s of the file's clock at which it begins
---@field note? string what was done to the numbers
local motion = {}

---A column's value; a cycle goes on beyond 1.
---@param phase number
---@param name string
---@return number
function motion:at(phase, name) end
---A column's change a second.
---@param phase number
---@param name string
---@return number
function motion:speed_at(phase, name) end
---The phase so many seconds after one, 0.
---@param time number
---@param from? number
---@return number
function motion:phase(time, from) end
---How near the joints of a state are to the motion: exp(-d^2), d the root mean square of the differences over `width`.
---@param s table what a reward is given, or any table with these names
---@param phase? number s.phase, which creatures have that follow a motion
---@param width? number rad, 0.3
---@return number 1: in place, to 0
function motion:track(s, phase, width) end

---A motion from .sto, .mot, .csv (columns), .trc, .c3d (markers), or from a recording.
---@param source string|rl.track
---@param options? rl.motion_options
---@return rl.motion
function rl.motion(source, options) end

---For the search of a walk on muscles and reflexes.
rl.walking = {}
---Makes free numbers (rl.param) of the gains of its reflexes, the thresholds of its gait and its start, in place.
---@param creature rl.creature with a controller
---@return rl.creature
function rl.walking.free(creature) end
---Adds reflexes to those of the planar human, in place: a leg that is made ready to land, a knee that folds no further than
---it must, feet that go where balance wants them, and what people do when they trip. With gains to begin a search from.
---@param creature rl.creature with a controller, and the muscles and joints of reflex_human
---@return rl.creature
function rl.walking.ready(creature) end
---One episode, and what it was like after the first two seconds: `duty` and `flight` are shares of the time, `sway` is
---in degrees.
---@param design rl.creature
---@param world table options of rl.env
---@return { fields: table<string, number>, duty: number, flight: number, gait: "walk"|"run"|"hop"|"falls", sway: number }
function rl.walking.watch(design, world) end

return rl
