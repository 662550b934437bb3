/* MO-CMA-ES: several objectives at once. Each of popsize points has a step size and a covariance of its own, and
 * offspring; of all, those stay that are best by non-dominated sorting and what they add to the hypervolume (Igel,
 * Hansen & Roth 2007, "Covariance Matrix Adaptation for Multi-objective Optimization"; symbols as there). An
 * offspring that stays is a success, whatever its parent is (Voss, Hansen & Igel 2010, "Improved Step Size
 * Adaptation for the MO-CMA-ES").
 *
 * Candidates of an ask are evaluated together and chosen one after the other, each among those that are there then,
 * as if they had been asked for one by one. Where all are chosen at once, as in the articles, the step sizes grow
 * again near the front: success is easy where others go.
 *
 * The covariance is kept as its Cholesky factor, by rows, of which each update is one of rank one. Points that are
 * not finite in one objective are dominated by all others. */
#include "search/pareto.h"
#include "search/search_class.h"

#include <string.h>

typedef struct options {
  rl_search_common common;
  int objectives, popsize, offspring;
  bool diagonal;
} options;

#define AT(field) offsetof(options, field)

static const rl_option table[] = {
    {"sigma", "", "standard deviation of every coordinate at first, times its scale", 0.3, 1e-150, 1e150,
     .type = RL_OPTION_NUMBER, .offset = AT(common.sigma)},
    {"objectives", "", "values that each candidate is told", 2, 2, 20, .type = RL_OPTION_INTEGER,
     .offset = AT(objectives)},
    {"popsize", "", "points of the front that is searched, and candidates of the first iteration", 100, 2,
     1 << 16, .type = RL_OPTION_INTEGER, .offset = AT(popsize)},
    {"offspring", "", "candidates of other iterations; 0: one of each point", 0, 0, 1 << 16,
     .type = RL_OPTION_INTEGER, .offset = AT(offspring)},
    {"diagonal", "", "variances only, in time and memory linear in n", 0, 0, 1, .type = RL_OPTION_BOOLEAN,
     .offset = AT(diagonal)},
    {"tolx", "", "ends the search when no standard deviation, averaged over the points, is above it", 1e-12,
     0, 1e300, .type = RL_OPTION_NUMBER, .offset = AT(common.tolx), .live = true},
    RL_SEARCH_MAX_ITERATIONS,
    RL_SEARCH_ROWS_OF_ANY};

/* Table 1 of the article. */
static const double TARGET = 1.0 / 5.5; /* rate of success */
static const double THRESHOLD = 0.44;   /* rate above which the path stands still */
static const double WHOLE = 0.2;        /* least deviation of a whole number */

/* A point is at most so many of its deviations outside of a bound: far enough that its offspring stay on it, near
 * enough that they can leave it. */
static const double REACH = 5.0;

/* Of [popsize] points. */
typedef struct points {
  double *at;      /* [popsize, n] */
  double *factor;  /* [popsize, size] */
  double *path;    /* [popsize, n] */
  double *step;    /* [popsize] sigma */
  double *success; /* [popsize] rate */
  double *cost;    /* [popsize, m] infinite where not finite */
} points;

typedef struct mo {
  const options *options;
  size_t size;      /* of a factor */
  points now, was;  /* those that stay; as they were before a tell */
  int64_t n_points; /* 0 before the first tell */
  int64_t n_injected;
  double *injected;                                /* [popsize, n] */
  double *candidate;                               /* [popsize, n] without bounds */
  double *parent;                                  /* [popsize] of each candidate; -1: none, from outside */
  double *moved;                                   /* [popsize, n] from the parent, over sigma and scale */
  double *work;                                    /* [n] */
  double *old;                                     /* [popsize] 0: a candidate of this tell has come there */
  double *all, *numbers, *x, *told, *flags, *rank; /* room to work */
  rl_rank *order;
} mo;

static int offspring_of(const mo *m) {
  return m->options->offspring > 0 ? m->options->offspring : m->options->popsize;
}

