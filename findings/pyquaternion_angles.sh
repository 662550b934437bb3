#!/bin/sh
# pyquaternion 0.9.9 (PyPI), yaw_pitch_roll and slerp, beside scipy 1.17.1. Guess: yaw, pitch and roll are about z, y' and x'', as they are
# called there, so that a body turned by 30, 20 and 10 degrees reads 30, 20 and 10; and to interpolate leaves its arguments alone.
# Seen: it reads 28.5, 22.2 and -1.1, the angles of turns about x, then y', then z''. About one axis alone it is right, so that a first
# test passes; a trunk that leans by 40 degrees to the front is said to lean to the back. slerp and intermediates turn the sign of their
# first argument when the two are more than 180 degrees apart as written: a keyframe of a motion is -q after somebody has
# looked between it and the next, the same rotation, but other numbers for a network or a difference of two steps.
# Joint angles for a reward, or a heading, by this are others than those of any other library.
. "$(dirname "$0")/lib.sh"
pypi pyquaternion==0.9.9 scipy==1.17.1 numpy==2.4.6
seen=$(run_python - <<'PY'
import numpy as np
from pyquaternion import Quaternion
from scipy.spatial.transform import Rotation

def about(axis, degrees):
    return Quaternion(axis=axis, degrees=degrees)

x, y, z = np.eye(3)
for turns in (30, 0, 0), (0, 20, 0), (0, 0, 10), (30, 20, 10), (30, 5, 5), (120, 40, -20):
    body = about(z, turns[0]) * about(y, turns[1]) * about(x, turns[2])
    scipy = Rotation.from_quat(body.elements, scalar_first=True)
    said = np.degrees(body.yaw_pitch_roll)
    other = scipy.as_euler("XYZ", degrees=True)[::-1]
    print(f"{turns}: yaw, pitch, roll {np.round(said, 1) + 0.}, scipy {np.round(scipy.as_euler('ZYX', degrees=True), 1) + 0.}, "
          f"its x, y', z'' backwards {np.round(other, 1) + 0.}")

first, second = about(x, 0), about(x, 200)
kept = Quaternion(first)
Quaternion.slerp(first, second, .5)
print(f"first of slerp before {kept.elements + 0.}, after {first.elements + 0.}")
PY
)
expect "$seen" "(30, 0, 0): yaw, pitch, roll [30.  0.  0.], scipy [30.  0.  0.], its x, y', z'' backwards [30.  0.  0.]
(0, 20, 0): yaw, pitch, roll [ 0. 20.  0.], scipy [ 0. 20.  0.], its x, y', z'' backwards [ 0. 20.  0.]
(0, 0, 10): yaw, pitch, roll [ 0.  0. 10.], scipy [ 0.  0. 10.], its x, y', z'' backwards [ 0.  0. 10.]
(30, 20, 10): yaw, pitch, roll [28.5 22.2 -1.1], scipy [30. 20. 10.], its x, y', z'' backwards [28.5 22.2 -1.1]
(30, 5, 5): yaw, pitch, roll [29.7  6.8  1.9], scipy [30.  5.  5.], its x, y', z'' backwards [29.7  6.8  1.9]
(120, 40, -20): yaw, pitch, roll [118.6 -36.7 -26.1], scipy [120.  40. -20.], its x, y', z'' backwards [118.6 -36.7 -26.1]
first of slerp before [1. 0. 0. 0.], after [-1.  0.  0.  0.]"
