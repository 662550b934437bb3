/* Terrain of BipedalWalker; see walker_terrain.h. A machine with four states walks from point to point. The
 * first point of a state builds its boxes; those that follow lay the edges of the terrain inside or under
 * them. After an obstacle, and in the easy terrain after every 5 to 9 points, one point stays level. */
#include "walker/walker_terrain.h"

#include <assert.h>
#include <string.h>

typedef enum ground_state { GRASS, STUMP, STAIRS, PIT } ground_state;

static const double STEP = RL_WALKER_STEP;
static const int STAIR_WIDTH = 4; /* points */
static const int PIT_DEPTH = 4;   /* as many STEPs deep */

typedef struct pen {
  rl_walker_terrain *terrain;
  rl_rng *rng;
  ground_state state;
  bool first;    /* point of its state */
  int remaining; /* points of it */
  double y, velocity;
  double before;    /* m: height where the obstacle begins */
  int stairs, rise; /* how many; 1 up, -1 down */
} pen;

/* low .. high */
static int draw(rl_rng *rng, int low, int high) {
  return low + (int)rl_rng_below(rng, (uint32_t)(high - low + 1));
}

static void add_box(pen *p, double left, double bottom, int width, int height /* in STEPs */) {
  const float x = (float)left, right = (float)(left + width * STEP);
  const float y = (float)bottom, top = (float)(bottom + height * STEP);
  const float corners[4][2] = {{x, y}, {right, y}, {right, top}, {x, top}};
  assert(p->terrain->n_boxes < RL_WALKER_MAX_BOXES);
  memcpy(p->terrain->boxes[p->terrain->n_boxes++], corners, sizeof corners);
}

static double sign(double value) { return value > 0.0 ? 1.0 : value < 0.0 ? -1.0 : 0.0; }

static void grow_grass(pen *p, int point) {
  p->velocity = 0.8 * p->velocity + 0.01 * sign(RL_WALKER_GROUND - p->y);
  if (point > RL_WALKER_START) p->velocity += (2.0 * (double)rl_rng_uniform(p->rng) - 1.0) / 30.0;
  p->y += p->velocity;
}

static void begin_obstacle(pen *p, double x) {
  p->before = p->y;
  switch (p->state) {
  case GRASS: break;
  case STUMP:
    p->remaining = draw(p->rng, 1, 2);
    add_box(p, x, p->y, p->remaining, p->remaining);
    break;
  case STAIRS:
    p->rise = rl_rng_uniform(p->rng) > 0.5f ? 1 : -1;
    p->stairs = draw(p->rng, 3, 4);
    p->remaining = p->stairs * STAIR_WIDTH;
    for (int i = 0; i < p->stairs; i++)
      add_box(p, x + i * STAIR_WIDTH * STEP, p->y + (i * p->rise - 1) * STEP, STAIR_WIDTH, 1);
    break;
  case PIT: { /* between two walls of the ground */
    const int wall = draw(p->rng, 3, 4);
    add_box(p, x, p->y - PIT_DEPTH * STEP, 1, PIT_DEPTH);
    add_box(p, x + wall * STEP, p->y - PIT_DEPTH * STEP, 1, PIT_DEPTH);
    p->remaining = wall + 2;
    break;
  }
  }
}

static void go_on(pen *p, int point) {
  switch (p->state) {
  case GRASS: grow_grass(p, point); break;
  case STUMP: break;
  case STAIRS: {
    const int passed = p->stairs * STAIR_WIDTH - p->remaining - p->rise;
    p->y = p->before + (double)passed / STAIR_WIDTH * p->rise * STEP;
    break;
  }
  case PIT: p->y = p->remaining > 1 ? p->before - PIT_DEPTH * STEP : p->before; break;
  }
}

static void advance(pen *p, bool hardcore) {
  p->first = --p->remaining == 0;
  if (!p->first) return;
  p->remaining = draw(p->rng, 5, 9);
  p->state = hardcore && p->state == GRASS ? (ground_state)draw(p->rng, STUMP, PIT) : GRASS;
}

void rl_walker_terrain_make(rl_walker_terrain *terrain, bool hardcore, rl_rng *rng) {
  pen p = {.terrain = terrain, .rng = rng, .remaining = RL_WALKER_START, .y = RL_WALKER_GROUND};
  terrain->n_boxes = 0;
  for (int i = 0; i < RL_WALKER_POINTS; i++) {
    const double x = i * STEP;
    if (p.first)
      begin_obstacle(&p, x);
    else
      go_on(&p, i);
    terrain->xy[i][0] = (float)x;
    terrain->xy[i][1] = (float)p.y;
    advance(&p, hardcore);
  }
}
