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

/* For rounding, here and in b2TimeOfImpact: m, and m for a metre from the origin. */
const float MARGIN = 5e-4f, RELATIVE_MARGIN = 1e-6f;

/* The points of a shape but for its radius, as b2DistanceProxy sees them. */
struct Points {
  b2Vec2 at[b2_maxPolygonVertices];
  int n;
  float radius;

  Points(const b2Shape *shape, int child) : n(0), radius(shape->m_radius) {
    switch (shape->GetType()) {
    case b2Shape::e_circle: at[n++] = static_cast<const b2CircleShape *>(shape)->m_p; break;
    case b2Shape::e_edge: {
      const auto *edge = static_cast<const b2EdgeShape *>(shape);
      at[n++] = edge->m_vertex1;
      at[n++] = edge->m_vertex2;
      break;
    }
    case b2Shape::e_chain: {
      const auto *chain = static_cast<const b2ChainShape *>(shape);
      at[n++] = chain->m_vertices[child];
      at[n++] = chain->m_vertices[child + 1];
      break;
    }
    default: {
      const auto *polygon = static_cast<const b2PolygonShape *>(shape);
      while (n < polygon->m_count) {
        at[n] = polygon->m_vertices[n];
        n++;
      }
      break;
    }
    }
  }
};

float largest(const b2Vec2 &v) { return b2Max(std::fabs(v.x), std::fabs(v.y)); }

/* The points of a shape before and after the step. */
struct Sweep {
  b2Vec2 from[b2_maxPolygonVertices], to[b2_maxPolygonVertices];
  int n;
  float sagitta;

  Sweep(const Points &points, const b2Body *body, const rl_frame &before) : n(points.n) {
    const b2Transform &after = body->GetTransform();
    const b2Vec2 &center = body->GetLocalCenter();
    const float turn = body->GetAngle() - before.angle;
    float reach = 0.0f; /* at least the distance of the farthest */
    for (int i = 0; i < n; i++) {
      const b2Vec2 arm = b2Abs(points.at[i] - center);
      reach = b2Max(reach, arm.x + arm.y);
      from[i] = b2Mul(before.transform, points.at[i]);
      to[i] = b2Mul(after, points.at[i]);
    }
    sagitta = 0.125f * reach * turn * turn;
  }

  /* All of it farther than `distance` in front of the line through `point`? */
  bool beyond(const b2Vec2 &point, const b2Vec2 &normal, float distance) const {
    bool all = true;
    for (int i = 0; i < n; i++)
      all = all && b2Dot(from[i] - point, normal) > distance && b2Dot(to[i] - point, normal) > distance;
    return all;
  }
};

/* Can the step have brought the two together? One of them is static. */
bool apart(b2Contact *contact, const rl_frame *before) {
  b2Fixture *ground = contact->GetFixtureA(), *fixture = contact->GetFixtureB();
  int child = contact->GetChildIndexA();
  if (ground->GetBody()->GetType() == b2_dynamicBody) {
    b2Swap(ground, fixture);
    child = contact->GetChildIndexB();
  }
  b2Body *body = fixture->GetBody();
  Points piece(ground->GetShape(), child);
  const Points points(fixture->GetShape(), 0);
  float size = 0.0f;
  for (int i = 0; i < piece.n; i++) {
    piece.at[i] = b2Mul(ground->GetBody()->GetTransform(), piece.at[i]);
    size = b2Max(size, largest(piece.at[i]));
  }
  const float target = b2Max(b2_linearSlop, piece.radius + points.radius - 3.0f * b2_linearSlop);
  const float tolerance = 0.25f * b2_linearSlop;
  const Sweep sweep(points, body, before[body->GetUserData().pointer - 1]);
  const float distance = target + tolerance + sweep.sagitta + MARGIN + RELATIVE_MARGIN * size;
  for (int i = 0; i < piece.n && piece.n > 1; i++) { /* an edge is seen from both of its sides */
    const b2Vec2 &start = piece.at[i], &end = piece.at[(i + 1) % piece.n];
    b2Vec2 normal = b2Cross(end - start, 1.0f); /* outward: polygons run counter-clockwise */
    normal.Normalize();
    if (sweep.beyond(start, normal, distance)) return true;
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

bool rl_continuous_needed(b2World *world, const rl_frame *before) {
  for (b2Contact *contact = world->GetContactList(); contact; contact = contact->GetNext())
    if (is_tested(contact) && !apart(contact, before)) return true;
  return false;
}

void rl_continuous_collision(b2World *world, const b2TimeStep &step) { solve(world, step); }
