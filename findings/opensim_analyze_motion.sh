#!/bin/sh
# OpenSim 4.6 (PyPI opensim), AnalyzeTool on a file of coordinates. Guess: BodyKinematics, PointKinematics and Kinematics report the
# accelerations of the motion in the file, and a point's velocity relative to a body is how it moves in that body. Seen: positions
# and velocities are the motion's. The accelerations are those that the model would have if it were let go there: an arm moved by
# sin(t) is said to have -5.94 rad/s2, that of a pendulum, where it has -.84; with the moon's gravity, the same file, -.98. And the
# wrist, which stays where it is in the arm, has a velocity relative to the arm: that in the ground, turned into the arm's axes.
# No warning; its makers call it no defect, for with all forces in the model the two accelerations agree. Who holds an accelerometer,
# or forces of inertia, against a motion capture by these files has those of a puppet that falls. Differences of the velocities are right.
. "$(dirname "$0")/lib.sh"
pypi opensim==4.6 numpy==2.4.6
seen=$(cd "$dir" && run_python - 3>&1 >/dev/null <<'PY'
import os
import numpy as np
import opensim as osim

osim.Logger.setLevelString("off")

def analyze(gravity):
    """An arm on a pin, moved by sin(t), and a hand that does not move in it; a row at t = 1 of each result."""
    model = osim.Model()
    model.setGravity(osim.Vec3(0, -gravity, 0))
    at = model.getGround()
    for name, length in ("arm", 0.), ("hand", 1.):
        body = osim.Body(name, 1, osim.Vec3(0), osim.Inertia(.1, .1, .1))
        model.addBody(body)
        joint = osim.PinJoint(name + "_joint", at, osim.Vec3(length, 0, 0), osim.Vec3(0), body, osim.Vec3(0), osim.Vec3(0))
        joint.updCoordinate().setName(name + "_angle")
        model.addJoint(joint)
        at = body
    model.finalizeConnections()
    model.printToXML("arm.osim")
    table = osim.TimeSeriesTable()
    table.setColumnLabels(["arm_angle", "hand_angle"])
    for i in range(201):
        table.appendRow(i / 100, osim.RowVector([float(np.sin(i / 100)), 0.]))
    table.addTableMetaDataString("inDegrees", "no")
    osim.STOFileAdapter.write(table, "arm.sto")
    tool = osim.AnalyzeTool()
    tool.setName("seen")
    tool.setModelFilename("arm.osim")
    tool.setCoordinatesFileName("arm.sto")
    tool.setFinalTime(2)
    tool.setResultsDir(".")
    bodies = osim.BodyKinematics()
    bodies.setInDegrees(False)
    tool.updAnalysisSet().cloneAndAppend(bodies)
    angles = osim.Kinematics()
    angles.setInDegrees(False)
    tool.updAnalysisSet().cloneAndAppend(angles)
    point = osim.PointKinematics()
    point.setBody(model.getBodySet().get("hand"))
    point.setRelativeToBody(model.getBodySet().get("arm"))
    point.setPointName("wrist")
    tool.updAnalysisSet().cloneAndAppend(point)
    tool.printToXML("analyze.xml")
    osim.AnalyzeTool("analyze.xml").run()

    def read(name):
        found = osim.TimeSeriesTable(f"seen_{name}.sto")
        return found, found.getNearestRowIndexForTime(1.)

    def column(name, label):
        found, row = read(name)
        return found.getDependentColumn(label).to_numpy()[row]

    def row(name):
        found, at = read(name)
        return " ".join(f"{round(x, 2) + 0:.2f}" for x in found.getRowAtIndex(at).to_numpy())

    print(f"gravity {gravity:g}: arm's velocity {column('BodyKinematics_vel_global', 'arm_Oz'):.2f} (true {np.cos(1):.2f}), "
          f"acceleration {column('BodyKinematics_acc_global', 'arm_Oz'):.2f} and {column('Kinematics_dudt', 'arm_angle'):.2f} "
          f"(true {-np.sin(1):.2f}); wrist in the arm: at {row('PointKinematics_wrist_pos')}, velocity "
          f"{row('PointKinematics_wrist_vel')} (true 0 0 0)", file=out)

with os.fdopen(3, "w") as out:
    for gravity in 9.81, 1.62:
        analyze(gravity)
PY
)
expect "$seen" "gravity 9.81: arm's velocity 0.54 (true 0.54), acceleration -5.94 and -5.94 (true -0.84); wrist in the arm: at 1.00 0.00 0.00, velocity 0.00 0.54 0.00 (true 0 0 0)
gravity 1.62: arm's velocity 0.54 (true 0.54), acceleration -0.98 and -0.98 (true -0.84); wrist in the arm: at 1.00 0.00 0.00, velocity 0.00 0.54 0.00 (true 0 0 0)"
