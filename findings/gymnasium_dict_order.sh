#!/bin/sh
# Gymnasium 1.4.0, Shimmy 2.0.1 and dm_control 1.0.34 (PyPI), observations of named parts as one vector. Guess: the order is that in
# which the environment names them, or that of the alphabet, one of the two. Seen: Dict({"z": .., "a": ..}) is sorted, while Dict(z=..,
# a=..) and a list of pairs stay as written, and FlattenObservation follows. dm_control's walker lays out orientations, height,
# velocity; the same walker through Shimmy and FlattenObservation height, orientations, velocity: 24 numbers both times, and all
# but the last nine elsewhere. A policy that is carried from one to the other (ONNX, C) runs without an error on permuted
# observations; the order must be kept beside it, by name.
. "$(dirname "$0")/lib.sh"
pypi gymnasium==1.4.0 Shimmy==2.0.1 dm_control==1.0.34 mujoco==3.3.6 imageio==2.38.1 packaging==26.4 numpy==2.4.6
export MUJOCO_GL=disable
seen=$(run_python - <<'PY'
import numpy as np
from dm_control import suite
from gymnasium.spaces import Box, Dict, flatten
from gymnasium.wrappers import FlattenObservation
from shimmy.dm_control_compatibility import DmControlCompatibilityV0

part, value = Box(0, 99, (1,)), {"z": np.array([26], np.float32), "a": np.array([1], np.float32)}
for how, space in {"a table": Dict({"z": part, "a": part}), "keywords": Dict(z=part, a=part),
                   "pairs": Dict([("z", part), ("a", part)])}.items():
    print(f"z, then a, as {how}:", flatten(space, value).astype(int).tolist())

def load(flat):
    return suite.load("walker", "stand", task_kwargs={"random": 1}, environment_kwargs={"flat_observation": flat})

parts = load(False).reset().observation
flat = load(True).reset().observation["observations"]
through = FlattenObservation(DmControlCompatibilityV0(load(False))).reset()[0]
for how, vector in ("dm_control", flat), ("through Shimmy", through):
    where = {name: next(i for i in range(24) if np.array_equal(vector[i:i + np.size(x)], np.ravel(x))) for name, x in parts.items()}
    print(f"walker, {how}: {len(vector)} numbers;", *(f"{name} from {at}" for name, at in sorted(where.items(), key=lambda x: x[1])))
print("in another place:", int(np.sum(flat != through)))
PY
)
expect "$seen" "z, then a, as a table: [1, 26]
z, then a, as keywords: [26, 1]
z, then a, as pairs: [26, 1]
walker, dm_control: 24 numbers; orientations from 0 height from 14 velocity from 15
walker, through Shimmy: 24 numbers; height from 0 orientations from 1 velocity from 15
in another place: 15"
