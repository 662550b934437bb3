#!/bin/sh
# Pinocchio 4.1.0 (pin) reading MJCF, against MuJoCo 4.0.0, both PyPI. Guess: where it reads a body's place without an error it is
# where MuJoCo has it. Seen: the axis of an axisangle is taken as it stands, where MuJoCo makes it a unit vector; with 0 2 0 the
# "rotation" has determinant 3.4, stretches the leg that hangs below it and triples gravity's torque, while a quaternion of any length
# is right. eulerseq XYZ, turns about fixed axes, is read as xyz, about those that turn along. gravity and settotalmass are not
# heeded. No warning at any of it. Controllers by Pinocchio for a model with 1 1 0 as an axis work on a body that cannot exist.
. "$(dirname "$0")/lib.sh"
pypi mujoco==4.0.0 pin==4.1.0 numpy==2.4.6
seen=$(cd "$dir" && run_python - 2>/dev/null <<'PY'
import mujoco
import numpy as np
import pinocchio

def compare(name, place="", head=""):
    with open("leg.xml", "w") as file:
        file.write(f"""<mujoco>{head}<worldbody><body pos="0 0 1"><joint type="hinge" axis="0 1 0"/>
  <geom type="sphere" size=".1" mass="2" pos=".1 0 0"/>
  <body pos="0 0 -.5" {place}><joint type="hinge" axis="0 1 0"/><geom type="sphere" size=".1" mass="5" pos="0 0 -.2"/></body>
</body></worldbody></mujoco>""")
    q = np.array([.4, .3])
    model = mujoco.MjModel.from_xml_path("leg.xml")
    data = mujoco.MjData(model)
    data.qpos[:] = q
    mujoco.mj_forward(model, data)
    pin = pinocchio.buildModelFromMJCF("leg.xml")
    torque = pinocchio.computeGeneralizedGravity(pin, pin.createData(), q)
    print(f"{name}: gravity's torques {data.qfrc_bias[0]:.1f} {data.qfrc_bias[1]:.1f} in MuJoCo, {torque[0]:.1f} {torque[1]:.1f} "
          f"in Pinocchio; determinant of its rotation {np.linalg.det(pin.jointPlacements[2].rotation):.2f}")

compare("axisangle 0 1 0 30", 'axisangle="0 1 0 30"')
compare("axisangle 0 2 0 30", 'axisangle="0 2 0 30"')
compare("axisangle 1 1 0 30", 'axisangle="1 1 0 30"')
compare("quat 2 0 1 0", 'quat="2 0 1 0"')
compare("euler 10 20 30", 'euler="10 20 30"')
compare("euler 10 20 30, eulerseq XYZ", 'euler="10 20 30"', '<compiler eulerseq="XYZ"/>')
compare("gravity of the moon", "", '<option gravity="0 0 -1.62"/>')
compare("settotalmass 70", "", '<compiler settotalmass="70"/>')
PY
)
expect "$seen" "axisangle 0 1 0 30: gravity's torques 17.0 9.2 in MuJoCo, 17.0 9.2 in Pinocchio; determinant of its rotation 1.00
axisangle 0 2 0 30: gravity's torques 17.0 9.2 in MuJoCo, 56.2 18.9 in Pinocchio; determinant of its rotation 3.44
axisangle 1 1 0 30: gravity's torques 16.0 8.4 in MuJoCo, 28.1 11.2 in Pinocchio; determinant of its rotation 1.58
quat 2 0 1 0: gravity's torques 17.5 9.8 in MuJoCo, 17.5 9.8 in Pinocchio; determinant of its rotation 1.00
euler 10 20 30: gravity's torques 16.0 6.8 in MuJoCo, 16.0 6.8 in Pinocchio; determinant of its rotation 1.00
euler 10 20 30, eulerseq XYZ: gravity's torques 16.2 8.0 in MuJoCo, 16.0 6.8 in Pinocchio; determinant of its rotation 1.00
gravity of the moon: gravity's torques 2.3 1.0 in MuJoCo, 14.1 6.3 in Pinocchio; determinant of its rotation 1.00
settotalmass 70: gravity's torques 140.6 63.2 in MuJoCo, 14.1 6.3 in Pinocchio; determinant of its rotation 1.00"
