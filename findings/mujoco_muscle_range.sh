#!/bin/sh
# MuJoCo 4.0.0 (PyPI). Guess: a muscle is a property of its path; how far the joint may turn does not change it.
# Seen: its optimal length is the length range of its path, found by moving the joint from stop to stop, divided by .3.
# With stops at 90 instead of 20 degrees the same muscle on the same bones has fibres four times as long: in one pose at
# one speed it gives half its force instead of none; and its tendon gets a negative length, silently.
# Who compares or optimises bodies with free joint limits changes their muscles unless lengthrange is written down.
. "$(dirname "$0")/lib.sh"
pypi mujoco==4.0.0 numpy==2.4.6
seen=$(run_python - <<'PY'
import mujoco

MODEL = """<mujoco><compiler angle="degree"/><option gravity="0 0 0"/><worldbody><site name="origin" pos=".1 0 .3"/>
<body><joint name="j" axis="0 1 0" range="-%g %g"/><geom type="capsule" fromto="0 0 0 0 0 -.5" size=".03"/>
<site name="insertion" pos=".05 0 -.1"/></body></worldbody>
<tendon><spatial name="t"><site site="origin"/><site site="insertion"/></spatial></tendon>
<actuator><muscle tendon="t" force="1000"/></actuator></mujoco>"""

for stop in 20, 40, 90:
    model = mujoco.MjModel.from_xml_string(MODEL % (stop, stop))
    data = mujoco.MjData(model)
    data.act[0], data.qvel[0] = 1, -4
    mujoco.mj_forward(model, data)
    shortest, longest = model.actuator_lengthrange[0]
    fibre = (longest - shortest) / .3
    print(f"stops at {stop}: optimal length {fibre:.2f}, tendon {shortest - .75 * fibre:.2f}, "
          f"force at -4 rad/s {abs(data.actuator_force[0]):.0f}")
PY
)
expect "$seen" "stops at 20: optimal length 0.14, tendon 0.27, force at -4 rad/s 0
stops at 40: optimal length 0.28, tendon 0.14, force at -4 rad/s 162
stops at 90: optimal length 0.59, tendon -0.20, force at -4 rad/s 521"
