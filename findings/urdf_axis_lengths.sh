#!/bin/sh
# One URDF in kinpy 0.6.1, ikpy 4.2.1, urchin 0.0.30, yourdfpy 0.0.60 and roboticstoolbox-python 1.5.0, against Pinocchio 4.1.0 (pin), all
# PyPI; MuJoCo 4.0.0, Drake 1.51.1 and DART 6.20.0 put the arm where Pinocchio does. Guess: a joint's axis is a direction whatever its
# length, and 1 0 0 where none is written, as the format has it. Seen: roboticstoolbox is right along x, y and z only; about any
# other axis, of length 1 too, the hand is 43 degrees or a metre off. ikpy turns about an axis of length 2 by a matrix of determinant 3.8.
# kinpy, ikpy and yourdfpy slide by the axis's length times the coordinate. Without an axis kinpy takes another one. No error in any.
# Inverse kinematics by one of them moves another arm than the simulator's; write all axes, of length 1, and test an oblique one.
. "$(dirname "$0")/lib.sh"
pypi pin==4.1.0 kinpy==0.6.1 ikpy==4.2.1 urchin==0.0.30 yourdfpy==0.0.60 roboticstoolbox-python==1.5.0 numpy==2.4.6
seen=$(cd "$dir" && run_python - 2>/dev/null <<'PY'
import os
import numpy as np
import ikpy.chain
import kinpy
import pinocchio
import roboticstoolbox
import urchin
import yourdfpy

Q = np.array([.7, -.4])

def arm(kind, axis):
    links = "".join(f'<link name="{n}"><inertial><mass value="1"/><inertia ixx=".1" iyy=".1" izz=".1" ixy="0" ixz="0" iyz="0"/>'
                    '</inertial></link>' for n in ("base", "arm", "tip"))
    joint = ('<joint name="{0}" type="{1}"><parent link="{2}"/><child link="{3}"/><origin xyz="0 0 .3" rpy=".1 .2 .3"/>{4}'
             '<limit lower="-3" upper="3" effort="1" velocity="1"/></joint>')
    with open("arm.urdf", "w") as file:
        file.write('<robot name="arm">' + links + joint.format("first", kind, "base", "arm", axis)
                   + joint.format("second", "revolute", "arm", "tip", '<axis xyz="0 1 0"/>') + "</robot>")

def by_pinocchio():
    model = pinocchio.buildModelFromUrdf("arm.urdf")
    data = model.createData()
    pinocchio.framesForwardKinematics(model, data, Q)
    return data.oMf[model.getFrameId("tip")].homogeneous

def by_kinpy():
    chain = kinpy.build_chain_from_urdf(open("arm.urdf").read())
    return chain.forward_kinematics({"first": Q[0], "second": Q[1]})["tip"].matrix()

def by_ikpy():
    return ikpy.chain.Chain.from_urdf_file("arm.urdf", base_elements=["base"]).forward_kinematics([0, *Q])

def by_urchin():
    robot = urchin.URDF.load("arm.urdf", lazy_load_meshes=True)
    return robot.link_fk(cfg={"first": Q[0], "second": Q[1]})[robot.link_map["tip"]]

def by_yourdfpy():
    robot = yourdfpy.URDF.load("arm.urdf", load_meshes=False)
    robot.update_cfg({"first": Q[0], "second": Q[1]})
    return robot.get_transform("tip", "base")

def by_toolbox():
    return np.asarray(roboticstoolbox.Robot.URDF(os.path.abspath("arm.urdf")).fkine(Q, end="tip"))

AXES = ("0 1 0", ".6 .8 0", "0 2 0", None)
for kind, xyz in ((kind, xyz) for kind in ("revolute", "prismatic") for xyz in AXES):
    name, axis = f"{kind}, {xyz or 'no axis'}", f'<axis xyz="{xyz}"/>' if xyz else ""
    arm(kind, axis)
    right, row = by_pinocchio(), []
    for who, of in {"kinpy": by_kinpy, "ikpy": by_ikpy, "urchin": by_urchin, "yourdfpy": by_yourdfpy, "toolbox": by_toolbox}.items():
        got = np.asarray(of())
        off, size = np.linalg.norm(got[:3, 3] - right[:3, 3]), np.linalg.det(got[:3, :3])
        turned = np.degrees(np.arccos(np.clip((np.trace(right[:3, :3].T @ got[:3, :3]) - 1) / 2, -1, 1)))
        if abs(size - 1) > 1e-3:
            row.append(f"{who} no rotation, determinant {size:.1f}")
        elif off > 1e-3 or turned > .1:
            row.append(f"{who} off by {off:.2f} m and {turned:.0f} degrees")
    print(f"{name}:", "; ".join(row) or "all five agree")
PY
)
expect "$seen" "revolute, 0 1 0: all five agree
revolute, .6 .8 0: toolbox off by 0.09 m and 43 degrees
revolute, 0 2 0: ikpy no rotation, determinant 3.8
revolute, no axis: kinpy off by 0.21 m and 56 degrees
prismatic, 0 1 0: all five agree
prismatic, .6 .8 0: toolbox off by 1.12 m and 57 degrees
prismatic, 0 2 0: kinpy off by 0.70 m and 0 degrees; ikpy off by 0.70 m and 0 degrees; yourdfpy off by 0.70 m and 0 degrees
prismatic, no axis: kinpy off by 0.99 m and 0 degrees"
