/* Tetris: the seven pieces, and what happens when one drops (tetris.h has the rules). */
#include "tetris.h"

/* Columns from the left, bit 0 at the bottom:   ..#      a shape of 3 x 2
 *                                               ###      = {3, 2, {1, 1, 3}} */
static const struct {
  int rotations;
  rl_tetris_shape shape[4];
} pieces[RL_TETRIS_PIECES] = {
    [RL_TETRIS_I] = {2, {{4, 1, {1, 1, 1, 1}}, {1, 4, {15}}}},
    [RL_TETRIS_O] = {1, {{2, 2, {3, 3}}}},
    [RL_TETRIS_T] = {4, {{3, 2, {1, 3, 1}}, {2, 3, {7, 2}}, {3, 2, {2, 3, 2}}, {2, 3, {2, 7}}}},
    [RL_TETRIS_S] = {2, {{3, 2, {1, 3, 2}}, {2, 3, {6, 3}}}},
    [RL_TETRIS_Z] = {2, {{3, 2, {2, 3, 1}}, {2, 3, {3, 6}}}},
    [RL_TETRIS_J] = {4, {{3, 2, {3, 1, 1}}, {2, 3, {7, 4}}, {3, 2, {2, 2, 3}}, {2, 3, {1, 7}}}},
    [RL_TETRIS_L] = {4, {{3, 2, {1, 1, 3}}, {2, 3, {7, 1}}, {3, 2, {3, 2, 2}}, {2, 3, {4, 7}}}},
};

int rl_tetris_rotations(rl_tetris_piece piece) { return pieces[piece].rotations; }

const rl_tetris_shape *rl_tetris_shape_of(rl_tetris_piece piece, int rotation) {
  return &pieces[piece].shape[rotation];
}

void rl_tetris_clear(rl_tetris_board *board, int width, int height) {
  *board = (rl_tetris_board){.width = width, .height = height};
}

/* Row on which the bottom of the shape comes to rest. */
static int rest(const rl_tetris_board *board, const rl_tetris_shape *shape, int column) {
  int row = 0;
  for (int j = 0; j < shape->width; j++) {
    const uint64_t under = board->column[column + j];
    const int height = under ? 64 - __builtin_clzll(under) : 0;
    const int at = height - __builtin_ctz(shape->column[j]);
    if (at > row) row = at;
  }
  return row;
}

/* Takes the rows of the bits in `full` out of every column, the highest first. */
static void remove_rows(rl_tetris_board *board, uint64_t full) {
  while (full) {
    const int row = 63 - __builtin_clzll(full);
    const uint64_t below = (UINT64_C(1) << row) - 1;
    for (int j = 0; j < board->width; j++)
      board->column[j] = (board->column[j] & below) | ((board->column[j] >> 1) & ~below);
    full &= below;
  }
}

bool rl_tetris_drop(const rl_tetris_board *board, const rl_tetris_shape *shape, int column,
                    rl_tetris_board *after, rl_tetris_landing *landing) {
  const int bottom = rest(board, shape, column);
  if (bottom + shape->height > board->height) return false;
  *after = *board;
  for (int j = 0; j < shape->width; j++) after->column[column + j] |= (uint64_t)shape->column[j] << bottom;
  uint64_t full = after->column[0];
  for (int j = 1; j < board->width; j++) full &= after->column[j];
  *landing = (rl_tetris_landing){.bottom = bottom, .height = shape->height};
  if (!full) return true;
  landing->lines = __builtin_popcountll(full);
  for (int j = 0; j < shape->width; j++)
    landing->cells += __builtin_popcountll(full & (uint64_t)shape->column[j] << bottom);
  remove_rows(after, full);
  return true;
}
