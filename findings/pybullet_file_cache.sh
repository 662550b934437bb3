#!/bin/sh
# PyBullet 3.2.7 (PyPI), loadURDF and loadMJCF. Guess: they read the file that they are given. Seen: a client reads each path
# once and keeps the text, through resetSimulation() and even when the file is gone; another body written to the same
# path is loaded as the first one, silently, while a client that connects later gets the new one.
# A search over bodies that writes each candidate to one file measures the first one every time. A new path each time, or
# setPhysicsEngineParameter(enableFileCaching=0) before the first load, is the cure.
. "$(dirname "$0")/lib.sh"
pypi pybullet==3.2.7 numpy==2.4.6
seen=$(run_python - "$dir" <<'PY'
import os
import sys
import pybullet

URDF = """<robot name="r"><link name="l"><inertial><mass value="MASS"/>
  <inertia ixx="1" ixy="0" ixz="0" iyy="1" iyz="0" izz="1"/></inertial></link></robot>"""
MJCF = """<mujoco><worldbody><body><joint type="free"/>
  <inertial pos="0 0 0" mass="MASS" diaginertia="1 1 1"/></body></worldbody></mujoco>"""

def write(path, text, mass):
    with open(path, "w") as file:
        file.write(text.replace("MASS", str(mass)))

def load(path, client):
    loaded = (pybullet.loadURDF if path.endswith("urdf") else pybullet.loadMJCF)(path, physicsClientId=client)
    body = loaded[0] if isinstance(loaded, tuple) else loaded
    return f"{pybullet.getDynamicsInfo(body, -1, physicsClientId=client)[0]:g}"

for path, text in (sys.argv[1] + "/body.urdf", URDF), (sys.argv[1] + "/body.xml", MJCF):
    client = pybullet.connect(pybullet.DIRECT)
    write(path, text, 1)
    masses = [load(path, client)]
    write(path, text, 2)
    masses.append(load(path, client))
    pybullet.resetSimulation(physicsClientId=client)
    masses.append(load(path, client))
    later = pybullet.connect(pybullet.DIRECT)
    masses.append(load(path, later))
    os.remove(path)
    masses.append(load(path, client))
    careful = pybullet.connect(pybullet.DIRECT)
    pybullet.setPhysicsEngineParameter(enableFileCaching=0, physicsClientId=careful)
    for mass in 1, 2:
        write(path, text, mass)
        masses.append(load(path, careful))
    print("\n{}: mass 1 loads as {}, 2 as {}, after a reset {}, in a later client {}, gone {}; without caching {} and {}".format(
        os.path.basename(path), *masses))
PY
)
expect "$(printf '%s\n' "$seen" | grep 'loads as')" "body.urdf: mass 1 loads as 1, 2 as 1, after a reset 1, in a later client 2, gone 1; without caching 1 and 2
body.xml: mass 1 loads as 1, 2 as 1, after a reset 1, in a later client 2, gone 1; without caching 1 and 2"
