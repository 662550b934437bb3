/* Whole games of Tetris with a linear controller, and many of them on all threads. */
#include "tetris.h"

#include "parallel.h"

#include <math.h>

/* Places the piece on the board; the lines that it removes, or -1 when every placement sticks out. */
static int place(const rl_tetris *tetris, const float *weights, int n_features, rl_tetris_board *board,
                 rl_tetris_piece piece) {
  double feature[RL_TETRIS_MAX_FEATURES], greatest = -INFINITY;
  rl_tetris_board after, best;
  rl_tetris_landing landing;
  int lines = -1;
  for (int rotation = 0; rotation < rl_tetris_rotations(piece); rotation++) {
    const rl_tetris_shape *shape = rl_tetris_shape_of(piece, rotation);
    for (int column = 0; column + shape->width <= board->width; column++) {
      if (!rl_tetris_drop(board, shape, column, &after, &landing)) continue;
      rl_tetris_features(tetris->features, &after, &landing, feature);
      double value = 0.0;
      for (int i = 0; i < n_features; i++) value += (double)weights[i] * feature[i];
      if (!(value > greatest)) continue;
      greatest = value;
      best = after;
      lines = landing.lines;
    }
  }
  if (lines >= 0) *board = best;
  return lines;
}

int64_t rl_tetris_play(const rl_tetris *tetris, const float *weights, rl_rng *stream, int64_t max_pieces) {
  const int n_features = rl_tetris_n_features(tetris);
  rl_tetris_board board;
  rl_tetris_clear(&board, tetris->width, tetris->height);
  int64_t score = 0;
  for (int64_t i = 0; i < max_pieces; i++) {
    const rl_tetris_piece piece = (rl_tetris_piece)rl_rng_below(stream, RL_TETRIS_PIECES);
    const int lines = place(tetris, weights, n_features, &board, piece);
    if (lines < 0) break;
    score += lines;
  }
  return score;
}

typedef struct batch {
  const rl_tetris *tetris;
  const float *weights; /* [n, features] */
  int games, n_features;
  uint64_t seed;
  int64_t max_pieces, *lines; /* [n, games] */
} batch;

static void play_one(void *context, int index, int worker) {
  const batch *all = context;
  (void)worker;
  rl_rng stream;
  rl_rng_init_use(&stream, all->seed, RL_STREAM_ENV, (uint32_t)index);
  const float *weights = all->weights + (int64_t)(index / all->games) * all->n_features;
  all->lines[index] = rl_tetris_play(all->tetris, weights, &stream, all->max_pieces);
}

void rl_tetris_play_games(const rl_tetris *tetris, const float *weights, int n, int games, uint64_t seed,
                          int64_t max_pieces, int64_t *lines) {
  batch all = {tetris, weights, games, rl_tetris_n_features(tetris), seed, max_pieces, lines};
  rl_parallel_for(n * games, play_one, &all);
}
