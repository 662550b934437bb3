/* Continuous collision is looked for in the steps that may have it: with the results, to the bit, of looking in all
 * of them, over the whole range of what a creature may be and do; and hardly ever. */
#include "physics/box2d.h"

#include "check.h"

#include "base/rng.h"
#include "env/vec_env.h"
#include "physics/ground.h"
#include "registry.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

extern int b2_gjkCalls, b2_toiCalls; /* Box2D's own: how often it has looked */
extern bool g_blockSolve;            /* Box2D's own: read in every step */

/* From the least to the greatest, each factor as likely. */
static float between(rl_rng *rng, float least, float greatest) {
  return least * powf(greatest / least, rl_rng_uniform(rng));
}
static float either(rl_rng *rng, float size) { return size * (2.0f * rl_rng_uniform(rng) - 1.0f); }

/* What creatures, options and states allow: shape.c, creature_check.c, creature_env.c, parts.c. */
static const float LEAST_SIZE = 0.01f, GREATEST_SIZE = 100.0f;         /* m */
static const float LEAST_MASS = 1e-3f, GREATEST_MASS = 1e6f;           /* kg */
static const float LEAST_GRAVITY = 0.01f, GREATEST_GRAVITY = 100.0f;   /* m/s^2 */
static const float LEAST_RATE = 10.0f, GREATEST_RATE = 200.0f * 32.0f; /* Hz, of the physics */
static const float GREATEST_MOTOR = 1e3f, GREATEST_TORQUE = 1e6f;      /* rad/s, N m */

enum { BODIES = 4, STEPS = 60 };

typedef struct scene {
  float gravity, dt, size;
  int velocity_iterations, position_iterations;
  rl_ground ground;
  bool pieces; /* the ground is edges and boxes by themselves */
  bool hinged;
  int n_vertices[BODIES]; /* 0: a circle */
  float vertices[BODIES][4][2], radius[BODIES];
  rl_b2_body body[BODIES];
  float force[BODIES][2], motor[2]; /* N; rad/s and N m */
} scene;

/* A box, a thin triangle or a circle of about this size. */
static void draw_shape(scene *s, int i, float size, rl_rng *rng) {
  const float half = 0.5f * size, thin = fmaxf(half * rl_rng_uniform(rng), 0.5f * LEAST_SIZE);
  const float box[4][2] = {{-half, -thin}, {half, -thin}, {half, thin}, {-half, thin}};
  const float triangle[4][2] = {{-half, -thin}, {half, -thin}, {-half, thin}};
  static const int counts[] = {0, 3, 4};
  s->n_vertices[i] = counts[rl_rng_below(rng, 3)];
  s->radius[i] = fmaxf(half, LEAST_SIZE);
  memcpy(s->vertices[i], s->n_vertices[i] == 3 ? triangle : box, sizeof box);
}

static scene draw_scene(rl_rng *rng) {
  scene s = {.gravity = between(rng, LEAST_GRAVITY, GREATEST_GRAVITY),
             .dt = 1.0f / between(rng, LEAST_RATE, GREATEST_RATE),
             .size = between(rng, LEAST_SIZE, GREATEST_SIZE),
             .velocity_iterations = 1 + (int)rl_rng_below(rng, 10),
             .position_iterations = 1 + (int)rl_rng_below(rng, 4),
             .hinged = rl_rng_below(rng, 2) == 0,
             .pieces = rl_rng_below(rng, 3) == 0};
  const rl_ground_options options = {.kind = (rl_ground_kind)rl_rng_below(rng, 4),
                                     .level = 1.0f + rl_rng_uniform(rng),
                                     .roughness = 0.5f * rl_rng_uniform(rng),
                                     .slope = either(rng, 0.785f),
                                     .step_height = 0.5f * rl_rng_uniform(rng),
                                     .step_length = between(rng, 0.2f, 10.0f)};
  rl_ground_make(&s.ground, &options, rng);
  const float mass = between(rng, LEAST_MASS, GREATEST_MASS);
  const float speed = between(rng, 0.1f, 2.0f / s.dt); /* Box2D moves nothing farther than 2 m a step */
  for (int i = 0; i < BODIES; i++) {
    const float size = fmaxf(s.size * rl_rng_uniform(rng), LEAST_SIZE);
    draw_shape(&s, i, size, rng);
    const float x = either(rng, 2.0f), above = s.size + speed * s.dt * 3.0f * rl_rng_uniform(rng);
    const bool hangs = s.hinged && i > 0; /* by the hinge between it and the one before */
    s.body[i] = (rl_b2_body){.mass = fmaxf(mass * rl_rng_uniform(rng), LEAST_MASS),
                             .x = hangs ? s.body[0].x : x,
                             .y = hangs ? s.body[i - 1].y + s.size : rl_ground_height(&s.ground, x) + above,
                             .angle = hangs ? 1.5707963f : either(rng, 3.0f),
                             .vx = either(rng, speed),
                             .vy = -speed * rl_rng_uniform(rng)};
    if (s.hinged) s.body[0].angle = 1.5707963f; /* a chain, upright */
    s.body[i].inertia = s.body[i].mass * size * size * between(rng, 0.01f, 0.5f);
    for (int k = 0; k < 2; k++) s.force[i][k] = either(rng, s.body[i].mass * 1000.0f);
  }
  s.motor[0] = either(rng, GREATEST_MOTOR);
  s.motor[1] = between(rng, 1e-3f, GREATEST_TORQUE);
  return s;
}

