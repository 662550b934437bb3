#!/bin/sh
# One URDF, a pendulum with stops at +-.5 rad and damping 2, in MuJoCo 4.0.0, DART 6.20.0 (dartpy) and Pinocchio 4.1.0
# (pin), all PyPI. Guess: the stops stop, the damping damps, the first link stands. Seen: MuJoCo does all three. DART reads
# the stops and swings through them until setLimitEnforcement(True) is called on the joint, and hangs the first link on a
# free joint: the robot falls. Pinocchio reads the damping and its forward dynamics (aba) leave it out.
. "$(dirname "$0")/lib.sh"
pypi mujoco==4.0.0 dartpy==6.20.0 pin==4.1.0 numpy==2.4.6
cat > "$dir/pendulum.urdf" <<'URDF'
<robot name="pendulum">
  <link name="base"><inertial><mass value="1"/><inertia ixx=".1" iyy=".1" izz=".1" ixy="0" ixz="0" iyz="0"/></inertial></link>
  <link name="rod"><inertial><origin xyz="0 0 -.5"/><mass value="1"/>
    <inertia ixx=".1" iyy=".1" izz=".1" ixy="0" ixz="0" iyz="0"/></inertial></link>
  <joint name="swing" type="revolute"><parent link="base"/><child link="rod"/><origin rpy="0 1.5707963 0"/><axis xyz="0 1 0"/>
    <limit lower="-.5" upper=".5" effort="10" velocity="20"/><dynamics damping="2" friction="0"/></joint>
</robot>
URDF
seen=$(run_python - "$dir/pendulum.urdf" <<'PY'
import sys
import dartpy
import mujoco
import numpy as np
import pinocchio

path = sys.argv[1]

model = mujoco.MjModel.from_xml_path(path)
data = mujoco.MjData(model)
def acceleration(speed):
    data.qvel[0] = speed
    mujoco.mj_forward(model, data)
    return data.qacc[0]
damping = (acceleration(0) - acceleration(1)) * .35
data.qvel[0] = 0
lowest = 0
for _ in range(2000):
    mujoco.mj_step(model, data)
    lowest = min(lowest, data.qpos[0])
print(f"MuJoCo: {model.nv} degree of freedom, goes to {lowest:.2f}, damping felt {damping:.2f}")

def dart(enforce):
    world = dartpy.simulation.World()
    robot = dartpy.utils.DartLoader().parseSkeleton(path)
    robot.getJoint(0).setActuatorType(dartpy.dynamics.ActuatorType.LOCKED)
    joint = robot.getJoint("swing")
    if enforce:
        joint.setLimitEnforcement(True)
    world.addSkeleton(robot)
    lowest = 0
    for _ in range(4000):
        world.step()
        lowest = min(lowest, joint.getPosition(0))
    return robot.getNumDofs(), joint.getPositionLowerLimit(0), lowest
dofs, limit, lowest = dart(False)
print(f"DART: {dofs} degrees of freedom; with the base locked and a lower limit of {limit} goes to {lowest:.2f}")
print(f"DART with setLimitEnforcement: goes to {dart(True)[2]:.2f}")

model = pinocchio.buildModelFromUrdf(path)
data = model.createData()
q, zero = np.zeros(1), np.zeros(1)
felt = (pinocchio.aba(model, data, q, zero, zero)[0] - pinocchio.aba(model, data, q, np.ones(1), zero)[0]) * .35
print(f"Pinocchio: damping read {model.damping[0]:g}, felt {abs(felt):.2f}")
PY
)
expect "$seen" "MuJoCo: 1 degree of freedom, goes to -0.51, damping felt 2.00
DART: 7 degrees of freedom; with the base locked and a lower limit of -0.5 goes to -1.60
DART with setLimitEnforcement: goes to -0.50
Pinocchio: damping read 2, felt 0.00"
