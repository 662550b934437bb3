/* See continuous.hpp.
 *
 * b2TimeOfImpact takes the centre of mass of a body along a straight line and turns the body evenly, and acts
 * on what comes nearer to a piece of ground than `target` + `tolerance` (b2_time_of_impact.cpp). The distance of
 * a vertex from a straight line then is, at any moment, at least the lesser of those before and after the step,
 * less the sagitta of the vertex's arc: r w^2 / 8, r its distance from the centre of mass and w the angle that
 * is turned. A piece of ground all of whose points are behind a line that no vertex of the shape comes near is
 * not met. */
#include "physics/continuous.hpp"

#include <cmath>

namespace {

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
bool apart(b2Contact *contact, const rl_frame *before) {
  b2Fixture *ground = contact->GetFixtureA(), *fixture = contact->GetFixtureB();
  int child = contact->GetChildIndexA();
  if (ground->GetBody()->GetType() == b2_dynamicBody) {
    b2Swap(ground, fixture);
    child = contact->GetChildIndexB();
  }
  b2Body *body = fixture->GetBody();
  const b2Transform &place = ground->GetBody()->GetTransform(), &after = body->GetTransform();
  const rl_frame &start = before[body->GetUserData().pointer - 1];
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

} // namespace

float rl_reach(const b2Body *body) {
  float reach = 0.0f;
  for (const b2Fixture *fixture = body->GetFixtureList(); fixture; fixture = fixture->GetNext()) {
    const Core core = core_of(fixture->GetShape(), 0);
    for (int i = 0; i < core.n; i++)
      reach = b2Max(reach,
                    b2Max(core.vertices[i].Length(), (core.vertices[i] - body->GetLocalCenter()).Length()));
  }
  return reach;
}

bool rl_continuous_needed(b2World *world, const rl_frame *before) {
  for (b2Contact *contact = world->GetContactList(); contact; contact = contact->GetNext())
    if (is_tested(contact) && !apart(contact, before)) return true;
  return false;
}

void rl_continuous_collision(b2World *world, const b2TimeStep &step) { solve(world, step); }