static void lay_ground(const scene *s, rl_b2_world *world) {
  if (!s->pieces) {
    rl_b2_add_ground(world, s->ground.n, &s->ground.xy[0][0], 0.9f);
    return;
  }
  for (int i = 0; i + 1 < s->ground.n; i++) rl_b2_add_ground_piece(world, 2, s->ground.xy[i], 0.9f);
  for (int i = 0; i < 4; i++) { /* stumps */
    const float x = (float)i - 1.5f, y = rl_ground_height(&s->ground, x) - 0.1f,
                side = 0.05f + 0.1f * (float)i;
    const float box[4][2] = {{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}};
    rl_b2_add_ground_piece(world, 4, &box[0][0], 0.9f);
  }
}

static void build(const scene *s, rl_b2_continuous continuous, rl_b2_world *world) {
  rl_b2_set_continuous(world, continuous);
  rl_b2_clear(world, s->gravity);
  lay_ground(s, world);
  for (int i = 0; i < BODIES; i++) {
    rl_b2_add_body(world, &s->body[i]);
    if (s->n_vertices[i])
      rl_b2_add_polygon(world, i, s->n_vertices[i], &s->vertices[i][0][0], 0.5f);
    else
      rl_b2_add_circle(world, i, 0.0f, 0.0f, s->radius[i], 0.5f);
  }
  for (int i = 1; i < BODIES && s->hinged; i++) {
    const rl_b2_hinge hinge = {.parent = i - 1,
                               .child = i,
                               .at = {0.5f * s->size, 0.0f},
                               .from = {-0.5f * s->size, 0.0f},
                               .lower = -1.0f,
                               .upper = 1.0f,
                               .limited = i > 1};
    rl_b2_set_motor(world, rl_b2_add_hinge(world, &hinge), s->motor[0], s->motor[1]);
  }
}

/* Thrown at the ground, pushed, and turned by motors. */
static void move(const scene *s, int step, rl_b2_world *world) {
  for (int i = 0; i < BODIES && step < 3; i++) {
    rl_b2_add_force(world, i, s->force[i][0], s->force[i][1]);
    rl_b2_add_torque(world, i, s->force[i][0] * s->size);
  }
  rl_b2_step(world, s->dt, s->velocity_iterations, s->position_iterations);
}

static void read_all(const rl_b2_world *world, rl_b2_motion motions[BODIES], rl_b2_contact contacts[BODIES]) {
  for (int i = 0; i < BODIES; i++) {
    motions[i] = rl_b2_body_motion(world, i);
    contacts[i] = rl_b2_body_contact(world, i);
  }
}

static bool all_finite(const rl_b2_motion motions[BODIES]) {
  for (int i = 0; i < BODIES; i++)
    if (!isfinite(motions[i].x + motions[i].y + motions[i].angle)) return false;
  return true;
}

/* Has a body got under the ground? */
static bool is_below(const scene *s, const rl_b2_motion motions[BODIES]) {
  for (int i = 0; i < BODIES; i++)
    if (rl_ground_inside(&s->ground, motions[i].x) &&
        motions[i].y < rl_ground_height(&s->ground, motions[i].x) - 0.05f)
      return true;
  return false;
}

