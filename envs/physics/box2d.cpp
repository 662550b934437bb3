/* The C interface of box2d.h: the only file that sees Box2D, and the only C++. Nothing here throws: memory
 * for all bodies and joints lies in the world object, and Box2D itself does not use exceptions. */
#include "physics/box2d.h"

#include "base/memory.h"

#include <box2d/box2d.h>

#include <cmath>
#include <ctime>
#include <new>

/* Box2D asks for the time of day eighteen times a step, for a profile that nobody reads: a tenth of a short one.
 * In a program or module that exports these, its library calls them instead of its own. */
b2Timer::b2Timer() : m_start_sec(0), m_start_usec(0) {}
void b2Timer::Reset() {}
float b2Timer::GetMilliseconds() const { return 0.0f; }

/* It counts in variables of the process that share a cache line with one that every iteration of every contact reads, so
 * that a thread which looks for times of impact holds up all others. It finds these in the same way: what is read, what
 * b2Distance and what b2TimeOfImpact write have lines of their own. Weak: a static library brings its own; in assembly:
 * C++ does not say what lies beside what. */
#define RL_LINES(section, variables)                                                                         \
  __asm__(".pushsection " section "\n.balign 128\n" variables ".balign 128\n.popsection\n")
#define RL_VARIABLE(name, value) ".weak " name "\n.type " name ", %object\n" name ": " value "\n"
#define RL_COUNTER(name)         RL_VARIABLE(name, ".zero 4\n.size " name ", 4")

RL_LINES(".data", RL_VARIABLE("g_blockSolve", ".byte 1\n.size g_blockSolve, 1"));
RL_LINES(".bss", RL_COUNTER("b2_gjkCalls") RL_COUNTER("b2_gjkIters") RL_COUNTER("b2_gjkMaxIters"));
RL_LINES(".bss", RL_COUNTER("b2_toiCalls") RL_COUNTER("b2_toiIters") RL_COUNTER("b2_toiMaxIters")
                     RL_COUNTER("b2_toiRootIters") RL_COUNTER("b2_toiMaxRootIters") RL_COUNTER("b2_toiTime")
                         RL_COUNTER("b2_toiMaxTime"));

namespace {

/* What never meets its like: the bodies of a handle (a negative group of their own), and balls. */
const uint16 GROUND = 0x1, BALL = 0x2, BODY = 0x4;

/* The first contact of the process fills a table inside Box2D. Threads must not race for it. */
bool fill_contact_register() {
  b2World world(b2Vec2_zero);
  b2CircleShape circle;
  circle.m_radius = 1.0f;
  b2BodyDef def;
  world.CreateBody(&def)->CreateFixture(&circle, 0.0f);
  def.type = b2_dynamicBody;
  world.CreateBody(&def)->CreateFixture(&circle, 1.0f);
  world.Step(0.01f, 1, 1);
  return true;
}

/* The body of a contact with the ground, which has no number; -1 when neither side or both are bodies. */
int body_of(b2Contact *contact) {
  const uintptr_t a = contact->GetFixtureA()->GetBody()->GetUserData().pointer;
  const uintptr_t b = contact->GetFixtureB()->GetBody()->GetUserData().pointer;
  return (a == 0) == (b == 0) ? -1 : static_cast<int>(a + b) - 1;
}

class ContactBook final : public b2ContactListener {
public:
  rl_b2_contact entries[RL_B2_MAX_BODIES];
  bool watched = false;
  rl_b2_thrust thrusts[RL_B2_MAX_BODIES] = {};

  void BeginContact(b2Contact *contact) override {
    const int body = body_of(contact);
    if (body < 0) return;
    entries[body].touching++;
    entries[body].touched = entries[body].began = true;
  }

  void EndContact(b2Contact *contact) override {
    const int body = body_of(contact);
    if (body < 0) return;
    entries[body].touching--;
    entries[body].began = false;
  }

