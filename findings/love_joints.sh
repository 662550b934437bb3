#!/bin/sh
# LÖVE 11.4 (Debian 12), love.physics (Box2D). Guess: a joint moves freely until it is given limits, as in Box2D, and what is read comes
# in the unit in which it is set. Seen: a new prismatic joint has its limits on, at 0 and 100 m, where a revolute one has none. It slides
# one way only, a cart that is pushed back stops dead: a cart-pole that begins in the middle of its track has half a track. A wheel's
# getJointSpeed is its turning in radians times the meter (30 as it comes), where setMotorSpeed and getMotorSpeed have radians, so that a
# controller takes it for 30 times too fast. Fixture:getMassData has the moment in kg m^2, where Body:getMassData, Body:getInertia and
# Shape:computeMass have kg pixel^2, 900 times as much. With setMeter(1) the last two are not seen.
. "$(dirname "$0")/lib.sh"
seen=$(love <<'LUA'
local P = love.physics
for _, meter in ipairs { 1, 30 } do
  P.setMeter(meter)
  print(("meter %d:"):format(meter))
  local world = P.newWorld(0, 0)
  local rail = P.newBody(world, 0, 0, "static")
  local function box()
    local body = P.newBody(world, 0, 0, "dynamic")
    local fixture = P.newFixture(body, P.newRectangleShape(meter, meter), 1)
    fixture:setMask(1)
    return body, fixture
  end
  local cart, fixture = box()
  local slide, hinge = P.newPrismaticJoint(rail, cart, 0, 0, 1, 0), P.newRevoluteJoint(rail, box(), 0, 0)
  local low, high = slide:getLimits()
  print(("  limits as they come: slide %s (%g m to %g m), hinge %s"):format(slide:areLimitsEnabled(), low / meter, high / meter, hinge:areLimitsEnabled()))
  for _, speed in ipairs { 1, -1 } do
    cart:setPosition(0, 0)
    cart:setLinearVelocity(speed * meter, 0)
    for _ = 1, 100 do world:update(.01) end
    print(("  cart pushed at %g m/s, after 1 s: x %.2f m"):format(speed, cart:getX() / meter))
  end
  local wheel = box()
  local axle = P.newWheelJoint(rail, wheel, 0, 0, 0, 1)
  axle:setMotorEnabled(true)
  axle:setMaxMotorTorque(1000 * meter * meter)
  axle:setMotorSpeed(2)
  for _ = 1, 10 do world:update(.01) end
  print(("  wheel: motor speed %g, the body turns at %.2f, getJointSpeed %.2f"):format(axle:getMotorSpeed(), wheel:getAngularVelocity(), axle:getJointSpeed()))
  local _, _, _, of_body = cart:getMassData()
  local _, _, _, of_fixture = fixture:getMassData()
  local _, _, _, of_shape = fixture:getShape():computeMass(1)
  print(("  moment of a box of 1 kg and 1 m: body %.4f, shape %.4f, fixture %.4f"):format(of_body, of_shape, of_fixture))
end
LUA
)
expect "$seen" "meter 1:
  limits as they come: slide true (0 m to 100 m), hinge false
  cart pushed at 1 m/s, after 1 s: x 1.00 m
  cart pushed at -1 m/s, after 1 s: x 0.00 m
  wheel: motor speed 2, the body turns at 2.00, getJointSpeed 2.00
  moment of a box of 1 kg and 1 m: body 0.1667, shape 0.1667, fixture 0.1667
meter 30:
  limits as they come: slide true (0 m to 100 m), hinge false
  cart pushed at 1 m/s, after 1 s: x 1.00 m
  cart pushed at -1 m/s, after 1 s: x 0.00 m
  wheel: motor speed 2, the body turns at 2.00, getJointSpeed 60.00
  moment of a box of 1 kg and 1 m: body 150.0000, shape 150.0000, fixture 0.1667"
