#!/bin/sh
# Newton 1.8.0 (PyPI newton) reading MJCF on the CPU, against MuJoCo 4.0.0. Guess: several joints of a body act in the order of the
# file, each at its own place, as in MuJoCo, or the parser complains. Seen: all act where the first one is, and slides before
# hinges. One hinge, and hinges through one point, are right. An ankle of two hinges .1 m apart has its foot 5 cm off; a root of a
# slide and a hinge .2 m up turns about the slide's place; a slide behind a hinge goes along the axis as if nothing had turned it,
# 24 cm too high. No warning. Who trains on Newton a model that was built in MuJoCo trains another skeleton; where each joint that
# has a place or an order of its own gets a body of its own, both read it alike.
. "$(dirname "$0")/lib.sh"
pypi newton==1.8.0 warp-lang==1.19.0 mujoco==4.0.0 numpy==2.4.6
seen=$(cd "$dir" && run_python - 2>warnings <<'PY'
import mujoco
import newton
import numpy as np
import warp as wp

def compare(name, joints, q):
    with open("foot.xml", "w") as file:
        file.write(f"""<mujoco><worldbody><body name="shin" pos="0 0 1"><geom type="sphere" size=".1"/><body name="foot">{joints}
  <geom type="sphere" size=".1" mass="2" pos=".1 0 0"/></body></body></worldbody></mujoco>""")
    model = mujoco.MjModel.from_xml_path("foot.xml")
    data = mujoco.MjData(model)
    data.qpos[:] = q
    mujoco.mj_forward(model, data)
    builder = newton.ModelBuilder()
    builder.add_mjcf("foot.xml")
    copy = builder.finalize(device="cpu")
    state = copy.state()
    newton.eval_fk(copy, wp.array(np.array(q, np.float32), dtype=float, device="cpu"), copy.joint_qd, state)
    rows = {"MuJoCo": data.xpos[-1], "Newton": state.body_q.numpy()[-1][:3]}
    print(f"{name}:", ", ".join(f"{who} " + " ".join(f"{round(float(x), 2) + 0:.2f}" for x in at) for who, at in rows.items()))

def hinge(axis, at):
    return f'<joint type="hinge" axis="{axis}" pos="{at}"/>'

slide = '<joint type="slide" axis="1 0 0"/>'
compare("foot at: one hinge", hinge("0 1 0", "0 0 .2"), [.8])
compare("foot at: two hinges through one point", hinge("0 1 0", "0 0 .2") + hinge("1 0 0", "0 0 .2"), [.8, .5])
compare("foot at: two hinges .1 apart", hinge("0 1 0", "0 0 .2") + hinge("1 0 0", "0 0 .1"), [.8, .5])
compare("foot at: two hinges, the second moved", hinge("0 1 0", "0 0 0") + hinge("1 0 0", "0 0 .2"), [0, .5])
compare("foot at: a slide, then a hinge .2 up", slide + hinge("0 1 0", "0 0 .2"), [.5, .5])
compare("foot at: a hinge .2 up, then a slide", hinge("0 1 0", "0 0 .2") + slide, [.5, .5])
PY
)
expect "$(printf '%s\n' "$seen" | grep foot)
warnings that name a joint: $(grep -ci joint "$dir/warnings")" "foot at: one hinge: MuJoCo -0.14 0.00 1.06, Newton -0.14 0.00 1.06
foot at: two hinges through one point: MuJoCo -0.13 0.10 1.08, Newton -0.13 0.10 1.08
foot at: two hinges .1 apart: MuJoCo -0.13 0.05 1.07, Newton -0.13 0.10 1.08
foot at: two hinges, the second moved: MuJoCo 0.00 0.10 1.02, Newton 0.00 0.00 1.00
foot at: a slide, then a hinge .2 up: MuJoCo 0.40 0.00 1.02, Newton 0.50 0.00 1.00
foot at: a hinge .2 up, then a slide: MuJoCo 0.34 0.00 0.78, Newton 0.40 0.00 1.02
warnings that name a joint: 0"
