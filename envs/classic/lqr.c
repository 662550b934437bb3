/* The environment "lqr": a linear system of any matrices with a quadratic cost (lqr.h), and noise.
 *
 * The reward is -(s'Q s + a'R a) of the state before the step; then s' = A s + B a + noise N(0, I). A start
 * is start N(0, I). Time is counted in steps, of which one lasts 0.1 s in a replay.
 *
 * What is beyond BOUND does not exist: actions are clamped to it, and a state that leaves it is put back to
 * it and the episode truncated, as its range has run out. With entries of the matrices up to 1e6 no reward
 * exceeds 1e21, which a float holds. */
#include "classic/lqr.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char rl_lqr_summary[] = "a linear system with a quadratic cost, of any matrices A, B, Q, R";

static const double BOUND = 1e6;
static const double STEP_SECONDS = 0.1;

enum { NOISE, START, LIMIT, N_OPTIONS };

static const rl_option options[N_OPTIONS] = {
    [NOISE] = {"noise", "", "standard deviation of what each step adds to each coordinate", 0.0, 0.0, 1000.0,
               .live = true},
    [START] = {"start", "", "standard deviation of each coordinate of the first state", 1.0, 0.0, 1000.0,
               .live = true},
    [LIMIT] = {"limit", "steps", "after which an episode is truncated", 50.0, 1.0, 1e6,
               .type = RL_OPTION_INTEGER, .live = true},
};

enum { STATE_TERM, ACTION_TERM, N_TERMS };
static const char *const terms[N_TERMS] = {"state", "action"};

typedef struct lqr_def {
  rl_env_def def;
  rl_lqr problem;
  rl_field fields[RL_LQR_MAX];
  char names[RL_LQR_MAX][16]; /* s1, s2, ... */
} lqr_def;

typedef struct lqr_copy {
  const rl_lqr *problem;
  double state[RL_LQR_MAX]; /* [n] */
  double noise;
  rl_rng *rng;
  int steps, limit;
} lqr_copy;

static void show(const lqr_copy *copy, rl_env_io *io) {
  for (int i = 0; i < copy->problem->n; i++) io->observation[i] = io->fields[i] = (float)copy->state[i];
}

static rl_status create(void **self, const rl_env_def *def, rl_error *error) {
  rl_status status = rl_env_allocate(self, sizeof(lqr_copy), def, error);
  if (!status) ((lqr_copy *)*self)->problem = &((const lqr_def *)def->config)->problem;
  return status;
}

static void begin(lqr_copy *copy, const double *option, rl_rng *rng) {
  copy->noise = option[NOISE];
  copy->limit = (int)option[LIMIT];
  copy->rng = rng;
  copy->steps = 0;
}

static void reset(void *self, const double *option, rl_rng *rng, rl_env_io *io) {
  lqr_copy *copy = self;
  begin(copy, option, rng);
  for (int i = 0; i < copy->problem->n; i++) copy->state[i] = option[START] * (double)rl_rng_normal(rng);
  io->reward = 0.0;
  io->terms[STATE_TERM] = io->terms[ACTION_TERM] = 0.0f;
  io->terminated = io->truncated = false;
  show(copy, io);
}

static void save(const void *self, double *state) {
  const lqr_copy *copy = self;
  const int n = copy->problem->n;
  memcpy(state, copy->state, (size_t)n * sizeof *state);
  state[n] = copy->steps;
}

static void load(void *self, const double *option, rl_rng *rng, const double *state, rl_env_io *io) {
  lqr_copy *copy = self;
  const int n = copy->problem->n;
  begin(copy, option, rng);
  memcpy(copy->state, state, (size_t)n * sizeof *state);
  copy->steps = rl_env_whole(state[n]);
  show(copy, io);
}

/* x'M x of M [n, n] */
static double quadratic(const double *M, const double *x, int n) {
  double sum = 0.0;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) sum += x[i] * M[i * n + j] * x[j];
  return sum;
}

