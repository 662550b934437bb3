"""Writes C3D files with ezc3d and c3d, and compares what rlrun has read of them with what both read; see motion.sh."""
import csv
import glob
import io
import math
import sys
import warnings

import bvh
import c3d
import ezc3d
import numpy as np

RATE, FRAMES = 120.0, 37
warnings.filterwarnings("ignore", message="No analog data")


def points(n, frames=FRAMES):  # [4, n, frames], the third row of it upward, some gaps
    t = np.arange(frames) / RATE
    p = np.ones((4, n, frames))
    for k in range(n):
        p[0, k], p[1, k], p[2, k] = 1300 * t, 10 * k + 3 * np.sin(9 * t), 900 - 2 * k + 40 * np.cos(7 * t + k)
    p[:3, 1, 5:9] = np.nan
    p[:3, n - 1, :3] = np.nan
    return p


def write_ezc3d(path, n, analog):
    f = ezc3d.c3d()
    f["parameters"]["POINT"]["RATE"]["value"] = [RATE]
    f["parameters"]["POINT"]["LABELS"]["value"] = [f"M{k}" for k in range(n)]
    f["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
    f["data"]["points"] = points(n)
    if analog:
        f["parameters"]["ANALOG"]["RATE"]["value"] = [10 * RATE]
        f["parameters"]["ANALOG"]["LABELS"]["value"] = ["FX", "FY"]
        f["data"]["analogs"] = np.random.default_rng(1).normal(size=(1, 2, 10 * FRAMES))
    f.write(path)


def write_c3d(path, n, scale):
    writer = c3d.Writer(point_rate=RATE, analog_rate=0, point_scale=scale)
    writer.set_point_labels([f"M{k}" for k in range(n)])
    p = points(n)
    for i in range(FRAMES):
        frame = np.zeros((n, 5), np.float32)
        missing = np.isnan(p[0, :, i])
        frame[:, :3] = np.where(missing[:, None], 0, p[:3, :, i].T)
        frame[:, 3] = np.where(missing, -1, 0)
        writer.add_frames([(frame, np.zeros((0, 0), np.float32))])
    with open(path, "wb") as f:
        writer.write(f)


def read_ezc3d(path):
    f = ezc3d.c3d(path)
    return f["parameters"]["POINT"]["RATE"]["value"][0], f["data"]["points"][:3]


def read_c3d(path):
    with open(path, "rb") as f:
        reader = c3d.Reader(f)
        frames = [p for _, p, _ in reader.read_frames()]
        p = np.stack(frames, axis=-1)  # [n, 5, frames]
        xyz = np.where(p[:, 3:4] < 0, np.nan, p[:, :3]).transpose(1, 0, 2)
        return reader.point_rate, xyz


def read_ours(path):
    lines = open(path + ".txt").read().splitlines()
    rate, units, n, frames = lines[0].split()
    xyz = np.full((3, int(n), int(frames)), np.nan)
    labels = []
    for line in lines[1:]:
        label, i, *numbers = line.split()
        if label not in labels:
            labels.append(label)
        if numbers != ["missing"]:
            xyz[:, len(labels) - 1, int(i) - 1] = [float(x) for x in numbers]
    return float(rate), units, labels, xyz


def close(what, a, b, within):
    assert a.shape == b.shape, (what, a.shape, b.shape)
    assert (np.isnan(a) == np.isnan(b)).all(), f"{what}: gaps differ"
    off = np.nanmax(np.abs(a - b))
    assert off <= within, f"{what}: {off} apart"
    return off


def compare(path):
    rate, units, labels, ours = read_ours(path)
    n = ours.shape[1]
    assert rate == RATE and labels == [f"M{k}" for k in range(n)], (rate, labels[:5])
    within = 0.101 if "integers" in path else 1e-3  # mm: c3d cuts to steps of .1; floats of 32 bits
    off = close(path + " as written", ours, points(n)[:3], within)
    for name, read in (("c3d", read_c3d), ("ezc3d", read_ezc3d)):
        other_rate, other = read(path)
        assert other_rate == rate, (name, other_rate)
        close(f"{path} beside {name}", ours, other.astype(float), 1e-4)
    print(f"{path}: {n} markers, {ours.shape[2]} frames, gaps as written, {off:.2g} mm from what was written")


def compare_bvh():
    mocap = bvh.Bvh(open("walk.bvh").read())
    rows = list(csv.DictReader(io.StringIO(open("walk.csv").read())))
    assert mocap.nframes == len(rows) and abs(mocap.frame_time - 0.01) < 1e-9
    joints = {"thigh_l": "hip_l", "shank_l": "knee_l", "foot_l": "ankle_l", "thigh_r": "hip_r", "shank_r": "knee_r",
              "foot_r": "ankle_r"}
    assert mocap.get_joints_names() == ["trunk", *joints], mocap.get_joints_names()
    for i, row in enumerate(rows):
        assert abs(mocap.frame_joint_channel(i, "trunk", "Xposition") - 100 * float(row["root_x"])) < 1e-4
        assert abs(mocap.frame_joint_channel(i, "trunk", "Yposition") - 100 * float(row["root_y"])) < 1e-4
        for body, joint in joints.items():
            angle = mocap.frame_joint_channel(i, body, "Zrotation")
            assert abs(angle - math.degrees(float(row[joint + "_angle"]))) < 1e-5
    assert [float(x) for x in mocap.joint_offset("shank_l")] == [0, -50, 0]
    print(f"walk.bvh: {mocap.nframes} frames, angles of six joints in degrees, hips in cm")


if sys.argv[1] == "write":
    write_ezc3d("ezc3d.c3d", 6, False)
    write_ezc3d("ezc3d_analog.c3d", 6, True)
    write_ezc3d("ezc3d_300.c3d", 300, False)
    write_c3d("c3d.c3d", 6, -1.0)
    write_c3d("c3d_integers.c3d", 6, 0.1)
else:
    for file in sorted(glob.glob("*.c3d")):
        compare(file)
    compare_bvh()