static size_t factor_size(const rl_search *s) {
  size_t n = (size_t)s->n;
  return ((const options *)s->options)->diagonal ? n : n * (n + 1) / 2;
}

static int list_points(const rl_search *s, points *p, bool saved, rl_search_part *list) {
  const options *o = s->options;
  size_t popsize = (size_t)o->popsize, n = (size_t)s->n;
  const rl_search_part all[] = {{"points", popsize * n, .array = &p->at},
                                {"factors", popsize * factor_size(s), .array = &p->factor},
                                {"paths", popsize * n, .array = &p->path},
                                {"steps", popsize, .array = &p->step},
                                {"successes", popsize, .array = &p->success},
                                {"costs", popsize * (size_t)o->objectives, .array = &p->cost, .any = true}};
  const int count = sizeof all / sizeof *all;
  memcpy(list, all, sizeof all);
  for (int i = 0; !saved && i < count; i++) list[i].name = NULL;
  return count;
}

static int parts(rl_search *s, rl_search_part *list) {
  mo *m = s->state;
  const options *o = s->options;
  int twice = 2 * o->popsize;
  size_t popsize = (size_t)o->popsize, n = (size_t)s->n, objectives = (size_t)o->objectives;
  int count = list_points(s, &m->now, true, list);
  count += list_points(s, &m->was, false, list + count);
  const rl_search_part all[] = {{"n_points", 1, .whole = &m->n_points},
                                {"n_injected", 1, .whole = &m->n_injected},
                                {"injected", popsize * n, .array = &m->injected},
                                {"parents", popsize, .array = &m->parent},
                                {"moved", popsize * n, .array = &m->moved},
                                {"candidates", popsize * n, .array = &m->candidate},
                                {"deviation", n, .number = s->deviation},
                                {NULL, n, .array = &m->work},
                                {NULL, popsize, .array = &m->old},
                                {NULL, (size_t)twice * objectives, .array = &m->all},
                                {NULL, rl_pareto_numbers(twice, o->objectives), .array = &m->numbers},
                                {NULL, popsize * (size_t)s->space.n, .array = &m->x},
                                {NULL, popsize * objectives, .array = &m->told},
                                {NULL, (size_t)twice, .array = &m->flags}, /* bool [twice] */
                                {NULL, (size_t)twice, .array = &m->rank},  /* int [2 twice] */
                                {NULL, rl_pareto_orders(twice, o->objectives), .ranks = &m->order}};
  memcpy(list + count, all, sizeof all);
  return count + (int)(sizeof all / sizeof *all);
}

static rl_status create(rl_search *s, rl_error *error) {
  options *o = s->options;
  mo *m = s->state;
  m->options = o;
  if (o->offspring > o->popsize)
    return rl_fail(error, RL_BAD_ARGUMENT, "offspring: at most popsize, %d, got %d", o->popsize,
                   o->offspring);
  m->size = factor_size(s);
  if ((double)m->size * o->popsize > 1e9)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "%d covariances of %d coordinates are too large: search with diagonal, or a smaller popsize",
        o->popsize, s->n);
  s->objectives = o->objectives;
  s->count = o->popsize; /* arrays are as large; later asks have fewer */
  return RL_OK;
}

static rl_pareto_room room_of(const mo *m) {
  return (rl_pareto_room){m->numbers, m->order, (int *)(void *)m->rank};
}

/* Asking. */

/* y = A z */
static void shape(const mo *m, size_t n, const double *factor, const double *z, double *y) {
  if (m->options->diagonal) {
    for (size_t i = 0; i < n; i++) y[i] = factor[i] * z[i];
    return;
  }
  for (size_t i = 0; i < n; factor += ++i) {
    double sum = 0.0;
    for (size_t j = 0; j <= i; j++) sum += factor[j] * z[j];
    y[i] = sum;
  }
}

