#!/bin/sh
# pymunk 7.3.1 (PyPI; Chipmunk). Guess: all rotary constraints between a and b measure the angle of b against a, so a motor
# of rate +1 drives towards the upper limit, and a spring of rest angle +.3 rests at +.3. Seen: limits, gears and
# ratchets do; the motor and the spring measure a against b: rate +1 turns b backwards, the spring rests at -.3.
# A creature brought over from Box2D walks on joints whose motors are reversed and whose limits are not.
. "$(dirname "$0")/lib.sh"
pypi pymunk==7.3.1
seen=$(run_python - <<'PY'
import pymunk

def settle(constraint):
    space = pymunk.Space()
    space.damping = .9
    body = pymunk.Body(1, .1)
    space.add(body, pymunk.PivotJoint(space.static_body, body, (0, 0)), constraint(space.static_body, body))
    for _ in range(2000):
        space.step(.01)
    return body

print(f"RotaryLimitJoint .4 to .9: angle {settle(lambda a, b: pymunk.RotaryLimitJoint(a, b, .4, .9)).angle:+.2f}")
print(f"GearJoint phase .6: angle {settle(lambda a, b: pymunk.GearJoint(a, b, .6, 1)).angle:+.2f}")
print(f"DampedRotarySpring rest angle .3: angle {settle(lambda a, b: pymunk.DampedRotarySpring(a, b, .3, 5, 1)).angle:+.2f}")
print(f"SimpleMotor rate 1: speed {settle(lambda a, b: pymunk.SimpleMotor(a, b, 1)).angular_velocity:+.2f}")
PY
)
expect "$seen" "RotaryLimitJoint .4 to .9: angle +0.40
GearJoint phase .6: angle +0.60
DampedRotarySpring rest angle .3: angle -0.30
SimpleMotor rate 1: speed -1.00"
