#!/bin/sh
# OpenSim 4.6 (PyPI opensim). Guess: Flen is the most that a lengthening Thelen2003Muscle pulls with, 1.4 times its isometric
# force, and max_contraction_velocity the fastest that it shortens, whatever its activation. Seen: beyond .95 Flen the curve
# goes on as a line without an end, and all of it changes with activation. Stretched at its v_max, a muscle at full activation
# pulls with 1.6 times its isometric force, at .05 with 2.3 times, at 5 v_max with 6.6 times; at .05 it shortens at .29 v_max
# at most. Who ports its force-velocity curve needs one for each activation.
. "$(dirname "$0")/lib.sh"
pypi opensim==4.6 numpy==2.4.6
seen=$(cd "$dir" && run_python - <<'PY'
import opensim as osim

osim.Logger.setLevelString("off")
model = osim.Model()
block = osim.Body("block", 1, osim.Vec3(0), osim.Inertia(1))
model.addBody(block)
slider = osim.SliderJoint("slider", model.getGround(), block)
model.addJoint(slider)
muscle = osim.Thelen2003Muscle("muscle", 1000, .1, .2, 0)
muscle.addNewPathPoint("origin", model.getGround(), osim.Vec3(0))
muscle.addNewPathPoint("insertion", block, osim.Vec3(0))
model.addForce(muscle)
state = model.initSystem()
at = slider.getCoordinate()

def stretched(activation, strain):
    """A fibre at its optimal length in a tendon of this strain: velocity in v_max, force in isometric forces."""
    at.setValue(state, .1 + .2 * (1 + strain), False)
    muscle.setActivation(state, activation)
    muscle.setFiberLength(state, .1)
    model.realizeDynamics(state)
    return muscle.getNormalizedFiberVelocity(state), muscle.getForceVelocityMultiplier(state)

print(f"Flen {muscle.get_Flen():g}, max_contraction_velocity {muscle.get_max_contraction_velocity():g}")
for activation in 1, .5, .05:
    shortening = stretched(activation, 0)[0]
    words = []
    for wanted in 1, 5:
        low, high = 0, 1
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if stretched(activation, middle)[0] < wanted else (low, middle)
        words.append(f"{stretched(activation, low)[1]:.1f} at {wanted} v_max")
    print(f"activation {activation:g}: shortens at {-shortening:.2f} v_max at most; lengthening {', '.join(words)}")
PY
)
expect "$seen" "Flen 1.4, max_contraction_velocity 10
activation 1: shortens at 1.00 v_max at most; lengthening 1.6 at 1 v_max, 2.8 at 5 v_max
activation 0.5: shortens at 0.62 v_max at most; lengthening 1.8 at 1 v_max, 3.7 at 5 v_max
activation 0.05: shortens at 0.29 v_max at most; lengthening 2.3 at 1 v_max, 6.6 at 5 v_max"