/* Of coordinate i, over sigma and scale. */
static double deviation_of(const mo *m, const double *factor, size_t i) {
  if (m->options->diagonal) return factor[i];
  const double *row = factor + i * (i + 1) / 2;
  double squares = 0.0;
  for (size_t j = 0; j <= i; j++) squares += row[j] * row[j];
  return sqrt(squares);
}

/* Of the points that no other one dominates a random one. */
static int draw_parent(rl_search *s, int *rank) {
  const mo *m = s->state;
  int first = 0;
  for (int k = 0; k < m->n_points; k++) first += rank[k] == 0;
  int at = (int)fmin(first - 1, floor(first * (double)rl_rng_uniform(&s->rng)));
  for (int k = 0; k < m->n_points; k++)
    if (rank[k] == 0 && at-- == 0) return k;
  return 0;
}

/* Candidate k, without bounds. */
static rl_status place(rl_search *s, int k, int parent, rl_error *error) {
  const mo *m = s->state;
  size_t n = (size_t)s->n, p = (size_t)parent;
  double *g = m->candidate + (size_t)k * n,
         sigma = parent < 0 ? rl_search_common_of(s)->sigma : m->now.step[p];
  for (size_t i = 0; i < n; i++) {
    int c = s->coordinate[i];
    double unit = sigma * s->scale[i], wide = 1.0, from = parent < 0 ? s->space.x0[c] : m->now.at[p * n + i];
    if (s->space.integer[c]) {
      double deviation = parent < 0 ? unit : unit * deviation_of(m, m->now.factor + p * m->size, i);
      if (deviation > 0.0 && deviation < WHOLE) wide = WHOLE / deviation;
    }
    g[i] = from + unit * wide * m->moved[(size_t)k * n + i];
  }
  return rl_all_finite(g, n)
             ? RL_OK
             : rl_fail(error, RL_NOT_FINITE, "sigma %g makes candidates that are not finite", sigma);
}

/* What is outside of the bounds is evaluated on them. */
static void make_point(const rl_search *s, const double *g, double *x) {
  memcpy(x, s->space.x0, (size_t)s->space.n * sizeof *x);
  for (int i = 0; i < s->n; i++) {
    int c = s->coordinate[i];
    x[c] = rl_search_space_nearest(&s->space, c, g[i]);
  }
}

static void make_points(rl_search *s) {
  const mo *m = s->state;
  for (size_t k = 0; k < (size_t)s->count; k++)
    make_point(s, m->candidate + k * (size_t)s->n, s->x + k * (size_t)s->space.n);
}

static rl_status ask(rl_search *s, rl_error *error) {
  mo *m = s->state;
  size_t n = (size_t)s->n;
  int *rank = (int *)(void *)m->rank;
  bool first = m->n_points == 0, one_each = offspring_of(m) == m->options->popsize;
  s->count = first ? m->options->popsize : offspring_of(m);
  if (!first && !one_each) rl_pareto_ranks(m->now.cost, (int)m->n_points, s->objectives, rank, m->order);
  for (int k = 0; k < s->count; k++) {
    int parent = first ? -1 : one_each ? k : draw_parent(s, rank);
    double *moved = m->moved + (size_t)k * n;
    for (size_t i = 0; i < n; i++) m->work[i] = (double)rl_rng_normal(&s->rng);
    if (parent < 0)
      for (size_t i = 0; i < n; i++) moved[i] = k == 0 ? 0.0 : m->work[i]; /* x0 is one of them */
    else
      shape(m, n, m->now.factor + (size_t)parent * m->size, m->work, moved);
    m->parent[k] = parent;
    rl_status status = place(s, k, parent, error);
    if (status) return status;
  }
  for (int k = 0; k < m->n_injected && k < s->count; k++) {
    memcpy(m->candidate + (size_t)k * n, m->injected + (size_t)k * n, n * sizeof *m->candidate);
    m->parent[k] = -1.0;
  }
  m->n_injected = 0;
  make_points(s);
  return RL_OK;
}

