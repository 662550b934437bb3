#!/bin/sh
# OpenSim 4.6 (PyPI opensim). Guess: fiber_damping of a Millard2012EquilibriumMuscle damps; without it, as one compares it
# to other muscles or to its paper, the isometric curves are the same. Seen: with 0 its active force-length curve gets a
# floor of .1, the default of the curve as a part by itself; with anything above 0, the default .1 or .001, there is none. An excited
# muscle that is too short or too long to pull, below .44 or above 1.8 fibre lengths, then pulls with a tenth of its force.
. "$(dirname "$0")/lib.sh"
pypi opensim==4.6 numpy==2.4.6
seen=$(cd "$dir" && run_python - <<'PY'
import opensim as osim

osim.Logger.setLevelString("off")

def active(damping):
    model = osim.Model()
    muscle = osim.Millard2012EquilibriumMuscle("muscle", 1000, .1, .2, 0)
    if damping is not None:
        muscle.set_fiber_damping(damping)
    block = osim.Body("block", 1, osim.Vec3(0), osim.Inertia(1))
    model.addBody(block)
    model.addJoint(osim.SliderJoint("slider", model.getGround(), block))
    muscle.addNewPathPoint("origin", model.getGround(), osim.Vec3(0))
    muscle.addNewPathPoint("insertion", block, osim.Vec3(.3, 0, 0))
    model.addForce(muscle)
    state = model.initSystem()
    seen = []
    for length in .4, .5, 1, 1.9:
        muscle.setActivation(state, 1)
        muscle.setFiberLength(state, .1 * length)
        model.realizeDynamics(state)
        seen.append(f"{abs(muscle.getActiveForceLengthMultiplier(state)):.2f} at {length:g}")
    return f"fiber_damping {muscle.get_fiber_damping():g}: active force {', '.join(seen)} fibre lengths"

for damping in None, .001, 0:
    print(active(damping))
PY
)
expect "$seen" "fiber_damping 0.1: active force 0.00 at 0.4, 0.10 at 0.5, 1.00 at 1, 0.00 at 1.9 fibre lengths
fiber_damping 0.001: active force 0.00 at 0.4, 0.10 at 0.5, 1.00 at 1, 0.00 at 1.9 fibre lengths
fiber_damping 0: active force 0.10 at 0.4, 0.12 at 0.5, 1.00 at 1, 0.10 at 1.9 fibre lengths"