  void PostSolve(b2Contact *contact, const b2ContactImpulse *impulse) override {
    const int body = body_of(contact);
    if (body < 0) return;
    for (int32 i = 0; i < impulse->count; i++) entries[body].impulse += impulse->normalImpulses[i];
    if (watched) add_thrust(contact, impulse, &thrusts[body]);
  }

private:
  static void add_thrust(b2Contact *contact, const b2ContactImpulse *impulse, rl_b2_thrust *thrust) {
    b2WorldManifold manifold;
    contact->GetWorldManifold(&manifold); /* its normal is that of a force on B */
    const float side = contact->GetFixtureB()->GetBody()->GetUserData().pointer != 0 ? 1.0f : -1.0f;
    const b2Vec2 tangent = b2Cross(manifold.normal, 1.0f);
    for (int32 i = 0; i < impulse->count; i++) {
      const float normal = impulse->normalImpulses[i];
      const b2Vec2 push = side * (normal * manifold.normal + impulse->tangentImpulses[i] * tangent);
      thrust->x += push.x;
      thrust->y += push.y;
      thrust->normal += normal;
      thrust->at_x += normal * manifold.points[i].x;
      thrust->at_y += normal * manifold.points[i].y;
    }
  }
};

/* The nearest ground on a ray. b2World::RayCast would meet every body on the way first. */
class GroundRay final {
public:
  GroundRay(const b2BroadPhase &phase) : tree(phase) {}

  float RayCastCallback(const b2RayCastInput &ray, int32 proxy_id) {
    const auto *proxy = static_cast<const b2FixtureProxy *>(tree.GetUserData(proxy_id));
    if (proxy->fixture->GetBody()->GetUserData().pointer != 0) return ray.maxFraction;
    b2RayCastOutput hit;
    if (!proxy->fixture->RayCast(&hit, ray, proxy->childIndex)) return ray.maxFraction;
    return nearest = hit.fraction; /* nothing beyond is of interest */
  }