static rl_status inject(rl_search *s, const double *x, rl_error *error) {
  mo *m = s->state;
  int most = m->n_points == 0 ? m->options->popsize : offspring_of(m);
  if (m->n_injected >= most)
    return rl_fail(error, RL_BAD_ARGUMENT, "inject: the next ask has only %d candidates", most);
  double *g = m->injected + (size_t)m->n_injected++ * (size_t)s->n;
  for (int i = 0; i < s->n; i++) g[i] = x[s->coordinate[i]];
  return RL_OK;
}

/* Telling. */

/* To the factor of A A' + path path'; path is used up. */
static void add_square(double *factor, size_t n, double *path) {
  for (size_t k = 0; k < n; k++) {
    double *diagonal = factor + k * (k + 1) / 2 + k, length = hypot(*diagonal, path[k]);
    double c = length / *diagonal, t = path[k] / *diagonal;
    *diagonal = length;
    for (size_t i = k + 1; i < n; i++) {
      double *below = factor + i * (i + 1) / 2 + k;
      *below = (*below + t * path[i]) / c;
      path[i] = c * path[i] - t * *below;
    }
  }
}

/* C = keep C + add path path' */
static void update_factor(const mo *m, size_t n, double *factor, const double *path, double keep, double add,
                          double *work) {
  if (m->options->diagonal) {
    for (size_t i = 0; i < n; i++) factor[i] = sqrt(keep * factor[i] * factor[i] + add * path[i] * path[i]);
    return;
  }
  for (size_t i = 0; i < m->size; i++) factor[i] *= sqrt(keep);
  for (size_t i = 0; i < n; i++) work[i] = sqrt(add) * path[i];
  add_square(factor, n, work);
}

/* The rate and the step size of a point, and of its parent, follow whether it stays. */
static void adapt_step(double n, bool success, double *rate, double *step) {
  double c_p = TARGET / (2.0 + TARGET), d = 1.0 + n / 2.0;
  *rate = (1.0 - c_p) * *rate + c_p * success;
  *step = fmin(fmax(*step * exp((*rate - TARGET) / (1.0 - TARGET) / d), 1e-150), 1e150);
}

static void adapt_covariance(const mo *m, size_t n, points *p, size_t k, const double *moved, double *work) {
  double N = (double)n, c_c = 2.0 / (N + 2.0), c_cov = 2.0 / (N * N + 6.0);
  if (m->options->diagonal) c_cov = fmin(0.5, c_cov * (N + 2.0) / 3.0); /* fewer numbers to learn */
  double *path = p->path + k * n, fresh = c_c * (2.0 - c_c);
  bool still = p->success[k] >= THRESHOLD;
  for (size_t i = 0; i < n; i++) path[i] = (1.0 - c_c) * path[i] + (still ? 0.0 : sqrt(fresh) * moved[i]);
  update_factor(m, n, p->factor + k * m->size, path, 1.0 - c_cov + (still ? c_cov * fresh : 0.0), c_cov,
                work);
}

static void copy_point(const mo *m, const rl_search *s, const points *from, size_t i, points *to, size_t k) {
  size_t n = (size_t)s->n, objectives = (size_t)s->objectives;
  memcpy(to->at + k * n, from->at + i * n, n * sizeof *to->at);
  memcpy(to->factor + k * m->size, from->factor + i * m->size, m->size * sizeof *to->factor);
  memcpy(to->path + k * n, from->path + i * n, n * sizeof *to->path);
  memcpy(to->cost + k * objectives, from->cost + i * objectives, objectives * sizeof *to->cost);
  to->step[k] = from->step[i];
  to->success[k] = from->success[i];
}

static void fresh_point(const mo *m, const rl_search *s, points *to, size_t k) {
  size_t n = (size_t)s->n;
  double *factor = to->factor + k * m->size;
  memset(to->path + k * n, 0, n * sizeof *to->path);
  memset(factor, 0, m->size * sizeof *factor);
  for (size_t i = 0; i < n; i++) factor[m->options->diagonal ? i : i * (i + 1) / 2 + i] = 1.0;
  to->step[k] = rl_search_common_of(s)->sigma;
  to->success[k] = TARGET;
}

