/* What a linear controller sees of a Tetris board after a placement.
 *
 * bertsekas (Bertsekas & Ioffe 1996): the height of each column, the absolute difference of each two
 * neighbours, the greatest height, holes, and 1.
 *
 * dellacherie (2003) and, with the last two, dellacherie_thiery (Thiery & Scherrer 2009):
 *   landing_height      of the piece's middle, where it came to rest; 0 is the middle of the bottom row
 *   eroded_cells        rows removed x cells of the piece among them
 *   row_transitions     full cells beside empty ones in a row, over all rows; the walls are full
 *   column_transitions  the same in a column; the floor is full, above the board it is empty
 *   holes               empty cells with a full one anywhere above
 *   cumulative_wells    for each empty cell between two full ones (or walls): it and the empty ones below it,
 *                       down to the next full one
 *   hole_depth          full cells with an empty one anywhere below
 *   rows_with_holes */
#include "tetris/tetris.h"

#include <stdio.h>
#include <stdlib.h>

const char *const rl_tetris_feature_sets[] = {"bertsekas", "dellacherie", "dellacherie_thiery", NULL};

static const char *const dellacherie_names[] = {
    "landing_height", "eroded_cells",     "row_transitions", "column_transitions",
    "holes",          "cumulative_wells", "hole_depth",      "rows_with_holes",
};

int rl_tetris_n_features(const rl_tetris *tetris) {
  switch (tetris->features) {
  case RL_TETRIS_DELLACHERIE: return 6;
  case RL_TETRIS_DELLACHERIE_THIERY: return 8;
  case RL_TETRIS_BERTSEKAS: break;
  }
  return 2 * tetris->width + 2;
}

void rl_tetris_feature_name(const rl_tetris *tetris, int feature, char name[RL_TETRIS_NAME]) {
  const int w = tetris->width;
  if (tetris->features != RL_TETRIS_BERTSEKAS)
    snprintf(name, RL_TETRIS_NAME, "%s", dellacherie_names[feature]);
  else if (feature < w)
    snprintf(name, RL_TETRIS_NAME, "height_%d", feature + 1);
  else if (feature < 2 * w - 1)
    snprintf(name, RL_TETRIS_NAME, "difference_%d", feature - w + 1);
  else
    snprintf(name, RL_TETRIS_NAME, "%s",
             (const char *[]){"max_height", "holes", "constant"}[feature - (2 * w - 1)]);
}

static int count(uint64_t bits) { return __builtin_popcountll(bits); }

/* Row above the highest full cell. */
static int height_of(uint64_t column) { return column ? 64 - __builtin_clzll(column) : 0; }

static void bertsekas(const rl_tetris_board *board, double *out) {
  const int w = board->width;
  int height[RL_TETRIS_MAX_WIDTH], highest = 0, holes = 0;
  for (int j = 0; j < w; j++) {
    height[j] = height_of(board->column[j]);
    if (height[j] > highest) highest = height[j];
    holes += height[j] - count(board->column[j]);
    out[j] = height[j];
  }
  for (int j = 0; j + 1 < w; j++) out[w + j] = abs(height[j] - height[j + 1]);
  out[2 * w - 1] = highest;
  out[2 * w] = holes;
  out[2 * w + 1] = 1.0;
}

/* Sum over the cells of `wells`, bits of an empty cell each, of the empty cells from there down. */
static int well_depths(uint64_t wells, uint64_t column) {
  int sum = 0;
  for (; wells; wells &= wells - 1) {
    const int row = __builtin_ctzll(wells);
    sum += row + 1 - height_of(column & ((UINT64_C(1) << row) - 1));
  }
  return sum;
}

static void dellacherie(const rl_tetris_board *board, const rl_tetris_landing *landing, bool thiery,
                        double *out) {
  const uint64_t wall = (UINT64_C(1) << board->height) - 1;
  int row_transitions = 0, column_transitions = 0, holes = 0, wells = 0, hole_depth = 0;
  uint64_t left = wall, rows_with_holes = 0;
  for (int j = 0; j < board->width; j++) {
    const uint64_t column = board->column[j];
    const uint64_t right = j + 1 < board->width ? board->column[j + 1] : wall;
    const uint64_t standing = column << 1 | 1; /* on the floor */
    const uint64_t hole = ~column & ((UINT64_C(1) << height_of(column)) - 1);
    row_transitions += count(left ^ column);
    column_transitions += count(standing ^ standing >> 1);
    holes += count(hole);
    wells += well_depths(left & right & ~column, column);
    hole_depth += count(column & (column + 1)); /* without the full cells on the floor */
    rows_with_holes |= hole;
    left = column;
  }
  row_transitions += count(left ^ wall);
  out[0] = landing->bottom + 0.5 * (landing->height - 1);
  out[1] = landing->lines * landing->cells;
  out[2] = row_transitions;
  out[3] = column_transitions;
  out[4] = holes;
  out[5] = wells;
  if (!thiery) return;
  out[6] = hole_depth;
  out[7] = count(rows_with_holes);
}

void rl_tetris_features(rl_tetris_feature_set set, const rl_tetris_board *after,
                        const rl_tetris_landing *landing, double *out) {
  if (set == RL_TETRIS_BERTSEKAS)
    bertsekas(after, out);
  else
    dellacherie(after, landing, set == RL_TETRIS_DELLACHERIE_THIERY, out);
}
