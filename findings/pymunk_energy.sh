#!/bin/sh
# pymunk 7.3.1 (PyPI; Chipmunk). Guess: kinetic_energy is half of m v^2 and half of w^2 times the moment, total_ke of a collision what
# was lost in it, and a shape that is given a density and a radius gets the mass and the moment of what it looks like. Seen: both
# energies are twice that: a body that falls gains two joules of kinetic_energy for each that it loses in m g h. A polygon's radius
# counts for its mass and not for its moment: a box of 2 by 1 with a border of .5 has .41 of its moment, a dot with a border of 1,
# which is a disc, a 30,000th. A thick segment has 1.13 of its moment, a short one 1.33; circles are right. A reward or a check by
# energy needs a half, and a foot with rounded corners its moment set by hand, or it spins.
. "$(dirname "$0")/lib.sh"
pypi pymunk==7.3.1
seen=$(run_python - <<'PY'
import math
import pymunk

body = pymunk.Body(2, 3)
body.velocity, body.angular_velocity = (3, 0), 2
print(f"2 kg at 3 m/s, 3 kg m2 at 2 rad/s: kinetic_energy {body.kinetic_energy:g} J, true {.5 * 2 * 3 ** 2 + .5 * 3 * 2 ** 2:g}")

space = pymunk.Space()
space.gravity = 0, -10
body = pymunk.Body(2, 1)
space.add(body, pymunk.Circle(body, .1))
for _ in range(1000):
    space.step(.001)
print(f"2 kg, fallen for a second: kinetic_energy {body.kinetic_energy:.0f} J, lost in height {2 * 10 * -body.position.y:.0f} J")

space, lost = pymunk.Space(), []
body = pymunk.Body(2, 1)
body.position, body.velocity = (0, 3), (0, -3)
floor = pymunk.Segment(space.static_body, (-9, 0), (9, 0), 0)
space.add(body, pymunk.Circle(body, 1), floor)
space.on_collision(post_solve=lambda arbiter, space, data: lost.append(arbiter.total_ke))
for _ in range(200):
    space.step(.01)
print(f"2 kg at 3 m/s stopped by the floor: total_ke {lost[0]:g} J, true 9; speed left {abs(body.velocity.y):g}")

def rounded(w, h, r, n=2000):
    """Area and moment of a box with a border of r, by strips."""
    area = moment = 0
    step = (w / 2 + r) / n
    for i in range(n):
        x = (i + .5) * step
        top = h / 2 + math.sqrt(max(0, r * r - max(0, x - w / 2) ** 2))
        area += 4 * step * top
        moment += 4 * step * (x * x * top + top ** 3 / 3)
    return area, moment

def show(name, make, true):
    body = pymunk.Body()
    shape = make(body)
    shape.density = 1
    print(f"{name}: mass {shape.mass:.2f}, moment {shape.moment:.5f}; true {true[0]:.2f} and {true[1]:.2f}")

show("circle of .5", lambda b: pymunk.Circle(b, .5), rounded(0, 0, .5))
for w, h, r in (2, 1, 0), (2, 1, .5), (.01, .01, 1):
    show(f"box {w:g} by {h:g} and {r:g} around it", lambda b: pymunk.Poly.create_box(b, (w, h), radius=r), rounded(w, h, r))
for w in 2, .0002:
    show(f"segment of {w:g} and .5 around it", lambda b: pymunk.Segment(b, (-w / 2, 0), (w / 2, 0), .5), rounded(w, 0, .5))
PY
)
expect "$seen" "2 kg at 3 m/s, 3 kg m2 at 2 rad/s: kinetic_energy 30 J, true 15
2 kg, fallen for a second: kinetic_energy 200 J, lost in height 100 J
2 kg at 3 m/s stopped by the floor: total_ke 18 J, true 9; speed left 0
circle of .5: mass 0.79, moment 0.09817; true 0.79 and 0.10
box 2 by 1 and 0 around it: mass 2.00, moment 0.83333; true 2.00 and 0.83
box 2 by 1 and 0.5 around it: mass 5.79, moment 2.41058; true 5.79 and 5.91
box 0.01 by 0.01 and 1 around it: mass 3.18, moment 0.00005; true 3.18 and 1.61
segment of 2 and .5 around it: mass 2.79, moment 2.32117; true 2.79 and 2.05
segment of 0.0002 and .5 around it: mass 0.79, moment 0.13096; true 0.79 and 0.10"
