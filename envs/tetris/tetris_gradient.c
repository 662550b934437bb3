/* Steps along the natural gradient of a softmax over placements; see tetris.h. */
#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "tetris/tetris.h"

#include <math.h>
#include <string.h>

enum { D = RL_TETRIS_MAX_FEATURES + 1, MOST_PLACEMENTS = 4 * RL_TETRIS_MAX_WIDTH };

/* Sums over the steps of a game. n features, and behind them the constant of the critic. */
typedef struct sums {
  double fisher[D * D];     /* [n, n] covariances of the features under the policy */
  double from_lines[D];     /* [n] trace of grad log pi times what lines make of the temporal difference, */
  double from_value[D * D]; /* [n, n + 1] and what the value makes of it, for each of its weights */
  double critic[D * D], to[D]; /* [n + 1, n + 1] v = [n + 1] is the critic's equation */
} sums;

/* What the policy sees before a piece, and what it does. */
typedef struct decision {
  int count, chosen;
  rl_tetris_board after[MOST_PLACEMENTS];
  rl_tetris_landing landing[MOST_PLACEMENTS];
  double feature[MOST_PLACEMENTS][RL_TETRIS_MAX_FEATURES];
  double probability[MOST_PLACEMENTS];
  double mean[D], mean_lines; /* under the policy; 1 for the constant */
} decision;

static void list_placements(const rl_tetris *tetris, const rl_tetris_board *board, rl_tetris_piece piece,
                            decision *d) {
  rl_tetris_access access;
  d->count = 0;
  for (int rotation = 0; rotation < rl_tetris_rotations(piece); rotation++) {
    const rl_tetris_shape *shape = rl_tetris_piece_shape(piece, rotation);
    if (!rl_tetris_enter(board, tetris->entry, piece, rotation, &access)) continue;
    for (int column = access.first; column <= access.last; column++) {
      const int k = d->count;
      if (!rl_tetris_drop(board, shape, column, access.row, &d->after[k], &d->landing[k])) continue;
      rl_tetris_features(tetris->features, &d->after[k], &d->landing[k], d->feature[k]);
      d->count++;
    }
  }
}

static void decide(const float *weights, int n, rl_rng *stream, decision *d) {
  double greatest = -INFINITY, total = 0.0;
  for (int k = 0; k < d->count; k++) {
    double score = 0.0;
    for (int i = 0; i < n; i++) score += (double)weights[i] * d->feature[k][i];
    d->probability[k] = score;
    greatest = fmax(greatest, score);
  }
  for (int k = 0; k < d->count; k++) total += d->probability[k] = exp(d->probability[k] - greatest);
  memset(d->mean, 0, sizeof d->mean);
  d->mean_lines = 0.0;
  d->mean[n] = d->count > 0 ? 1.0 : 0.0;
  double left = d->count > 0 ? (double)rl_rng_uniform(stream) : 0.0;
  d->chosen = d->count - 1;
  for (int k = 0; k < d->count; k++) {
    const double p = d->probability[k] /= total;
    for (int i = 0; i < n; i++) d->mean[i] += p * d->feature[k][i];
    d->mean_lines += p * (double)d->landing[k].lines;
    if (left >= 0.0 && (left -= p) < 0.0) d->chosen = k;
  }
}

static void add_fisher(const decision *d, int n, double *fisher) {
  for (int k = 0; k < d->count; k++)
    for (int i = 0; i < n; i++) {
      const double off = d->probability[k] * (d->feature[k][i] - d->mean[i]);
      for (int j = 0; j <= i; j++) fisher[i * n + j] += off * (d->feature[k][j] - d->mean[j]);
    }
}

/* A step from `now`, whose placement has been made, to `next`; without a placement there the game is over and worth nothing. */
static void add_step(const decision *now, const decision *next, int n, double gamma, double decay,
                     double *trace, double *critic_trace, sums *s) {
  const int m = n + 1;
  const double *feature = now->feature[now->chosen];
  const double lines = (double)now->landing[now->chosen].lines + gamma * next->mean_lines - now->mean_lines;
  for (int i = 0; i < m; i++) {
    const double here = i < n ? feature[i] : 1.0;
    trace[i] = decay * trace[i] + (i < n ? here - now->mean[i] : 0.0);
    critic_trace[i] = decay * critic_trace[i] + here;
    s->from_lines[i] += trace[i] * lines;
    s->to[i] += critic_trace[i] * next->mean_lines;
  }
  for (int i = 0; i < m; i++)
    for (int j = 0; j < m; j++) {
      s->from_value[i * m + j] += trace[i] * gamma * (gamma * next->mean[j] - now->mean[j]);
      s->critic[i * m + j] += critic_trace[i] * ((j < n ? feature[j] : 1.0) - gamma * next->mean[j]);
    }
}

typedef struct job {
  const rl_tetris *tetris;
  const float *weights;
  const rl_tetris_ascent *ascent;
  int n;
  rl_tetris_game *played; /* [games] */
  sums *of;               /* [games] */
} job;