  float nearest = 1.0f;

private:
  const b2BroadPhase &tree;
};

/* Which steps need continuous collision. With it Box2D looks in every step for the moments at which a body
 * comes too deep into the ground, and takes the body back to them: more than a fifth of the time of a creature
 * whose steps have no such moment but one in twenty. Here the same is ruled out from where the body was before
 * the step and where it is after it, so that nothing changes when Box2D does not look.
 *
 * b2TimeOfImpact takes the centre of mass of a body along a straight line and turns the body evenly, and acts
 * on what comes nearer to a piece of ground than `target` + `tolerance` (b2_time_of_impact.cpp). The distance of
 * a vertex from a straight line then is, at any moment, at least the lesser of those before and after the step,
 * less the sagitta of the vertex's arc: r w^2 / 8, r its distance from the centre of mass and w the angle that
 * is turned. A piece of ground all of whose points are behind a line that no vertex of the shape comes near is
 * not met. */

/* Where a body's frame was before the step. */
struct Frame {
  b2Transform transform;
  float angle;
  float reach; /* m: reach_of the body */
};

/* For rounding, here and in b2TimeOfImpact: m, and m for a metre between the two along the normal's axes. */
const float MARGIN = 5e-4f, RELATIVE_MARGIN = 1e-6f;

/* A convex shape but for its radius, as b2DistanceProxy sees it. */
struct Core {
  const b2Vec2 *vertices;
  int n;
  float radius;
};

Core core_of(const b2Shape *shape, int child) {
  switch (shape->GetType()) {
  case b2Shape::e_circle: return {&static_cast<const b2CircleShape *>(shape)->m_p, 1, shape->m_radius};
  case b2Shape::e_edge: return {&static_cast<const b2EdgeShape *>(shape)->m_vertex1, 2, shape->m_radius};
  case b2Shape::e_chain:
    return {static_cast<const b2ChainShape *>(shape)->m_vertices + child, 2, shape->m_radius};
  default: break;
  }
  const auto *polygon = static_cast<const b2PolygonShape *>(shape);
  return {polygon->m_vertices, polygon->m_count, shape->m_radius};
}

/* How far the core in this place is in front of a line, in lengths of the normal; negative: some is behind. */
float gap(const Core &core, const b2Transform &place, const b2Vec2 &point, const b2Vec2 &normal) {
  const b2Vec2 direction = b2MulT(place.q, normal);
  float least = b2Dot(direction, core.vertices[0]);
  for (int i = 1; i < core.n; i++) least = b2Min(least, b2Dot(direction, core.vertices[i]));
  return least + b2Dot(place.p - point, normal);
}

/* Of the terms that the product of the two is summed from: its rounding goes with it. */
float size(const b2Vec2 &a, const b2Vec2 &b) { return std::fabs(a.x * b.x) + std::fabs(a.y * b.y); }

/* Did the two stay apart? One of them is static. */
bool apart(b2Contact *contact, const Frame *before) {
  b2Fixture *ground = contact->GetFixtureA(), *fixture = contact->GetFixtureB();
  int child = contact->GetChildIndexA();
  if (ground->GetBody()->GetType() == b2_dynamicBody) {
    b2Swap(ground, fixture);
    child = contact->GetChildIndexB();
  }
  b2Body *body = fixture->GetBody();
  const b2Transform &place = ground->GetBody()->GetTransform(), &after = body->GetTransform();
  const Frame &start = before[body->GetUserData().pointer - 1];
  const Core piece = core_of(ground->GetShape(), child), core = core_of(fixture->GetShape(), 0);
  const b2Vec2 way = after.p - start.transform.p;
  const float turn = std::fabs(body->GetAngle() - start.angle), arc = start.reach * turn;
  const float target = b2Max(b2_linearSlop, piece.radius + core.radius - 3.0f * b2_linearSlop);
  const float distance = target + 0.25f * b2_linearSlop + MARGIN;
  b2Vec2 from = b2Mul(place, piece.vertices[0]);
  for (int i = 1; i <= piece.n && piece.n > 1; i++) { /* an edge has two sides, its front first */
    const b2Vec2 to = b2Mul(place, piece.vertices[i % piece.n]);
    const b2Vec2 normal = b2Cross(to - from, 1.0f); /* outward: polygons run counter-clockwise */
    const float length = normal.Length(), now = gap(core, after, from, normal);
    const float enough = distance * length + RELATIVE_MARGIN * size(after.p - from, normal);
    if (now - (std::fabs(way.x) + std::fabs(way.y) + arc) * length > enough)
      return true; /* it was wherever it was */
    if (b2Min(gap(core, start.transform, from, normal), now) > enough + 0.125f * arc * turn * length)
      return true;
    from = to;
  }
  return false;
}

/* Box2D tests for no more than bodies against what is static: none of ours is a bullet. */
bool is_tested(b2Contact *contact) {
  return contact->GetFixtureA()->GetBody()->GetType() != b2_dynamicBody ||
         contact->GetFixtureB()->GetBody()->GetType() != b2_dynamicBody;
}

/* b2World::SolveTOI is private. An explicit instantiation may name it all the same, and is a place where the
 * compiler sees whether there still is such a function. */
void solve(b2World *world, const b2TimeStep &step);
template <void (b2World::*SolveTOI)(const b2TimeStep &)>
struct Opened {
  friend void solve(b2World *world, const b2TimeStep &step) { (world->*SolveTOI)(step); }
};
template struct Opened<&b2World::SolveTOI>;

/* m: no vertex of the body's shapes is farther from its origin, or from its centre of mass. */
float reach_of(const b2Body *body) {
  float reach = 0.0f;
  for (const b2Fixture *fixture = body->GetFixtureList(); fixture; fixture = fixture->GetNext()) {
    const Core core = core_of(fixture->GetShape(), 0);
    for (int i = 0; i < core.n; i++)
      reach = b2Max(reach,
                    b2Max(core.vertices[i].Length(), (core.vertices[i] - body->GetLocalCenter()).Length()));
  }
  return reach;
}

/* After b2World::Step with continuous collision off: could it have found anything in that step? True is no
 * proof, false is one. before: of the body whose user data is 1, 2, ...; all others are static. */
bool is_continuous_needed(b2World *world, const Frame *before) {
  for (b2Contact *contact = world->GetContactList(); contact; contact = contact->GetNext())
    if (is_tested(contact) && !apart(contact, before)) return true;
  return false;
}

} // namespace

