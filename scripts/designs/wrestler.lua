-- A design: data, read by rl.load_design and never run. A wrestler on two wheels, of scripts/sumo.lua.
return {
  name = "wrestler", position = { 0, 0.13 }, trunk = "trunk",
  feet = { "rear", "front", "arm", "hand" }, -- what may touch the ground
  bodies = {
    { name = "base", mass = 16, shape = { kind = "polygon", points = {
      { -0.19, 0 }, { 0.19, 0 }, { 0.15, 0.16 }, { -0.15, 0.16 },
    } } },
    { name = "rear", mass = 3, friction = 1, shape = { kind = "circle", radius = 0.13 },
      joint = { name = "rear_axle", parent = "base", at = { -0.2, 0 }, lower = -1e6, upper = 1e6 } },
    { name = "front", mass = 3, friction = 1, shape = { kind = "circle", radius = 0.13 },
      joint = { name = "front_axle", parent = "base", at = { 0.2, 0 }, lower = -1e6, upper = 1e6 } },
    { name = "trunk", mass = 24,
      joint = { name = "waist", parent = "base", at = { 0, 0.16 }, lower = -1.2, upper = 0.7 },
      shapes = {
        { kind = "polygon", points = {
          { -0.13, 0 }, { 0.13, 0 }, { 0.22, 0.26 }, { 0.14, 0.48 }, { -0.14, 0.48 }, { -0.18, 0.26 },
        } },
        { kind = "circle", radius = 0.14, center = { 0.03, 0.6 } }, -- the head
      } },
    { name = "arm", mass = 3, shape = { kind = "box", width = 0.34, height = 0.1, center = { 0.15, 0 } },
      joint = { name = "shoulder", parent = "trunk", at = { 0.05, 0.42 }, lower = -1.2, upper = 1.4 } },
    { name = "hand", mass = 3,
      joint = { name = "elbow", parent = "arm", at = { 0.3, 0 }, lower = -1.4, upper = 1.8 },
      shapes = {
        { kind = "box", width = 0.3, height = 0.1, center = { 0.13, 0 } },
        { kind = "circle", radius = 0.09, center = { 0.28, 0 } },
      } },
  },
  motors = { -- N m, rad/s
    { joint = "rear_axle", torque = 30, speed = 20 }, { joint = "front_axle", torque = 30, speed = 20 },
    { joint = "waist", torque = 250, speed = 8 },
    { joint = "shoulder", torque = 150, speed = 10 }, { joint = "elbow", torque = 110, speed = 12 },
  },
}