/* Moves the state on; false when it is out of bounds. */
static bool move(lqr_copy *copy, const double *action) {
  const rl_lqr *lqr = copy->problem;
  double next[RL_LQR_MAX];
  bool inside = true;
  for (int i = 0; i < lqr->n; i++) {
    next[i] = copy->noise > 0.0 ? copy->noise * (double)rl_rng_normal(copy->rng) : 0.0;
    for (int j = 0; j < lqr->n; j++) next[i] += lqr->A[i * lqr->n + j] * copy->state[j];
    for (int j = 0; j < lqr->m; j++) next[i] += lqr->B[i * lqr->m + j] * action[j];
    if (fabs(next[i]) <= BOUND) continue;
    next[i] = copysign(BOUND, next[i]);
    inside = false;
  }
  memcpy(copy->state, next, (size_t)lqr->n * sizeof *next);
  return inside;
}

static void step(void *self, const float *action, rl_env_io *io) {
  lqr_copy *copy = self;
  const rl_lqr *lqr = copy->problem;
  double a[RL_LQR_MAX];
  for (int i = 0; i < lqr->m; i++) a[i] = (double)action[i];
  const double state_cost = quadratic(lqr->Q, copy->state, lqr->n),
               action_cost = quadratic(lqr->R, a, lqr->m);
  io->reward = -state_cost - action_cost;
  io->terms[STATE_TERM] = (float)-state_cost;
  io->terms[ACTION_TERM] = (float)-action_cost;
  const bool inside = move(copy, a);
  copy->steps++;
  io->terminated = false;
  io->truncated = copy->steps >= copy->limit || !inside;
  show(copy, io);
}

/* A bead a coordinate, on a level of its own, beside a post that stands at 0. */
static const float LEVEL = 0.4f;

static void draw(void *self, const rl_scene *scene) {
  const int n = ((const lqr_copy *)self)->problem->n;
  const float top = LEVEL * (float)(n + 1);
  scene->polygon(scene->context, 0, 4, (float[]){-0.02f, 0.0f, 0.02f, 0.0f, 0.02f, top, -0.02f, top}, true);
  for (int i = 0; i < n; i++) scene->circle(scene->context, i + 1, 0.0f, 0.0f, 0.12f);
}

static void poses(void *self, float *pose) {
  const lqr_copy *copy = self;
  const int n = copy->problem->n;
  for (int i = 0; i < 3 * (n + 1); i++) pose[i] = 0.0f;
  for (int i = 0; i < n; i++) {
    pose[3 * (i + 1)] = (float)copy->state[i];
    pose[3 * (i + 1) + 1] = LEVEL * (float)(n - i);
  }
}

const rl_lqr *rl_lqr_of(const rl_env_def *def) {
  return def->create == create ? &((const lqr_def *)def->config)->problem : NULL;
}

static double dt(const double *option) {
  (void)option;
  return STEP_SECONDS;
}

static void free_def(rl_env_def *def) { rl_release((void *)def->config); }

static void define(lqr_def *made) {
  const int n = made->problem.n;
  for (int i = 0; i < n; i++) {
    snprintf(made->names[i], sizeof made->names[i], "s%d", i + 1);
    made->fields[i] = (rl_field){made->names[i], "", "a coordinate of the state"};
  }
  made->def = (rl_env_def){
      .name = "lqr",
      .summary = rl_lqr_summary,
      .observation = {.kind = RL_BOX, .size = n, .low = -INFINITY, .high = INFINITY},
      .action = {.kind = RL_BOX, .size = made->problem.m, .low = (float)-BOUND, .high = (float)BOUND},
      .fields = made->fields,
      .n_fields = n,
      .options = options,
      .n_options = N_OPTIONS,
      .terms = terms,
      .n_terms = N_TERMS,
      .n_bodies = n + 1,
      .copies_a_piece = 64,
      .config = made,
      .repeatable = true,
      .create = create,
      .free = rl_release,
      .reset = reset,
      .step = step,
      .n_state = n + 1,
      .save = save,
      .load = load,
      .draw = draw,
      .poses = poses,
      .dt = dt,
      .free_def = free_def,
  };
}

rl_status rl_lqr_open(const rl_matrix *matrices, int n_matrices, rl_env_def **def, rl_error *error) {
  *def = NULL;
  lqr_def *made = rl_allocate(1, sizeof *made);
  if (!made) return rl_fail(error, RL_NO_MEMORY, "lqr: out of memory");
  const rl_status status = rl_lqr_make(&made->problem, matrices, n_matrices, error);
  if (status) {
    rl_release(made);
    return status;
  }
  define(made);
  *def = &made->def;
  return RL_OK;
}
