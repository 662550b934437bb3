#!/bin/sh
# PyBullet 3.2.7 (PyPI), changeDynamics(mass=...) on a robot that was loaded with URDF_USE_INERTIA_FROM_FILE. Guess: the inertia of the file
# stays, or grows with the mass. Seen: it is thrown away for that of the link's collision shape, even where the mass that is set is the one
# that it has. Where the shape is not in the link's centre of mass it is that of the box around it, as if it were: a shank that touches
# the ground by a small ball at its end keeps a 136th, a link without a collision shape nothing. A friction that is set changes
# nothing, and without the flag it is so from the beginning. No warning. Whoever draws masses at random, as one does so that a policy
# bears another robot, trains on other inertias from the first draw; setting localInertiaDiagonal in the same call is the cure.
. "$(dirname "$0")/lib.sh"
pypi pybullet==3.2.7 numpy==2.4.6
cat > "$dir/robot.urdf" <<'URDF'
<robot name="robot">
  <link name="pelvis"><inertial><mass value="6"/><inertia ixx=".05" iyy=".04" izz=".06" ixy="0" ixz="0" iyz="0"/></inertial>
    <collision><geometry><sphere radius=".1"/></geometry></collision></link>
  <link name="shank"><inertial><origin xyz="0 0 -.2"/><mass value="1"/><inertia ixx=".04" iyy=".04" izz=".01" ixy="0" ixz="0" iyz="0"/></inertial>
    <collision><origin xyz="0 0 -.4"/><geometry><sphere radius=".02"/></geometry></collision></link>
  <link name="arm"><inertial><origin xyz="0 0 -.2"/><mass value="1"/><inertia ixx=".02" iyy=".02" izz=".01" ixy="0" ixz="0" iyz="0"/></inertial></link>
  <joint name="knee" type="revolute"><parent link="pelvis"/><child link="shank"/><axis xyz="0 1 0"/>
    <limit lower="-1" upper="1" effort="100" velocity="10"/></joint>
  <joint name="shoulder" type="revolute"><parent link="pelvis"/><child link="arm"/><axis xyz="0 1 0"/>
    <limit lower="-1" upper="1" effort="100" velocity="10"/></joint>
</robot>
URDF
seen=$(run_python - "$dir/robot.urdf" <<'PY'
import sys
import pybullet

pybullet.connect(pybullet.DIRECT)

def inertia(robot, link):
    x, y, z = pybullet.getDynamicsInfo(robot, link)[2]
    return f"{x:.4f} {z:.4f}"

for said, flags in ("without the flag", 0), ("with the flag", pybullet.URDF_USE_INERTIA_FROM_FILE):
    robot = pybullet.loadURDF(sys.argv[1], flags=flags)
    for name, link, mass in ("pelvis", -1, 6), ("shank", 0, 1), ("arm", 1, 1):
        loaded = inertia(robot, link)
        pybullet.changeDynamics(robot, link, lateralFriction=.5)
        friction = inertia(robot, link)
        pybullet.changeDynamics(robot, link, mass=mass)
        same = inertia(robot, link)
        pybullet.changeDynamics(robot, link, mass=2 * mass)
        twice = inertia(robot, link)
        pybullet.changeDynamics(robot, link, mass=mass, localInertiaDiagonal=[.04, .04, .01])
        print(f"{said}, {name}: {loaded}, friction set {friction}, its own mass set {same}, twice its mass {twice}, "
              f"mass and inertia set {inertia(robot, link)}")
PY
)
expect "$seen" "without the flag, pelvis: 0.0240 0.0240, friction set 0.0240 0.0240, its own mass set 0.0240 0.0240, twice its mass 0.0480 0.0480, mass and inertia set 0.0400 0.0100
without the flag, shank: 0.0003 0.0003, friction set 0.0003 0.0003, its own mass set 0.0003 0.0003, twice its mass 0.0006 0.0006, mass and inertia set 0.0400 0.0100
without the flag, arm: 0.0000 0.0000, friction set 0.0000 0.0000, its own mass set 0.0000 0.0000, twice its mass 0.0000 0.0000, mass and inertia set 0.0400 0.0100
with the flag, pelvis: 0.0500 0.0600, friction set 0.0500 0.0600, its own mass set 0.0240 0.0240, twice its mass 0.0480 0.0480, mass and inertia set 0.0400 0.0100
with the flag, shank: 0.0400 0.0100, friction set 0.0400 0.0100, its own mass set 0.0003 0.0003, twice its mass 0.0006 0.0006, mass and inertia set 0.0400 0.0100
with the flag, arm: 0.0200 0.0100, friction set 0.0200 0.0100, its own mass set 0.0000 0.0000, twice its mass 0.0000 0.0000, mass and inertia set 0.0400 0.0100"