/* Candidate c becomes point k. */
static void take(rl_search *s, size_t c, size_t k) {
  mo *m = s->state;
  points *to = &m->now;
  size_t n = (size_t)s->n;
  if (m->parent[c] < 0.0) {
    fresh_point(m, s, to, k);
  } else {
    copy_point(m, s, &m->was, (size_t)m->parent[c], to, k);
    adapt_step((double)n, true, &to->success[k], &to->step[k]);
    adapt_covariance(m, n, to, k, m->moved + c * n, m->work);
  }
  for (size_t i = 0; i < n; i++) {
    int at = s->coordinate[i];
    double lower = s->space.lower[at], upper = s->space.upper[at],
           reach = REACH * to->step[k] * s->scale[i] * deviation_of(m, to->factor + k * m->size, i);
    to->at[k * n + i] = s->space.integer[at]
                            ? s->x[c * (size_t)s->space.n + (size_t)at]
                            : fmin(fmax(m->candidate[c * n + i], lower - reach), upper + reach);
  }
  for (size_t j = 0, objectives = (size_t)s->objectives; j < objectives; j++) {
    double value = s->value[c * objectives + j];
    to->cost[k * objectives + j] = isnan(value) ? INFINITY : -value;
  }
}

/* Mean of the points, and the root mean square of their deviations. */
static void summarise(rl_search *s) {
  const mo *m = s->state;
  size_t n = (size_t)s->n, count = (size_t)m->n_points;
  for (size_t i = 0; i < n; i++) {
    double sum = 0.0, squares = 0.0;
    double lower = s->space.lower[s->coordinate[i]], upper = s->space.upper[s->coordinate[i]];
    for (size_t k = 0; k < count; k++) {
      double deviation = m->now.step[k] * deviation_of(m, m->now.factor + k * m->size, i);
      sum += m->now.at[k * n + i] / (double)count;
      squares += deviation * deviation / (double)count;
    }
    s->mean[i] = rl_bounds_inverse(fmin(fmax(sum, lower), upper), lower, upper);
    s->deviation[i] = s->scale[i] * sqrt(squares);
  }
}

/* Which point goes when candidate c comes; n_points: the candidate itself. */
static size_t choose(const rl_search *s, size_t c) {
  const mo *m = s->state;
  size_t objectives = (size_t)s->objectives, n = (size_t)m->n_points, gone = 0;
  bool *kept = (bool *)(void *)m->flags;
  rl_pareto_room room = room_of(m);
  memcpy(m->all, m->now.cost, n * objectives * sizeof *m->all);
  for (size_t j = 0; j < objectives; j++) {
    double value = s->value[c * objectives + j];
    m->all[n * objectives + j] = isnan(value) ? INFINITY : -value;
  }
  rl_pareto_select(m->all, (int)n + 1, s->objectives, (int)n, kept, &room);
  while (kept[gone]) gone++;
  return gone;
}

static rl_status tell(rl_search *s, rl_error *error) {
  (void)error;
  mo *m = s->state;
  size_t popsize = (size_t)m->options->popsize;
  for (size_t k = 0; k < (size_t)m->n_points; k++) copy_point(m, s, &m->now, k, &m->was, k);
  for (size_t k = 0; k < popsize; k++) m->old[k] = 1.0;
  for (size_t c = 0; c < (size_t)s->count; c++) {
    bool first = (size_t)m->n_points < popsize;
    size_t gone = first ? (size_t)m->n_points : choose(s, c);
    bool success = first || gone < popsize;
    if (success) {
      take(s, c, gone);
      m->old[gone] = 0.0;
    }
    if (first) m->n_points++;
    if (m->parent[c] < 0.0) continue;
    size_t p = (size_t)m->parent[c];
    adapt_step(s->n, success, &m->was.success[p], &m->was.step[p]);
    if (m->old[p] == 0.0) continue;
    m->now.success[p] = m->was.success[p];
    m->now.step[p] = m->was.step[p];
  }
  summarise(s);
  return RL_OK;
}

