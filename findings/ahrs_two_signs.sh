#!/bin/sh
# ahrs 0.4.0 (PyPI), attitude from accelerometer and magnetometer. Guess: its estimators, given the same readings of a sensor that lies
# still, without noise, give one quaternion, that of the package's own class Sensors from which the readings come. Seen: of 16 nine
# give it (FKF's has a length of .25), and SAAM and AQUA its conjugate. Mahony, FQA, OLEQ and ROLEQ are wrong until the accelerometer
# is negated; then Mahony's is for axes east, north, up, and not north, east, down, and OLEQ's, which goes one step from a random
# start, is another at each call. FLAE wants the dip of the magnetic field with the opposite sign to QUEST and Davenport, so that its
# own default, Munich's, is wrong. No error. Who tries another filter by its name turns a trunk upside down or runs each joint
# backwards; who compares filters compares signs.
. "$(dirname "$0")/lib.sh"
pypi ahrs==0.4.0 numpy==2.4.6
seen=$(run_python - <<'PY'
import numpy as np
from ahrs import QuaternionArray, Sensors, filters

n, lengths, swap = 3000, {}, np.array([[0, 1, 0], [1, 0, 0], [0, 0, -1.]])

def matrix(q):
    w, (x, y, z) = q[0], q[1:]
    v = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + 2 * w * v + 2 * v @ v

def angle(a, b):
    return np.degrees(np.arccos(np.clip((np.trace(a.T @ b) - 1) / 2, -1, 1)))

def estimate(name, acc, mag, field, **options):
    if name in ("QUEST", "Davenport", "Fourati", "FLAE"):
        options["magnetic_dip"] = options.pop("dip_sign", 1) * np.degrees(np.arctan2(field[2], field[0]))
    if name in ("EKF", "OLEQ", "ROLEQ"):
        options["magnetic_ref"] = field
    if name == "FQA":
        options["mag_ref"] = field
    if name in ("Fourati", "FKF", "Madgwick", "Complementary", "EKF", "AQUA", "Mahony", "ROLEQ"):
        options["gyr"] = np.zeros((n, 3))
    q = getattr(filters, name)(acc=acc, mag=mag, **options).Q[-1]
    lengths[name] = np.linalg.norm(q)
    return matrix(q / lengths[name])

def meaning(name, sign, **options):
    """What the estimate is in each of three attitudes, if it is the same in all."""
    found = set()
    for turn in (10, 20, 30), (-40, 25, 130), (5, -3, -75):
        sensor = Sensors(quaternions=QuaternionArray(rpy=np.radians(np.tile(turn, (n, 1)))),
                         acc_noise=0, mag_noise=0, gyr_noise=0, rng=np.random.default_rng(1))
        truth, field = sensor.rotations[0], sensor.reference_magnetic_vector_nd * 50
        acc = np.tile(sign * truth.T @ sensor.reference_gravitational_vector, (n, 1))
        got = estimate(name, acc, np.tile(truth.T @ field, (n, 1)), field, **options)
        right = {"its quaternion": truth, "the conjugate": truth.T, "its quaternion, east north up": swap @ truth}
        found.add(next((what for what, of in right.items() if angle(got, of) < .1), "neither"))
    return found.pop() if len(found) == 1 else "neither"

print("level, the accelerometer of Sensors reads",
      Sensors(quaternions=QuaternionArray(np.tile([1., 0, 0, 0], (9, 1))), acc_noise=0).accelerometers[0].round(1).tolist())
for name in ("Tilt", "FAMC", "QUEST", "Davenport", "Fourati", "FKF", "Madgwick", "Complementary", "EKF", "SAAM", "AQUA",
             "Mahony", "FQA", "OLEQ", "ROLEQ", "FLAE"):
    print(f"{name}: {meaning(name, 1)}; the accelerometer negated: {meaning(name, -1)}")
print(f"FLAE by eig, not the default method: {meaning('FLAE', 1, method='eig')}; the dip negated: {meaning('FLAE', 1, method='eig', dip_sign=-1)}")
print(f"FKF's quaternion has length {lengths['FKF']:.2f}, all others 1: {all(abs(l - 1) < 1e-6 for k, l in lengths.items() if k != 'FKF')}")
PY
)
expect "$seen" "level, the accelerometer of Sensors reads [0.0, 0.0, 9.8]
Tilt: its quaternion; the accelerometer negated: neither
FAMC: its quaternion; the accelerometer negated: neither
QUEST: its quaternion; the accelerometer negated: neither
Davenport: its quaternion; the accelerometer negated: neither
Fourati: its quaternion; the accelerometer negated: neither
FKF: its quaternion; the accelerometer negated: neither
Madgwick: its quaternion; the accelerometer negated: neither
Complementary: its quaternion; the accelerometer negated: neither
EKF: its quaternion; the accelerometer negated: neither
SAAM: the conjugate; the accelerometer negated: neither
AQUA: the conjugate; the accelerometer negated: neither
Mahony: neither; the accelerometer negated: its quaternion, east north up
FQA: neither; the accelerometer negated: its quaternion
OLEQ: neither; the accelerometer negated: neither
ROLEQ: neither; the accelerometer negated: its quaternion
FLAE: neither; the accelerometer negated: neither
FLAE by eig, not the default method: neither; the dip negated: its quaternion
FKF's quaternion has length 0.25, all others 1: True"
