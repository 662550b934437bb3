#!/bin/sh
# OpenSim 4.6 (PyPI opensim), Model.scale, by which the ScaleTool works. Guess: a model scaled to the size of a child is that model,
# smaller: all that has a place on a body moves with it. Seen: joints, markers, frames, paths and wraps do. Contact spheres stay where
# they were, as large as they were; so do the ends of a PointConstraint and of a PointToPointSpring, its rest length, and the range
# and the default of a joint that slides, and as the default pose is where paths are measured, fibres come out at .4 times, not .6.
# A leg of .9 m, scaled by .6, is pushed by the floor while its sole is still 36 cm above it. No warning. A walk with contact by
# a scaled model walks on the generic model's feet: hang contact on offset frames, which are scaled, and move the rest by hand.
. "$(dirname "$0")/lib.sh"
pypi opensim==4.6 numpy==2.4.6
seen=$(cd "$dir" && run_python - 3>&1 >/dev/null <<'PY'
import os
import opensim as osim

osim.Logger.setLevelString("off")
vec = osim.Vec3

model = osim.Model()
ground, leg = model.getGround(), osim.Body("leg", 10, vec(0, -.4, 0), osim.Inertia(1, .1, 1))
model.addBody(leg)
slider = osim.SliderJoint("height", ground, vec(0), vec(0, 0, 1.5707963267948966), leg, vec(0), vec(0, 0, 1.5707963267948966))
height = slider.updCoordinate()
height.setName("height")
height.setRangeMax(.95)
height.setDefaultValue(.9)
model.addJoint(slider)
sole = vec(0, -.9, 0)
model.addMarker(osim.Marker("sole", leg, sole))
frame = osim.PhysicalOffsetFrame("frame", leg, osim.Transform(sole))
leg.addComponent(frame)
muscle = osim.Thelen2003Muscle("muscle", 100, .1, .8, 0)
muscle.addNewPathPoint("from", ground, vec(0, 1.8, 0))
muscle.addNewPathPoint("to", leg, sole)
model.addForce(muscle)
wrap = osim.WrapSphere()
wrap.setName("wrap")
wrap.set_radius(.05)
wrap.set_translation(sole)
leg.addWrapObject(wrap)
floor = osim.ContactHalfSpace(vec(0), vec(0, 0, -1.5707963267948966), ground, "floor")
model.addContactGeometry(floor)
for name, where, on in ("fixed", sole, leg), ("framed", vec(0), frame):
    ball = osim.ContactSphere(.03, where, on, "ball_" + name)
    model.addContactGeometry(ball)
    contact = osim.SmoothSphereHalfSpaceForce("contact_" + name, ball, floor)
    contact.set_stiffness(1e6)
    model.addForce(contact)
spring = osim.PointToPointSpring(ground, vec(0), leg, sole, 1., .1)
spring.setName("spring")
model.addForce(spring)
pin = osim.PointConstraint(ground, vec(0), leg, sole)
pin.setName("pin")
pin.set_isEnforced(False)
model.addConstraint(pin)
model.finalizeConnections()

def y(vector):
    return f"{vector.get(1):.2f}"

with os.fdopen(3, "w") as out:
    def show(name):
        state = model.initSystem()
        sphere = osim.ContactSphere.safeDownCast(model.getContactGeometrySet().get("ball_fixed"))
        link = osim.PointToPointSpring.safeDownCast(model.getForceSet().get("spring"))
        point = osim.PointConstraint.safeDownCast(model.getConstraintSet().get("pin"))
        print(f"{name}: marker {y(model.getMarkerSet().get('sole').get_location())}, frame {y(frame.get_translation())}, "
              f"wrap {y(wrap.get_translation())} of radius {wrap.get_radius():.3f}, optimal fibre {muscle.getOptimalFiberLength():.2f}\n"
              f"  contact {y(sphere.get_location())} of radius {sphere.getRadius():.2f}, spring {y(link.getPoint2())} "
              f"of rest length {link.getRestlength():.2f}, constraint {y(point.get_location_body_2())}, "
              f"height up to {height.getRangeMax():.2f}, default {height.getDefaultValue():.2f}", file=out)
        for above in .36, .02:
            height.setValue(state, above - model.getMarkerSet().get("sole").get_location().get(1))
            model.realizeDynamics(state)
            pushed = {n: model.getForceSet().get("contact_" + n).getRecordValues(state).get(1) for n in ("fixed", "framed")}
            print(f"  sole at {model.getMarkerSet().get('sole').getLocationInGround(state).get(1):.2f}:",
                  *(f"sphere {n} {'pushes' if abs(force) > 1 else 'is free'}" for n, force in pushed.items()), file=out)

    show("as built")
    scales = osim.ScaleSet()
    for part in "leg", "ground":
        scale = osim.Scale()
        scale.setSegmentName(part)
        scale.setScaleFactors(vec(.6))
        scale.setApply(True)
        scales.cloneAndAppend(scale)
    model.scale(model.initSystem(), scales, True, -1.)
    show("scaled by .6")
PY
)
expect "$seen" "as built: marker -0.90, frame -0.90, wrap -0.90 of radius 0.050, optimal fibre 0.10
  contact -0.90 of radius 0.03, spring -0.90 of rest length 0.10, constraint -0.90, height up to 0.95, default 0.90
  sole at 0.36: sphere fixed is free sphere framed is free
  sole at 0.02: sphere fixed pushes sphere framed pushes
scaled by .6: marker -0.54, frame -0.54, wrap -0.54 of radius 0.030, optimal fibre 0.04
  contact -0.90 of radius 0.03, spring -0.90 of rest length 0.10, constraint -0.90, height up to 0.95, default 0.90
  sole at 0.36: sphere fixed pushes sphere framed is free
  sole at 0.02: sphere fixed pushes sphere framed pushes"