namespace {

/* A world of Box2D, which several handles may share. */
struct Stage {
  alignas(
      b2World) unsigned char memory[sizeof(b2World)]; /* 100 kB: kept, so that a reset does not ask for it */
  b2World *world;                                     /* NULL or in `memory` */
  b2Body *ground;                                     /* NULL until some is laid */
  b2Body *bodies[RL_B2_MAX_BODIES];                   /* of all handles, each with its own in a row */
  int n_bodies;
  ContactBook book;
  rl_b2_continuous continuous;
  bool measured; /* reach is that of the shapes */
  float reach[RL_B2_MAX_BODIES];
  int64_t continuous_steps;
  bool timed; /* somebody wants to know: clocks are not free */
  double seconds;
};

} // namespace

/* A handle. One that is placed has an axis of its own: x of the world is `x` + `side` times x of the handle, and angles
 * count the same way round as its x. */
struct rl_b2_world {
  Stage *stage;
  b2Body **bodies; /* the handle's own, of the stage */
  rl_b2_contact *entries;
  rl_b2_thrust *thrusts;
  b2RevoluteJoint *joints[RL_B2_MAX_JOINTS];
  int first, n_bodies, n_joints;
  bool placed, meets; /* meets: the bodies of this handle meet each other */
  float x, side;
};

/* The handle that a world is made with. */
struct Owner {
  rl_b2_world handle; /* first: it is one */
  Stage stage;
};

/* Bytes that Box2D takes for the bodies, joints and contacts of a world, about: measured with 64 copies of biped. */
static constexpr size_t BODIES = 72000;

static void begin(rl_b2_world *w, Stage *stage) {
  w->stage = stage;
  w->first = stage->n_bodies;
  w->bodies = stage->bodies + w->first;
  w->entries = stage->book.entries + w->first;
  w->thrusts = stage->book.thrusts + w->first;
  w->n_bodies = w->n_joints = 0;
}

static void drop(Stage *stage) {
  if (stage->world) stage->world->~b2World();
  stage->world = nullptr;
  stage->ground = nullptr;
  stage->measured = false;
  for (int i = 0; i < stage->n_bodies; i++) stage->book.entries[i] = rl_b2_contact{};
  stage->n_bodies = 0;
}

const char *const rl_b2_continuous_names[] = {"auto", "always", "never", nullptr};

static void place(rl_b2_world *w, bool placed, float x, bool turned) {
  w->placed = placed;
  w->x = x;
  w->side = turned ? -1.0f : 1.0f;
}

rl_status rl_b2_create(rl_b2_world **out, rl_error *error) {
  static const bool ready = fill_contact_register(); /* C++11: once, on one thread */
  void *memory = ready ? rl_allocate_unset(sizeof(Owner), BODIES) : nullptr;
  *out = nullptr;
  if (!memory) return rl_fail(error, RL_NO_MEMORY, "out of memory for a world of Box2D");
  Owner *owner = new (memory) Owner;
  Stage *stage = &owner->stage;
  stage->world = nullptr;
  stage->n_bodies = RL_B2_MAX_BODIES; /* whose entries are to be emptied */
  stage->continuous = RL_B2_AUTO;
  stage->continuous_steps = 0;
  stage->timed = false;
  stage->seconds = 0.0;
  *out = &owner->handle;
  place(*out, false, 0.0f, false);
  (*out)->meets = false;
  (*out)->stage = stage;
  rl_b2_clear(*out, 0.0f);
  return RL_OK;
}

rl_status rl_b2_join(rl_b2_world **out, rl_b2_world *world, bool meets, rl_error *error) {
  void *memory = rl_allocate_unset(sizeof(rl_b2_world), 0);
  *out = nullptr;
  if (!memory) return rl_fail(error, RL_NO_MEMORY, "out of memory for a world of Box2D");
  *out = new (memory) rl_b2_world;
  place(*out, false, 0.0f, false);
  (*out)->meets = meets;
  begin(*out, world->stage);
  return RL_OK;
}

static bool is_owner(const rl_b2_world *w) { return &reinterpret_cast<const Owner *>(w)->stage == w->stage; }

void rl_b2_free(rl_b2_world *w) {
  if (!w) return;
  if (is_owner(w)) drop(w->stage);
  rl_release(w);
}

