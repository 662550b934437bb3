#!/bin/sh
# ezc3d 1.7.2 and c3d 0.6.0 (PyPI), C3D files of long trials, as 70 s of a treadmill at 1000 Hz. The format has 16 bits for the number
# of a frame, and a parameter for longer ones. Guess: a writer uses it or refuses, and a reader gives what was written or says so.
# Seen, all without a word: ezc3d writes the points of 70,000 frames and says 65,535 in the header, so that it reads 65,535 and c3d
# none at all. c3d writes 70,000 and says so by the parameter; ezc3d reads 70,016 of that, the last 16 of which are what fills the
# last block: points at the origin that nobody measured, and that count as valid. Neither reads what the other has written, and
# whoever hands a trial of more than 65,535 frames from one to the other loses it. Of 60,000 frames all is read.
. "$(dirname "$0")/lib.sh"
pypi ezc3d==1.7.2 c3d==0.6.0 numpy==2.4.6
seen=$(cd "$dir" && run_python - <<'PY'
import c3d
import ezc3d
import numpy as np

def write_ezc3d(path, n):
    f = ezc3d.c3d()
    f["parameters"]["POINT"]["RATE"]["value"] = [1000.0]
    f["parameters"]["POINT"]["LABELS"]["value"] = ["A"]
    points = np.ones((4, 1, n))
    points[0, 0] = np.arange(1, n + 1)
    f["data"]["points"] = points
    f.write(path)

def write_c3d(path, n):
    writer = c3d.Writer(point_rate=1000.0)
    writer.set_point_labels(["A"])
    for i in range(1, n + 1):
        writer.add_frames([(np.array([[i, 1, 1, 0, 0]], np.float32), np.zeros((0, 0), np.float32))])
    with open(path, "wb") as f:
        writer.write(f)

def read_ezc3d(path):
    points = ezc3d.c3d(path)["data"]["points"][:3, 0]
    return points.shape[1], int((points == 0).all(axis=0).sum())

def read_c3d(path):
    with open(path, "rb") as f:
        return sum(1 for _ in c3d.Reader(f).read_frames())

for name, write in ("ezc3d", write_ezc3d), ("c3d", write_c3d):
    for n in 60000, 70000:
        write("trial.c3d", n)
        frames, zeros = read_ezc3d("trial.c3d")
        print(f"{name} writes {n}: ezc3d reads {frames}, {zeros} of them at the origin; c3d reads {read_c3d('trial.c3d')}")
PY
)
expect "$seen" "ezc3d writes 60000: ezc3d reads 60000, 0 of them at the origin; c3d reads 60000
ezc3d writes 70000: ezc3d reads 65535, 0 of them at the origin; c3d reads 0
c3d writes 60000: ezc3d reads 60000, 0 of them at the origin; c3d reads 60000
c3d writes 70000: ezc3d reads 70016, 16 of them at the origin; c3d reads 70000"