/* Where it stands. */

static int find_front(rl_search *s, const double **x, const double **told) {
  mo *m = s->state;
  size_t n = (size_t)s->n, width = (size_t)s->space.n, objectives = (size_t)s->objectives;
  int *rank = (int *)(void *)m->rank, count = 0, all = (int)m->n_points;
  double sign = rl_search_common_of(s)->minimize ? 1.0 : -1.0;
  rl_pareto_ranks(m->now.cost, all, s->objectives, rank, m->order); /* leaves the order by the first cost */
  for (int i = 0; i < all; i++) {
    size_t k = (size_t)m->order[i].index, to = (size_t)count;
    if (rank[k] > 0 || !isfinite(m->now.cost[k * objectives])) continue;
    make_point(s, m->now.at + k * n, m->x + to * width);
    for (size_t j = 0; j < objectives; j++)
      m->told[to * objectives + j] = sign * m->now.cost[k * objectives + j];
    count++;
  }
  *x = m->x;
  *told = m->told;
  return count;
}

static double cover(rl_search *s, const double *reference) {
  mo *m = s->state;
  double sign = rl_search_common_of(s)->minimize ? 1.0 : -1.0, *turned = m->flags;
  rl_pareto_room room = room_of(m);
  for (int j = 0; j < s->objectives; j++) turned[j] = sign * reference[j];
  return rl_hypervolume(m->now.cost, (int)m->n_points, s->objectives, turned, &room);
}

static void view(rl_search *s, rl_search_state *v) {
  const mo *m = s->state;
  if (!s->asked) v->popsize = m->n_points == 0 ? m->options->popsize : offspring_of(m);
}

static rl_status loaded(rl_search *s, const char *prefix, rl_error *error) {
  mo *m = s->state;
  const options *o = s->options;
  bool begun = s->iterations > 0;
  size_t n = (size_t)s->n, popsize = (size_t)o->popsize;
  s->count = m->n_points == 0 ? o->popsize : offspring_of(m);
  bool sound = m->n_points == (begun ? o->popsize : 0) && m->n_injected >= 0 && m->n_injected <= s->count;
  for (size_t k = 0; sound && k < (size_t)m->n_points; k++) {
    sound = m->now.step[k] > 0.0 && m->now.success[k] >= 0.0 && m->now.success[k] <= 1.0;
    for (size_t i = 0; i < n; i++)
      sound = sound && m->now.factor[k * m->size + (o->diagonal ? i : i * (i + 1) / 2 + i)] > 0.0;
    for (int j = 0; j < o->objectives; j++)
      sound = sound && !isnan(m->now.cost[k * (size_t)o->objectives + (size_t)j]);
  }
  for (size_t k = 0; sound && s->asked && k < popsize; k++)
    sound = k >= (size_t)s->count || (m->parent[k] == floor(m->parent[k]) && m->parent[k] >= -1.0 &&
                                      m->parent[k] < (double)(begun ? o->popsize : 0));
  for (size_t i = 0; i < n; i++) sound = sound && s->deviation[i] >= 0.0;
  make_points(s);
  return sound ? RL_OK : rl_fail(error, RL_BAD_FORMAT, "%s: not a sensible state", prefix);
}

const rl_search_class rl_search_mo_cmaes = {.name = "mo_cmaes",
                                            .meaning = "several objectives, by a front of (1+1)-CMA-ES",
                                            .source = "Igel, Hansen & Roth 2007; Voss, Hansen & Igel 2010",
                                            .options = table,
                                            .n_options = sizeof table / sizeof *table,
                                            .options_size = sizeof(options),
                                            .state_size = sizeof(mo),
                                            .points = true,
                                            .create = create,
                                            .parts = parts,
                                            .ask = ask,
                                            .tell = tell,
                                            .inject = inject,
                                            .view = view,
                                            .front = find_front,
                                            .hypervolume = cover,
                                            .loaded = loaded};
