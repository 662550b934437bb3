/* The natural policy gradient on Tetris against one that keeps all steps of its games and sums temporal differences naively. */
#include "base/parallel.h"
#include "check.h"
#include "tetris/tetris.h"

enum { N = 6, M = N + 1, GAMES = 12, MOST = 300, PLACEMENTS = 64 };

static const rl_tetris tetris = {6, 8, RL_TETRIS_DELLACHERIE, RL_TETRIS_ABOVE};
static const float weights[N] = {-0.3f, 0.3f, -0.2f, -0.4f, -0.8f, -0.2f};
static const rl_tetris_ascent ascent = {.games = GAMES,
                                        .seed = 5,
                                        .max_pieces = 60,
                                        .gamma = 0.9,
                                        .lambda = 0.8,
                                        .max_kl = 0.02,
                                        .damping = 1e-3};

typedef struct step {
  double score[N], covariance[N][N], feature[M], mean[M], lines,
      mean_lines; /* of what was placed; under the policy */
} step;

/* One piece: where it may go, and where it does. False: nowhere. */
static bool choose(rl_tetris_board *board, rl_rng *stream, step *s) {
  double feature[PLACEMENTS][N], p[PLACEMENTS], total = 0.0;
  rl_tetris_board after[PLACEMENTS];
  rl_tetris_landing landing[PLACEMENTS];
  rl_tetris_access access;
  const rl_tetris_piece piece = (rl_tetris_piece)rl_rng_below(stream, RL_TETRIS_PIECES);
  int n = 0, chosen = 0;
  memset(s, 0, sizeof *s);
  for (int r = 0; r < rl_tetris_rotations(piece); r++) {
    const rl_tetris_shape *shape = rl_tetris_piece_shape(piece, r);
    if (!rl_tetris_enter(board, tetris.entry, piece, r, &access)) continue;
    for (int c = access.first; c <= access.last; c++) {
      if (!rl_tetris_drop(board, shape, c, access.row, &after[n], &landing[n])) continue;
      rl_tetris_features(tetris.features, &after[n], &landing[n], feature[n]);
      p[n] = 0.0;
      for (int i = 0; i < N; i++) p[n] += (double)weights[i] * feature[n][i];
      p[n] = exp(p[n]);
      total += p[n++];
    }
  }
  if (n == 0) return false;
  double left = (double)rl_rng_uniform(stream) * total;
  while (chosen < n - 1 && left >= p[chosen]) left -= p[chosen++];
  for (int k = 0; k < n; k++) {
    p[k] /= total;
    s->mean_lines += p[k] * landing[k].lines;
    for (int i = 0; i < N; i++) s->mean[i] += p[k] * feature[k][i];
  }
  for (int k = 0; k < n; k++)
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++)
        s->covariance[i][j] += p[k] * (feature[k][i] - s->mean[i]) * (feature[k][j] - s->mean[j]);
  for (int i = 0; i < N; i++) {
    s->feature[i] = feature[chosen][i];
    s->score[i] = feature[chosen][i] - s->mean[i];
  }
  s->feature[N] = s->mean[N] = 1.0;
  s->lines = landing[chosen].lines;
  *board = after[chosen];
  return true;
}

/* x [n] = matrix^-1 x, by Gauss and Jordan. */
static void solve(int n, double matrix[M][M], double *x) {
  for (int k = 0; k < n; k++) {
    int best = k;
    for (int i = k + 1; i < n; i++)
      if (fabs(matrix[i][k]) > fabs(matrix[best][k])) best = i;
    for (int j = 0; j < n; j++) {
      const double swap = matrix[k][j];
      matrix[k][j] = matrix[best][j];
      matrix[best][j] = swap;
    }
    const double swap = x[k], pivot = matrix[k][k];
    x[k] = x[best];
    x[best] = swap;
    for (int i = 0; i < n; i++) {
      const double factor = i == k ? 0.0 : matrix[i][k] / matrix[k][k];
      for (int j = 0; j < n; j++) matrix[i][j] -= factor * matrix[k][j];
      x[i] -= factor * x[k];
    }
    for (int j = 0; j < n; j++) matrix[k][j] /= pivot;
    x[k] /= pivot;
  }
}

