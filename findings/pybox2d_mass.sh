#!/bin/sh
# Box2D 2.3.10 (PyPI box2d, the one Gymnasium uses). Guess: body.mass = 10 makes the body heavier in every way. Seen: only
# against forces; the moment of inertia stays that of the old mass (50 times too small here), so the body spins as before,
# and ResetMassData() or any new fixture brings the old mass back, silently. Bodies made heavier "by one line" for a test of
# robustness become easy to turn. Right: change the fixtures' density and call ResetMassData(). Beside it: a revolute joint's
# maxMotorTorque can be written and not read.
. "$(dirname "$0")/lib.sh"
pypi box2d==2.3.10
seen=$(run_python - <<'PY'
from Box2D import b2CircleShape, b2FixtureDef, b2PolygonShape, b2World

def accelerations(change):
    world = b2World(gravity=(0, 0))
    body = world.CreateDynamicBody(fixtures=b2FixtureDef(shape=b2PolygonShape(box=(.5, .1)), density=1))
    change(body)
    body.ApplyForceToCenter((1, 0), True)
    body.ApplyTorque(1, True)
    world.Step(.01, 8, 3)
    return (f"mass {body.mass:.2f}, a force moves it by {100 * body.linearVelocity.x:.2f}, "
            f"a torque turns it by {100 * body.angularVelocity:.2f}")

def by_mass(body):
    body.mass = 10

def by_density(body):
    body.fixtures[0].density = 50
    body.ResetMassData()

def by_mass_then_fixture(body):
    body.mass = 10
    body.CreateFixture(shape=b2CircleShape(radius=.01), density=1)

for name, change in ("untouched", lambda body: None), ("mass = 10", by_mass), ("density 50", by_density), \
        ("mass = 10, then a small fixture", by_mass_then_fixture):
    print(f"{name}: {accelerations(change)}")
world = b2World()
joint = world.CreateRevoluteJoint(bodyA=world.CreateStaticBody(), bodyB=world.CreateDynamicBody(), anchor=(0, 0))
joint.maxMotorTorque = 5
try:
    print(f"maxMotorTorque reads {joint.maxMotorTorque}")
except AttributeError:
    print("maxMotorTorque cannot be read")
PY
)
expect "$seen" "untouched: mass 0.20, a force moves it by 5.00, a torque turns it by 57.69
mass = 10: mass 10.00, a force moves it by 0.10, a torque turns it by 57.69
density 50: mass 10.00, a force moves it by 0.10, a torque turns it by 1.15
mass = 10, then a small fixture: mass 0.20, a force moves it by 4.99, a torque turns it by 57.69
maxMotorTorque cannot be read"
