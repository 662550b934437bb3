/* Tetris: the seven pieces, where one can begin to drop, and what happens when it does (tetris.h has the
 * rules). */
#include "tetris/tetris.h"

#include <stddef.h>

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

const rl_tetris_shape *rl_tetris_piece_shape(rl_tetris_piece piece, int rotation) {
  return &pieces[piece].shape[rotation];
}

void rl_tetris_clear(rl_tetris_board *board, int width, int height) {
  *board = (rl_tetris_board){.width = width, .height = height};
}

const char *const rl_tetris_entries[] = {"above", "fit", NULL};

/* The left edge and the bottom of a shape as seen from the pivot. The pivots are the o:
 *
 *   ##o#   #o   .o#   #o.   #o#   #o#   #o#     as the pieces enter
 *          ##   ##.   .##   .#.   ..#   #..     */
typedef struct offset {
  int left, bottom;
} offset;

static offset from_pivot(rl_tetris_piece piece, int rotation) {
  if (piece == RL_TETRIS_I) return rotation ? (offset){0, -2} : (offset){-2, 0};
  if (pieces[piece].rotations == 4 && rotation == 0) return (offset){-1, 0};
  return rotation == 1 ? (offset){0, -1} : (offset){-1, -1};
}

static bool fits(const rl_tetris_board *board, const rl_tetris_shape *shape, int column, int row) {
  if (column < 0 || column + shape->width > board->width) return false;
  for (int j = 0; j < shape->width; j++)
    if (board->column[column + j] & (uint64_t)shape->column[j] << row) return false;
  return true;
}

/* Turned in place, before it moves. */
static bool turn(const rl_tetris_board *board, rl_tetris_piece piece, int rotation,
                 rl_tetris_access *access) {
  const offset o = from_pivot(piece, rotation);
  access->first = access->last = board->width / 2 + o.left;
  access->row = board->height - 2 + o.bottom;
  return fits(board, &pieces[piece].shape[rotation], access->first, access->row);
}

bool rl_tetris_enter(const rl_tetris_board *board, rl_tetris_entry entry, rl_tetris_piece piece, int rotation,
                     rl_tetris_access *access) {
  const rl_tetris_shape *shape = &pieces[piece].shape[rotation];
  if (entry == RL_TETRIS_ABOVE) {
    *access = (rl_tetris_access){0, board->width - shape->width, board->height};
    return true;
  }
  const int flat_side_up = pieces[piece].rotations == 4 ? 2 : 0;
  if (!turn(board, piece, flat_side_up, access) || !turn(board, piece, rotation, access)) return false;
  while (fits(board, shape, access->first - 1, access->row)) access->first--;
  while (fits(board, shape, access->last + 1, access->row)) access->last++;
  return true;
}

/* Row on which the bottom of the shape comes to rest when it drops from `row`. */
static int rest(const rl_tetris_board *board, const rl_tetris_shape *shape, int column, int row) {
  int bottom = 0;
  for (int j = 0; j < shape->width; j++) {
    const int lowest = __builtin_ctz(shape->column[j]);
    const uint64_t under = board->column[column + j] & ((UINT64_C(1) << (row + lowest)) - 1);
    const int height = under ? 64 - __builtin_clzll(under) : 0;
    if (height - lowest > bottom) bottom = height - lowest;
  }
  return bottom;
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

bool rl_tetris_drop(const rl_tetris_board *board, const rl_tetris_shape *shape, int column, int row,
                    rl_tetris_board *after, rl_tetris_landing *landing) {
  const int bottom = rest(board, shape, column, row);
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
