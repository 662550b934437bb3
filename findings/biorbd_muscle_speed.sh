#!/bin/sh
# biorbd 1.12.4 (PyPI), maxshorteningspeed of a muscle in a bioMod file, 10 by default. Guess: its three types of muscle, hill, hillthelen
# and hilldegroote, mean the same by it: metres or fibre lengths a second. Seen: hillthelen means fibre lengths, the other two metres.
# With the default and a fibre of .1 m, as in the thigh, a DeGroote muscle goes on pulling up to 10 m/s, a hundred lengths
# a second; at half of what a real one can do, .5 m/s, it has 87 % of its force, where Thelen's has 18 %. Written by the type's name alone,
# a jump or a swing has muscles that velocity does not weaken. And beyond that speed hill and hilldegroote push. No warning.
# Who changes the type, or brings muscles over from OpenSim or MuJoCo (fibre lengths in both), must multiply by the fibre length.
. "$(dirname "$0")/lib.sh"
pypi biorbd==1.12.4 numpy==2.4.6
seen=$(run_python - "$dir/leg.bioMod" <<'PY'
import sys
import biorbd
import numpy as np

MODEL = """version 4
gravity 0 0 -9.81
segment pelvis
  mass 10
  com 0 0 0
endsegment
segment leg
  parent pelvis
  rotations y
  mass 5
  com 0 0 -.2
endsegment
musclegroup group
  originparent pelvis
  insertionparent leg
endmusclegroup
muscle one
  type TYPE
  statetype degroote
  musclegroup group
  originposition .05 0 0
  insertionposition .05 0 -.3
  maximalforce 1000
  optimallength LENGTH
  tendonslacklength SLACK
  pennationangle 0
  maxshorteningspeed SPEED
endmuscle
"""

def forces(kind, length, speed):
    with open(sys.argv[1], "w") as file:
        file.write(MODEL.replace("TYPE", kind).replace("LENGTH", str(length)).replace("SLACK", str(round(.3 - length, 3)))
                   .replace("SPEED", str(speed)))
    model = biorbd.Model(sys.argv[1])
    state, q, found = model.stateSet(), np.zeros(1), []
    state[0].setActivation(1)
    for shortening in .1, .5, 1, 5, 10, 15:
        turning = np.array([-shortening / .05])
        model.updateMuscles(q, turning, True)
        assert abs(model.muscle(0).velocity(model, q, turning) + shortening) < 1e-9
        found.append(f"{model.muscleForces(state, q, turning).to_array()[0] / 1000 + 0.:.2f}")
    return " ".join(found)

print("shortening at .1, .5, 1, 5, 10 and 15 m/s:")
for kind in "hill", "hillthelen", "hilldegroote":
    for length, speed in (.2, 10), (.1, 10), (.1, 1):
        print(f"{kind}, fibre {length} m, maxshorteningspeed {speed}: {forces(kind, length, speed)}")
PY
)
expect "$seen" "shortening at .1, .5, 1, 5, 10 and 15 m/s:
hill, fibre 0.2 m, maxshorteningspeed 10: 0.99 0.91 0.82 0.34 0.01 -0.19
hill, fibre 0.1 m, maxshorteningspeed 10: 0.99 0.91 0.82 0.34 0.01 -0.19
hill, fibre 0.1 m, maxshorteningspeed 1: 0.82 0.34 0.01 -0.66 -0.81 -0.87
hillthelen, fibre 0.2 m, maxshorteningspeed 10: 0.80 0.39 0.18 0.00 0.00 0.00
hillthelen, fibre 0.1 m, maxshorteningspeed 10: 0.66 0.18 0.00 0.00 0.00 0.00
hillthelen, fibre 0.1 m, maxshorteningspeed 1: 0.00 0.00 0.00 0.00 0.00 0.00
hilldegroote, fibre 0.2 m, maxshorteningspeed 10: 0.98 0.87 0.75 0.24 0.01 -0.12
hilldegroote, fibre 0.1 m, maxshorteningspeed 10: 0.98 0.87 0.75 0.24 0.01 -0.12
hilldegroote, fibre 0.1 m, maxshorteningspeed 1: 0.75 0.24 0.01 -0.51 -0.73 -0.86"