void rl_b2_clear(rl_b2_world *w, float gravity) {
  Stage *stage = w->stage;
  drop(stage);
  begin(w, stage);
  stage->world = new (stage->memory) b2World(b2Vec2(0.0f, -gravity));
  stage->world->SetAllowSleeping(false);
  stage->world->SetContactListener(&stage->book);
}

void rl_b2_enter(rl_b2_world *w, float x, bool turned) {
  begin(w, w->stage);
  place(w, x != 0.0f || turned, x, turned);
}

/* From the handle's axis to the world's, and back; angles, speeds along it and lengths have its side only. */
static float out_x(const rl_b2_world *w, float x) { return w->placed ? w->x + w->side * x : x; }
static float in_x(const rl_b2_world *w, float x) { return w->placed ? (x - w->x) * w->side : x; }
static float sided(const rl_b2_world *w, float value) { return w->placed ? w->side * value : value; }

/* Numbers the body. */
static b2Body *add_numbered(rl_b2_world *w, b2BodyDef *def) {
  Stage *stage = w->stage;
  stage->measured = false;
  b2Assert(stage->n_bodies < RL_B2_MAX_BODIES && w->first + w->n_bodies == stage->n_bodies);
  def->userData.pointer = static_cast<uintptr_t>(stage->n_bodies++) + 1;
  return w->bodies[w->n_bodies++] = stage->world->CreateBody(def);
}

int rl_b2_add_body(rl_b2_world *w, const rl_b2_body *body) {
  b2BodyDef def;
  def.type = body->mass > 0.0f ? b2_dynamicBody : b2_staticBody;
  def.position.Set(out_x(w, body->x), body->y);
  def.angle = sided(w, body->angle);
  def.linearVelocity.Set(sided(w, body->vx), body->vy);
  b2Body *made = add_numbered(w, &def);
  if (body->mass > 0.0f) {
    b2MassData data;
    data.mass = body->mass;
    data.center.SetZero();
    data.I = body->inertia;
    made->SetMassData(&data);
  }
  return w->n_bodies - 1;
}

void rl_b2_spin(rl_b2_world *w, int body, float angular_speed) {
  w->bodies[body]->SetAngularVelocity(sided(w, angular_speed));
}

static b2Filter filter_of(uint16 category, uint16 mask, int16 group) {
  b2Filter filter;
  filter.categoryBits = category;
  filter.maskBits = mask;
  filter.groupIndex = group;
  return filter;
}

static b2Filter body_filter(const rl_b2_world *w) {
  return filter_of(BODY, 0xffff, static_cast<int16>(w->meets ? 0 : -1 - w->first));
}

/* Density 0 leaves the mass of the body as it was set. */
static void add_shape(b2Body *body, const b2Shape *shape, float density, float friction,
                      const b2Filter &filter) {
  b2FixtureDef def;
  def.shape = shape;
  def.density = density;
  def.friction = friction;
  def.filter = filter;
  body->CreateFixture(&def);
}

void rl_b2_add_circle(rl_b2_world *w, int body, float x, float y, float radius, float friction) {
  b2CircleShape circle;
  circle.m_p.Set(sided(w, x), y);
  circle.m_radius = radius;
  w->stage->measured = false;
  add_shape(w->bodies[body], &circle, 0.0f, friction, body_filter(w));
}

static b2Vec2 vertex(const float *xy, int i) { return b2Vec2(xy[2 * i], xy[2 * i + 1]); }

static b2PolygonShape polygon_of(int n, const float *xy, float side) {
  b2Vec2 vertices[b2_maxPolygonVertices];
  for (int i = 0; i < n; i++) vertices[i] = b2Vec2(side * xy[2 * i], xy[2 * i + 1]);
  b2PolygonShape polygon;
  polygon.Set(vertices, n);
  return polygon;
}

void rl_b2_add_polygon(rl_b2_world *w, int body, int n, const float *xy, float friction) {
  const b2PolygonShape polygon = polygon_of(n, xy, w->side);
  w->stage->measured = false;
  add_shape(w->bodies[body], &polygon, 0.0f, friction, body_filter(w));
}

