/* Ground profiles; see ground.h. Flat ground is one edge, the cheapest thing Box2D can stand on; the others
 * reach 10 m back and 80 m forward, which is 20 s at 4 m/s: every point of them costs a third of a
 * microsecond a reset. */
#include "physics/ground.h"

#include <math.h>

static const float FLAT_REACH = 1000.0f;
static const float BACK = -10.0f, FORWARD = 80.0f;
static const float SPACING = 0.5f;
static const float RISER =
    0.02f; /* m that the face of a step leans over, so that height is a function of x */

static void add(rl_ground *ground, float x, float y) {
  ground->xy[ground->n][0] = x;
  ground->xy[ground->n][1] = y;
  ground->n++;
}

static void make_flat(rl_ground *ground) {
  add(ground, -FLAT_REACH, 0.0f);
  add(ground, FLAT_REACH, 0.0f);
}

static void make_rough(rl_ground *ground, const rl_ground_options *options, rl_rng *rng) {
  const int last = (int)((FORWARD - BACK) / SPACING);
  for (int i = 0; i <= last; i++) {
    const float x = BACK + SPACING * (float)i;
    const float height = options->roughness * rl_rng_normal(rng);
    add(ground, x, fabsf(x) <= options->level + SPACING ? 0.0f : height);
  }
}

static void make_slope(rl_ground *ground, const rl_ground_options *options) {
  add(ground, BACK - options->level, 0.0f);
  add(ground, options->level, 0.0f);
  add(ground, FORWARD + options->level, FORWARD * tanf(options->slope));
}

/* Steps in one direction from the edge of the level part; `sign` is -1 to the left. */
static int plan_steps(float (*corners)[2], int most, const rl_ground_options *options, float reach,
                      rl_rng *rng) {
  float height = 0.0f;
  int n = 0;
  for (float x = options->level; x < reach && n + 2 <= most; x += options->step_length) {
    corners[n][0] = x;
    corners[n++][1] = height;
    height += rl_rng_uniform(rng) < 0.5f ? options->step_height : -options->step_height;
    corners[n][0] = x + RISER;
    corners[n++][1] = height;
  }
  return n;
}

static void make_steps(rl_ground *ground, const rl_ground_options *options, rl_rng *rng) {
  float forward[3 * RL_GROUND_MAX / 4 - 2][2], back[RL_GROUND_MAX / 4][2];
  const int n_forward = plan_steps(forward, 3 * RL_GROUND_MAX / 4 - 2, options, FORWARD, rng);
  const int n_back = plan_steps(back, RL_GROUND_MAX / 4, options, -BACK, rng);
  add(ground, -back[n_back - 1][0] - options->step_length, back[n_back - 1][1]);
  for (int i = n_back - 1; i >= 0; i--) add(ground, -back[i][0], back[i][1]);
  for (int i = 0; i < n_forward; i++) add(ground, forward[i][0], forward[i][1]);
  add(ground, forward[n_forward - 1][0] + options->step_length, forward[n_forward - 1][1]);
}

void rl_ground_make(rl_ground *ground, const rl_ground_options *options, rl_rng *rng) {
  ground->n = 0;
  switch (options->kind) {
  case RL_GROUND_FLAT: make_flat(ground); break;
  case RL_GROUND_ROUGH: make_rough(ground, options, rng); break;
  case RL_GROUND_SLOPE: make_slope(ground, options); break;
  case RL_GROUND_STEPS: make_steps(ground, options, rng); break;
  }
}

void rl_ground_seen(const rl_ground *ground, float x, bool turned, rl_ground *seen) {
  seen->n = ground->n;
  for (int i = 0; i < ground->n; i++) {
    const float *from = ground->xy[turned ? ground->n - 1 - i : i];
    seen->xy[i][0] = turned ? x - from[0] : from[0] - x;
    seen->xy[i][1] = from[1];
  }
}

float rl_ground_height(const rl_ground *ground, float x) {
  int low = 0, high = ground->n - 1;
  if (!(x > ground->xy[low][0])) return ground->xy[low][1];
  if (x >= ground->xy[high][0]) return ground->xy[high][1];
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    if (x < ground->xy[middle][0])
      high = middle;
    else
      low = middle;
  }
  const float *left = ground->xy[low], *right = ground->xy[high];
  return left[1] + (right[1] - left[1]) * (x - left[0]) / (right[0] - left[0]);
}

bool rl_ground_inside(const rl_ground *ground, float x) {
  return x > ground->xy[0][0] + 1.0f && x < ground->xy[ground->n - 1][0] - 1.0f;
}
