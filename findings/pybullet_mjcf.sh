#!/bin/sh
# One MJCF, a body and a leg, in PyBullet 3.2.7 and MuJoCo 4.0.0, both PyPI. Guess: a loader that reports no error has read
# masses, limits and damping. Seen in PyBullet: mass and density of a geom are not read, all is as heavy as water; without
# limited="true" a range is no limit (1 to 0 means none), with it -40 60 are radians unless the file says angle="degree",
# MuJoCo's default; damping is 0; the body without a joint, which stands fast in MuJoCo, falls. No warning at any of it.
# A walker moved by its file is another creature: write limited and angle out, set masses and damping after loading.
. "$(dirname "$0")/lib.sh"
pypi pybullet==3.2.7 mujoco==4.0.0 numpy==2.4.6
seen=$(run_python - "$dir" <<'PY'
import sys
import mujoco
import pybullet

MJCF = """<mujoco><worldbody>
<body pos="0 0 2"><geom type="sphere" size=".1" mass="1"/>
  <body pos="0 0 -.1"><joint name="hip" type="hinge" axis="0 1 0" range="-40 60" LIMITED damping="2"/>
    <geom type="capsule" fromto="0 0 0 0 0 -.5" size=".05" density="500"/></body>
</body></worldbody></mujoco>"""

for limited in "", 'limited="true"':
    path = f"{sys.argv[1]}/leg{len(limited)}.xml"
    with open(path, "w") as file:
        file.write(MJCF.replace("LIMITED", limited))
    model = mujoco.MjModel.from_xml_path(path)
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data, 50)  # .1 s
    print(f"MuJoCo {limited}: masses {model.body_mass[1]:.2f} {model.body_mass[2]:.2f},",
          "limits {:.2f} {:.2f},".format(*model.jnt_range[0]), f"damping {model.dof_damping[0]:g}, height {data.xpos[1][2]:.2f}")

    client = pybullet.connect(pybullet.DIRECT)
    robot = pybullet.loadMJCF(path)[0]
    pybullet.setGravity(0, 0, -9.81)
    for _ in range(24):  # .1 s
        pybullet.stepSimulation()
    joint = pybullet.getJointInfo(robot, 0)
    masses = [pybullet.getDynamicsInfo(robot, link)[0] for link in (-1, 1)]
    print(f"\nPyBullet {limited}: masses {masses[0]:.2f} {masses[1]:.2f}, limits {joint[8]:.2f} {joint[9]:.2f},"
          f" damping {joint[6]:g}, height {pybullet.getBasePositionAndOrientation(robot)[0][2]:.2f}")
    pybullet.disconnect()
PY
)
expect "$(printf '%s\n' "$seen" | grep masses)" 'MuJoCo : masses 1.00 2.23, limits -0.70 1.05, damping 2, height 2.00
PyBullet : masses 4.19 4.45, limits 1.00 0.00, damping 0, height 1.95
MuJoCo limited="true": masses 1.00 2.23, limits -0.70 1.05, damping 2, height 2.00
PyBullet limited="true": masses 4.19 4.45, limits -40.00 60.00, damping 0, height 1.95'
