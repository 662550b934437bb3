#!/bin/sh
# Drake 1.51.1 (PyPI; 1.58.0 does the same) reading MJCF, against MuJoCo 4.0.0 and Pinocchio 4.1.0. Guess: what its parser does not
# support it names in a warning, as it does stiffness and frictionloss; the rest is where the file has it. Seen: where a body has
# several joints and the first is a hinge, as at a hip or shoulder of a humanoid, that hinge turns about the origin of the parent
# instead of the body's own place. A thigh that hangs .5 m below the pelvis and is lifted to the front has its foot .9 m in front
# and level with the pelvis, not .4 m and half a metre below, and gravity pulls three times as hard. The pose of zeros is right, and
# so are a body with one hinge and slides before a hinge (a planar root). No warning. Who plans in Drake for a humanoid of MuJoCo's
# plans for other legs: there each further hinge needs a body of its own.
. "$(dirname "$0")/lib.sh"
pypi drake==1.51.1 mujoco==4.0.0 pin==4.1.0 numpy==2.4.6
seen=$(cd "$dir" && run_python - 2>warnings <<'PY'
import mujoco
import numpy as np
import pinocchio
from pydrake.multibody.parsing import Parser
from pydrake.multibody.plant import MultibodyPlant

HINGE = '<joint name="{0}" type="hinge" axis="{1}"/>'
SLIDE = '<joint name="{0}" type="slide" axis="{1}"/>'

def compare(name, joints, q):
    with open("leg.xml", "w") as file:
        file.write(f"""<mujoco model="leg"><worldbody><body name="pelvis"><geom type="sphere" size=".1"/>
  <body name="thigh" pos="0 0 -.5">{joints}<geom type="capsule" fromto="0 0 0 0 0 -.4" size=".05" density="1000"/>
    <body name="foot" pos="0 0 -.4"><geom type="sphere" size=".05" density="1000"/></body>
  </body></body></worldbody></mujoco>""")
    q = np.radians(q)
    model = mujoco.MjModel.from_xml_path("leg.xml")
    data = mujoco.MjData(model)
    data.qpos[:] = q
    mujoco.mj_forward(model, data)

    pin = pinocchio.buildModelFromMJCF("leg.xml")
    store = pin.createData()
    pinocchio.framesForwardKinematics(pin, store, q)
    gravity = pinocchio.computeGeneralizedGravity(pin, store, q)

    plant = MultibodyPlant(0.0)
    Parser(plant).AddModels("leg.xml")
    plant.Finalize()
    context = plant.CreateDefaultContext()
    plant.SetPositions(context, q)
    rows = {"MuJoCo": (data.body("foot").xpos, data.qfrc_bias),
            "Pinocchio": (store.oMf[pin.getFrameId("foot")].translation, gravity),
            "Drake": (plant.GetBodyByName("foot").EvalPoseInWorld(context).translation(), -plant.CalcGravityGeneralizedForces(context))}
    print(name)
    for who, (foot, torque) in rows.items():
        print(f"  {who}: foot at", *(f"{round(x, 2) + 0:.2f}" for x in foot), "- gravity's torques",
              *(f"{round(x, 1) + 0:.1f}" for x in torque))

compare("one hinge, -90", HINGE.format("flexion", "0 1 0"), [-90])
compare("two hinges, 0 0", HINGE.format("flexion", "0 1 0") + HINGE.format("adduction", "1 0 0"), [0, 0])
compare("two hinges, -90 0", HINGE.format("flexion", "0 1 0") + HINGE.format("adduction", "1 0 0"), [-90, 0])
compare("three hinges, 20 30 -60", HINGE.format("adduction", "1 0 0") + HINGE.format("rotation", "0 0 1") + HINGE.format("flexion", "0 1 0"), [20, 30, -60])
compare("a slide and a hinge, 0 -90", SLIDE.format("x", "1 0 0") + HINGE.format("pitch", "0 1 0"), [0, -90])
PY
)
expect "$seen
warnings: $(grep -c WARNING "$dir/warnings")" "one hinge, -90
  MuJoCo: foot at 0.40 0.00 -0.50 - gravity's torques -9.2
  Pinocchio: foot at 0.40 0.00 -0.50 - gravity's torques -9.2
  Drake: foot at 0.40 0.00 -0.50 - gravity's torques -9.2
two hinges, 0 0
  MuJoCo: foot at 0.00 0.00 -0.90 - gravity's torques 0.0 0.0
  Pinocchio: foot at 0.00 0.00 -0.90 - gravity's torques 0.0 0.0
  Drake: foot at 0.00 0.00 -0.90 - gravity's torques 0.0 0.0
two hinges, -90 0
  MuJoCo: foot at 0.40 0.00 -0.50 - gravity's torques -9.2 0.0
  Pinocchio: foot at 0.40 0.00 -0.50 - gravity's torques -9.2 0.0
  Drake: foot at 0.90 0.00 0.00 - gravity's torques -29.8 0.0
three hinges, 20 30 -60
  MuJoCo: foot at 0.30 0.23 -0.63 - gravity's torques 5.3 2.4 -8.3
  Pinocchio: foot at 0.30 0.23 -0.63 - gravity's torques 5.3 2.4 -8.3
  Drake: foot at 0.30 0.40 -0.60 - gravity's torques 12.4 2.4 -8.3
a slide and a hinge, 0 -90
  MuJoCo: foot at 0.40 0.00 -0.50 - gravity's torques 0.0 -9.2
  Pinocchio: foot at 0.40 0.00 -0.50 - gravity's torques 0.0 -9.2
  Drake: foot at 0.40 0.00 -0.50 - gravity's torques 0.0 -9.2
warnings: 0"
