#!/bin/sh
# MuJoCo 4.0.0 (PyPI). Guess: a muscle's activation lies between 0 and 1, whatever the time step.
# Seen: Euler and implicit integration step over 1 as soon as the step is longer than 5 ms (half of the default
# activation time): 2 at 10 ms, 4 at 20 ms, and the muscle pulls that many times its greatest force. No warning.
# A creature optimised at a coarse step learns to twitch. actlimited with actrange 0 1 is the cure.
. "$(dirname "$0")/lib.sh"
pypi mujoco==4.0.0 numpy==2.4.6
seen=$(run_python - <<'PY'
import mujoco

MODEL = """<mujoco><option timestep="%g" gravity="0 0 0" integrator="%s"/>
<worldbody><body><joint name="j" type="slide" axis="1 0 0" damping="1e6"/><geom size=".1"/></body></worldbody>
<actuator><%s joint="j" /></actuator></mujoco>"""
MUSCLE = 'muscle force="1000" lengthrange="-1 1"'
LIMITED = ('general dyntype="muscle" gaintype="muscle" biastype="muscle" lengthrange="-1 1" actlimited="true" actrange="0 1" '
           'dynprm=".01 .04 0" gainprm=".75 1.05 1000 200 .5 1.6 1.5 1.3 1.2" biasprm=".75 1.05 1000 200 .5 1.6 1.5 1.3 1.2"')

def excite(step, integrator, muscle):
    model = mujoco.MjModel.from_xml_string(MODEL % (step, integrator, muscle))
    data = mujoco.MjData(model)
    data.ctrl[0] = 1
    activation = force = 0
    for _ in range(20):
        mujoco.mj_step(model, data)
        activation, force = max(activation, data.act[0]), min(force, data.actuator_force[0])
    return f"activation {activation:.2f}, force {-force:.0f}"

for integrator in "Euler", "implicitfast":
    for step in .004, .0075, .01, .02:
        print(f"{integrator} {1000 * step:g} ms: {excite(step, integrator, MUSCLE)}")
print(f"actrange, 20 ms: {excite(.02, 'Euler', LIMITED)}")
PY
)
expect "$seen" "Euler 4 ms: activation 1.00, force 917
Euler 7.5 ms: activation 1.50, force 1380
Euler 10 ms: activation 2.00, force 1840
Euler 20 ms: activation 4.00, force 3680
implicitfast 4 ms: activation 1.00, force 917
implicitfast 7.5 ms: activation 1.50, force 1380
implicitfast 10 ms: activation 2.00, force 1840
implicitfast 20 ms: activation 4.00, force 3680
actrange, 20 ms: activation 1.00, force 920"
