/* Whole games of Tetris with a linear controller, and many of them on all threads. */
#include "tetris/tetris.h"

#include "base/parallel.h"
#include "base/stop.h"

#include <math.h>

/* Places the piece on the board; the lines that it removes, or -1 when that ends the game. */
static int place(const rl_tetris *tetris, const float *weights, int n_features, rl_tetris_board *board,
                 rl_tetris_piece piece, int64_t *placements) {
  double feature[RL_TETRIS_MAX_FEATURES], greatest = -INFINITY;
  rl_tetris_board after, best;
  rl_tetris_landing landing;
  rl_tetris_access access;
  int lines = -1;
  for (int rotation = 0; rotation < rl_tetris_rotations(piece); rotation++) {
    const rl_tetris_shape *shape = rl_tetris_piece_shape(piece, rotation);
    if (!rl_tetris_enter(board, tetris->entry, piece, rotation, &access)) continue;
    for (int column = access.first; column <= access.last; column++) {
      if (!rl_tetris_drop(board, shape, column, access.row, &after, &landing)) continue;
      rl_tetris_features(tetris->features, &after, &landing, feature);
      double value = 0.0;
      for (int i = 0; i < n_features; i++) value += (double)weights[i] * feature[i];
      ++*placements;
      if (!(value > greatest)) continue;
      greatest = value;
      best = after;
      lines = landing.lines;
    }
  }
  if (lines >= 0) *board = best;
  return lines;
}

rl_tetris_game rl_tetris_play(const rl_tetris *tetris, const float *weights, rl_rng *stream,
                              int64_t max_pieces) {
  const int n_features = rl_tetris_n_features(tetris);
  rl_tetris_board board;
  rl_tetris_clear(&board, tetris->width, tetris->height);
  rl_tetris_game game = {0};
  while (game.pieces < max_pieces && !rl_stop_asked()) {
    const rl_tetris_piece piece = (rl_tetris_piece)rl_rng_below(stream, RL_TETRIS_PIECES);
    const int lines = place(tetris, weights, n_features, &board, piece, &game.placements);
    game.over = lines < 0;
    if (game.over) break;
    game.pieces++;
    game.lines += lines;
  }
  return game;
}

typedef struct job {
  const rl_tetris *tetris;
  const rl_tetris_match *match;
  const float *weights; /* [n, features] */
  int n_features;
  rl_tetris_game *played; /* [n, games] */
} job;

static void play_one(void *context, int index, int worker) {
  const job *all = context;
  const rl_tetris_match *match = all->match;
  (void)worker;
  rl_rng stream;
  rl_rng_init_use(&stream, match->seed, RL_STREAM_ENV,
                  (uint32_t)(match->common ? index % match->games : index));
  const float *weights = all->weights + (int64_t)(index / match->games) * all->n_features;
  all->played[index] = rl_tetris_play(all->tetris, weights, &stream, match->max_pieces);
}

void rl_tetris_play_match(const rl_tetris *tetris, const float *weights, int n, const rl_tetris_match *match,
                          rl_tetris_game *played) {
  job all = {tetris, match, weights, rl_tetris_n_features(tetris), played};
  rl_parallel_for(n * match->games, play_one, &all);
}

void rl_tetris_mean_lines(const rl_tetris_game *played, int n, int games, float *mean) {
  for (int64_t i = 0; i < n; i++) {
    double sum = 0.0;
    for (int g = 0; g < games; g++) sum += (double)played[i * games + g].lines;
    mean[i] = (float)(sum / games);
  }
}

rl_tetris_totals rl_tetris_total(const rl_tetris_game *played, int64_t n_played) {
  rl_tetris_totals totals = {0};
  for (int64_t i = 0; i < n_played; i++) {
    totals.pieces += played[i].pieces;
    totals.placements += played[i].placements;
    totals.cut += !played[i].over;
  }
  return totals;
}
