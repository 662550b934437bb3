/* The terrain of BipedalWalker: 200 heights 14/30 m apart, level for the first 20, then slightly uneven
 * grass. Hardcore puts an obstacle after every stretch of 5 to 9 points of grass: a stump, stairs or a pit,
 * made of boxes with sides along x and y. Drawn by the rules of Gymnasium's BipedalWalker-v3, from our own
 * stream. */
#ifndef RL_WALKER_TERRAIN_H
#define RL_WALKER_TERRAIN_H

#include "base/rng.h"

#include <stdbool.h>

RL_C_BEGIN

enum {
  RL_WALKER_POINTS = 200,
  RL_WALKER_START = 20,    /* points of level ground at the beginning; the walker starts in its middle */
  RL_WALKER_END = 10,      /* points before the end of the terrain an episode is over */
  RL_WALKER_MAX_BOXES = 40 /* no obstacle, with the grass behind it, takes less than 5 points for each box */
};

#define RL_WALKER_STEP   (14.0 / 30.0)        /* m from one point to the next, which begin at x = 0 */
#define RL_WALKER_GROUND (400.0 / 30.0 / 4.0) /* m: height of the first points */

typedef struct rl_walker_terrain {
  float xy[RL_WALKER_POINTS][2]; /* m */
  int n_boxes;
  float boxes[RL_WALKER_MAX_BOXES][4][2]; /* m: corners, counter-clockwise from the lower left */
} rl_walker_terrain;

void rl_walker_terrain_make(rl_walker_terrain *terrain, bool hardcore, rl_rng *rng);

RL_C_END

#endif
