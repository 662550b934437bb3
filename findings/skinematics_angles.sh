#!/bin/sh
# scikit-kinematics 0.10.4 (PyPI; 0.12.0, for Python 3.12 and later, computes them alike), the angles of turns about three axes, beside
# scipy 1.17.1. Guess: quat.quat2seq and rotmat.sequence give back the angles that rotmat.seq2quat has made the rotation from. Seen:
# quat2seq folds the heading at 90 degrees, with pitch and roll unchanged: who walks at 120 degrees walks at 60, at 170 at 10.
# sequence has it right, but of "Helmholtz" both fold, and give the first two angles in opposite orders. Of "Euler" (z, x, z) 30 20 10 comes
# back from quat2seq as 150 20 10, and 120 20 10 from sequence as 0 0 50. No warning. Somebody who turns round and walks
# back through the laboratory goes on forwards; a round trip is the test to make before any of these is used.
. "$(dirname "$0")/lib.sh"
pypi scikit-kinematics==0.10.4 scipy==1.17.1 numpy==2.4.6
seen=$(MPLBACKEND=Agg run_python - <<'PY'
import numpy as np
from scipy.spatial.transform import Rotation
from skinematics import quat, rotmat

def text(angles):
    return " ".join(f"{round(float(x)) + 0:d}" for x in np.ravel(angles))

for name, axes, cases in (("nautical", "ZYX", ((60, 10, 5), (120, 10, 5), (170, 10, 5), (-100, 10, 5))),
                          ("Helmholtz", "YZX", ((60, 10, 5), (120, 10, 5))),
                          ("Euler", "ZXZ", ((30, 20, 10), (120, 20, 10)))):
    for angles in cases:
        q = rotmat.seq2quat(np.array([angles], float), seq=name)
        rotation = Rotation.from_quat(q[0], scalar_first=True)
        print(f"{name}, {text(angles)}: scipy {text(rotation.as_euler(axes, degrees=True))}, quat2seq {text(quat.quat2seq(q, seq=name))}, "
              f"sequence {text(np.degrees(rotmat.sequence(rotation.as_matrix(), to=name)))}")
PY
)
expect "$seen" "nautical, 60 10 5: scipy 60 10 5, quat2seq 60 10 5, sequence 60 10 5
nautical, 120 10 5: scipy 120 10 5, quat2seq 60 10 5, sequence 120 10 5
nautical, 170 10 5: scipy 170 10 5, quat2seq 10 10 5, sequence 170 10 5
nautical, -100 10 5: scipy -100 10 5, quat2seq -80 10 5, sequence -100 10 5
Helmholtz, 60 10 5: scipy 60 10 5, quat2seq 60 10 5, sequence 10 60 5
Helmholtz, 120 10 5: scipy 120 10 5, quat2seq 60 10 5, sequence 10 60 5
Euler, 30 20 10: scipy 30 20 10, quat2seq 150 20 10, sequence 30 20 10
Euler, 120 20 10: scipy 120 20 10, quat2seq 60 20 10, sequence 0 0 50"
