#!/bin/sh
# ODE 0.16.2 (Debian 12). Guess: what a world does depends on that world alone. Seen: dWorldQuickStep takes the order of
# its constraints from one random generator of the whole process. The same stack of boxes built twice falls two ways, and
# one stepped beside another falls a third way; only dRandSetSeed just before, and no company, repeats it. dWorldStep is
# not concerned. Returns of parallel or repeated episodes are noisy although nothing random is in the task.
. "$(dirname "$0")/lib.sh"
debian libode-dev=2:0.16.2-1 libode8=2:0.16.2-1 libccd2=2.1-2+b1
cat > "$dir/stack.c" <<'C'
#include <ode/ode.h>
#include <stdarg.h>
#include <stdio.h>

enum { BOXES = 8 };
typedef struct {
  dWorldID id;
  dSpaceID space;
  dJointGroupID contacts;
  dBodyID top;
} world;

static void quiet(int number, const char *message, va_list values) {
  (void)number, (void)message, (void)values;
}

static void touch(void *data, dGeomID a, dGeomID b) {
  world *w = data;
  dContact contact[8];
  int n = dCollide(a, b, 8, &contact[0].geom, sizeof *contact);
  for (int i = 0; i < n; i++) {
    contact[i].surface.mode = 0;
    contact[i].surface.mu = 1;
    dJointAttach(dJointCreateContact(w->id, w->contacts, &contact[i]), dGeomGetBody(a), dGeomGetBody(b));
  }
}

static world build(void) {
  world w = {dWorldCreate(), dHashSpaceCreate(0), dJointGroupCreate(0), 0};
  dWorldSetGravity(w.id, 0, 0, -9.81);
  dCreatePlane(w.space, 0, 0, 1, 0);
  for (int i = 0; i < BOXES; i++) {
    dMass mass;
    dMassSetBox(&mass, 1000, .2, .2, .2);
    w.top = dBodyCreate(w.id);
    dBodySetMass(w.top, &mass);
    dBodySetPosition(w.top, .03 * (i % 3), .02 * (i % 2), .1 + .21 * i);
    dGeomSetBody(dCreateBox(w.space, .2, .2, .2), w.top);
  }
  return w;
}

static void step(world *w, int quick) {
  dSpaceCollide(w->space, w, touch);
  if (quick) dWorldQuickStep(w->id, .01);
  else dWorldStep(w->id, .01);
  dJointGroupEmpty(w->contacts);
}

static double fall(int quick, int company) {
  world w = build(), other = build();
  for (int t = 0; t < 300; t++) {
    step(&w, quick);
    if (company) step(&other, quick);
  }
  return dBodyGetPosition(w.top)[0];
}

int main(void) {
  dInitODE();
  dSetMessageHandler(quiet);
  for (int quick = 0; quick < 2; quick++) {
    dRandSetSeed(0);
    double first = fall(quick, 0), again = fall(quick, 0);
    dRandSetSeed(0);
    double seeded = fall(quick, 0);
    dRandSetSeed(0);
    double accompanied = fall(quick, 1);
    printf("%s: again %s, seeded again %s, beside another %s\n", quick ? "dWorldQuickStep" : "dWorldStep",
           again == first ? "the same" : "other", seeded == first ? "the same" : "other",
           accompanied == first ? "the same" : "other");
  }
  return 0;
}
C
cc -O1 -I"$dir/root/usr/include" "$dir/stack.c" -o "$dir/stack" -L"$libraries" -Wl,-rpath-link,"$libraries" -lode -lm
expect "$(LD_LIBRARY_PATH=$libraries "$dir/stack")" "dWorldStep: again the same, seeded again the same, beside another the same
dWorldQuickStep: again other, seeded again the same, beside another other"
