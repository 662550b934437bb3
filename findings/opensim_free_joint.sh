#!/bin/sh
# OpenSim 4.6 (PyPI opensim), InverseDynamicsTool and AnalyzeTool on a file of coordinates. Guess: a body that hangs on a FreeJoint or
# a BallJoint (a ball that is thrown, a pelvis in the air, a hip) gets the moments and velocities that it has. Seen: the angles are
# differentiated and taken for the speeds of the joint, which of these two are the parts of an angular velocity, not the rates of
# the angles. A body that spins freely, simulated by OpenSim itself, needs no moment; the tool reports up to .82 Nm (inertia .1 to .3
# kg m2 at 2 rad/s), and AnalyzeTool misses the angular velocity by 1.82 of 2.45 rad/s. With a GimbalJoint, the same rotations by
# angles about three axes, both are right. No warning; Moco refuses such joints. Whoever builds a body himself and not on a gait model,
# where hips and pelvis are CustomJoints, gets the moments of another motion.
. "$(dirname "$0")/lib.sh"
pypi opensim==4.6 numpy==2.4.6
seen=$(cd "$dir" && run_python - 3>&1 >/dev/null <<'PY'
import os
import numpy as np
import opensim as osim

osim.Logger.setLevelString("off")

def write(name, times, columns):
    made = osim.TimeSeriesTable()
    made.setColumnLabels(list(columns))
    for i, t in enumerate(times):
        made.appendRow(float(t), osim.RowVector([float(c[i]) for c in columns.values()]))
    made.addTableMetaDataString("inDegrees", "no")
    osim.STOFileAdapter.write(made, name)

def spin(kind):
    """The body's own simulation without gravity or forces: times, angles, angular velocity in the ground."""
    model = osim.Model()
    model.setGravity(osim.Vec3(0))
    body = osim.Body("body", 1, osim.Vec3(0), osim.Inertia(.1, .2, .3))
    model.addBody(body)
    model.addJoint(kind("joint", model.getGround(), body))
    model.finalizeConnections()
    model.printToXML("spin.osim")
    state = model.initSystem()
    angles = [model.getCoordinateSet().get(i) for i in range(3)]
    for angle, value, speed in zip(angles, (.3, .4, .5), (2., 1., -1.)):
        angle.setValue(state, value)
        angle.setSpeedValue(state, speed)
    manager = osim.Manager(model)
    manager.setIntegratorAccuracy(1e-9)
    manager.initialize(state)
    times, rows = np.arange(101) / 100, []
    for t in times:
        state = manager.integrate(float(t)) if t else state
        model.realizeVelocity(state)
        rows.append([a.getValue(state) for a in angles] + list(body.getAngularVelocityInGround(state).to_numpy()))
    rows = np.array(rows)
    write("spin.sto", times, {a.getName(): rows[:, i] for i, a in enumerate(angles)})
    return times, rows[:, 3:]

def read(name):
    table = osim.TimeSeriesTable(name)
    return np.array(table.getIndependentColumn()), lambda label: table.getDependentColumn(label).to_numpy()

with os.fdopen(3, "w") as out:
    for kind in osim.GimbalJoint, osim.BallJoint, osim.FreeJoint:
        times, velocity = spin(kind)
        tool = osim.InverseDynamicsTool()
        tool.setModelFileName("spin.osim")
        tool.setCoordinatesFileName("spin.sto")
        tool.setResultsDir(".")
        tool.setOutputGenForceFileName("moments.sto")
        tool.run()
        moments = read("moments.sto")[1]
        most = max(np.abs(moments(f"joint_coord_{i}_moment")[10:-10]).max() for i in range(3))

        analyze = osim.AnalyzeTool()
        analyze.setName("seen")
        analyze.setModelFilename("spin.osim")
        analyze.setCoordinatesFileName("spin.sto")
        analyze.setFinalTime(1)
        analyze.setResultsDir(".")
        body = osim.BodyKinematics()
        body.setInDegrees(False)
        analyze.updAnalysisSet().cloneAndAppend(body)
        analyze.printToXML("analyze.xml")
        osim.AnalyzeTool("analyze.xml").run()
        at, analyzed = read("seen_BodyKinematics_vel_global.sto")
        off = max(np.abs(analyzed("body_O" + axis) - np.interp(at, times, velocity[:, i]))[10:-10].max() for i, axis in enumerate("xyz"))
        print(f"{kind.__name__}: moments of up to {most:.2f} Nm for a body that spins freely; of an angular velocity of "
              f"{np.linalg.norm(velocity, axis=1).max():.2f} rad/s a part is off by up to {off:.2f}", file=out)
PY
)
expect "$seen" "GimbalJoint: moments of up to 0.00 Nm for a body that spins freely; of an angular velocity of 2.11 rad/s a part is off by up to 0.00
BallJoint: moments of up to 0.82 Nm for a body that spins freely; of an angular velocity of 2.45 rad/s a part is off by up to 1.82
FreeJoint: moments of up to 0.82 Nm for a body that spins freely; of an angular velocity of 2.45 rad/s a part is off by up to 1.82"
