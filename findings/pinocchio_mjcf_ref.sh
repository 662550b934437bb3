#!/bin/sh
# Pinocchio 4.1.0 (pin) reading MJCF, against MuJoCo 4.0.0, both PyPI. Guess: a joint's range and its coordinate mean the
# same in both. Seen: with `ref` the coordinate keeps MuJoCo's meaning (same gravity torque at the same q), but the limits
# are shifted by ref, silently: range -40 60 with ref 10 becomes -50 50. A pose at 60 degrees is refused by one, allowed by
# the other; models whose rest pose is written with ref (walkers) are concerned.
. "$(dirname "$0")/lib.sh"
pypi mujoco==4.0.0 pin==4.1.0 numpy==2.4.6
cat > "$dir/hip.xml" <<'XML'
<mujoco><compiler angle="degree"/><worldbody><body pos="0 0 1"><joint name="hip" axis="0 1 0" range="-40 60" ref="10"/>
<geom type="capsule" fromto="0 0 0 0 0 -.45" size=".05"/></body></worldbody></mujoco>
XML
seen=$(run_python - "$dir/hip.xml" <<'PY'
import sys
import mujoco
import numpy as np
import pinocchio

theirs = pinocchio.buildModelFromMJCF(sys.argv[1])
data = theirs.createData()
model = mujoco.MjModel.from_xml_path(sys.argv[1])
state = mujoco.MjData(model)
for degrees in 10, 40:
    state.qpos[0] = np.radians(degrees)
    mujoco.mj_forward(model, state)
    torque = pinocchio.rnea(theirs, data, state.qpos, np.zeros(1), np.zeros(1))[0]
    print(f"gravity torque at {degrees}: MuJoCo {abs(state.qfrc_bias[0]):.2f}, Pinocchio {abs(torque):.2f}")
print("limits: MuJoCo", *np.degrees(model.jnt_range[0]).round(1), "- Pinocchio",
      *np.degrees([theirs.lowerPositionLimit[0], theirs.upperPositionLimit[0]]).round(1))
PY
)
expect "$seen" "gravity torque at 10: MuJoCo 0.00, Pinocchio 0.00
gravity torque at 40: MuJoCo 4.48, Pinocchio 4.48
limits: MuJoCo -40.0 60.0 - Pinocchio -50.0 50.0"
