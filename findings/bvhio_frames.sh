#!/bin/sh
# bvhio 1.5.4 (PyPI), readAsHierarchy. Guess: a joint's rotation is what its channels say. Seen: frames are turned until
# their Y axis points along the bone. For a bone that points up nothing changes; for one that hangs down (every leg) the
# pose of zeros is turned by 180 degrees at the root of the limb, and +40 about X at the knee reads as -40. Positions are
# right. Joint angles taken from it bend legs the wrong way and spines the right way; readAsBvh keeps the file's.
. "$(dirname "$0")/lib.sh"
pypi bvhio==1.5.4
cat > "$dir/knee.bvh" <<'BVH'
HIERARCHY
ROOT hip
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Xrotation Yrotation Zrotation
  JOINT knee
  {
    OFFSET 0 LENGTH 0
    CHANNELS 3 Xrotation Yrotation Zrotation
    End Site
    {
      OFFSET 0 LENGTH 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.02
0 0 0 0 0 0 0 0 0
0 0 0 0 0 0 40 0 0
BVH
seen=$(run_python - "$dir/knee.bvh" <<'PY'
import sys
from math import acos, atan2, degrees
import bvhio

def about_x(q):
    return degrees(2 * atan2(q.x, q.w))

text = open(sys.argv[1]).read()
for bone, length in ("up", "1"), ("down", "-1"):
    path = sys.argv[1] + bone
    with open(path, "w") as file:
        file.write(text.replace("LENGTH", length))
    hip = bvhio.readAsHierarchy(path)
    hip.loadPose(1)
    knee = hip.Children[0]
    kept = bvhio.readAsBvh(path).Root.Children[0].Keyframes[1].Rotation
    print(f"bone {bone}, 0 at the hip, 40 at the knee: hierarchy {degrees(2 * acos(abs(hip.Rotation.w))):.0f} "
          f"and {about_x(knee.Rotation):+.0f}, readAsBvh {about_x(kept):+.0f} at the knee")
PY
)
expect "$seen" "bone up, 0 at the hip, 40 at the knee: hierarchy 0 and +40, readAsBvh +40 at the knee
bone down, 0 at the hip, 40 at the knee: hierarchy 180 and -40, readAsBvh +40 at the knee"