static void play_one(void *context, int index, int worker) {
  const job *all = context;
  const rl_tetris_ascent *o = all->ascent;
  const int n = all->n;
  rl_tetris_game *game = &all->played[index];
  sums *s = &all->of[index];
  double trace[D] = {0.0}, critic_trace[D] = {0.0};
  decision both[2], *now = &both[0], *next = &both[1];
  rl_tetris_board board;
  rl_rng stream;
  (void)worker;
  memset(game, 0, sizeof *game);
  memset(s, 0, sizeof *s);
  rl_rng_init_use(&stream, o->seed, RL_STREAM_ENV, (uint32_t)index);
  rl_tetris_clear(&board, all->tetris->width, all->tetris->height);
  list_placements(all->tetris, &board, (rl_tetris_piece)rl_rng_below(&stream, RL_TETRIS_PIECES), now);
  decide(all->weights, n, &stream, now);
  while (game->pieces < o->max_pieces && !game->over && !rl_stop_asked()) {
    game->placements += now->count;
    game->lines += now->landing[now->chosen].lines;
    game->pieces++;
    add_fisher(now, n, s->fisher);
    list_placements(all->tetris, &now->after[now->chosen],
                    (rl_tetris_piece)rl_rng_below(&stream, RL_TETRIS_PIECES), next);
    decide(all->weights, n, &stream, next);
    game->over = next->count == 0;
    add_step(now, next, n, o->gamma, o->gamma * o->lambda, trace, critic_trace, s);
    decision *done = now;
    now = next;
    next = done;
  }
}

/* x [n] = matrix^-1 x by elimination with pivots; matrix [n, n] is used up. False: it is singular. */
static bool solve(int n, double *matrix, double *x) {
  for (int k = 0; k < n; k++) {
    int best = k;
    for (int i = k + 1; i < n; i++)
      if (fabs(matrix[i * n + k]) > fabs(matrix[best * n + k])) best = i;
    if (!(fabs(matrix[best * n + k]) > 0.0)) return false;
    for (int j = 0; j < n && best != k; j++) {
      const double swap = matrix[k * n + j];
      matrix[k * n + j] = matrix[best * n + j];
      matrix[best * n + j] = swap;
    }
    const double swap = x[k];
    x[k] = x[best];
    x[best] = swap;
    for (int i = k + 1; i < n; i++) {
      const double factor = matrix[i * n + k] / matrix[k * n + k];
      for (int j = k; j < n; j++) matrix[i * n + j] -= factor * matrix[k * n + j];
      x[i] -= factor * x[k];
    }
  }
  for (int k = n - 1; k >= 0; k--) {
    for (int j = k + 1; j < n; j++) x[k] -= matrix[k * n + j] * x[j];
    x[k] /= matrix[k * n + k];
  }
  return true;
}

static void add_up(sums *total, const sums *of, int games) {
  double *to = (double *)total;
  memset(total, 0, sizeof *total);
  for (int g = 0; g < games; g++)
    for (size_t i = 0; i < sizeof *total / sizeof *to; i++) to[i] += ((const double *)&of[g])[i];
}

/* The critic's constant is a feature twice where the set has one too; a trace of the identity tells which of the two it is. */
static const double RIDGE = 1e-6;

static void find_step(const sums *s, int n, double steps, const rl_tetris_ascent *o, double *step) {
  const int m = n + 1;
  double matrix[D * D], value[D], fisher[D * D], curvature = 0.0;
  memset(step, 0, (size_t)n * sizeof *step);
  for (int i = 0; i < m * m; i++) matrix[i] = s->critic[i] / steps;
  for (int i = 0; i < m; i++) {
    matrix[i * m + i] += RIDGE;
    value[i] = s->to[i] / steps;
  }
  if (!solve(m, matrix, value)) return;
  for (int i = 0; i < n; i++) {
    step[i] = s->from_lines[i] / steps;
    for (int j = 0; j < m; j++) step[i] += s->from_value[i * m + j] * value[j] / steps;
    for (int j = 0; j < n; j++) matrix[i * n + j] = s->fisher[(i > j ? i * n + j : j * n + i)] / steps;
  }
  memcpy(fisher, matrix, sizeof fisher);
  for (int i = 0; i < n; i++) matrix[i * n + i] += o->damping;
  if (!solve(n, matrix, step)) memset(step, 0, (size_t)n * sizeof *step);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++)
      curvature += step[i] * (fisher[i * n + j] + (i == j ? o->damping : 0.0)) * step[j];
  const double length = curvature > 0.0 ? sqrt(2.0 * o->max_kl / curvature) : 0.0;
  for (int i = 0; i < n; i++) step[i] *= length;
}

rl_status rl_tetris_ascend(const rl_tetris *tetris, const float *weights, const rl_tetris_ascent *ascent,
                           rl_tetris_game *played, double *step, rl_error *error) {
  const int n = rl_tetris_n_features(tetris);
  sums total, *of = rl_allocate((size_t)ascent->games, sizeof *of);
  if (!of) return rl_fail(error, RL_NO_MEMORY, "out of memory for %d games", ascent->games);
  job all = {tetris, weights, ascent, n, played, of};
  rl_parallel_for(ascent->games, play_one, &all);
  add_up(&total, of, ascent->games);
  rl_release(of);
  rl_status status = rl_stop_check(error);
  const rl_tetris_totals totals = rl_tetris_total(played, ascent->games);
  if (status) return status;
  find_step(&total, n, fmax((double)totals.pieces, 1.0), ascent, step);
  for (int i = 0; i < n; i++)
    if (!isfinite(step[i]))
      return rl_fail(error, RL_NOT_FINITE, "the step of feature %d is not finite", i + 1);
  return RL_OK;
}