static void automatic_is_always_to_the_bit_for_all_that_is_accepted(void **state) {
  (void)state;
  enum { SCENES = 3000, KINDS = 3 };
  rl_b2_world *worlds[KINDS];
  rl_rng rng;
  rl_rng_init(&rng, 14, 0);
  int steps = 0, below[KINDS] = {0};
  for (int k = 0; k < KINDS; k++) assert_int_equal(rl_b2_create(&worlds[k], NULL), RL_OK);
  for (int n = 0; n < SCENES; n++) {
    const scene s = draw_scene(&rng);
    rl_b2_motion motions[KINDS][BODIES];
    rl_b2_contact contacts[KINDS][BODIES];
    for (int k = 0; k < KINDS; k++) build(&s, (rl_b2_continuous)k, worlds[k]);
    for (int i = 0; i < STEPS; i++, steps++) {
      for (int k = 0; k < KINDS; k++) {
        move(&s, i, worlds[k]);
        read_all(worlds[k], motions[k], contacts[k]);
      }
      if (!all_finite(motions[RL_B2_ALWAYS])) break;
      assert_memory_equal(motions[RL_B2_AUTO], motions[RL_B2_ALWAYS], sizeof motions[0]);
      for (int b = 0; b < BODIES; b++) {
        assert_int_equal(contacts[RL_B2_AUTO][b].touching, contacts[RL_B2_ALWAYS][b].touching);
        assert_true(contacts[RL_B2_AUTO][b].impulse == contacts[RL_B2_ALWAYS][b].impulse);
      }
    }
    for (int k = 0; k < KINDS; k++) below[k] += is_below(&s, motions[k]);
  }
  /* The range is one that needs it (Box2D itself does not hold every chain of bodies), and yet most steps do not. */
  assert_true(below[RL_B2_NEVER] > SCENES / 5 && below[RL_B2_ALWAYS] < SCENES / 50);
  assert_true(rl_b2_continuous_steps(worlds[RL_B2_AUTO]) > 0);
  assert_true(rl_b2_continuous_steps(worlds[RL_B2_AUTO]) < steps / 4);
  for (int k = 0; k < KINDS; k++) rl_b2_free(worlds[k]);
}

/* Threads that look do not take the line from those that read. */
static void counters_lie_apart(void **state) {
  (void)state;
  const uintptr_t read = (uintptr_t)&g_blockSolve,
                  written[] = {(uintptr_t)&b2_gjkCalls, (uintptr_t)&b2_toiCalls};
  assert_true(b2_gjkCalls > 0 && b2_toiCalls > 0); /* Box2D uses these: worlds have looked by now */
  for (int i = 0; i < 2; i++) assert_true(written[i] / 128 != read / 128);
  assert_true(written[0] / 128 != written[1] / 128);
}

/* Where feet are set down and pushed off, and the ground is felt at every step. */
static void a_person_walks_without_a_look(void **state) {
  (void)state;
  enum { COPIES = 2, ACTIONS = 200 };
  rl_vec_env *env;
  rl_error error;
  rl_env_def *def;
  assert_int_equal(rl_registry_open("reflex_human", NULL, 0, &def, &error), RL_OK);
  float *still = calloc(COPIES * (size_t)def->action.size, sizeof *still);
  assert_int_equal(rl_vec_env_create(&env, def, COPIES, 1, 0, NULL, &error), RL_OK);
  assert_int_equal(rl_vec_env_reset(env, &error), RL_OK);
  const int gjk = b2_gjkCalls, toi = b2_toiCalls;
  for (int i = 0; i < ACTIONS; i++) assert_int_equal(rl_vec_env_step(env, still, &error), RL_OK);
  assert_true(rl_vec_env_view(env)->episode_length[0] == ACTIONS); /* it has not fallen */
  assert_int_equal(b2_gjkCalls, gjk);
  assert_int_equal(b2_toiCalls, toi);
  rl_vec_env_free(env);
  rl_env_def_free(def);
  free(still);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(automatic_is_always_to_the_bit_for_all_that_is_accepted),
      cmocka_unit_test(counters_lie_apart),
      cmocka_unit_test(a_person_walks_without_a_look),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
