#!/bin/sh
# OpenSim 4.6 (PyPI opensim). Guess: a muscle's max_control of 1 bounds what a controller may ask of it. Seen: an excitation
# of 2 reaches the muscle. DeGrooteFregly2016 goes to activation 2 and pulls with twice its greatest force. Thelen2003 and
# Millard2012 show activation 1, but the state behind it climbs as long as this lasts (to 17 and 26 in half a second) and has
# to come all the way back: the muscle stays on for another .43 and .51 s after its excitation has gone to 0, not .03 and .02.
# An optimiser whose outputs are not clipped learns muscles that cannot be switched off.
. "$(dirname "$0")/lib.sh"
pypi opensim==4.6 numpy==2.4.6
seen=$(cd "$dir" && run_python - <<'PY'
import opensim as osim

osim.Logger.setLevelString("off")

def muscle_in_vice(kind, excitation):
    """Isometric; excited for half a second, then not."""
    model = osim.Model()
    body = osim.Body("rod", 1, osim.Vec3(0), osim.Inertia(.01, .01, .01))
    model.addBody(body)
    joint = osim.PinJoint("pin", model.getGround(), osim.Vec3(0), osim.Vec3(0), body, osim.Vec3(0, .5, 0), osim.Vec3(0))
    model.addJoint(joint)
    joint.updCoordinate().setDefaultLocked(True)
    muscle = kind()
    muscle.setName("muscle")
    muscle.setMaxIsometricForce(10)
    muscle.setOptimalFiberLength(.3)
    muscle.setTendonSlackLength(.25)
    muscle.addNewPathPoint("origin", model.getGround(), osim.Vec3(.55, -.5, 0))
    muscle.addNewPathPoint("insertion", body, osim.Vec3(0))
    model.addForce(muscle)
    brain = osim.PrescribedController()
    brain.addActuator(muscle)
    brain.prescribeControlForActuator("muscle", osim.StepFunction(.5, .501, excitation, 0.))
    model.addController(brain)
    state = model.initSystem()
    model.equilibrateMuscles(state)
    manager = osim.Manager(model)
    manager.setIntegratorAccuracy(1e-5)
    manager.initialize(state)
    state = manager.integrate(.5)
    model.realizeDynamics(state)
    shown, force = muscle.getActivation(state), muscle.getActuation(state) / 10
    behind = model.getStateVariableValue(state, "/forceset/muscle/activation")
    time = .5
    while muscle.getActivation(state) > .5:
        time += .01
        state = manager.integrate(time)
        model.realizeDynamics(state)
    return (f"activation {shown:.1f}, state {behind:.0f}, force {force:.1f} of the greatest; "
            f"off after {time - .5:.2f} s")

for kind in osim.Thelen2003Muscle, osim.Millard2012EquilibriumMuscle, osim.DeGrooteFregly2016Muscle:
    for excitation in 1., 2.:
        print(f"{kind.__name__}, excitation {excitation:g}: {muscle_in_vice(kind, excitation)}")
PY
)
expect "$seen" "Thelen2003Muscle, excitation 1: activation 1.0, state 1, force 1.0 of the greatest; off after 0.03 s
Thelen2003Muscle, excitation 2: activation 1.0, state 17, force 1.0 of the greatest; off after 0.43 s
Millard2012EquilibriumMuscle, excitation 1: activation 1.0, state 1, force 1.0 of the greatest; off after 0.02 s
Millard2012EquilibriumMuscle, excitation 2: activation 1.0, state 26, force 1.0 of the greatest; off after 0.51 s
DeGrooteFregly2016Muscle, excitation 1: activation 1.0, state 1, force 1.0 of the greatest; off after 0.03 s
DeGrooteFregly2016Muscle, excitation 2: activation 2.0, state 2, force 2.0 of the greatest; off after 0.04 s"