int rl_b2_add_solid(rl_b2_world *w, const rl_b2_solid *solid) {
  b2BodyDef def;
  def.type = b2_dynamicBody;
  def.position.Set(solid->x, solid->y);
  def.angle = solid->angle;
  const b2PolygonShape polygon = polygon_of(solid->n, solid->xy, 1.0f);
  add_shape(add_numbered(w, &def), &polygon, solid->density, solid->friction, body_filter(w));
  return w->n_bodies - 1;
}

static b2Filter ball_filter(bool flies) {
  return filter_of(BALL, static_cast<uint16>(flies ? ~BALL : GROUND), 0);
}

int rl_b2_add_ball(rl_b2_world *w, const rl_b2_ball *ball) {
  b2BodyDef def;
  def.type = b2_dynamicBody;
  def.enabled = false;
  b2CircleShape circle;
  circle.m_radius = ball->radius;
  b2Body *made = add_numbered(w, &def);
  add_shape(made, &circle, 0.0f, ball->friction, b2Filter());
  b2MassData data;
  data.mass = ball->mass;
  data.center.SetZero();
  data.I = 0.4f * ball->mass * ball->radius * ball->radius;
  made->SetMassData(&data);
  return w->n_bodies - 1;
}

void rl_b2_throw_ball(rl_b2_world *w, int ball, float x, float y, float vx, float vy) {
  b2Body *b = w->bodies[ball];
  b->SetEnabled(false); /* ends its contacts */
  b->SetTransform(b2Vec2(x, y), 0.0f);
  b->SetLinearVelocity(b2Vec2(vx, vy));
  b->SetAngularVelocity(0.0f);
  b->SetAngularDamping(0.0f);
  b->GetFixtureList()->SetFilterData(ball_filter(true));
  b->SetEnabled(true);
}

void rl_b2_drop_ball(rl_b2_world *w, int ball) {
  b2Body *b = w->bodies[ball];
  b->GetFixtureList()->SetFilterData(ball_filter(false));
  b->SetAngularDamping(10.0f);
}

/* One body for all of it: Box2D goes through the list of bodies several times a step. */
static b2Body *ground_of(rl_b2_world *w) {
  const b2BodyDef def;
  if (!w->stage->ground) w->stage->ground = w->stage->world->CreateBody(&def);
  return w->stage->ground;
}

/* Box2D's one-sided edges push to the right of their direction: up, when they run from right to left. Their
 * ends go on level, so that nothing catches on them. */
void rl_b2_add_ground(rl_b2_world *w, int n, const float *xy, float friction) {
  b2Assert(2 <= n && n <= RL_B2_MAX_GROUND);
  b2Vec2 points[RL_B2_MAX_GROUND];
  for (int i = 0; i < n; i++) points[n - 1 - i] = vertex(xy, i);
  const b2Vec2 before = vertex(xy, n - 1) + b2Vec2(1.0f, 0.0f);
  const b2Vec2 after = vertex(xy, 0) - b2Vec2(1.0f, 0.0f);
  if (n == 2) {
    b2EdgeShape edge;
    edge.SetOneSided(before, points[0], points[1], after);
    add_shape(ground_of(w), &edge, 0.0f, friction, b2Filter());
  } else {
    b2ChainShape chain;
    chain.CreateChain(points, n, before, after);
    add_shape(ground_of(w), &chain, 0.0f, friction, b2Filter());
  }
}

void rl_b2_add_ground_piece(rl_b2_world *w, int n, const float *xy, float friction) {
  if (n == 2) {
    b2EdgeShape edge;
    edge.SetTwoSided(vertex(xy, 0), vertex(xy, 1));
    add_shape(ground_of(w), &edge, 0.0f, friction, b2Filter());
  } else {
    const b2PolygonShape polygon = polygon_of(n, xy, 1.0f);
    add_shape(ground_of(w), &polygon, 0.0f, friction, b2Filter());
  }
}