static double dot(const double *a, const double *b, int n) {
  double sum = 0.0;
  for (int i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

/* Steps [GAMES][MOST + 1] with what came after the last: zeros where the game was over. */
static int play(step (*games)[MOST + 1], int length[GAMES], int64_t lines[GAMES]) {
  int total = 0;
  for (int g = 0; g < GAMES; g++) {
    rl_rng stream;
    rl_tetris_board board;
    rl_rng_init_use(&stream, ascent.seed, RL_STREAM_ENV, (uint32_t)g);
    rl_tetris_clear(&board, tetris.width, tetris.height);
    int t = 0;
    while (choose(&board, &stream, &games[g][t]) && t < ascent.max_pieces) t++;
    length[g] = t;
    lines[g] = 0;
    for (int k = 0; k < t; k++) lines[g] += (int64_t)games[g][k].lines;
    total += t;
  }
  return total;
}

static void reference(double x[N], int64_t lines[GAMES]) {
  step(*games)[MOST + 1] = zeros(GAMES, sizeof *games);
  int length[GAMES];
  const int total = play(games, length, lines);
  double critic[M][M] = {{0.0}}, v[M] = {0.0}, fisher[M][M] = {{0.0}}, product = 0.0;
  const double gamma = ascent.gamma, decay = gamma * ascent.lambda;
  for (int g = 0; g < GAMES; g++)
    for (int t = 0; t < length[g]; t++)
      for (int u = t; u < length[g]; u++) /* what is at u counts for the features of t */
        for (int i = 0; i < M; i++) {
          const double weight = pow(decay, u - t) * games[g][t].feature[i] / total;
          const step *now = &games[g][u], *next = &games[g][u + 1];
          v[i] += weight * next->mean_lines;
          for (int j = 0; j < M; j++) critic[i][j] += weight * (now->feature[j] - gamma * next->mean[j]);
        }
  for (int i = 0; i < M; i++) critic[i][i] += 1e-6;
  solve(M, critic, v);
  memset(x, 0, N * sizeof *x);
  for (int g = 0; g < GAMES; g++)
    for (int t = 0; t < length[g]; t++) {
      double advantage = 0.0;
      for (int u = t; u < length[g]; u++) {
        const step *now = &games[g][u], *next = &games[g][u + 1];
        const double value = now->mean_lines + gamma * dot(v, now->mean, M);
        const double after = next->mean_lines + gamma * dot(v, next->mean, M);
        advantage += pow(decay, u - t) * (now->lines + gamma * after - value);
      }
      for (int i = 0; i < N; i++) {
        x[i] += advantage * games[g][t].score[i] / total;
        for (int j = 0; j < N; j++) fisher[i][j] += games[g][t].covariance[i][j] / total;
      }
    }
  for (int i = 0; i < N; i++) fisher[i][i] += ascent.damping;
  double gradient[N];
  memcpy(gradient, x, sizeof gradient);
  solve(N, fisher, x);
  product = dot(gradient, x, N);
  for (int i = 0; i < N; i++) x[i] *= sqrt(2.0 * ascent.max_kl / product);
  free(games);
}

static void a_step_is_that_of_all_steps_kept(void **state) {
  (void)state;
  rl_tetris_game played[GAMES];
  double got[N], want[N];
  int64_t lines[GAMES], sum = 0;
  rl_error error;
  assert_ok(rl_tetris_ascend(&tetris, weights, &ascent, played, got, &error));
  reference(want, lines);
  for (int g = 0; g < GAMES; g++) {
    assert_int_equal(played[g].lines, lines[g]);
    sum += lines[g];
  }
  assert_true(sum > 20);
  for (int i = 0; i < N; i++) assert_true(fabs(got[i] - want[i]) < 1e-6);
  assert_true(sqrt(dot(want, want, N)) > 0.01);
}

static void it_is_the_same_for_any_number_of_threads(void **state) {
  (void)state;
  rl_tetris_game played[GAMES];
  double one[N], two[N];
  rl_error error;
  const int threads = rl_threads();
  rl_set_threads(1);
  assert_ok(rl_tetris_ascend(&tetris, weights, &ascent, played, one, &error));
  rl_set_threads(2);
  assert_ok(rl_tetris_ascend(&tetris, weights, &ascent, played, two, &error));
  rl_set_threads(threads);
  assert_memory_equal(one, two, sizeof one);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_step_is_that_of_all_steps_kept),
      cmocka_unit_test(it_is_the_same_for_any_number_of_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