int rl_b2_add_hinge(rl_b2_world *w, const rl_b2_hinge *hinge) {
  b2Assert(w->n_joints < RL_B2_MAX_JOINTS);
  const bool turned = w->side < 0.0f;
  b2RevoluteJointDef def;
  def.bodyA = w->bodies[hinge->parent];
  def.bodyB = w->bodies[hinge->child];
  def.localAnchorA.Set(sided(w, hinge->at[0]), hinge->at[1]);
  def.localAnchorB.Set(sided(w, hinge->from[0]), hinge->from[1]);
  def.referenceAngle = sided(w, hinge->rest);
  def.enableLimit = hinge->limited;
  def.lowerAngle = turned ? -hinge->upper : hinge->lower;
  def.upperAngle = turned ? -hinge->lower : hinge->upper;
  w->joints[w->n_joints] = static_cast<b2RevoluteJoint *>(w->stage->world->CreateJoint(&def));
  return w->n_joints++;
}

void rl_b2_remove(rl_b2_world *w) {
  for (int i = 0; i < w->n_bodies; i++) w->bodies[i]->SetEnabled(false);
}

void rl_b2_add_force(rl_b2_world *w, int body, float fx, float fy) {
  w->bodies[body]->ApplyForceToCenter(b2Vec2(sided(w, fx), fy), true);
}

void rl_b2_add_force_at(rl_b2_world *w, int body, float fx, float fy, float x, float y) {
  w->bodies[body]->ApplyForce(b2Vec2(sided(w, fx), fy), b2Vec2(out_x(w, x), y), true);
}

void rl_b2_add_torque(rl_b2_world *w, int body, float torque) {
  w->bodies[body]->ApplyTorque(sided(w, torque), true);
}

void rl_b2_push(rl_b2_world *w, int body, int n, float ax, float ay) {
  float mass = 0.0f;
  for (int i = 0; i < n; i++) mass += w->bodies[i]->GetMass();
  rl_b2_add_force(w, body, mass * ax, mass * ay);
}

void rl_b2_set_gravity(rl_b2_world *w, float gravity) { w->stage->world->SetGravity(b2Vec2(0.0f, -gravity)); }

void rl_b2_set_motor(rl_b2_world *w, int joint, float speed, float torque) {
  b2RevoluteJoint *driven = w->joints[joint];
  driven->EnableMotor(true);
  driven->SetMotorSpeed(sided(w, speed));
  driven->SetMaxMotorTorque(torque);
}

float rl_b2_joint_torque(const rl_b2_world *w, int joint, float dt) {
  return sided(w, w->joints[joint]->GetReactionTorque(1.0f / dt));
}

float rl_b2_motor_torque(const rl_b2_world *w, int joint, float dt) {
  return sided(w, w->joints[joint]->GetMotorTorque(1.0f / dt));
}

static void measure(Stage *stage) {
  for (int i = 0; i < stage->n_bodies; i++) stage->reach[i] = reach_of(stage->bodies[i]);
  stage->measured = true;
}

static void step(Stage *stage, float dt, int velocity_iterations, int position_iterations) {
  Frame before[RL_B2_MAX_BODIES];
  b2World *world = stage->world;
  const bool decides = stage->continuous == RL_B2_AUTO && dt > 0.0f;
  if (decides && !stage->measured) measure(stage);
  for (int i = 0; i < stage->n_bodies && decides; i++)
    before[i] = {stage->bodies[i]->GetTransform(), stage->bodies[i]->GetAngle(), stage->reach[i]};
  world->SetContinuousPhysics(stage->continuous == RL_B2_ALWAYS);
  world->Step(dt, velocity_iterations, position_iterations);
  if (decides && is_continuous_needed(world, before)) {
    solve(world, {dt, 1.0f / dt, 1.0f, velocity_iterations, position_iterations, true});
    stage->continuous_steps++;
  }
}

void rl_b2_set_continuous(rl_b2_world *w, rl_b2_continuous continuous) { w->stage->continuous = continuous; }

int64_t rl_b2_continuous_steps(const rl_b2_world *w) { return w->stage->continuous_steps; }

static double now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void rl_b2_step(rl_b2_world *w, float dt, int velocity_iterations, int position_iterations) {
  Stage *stage = w->stage;
  const double start = stage->timed ? now() : 0.0;
  step(stage, dt, velocity_iterations, position_iterations);
  if (stage->timed) stage->seconds += now() - start;
}

double rl_b2_seconds(const rl_b2_world *w) {
  w->stage->timed = true;
  return w->stage->seconds;
}

rl_b2_motion rl_b2_body_motion(const rl_b2_world *w, int body) {
  const b2Body *b = w->bodies[body];
  const b2Vec2 &center = b->GetWorldCenter();
  const b2Vec2 &velocity = b->GetLinearVelocity();
  return {in_x(w, center.x),    center.y,   sided(w, b->GetAngle()),
          sided(w, velocity.x), velocity.y, sided(w, b->GetAngularVelocity())};
}

void rl_b2_body_point(const rl_b2_world *w, int body, float x, float y, float point[2]) {
  const b2Vec2 at = w->bodies[body]->GetWorldPoint(b2Vec2(sided(w, x), y));
  point[0] = in_x(w, at.x);
  point[1] = at.y;
}

rl_b2_pose rl_b2_body_pose(const rl_b2_world *w, int body) {
  const b2Body *b = w->bodies[body];
  return {in_x(w, b->GetPosition().x), b->GetPosition().y, sided(w, b->GetAngle())};
}

float rl_b2_joint_angle(const rl_b2_world *w, int joint) {
  return sided(w, w->joints[joint]->GetJointAngle());
}

float rl_b2_joint_speed(const rl_b2_world *w, int joint) {
  return sided(w, w->joints[joint]->GetJointSpeed());
}

void rl_b2_begin_interval(rl_b2_world *w) {
  for (int i = 0; i < w->n_bodies; i++) {
    rl_b2_contact &entry = w->entries[i];
    entry.touched = entry.touching > 0;
    entry.impulse = 0.0f;
  }
  for (int i = 0; i < w->n_bodies && w->stage->book.watched; i++) w->thrusts[i] = rl_b2_thrust{};
}

void rl_b2_watch(rl_b2_world *w) { w->stage->book.watched = true; }

rl_b2_thrust rl_b2_body_thrust(const rl_b2_world *w, int body) {
  rl_b2_thrust thrust = w->thrusts[body];
  if (!w->placed) return thrust;
  thrust.at_x = w->side * (thrust.at_x - w->x * thrust.normal);
  thrust.x *= w->side;
  return thrust;
}

rl_b2_contact rl_b2_body_contact(const rl_b2_world *w, int body) { return w->entries[body]; }

bool rl_b2_meets(const rl_b2_world *w, int body, const rl_b2_world *other) {
  for (const b2ContactEdge *edge = w->bodies[body]->GetContactList(); edge; edge = edge->next) {
    const int number = static_cast<int>(edge->other->GetUserData().pointer) - 1 - other->first;
    if (number >= 0 && number < other->n_bodies && edge->contact->IsTouching()) return true;
  }
  return false;
}

float rl_b2_slide(const rl_b2_world *w, int body) {
  float slide = 0.0f;
  const b2Body *b = w->bodies[body];
  for (const b2ContactEdge *edge = b->GetContactList(); edge; edge = edge->next) {
    if (!edge->contact->IsTouching() || edge->other->GetUserData().pointer != 0) continue;
    b2WorldManifold manifold;
    edge->contact->GetWorldManifold(&manifold);
    const b2Vec2 tangent = b2Cross(manifold.normal, 1.0f);
    for (int32 i = 0; i < edge->contact->GetManifold()->pointCount; i++) {
      const b2Vec2 velocity = b->GetLinearVelocityFromWorldPoint(manifold.points[i]);
      slide = b2Max(slide, std::fabs(b2Dot(velocity, tangent)));
    }
  }
  return slide;
}

float rl_b2_ray(const rl_b2_world *w, const float from[2], const float to[2]) {
  const b2BroadPhase &tree = w->stage->world->GetContactManager().m_broadPhase;
  GroundRay ray(tree);
  tree.RayCast(&ray, {b2Vec2(out_x(w, from[0]), from[1]), b2Vec2(out_x(w, to[0]), to[1]), 1.0f});
  return ray.nearest;
}
