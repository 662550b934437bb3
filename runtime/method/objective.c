#include "method/objective.h"

#include "base/memory.h"
#include "method/objective_kernels.h"

#include <math.h>
#include <string.h>

/* Floats of scratch for one row: log-probability, weight, entropy, KL, then the action, and the outputs that
 * the old policy and the base had. */
static size_t scratch_width(const rl_objective *objective) {
  const rl_policy *policy = objective->policy;
  size_t base = objective->base ? (size_t)rl_policy_outputs(objective->base) : 0;
  return 4 + (size_t)rl_space_width(&policy->action) + (size_t)rl_policy_outputs(policy) + base;
}

rl_status rl_objective_reserve(rl_objective *objective, const rl_policy *policy, int rows, rl_error *error) {
  objective->policy = policy;
  if ((size_t)rows > objective->capacity) {
    rl_release(objective->scratch);
    objective->scratch = rl_allocate((size_t)rows * scratch_width(objective), sizeof(float));
    objective->capacity = objective->scratch ? (size_t)rows : 0;
  }
  if (objective->capacity) return RL_OK;
  return rl_fail(error, RL_NO_MEMORY, "out of memory for a batch of %d steps", rows);
}

void rl_objective_release(rl_objective *objective) {
  rl_release(objective->scratch);
  *objective = (rl_objective){0};
}

/* The scratch of one piece. */
typedef struct scratch {
  float *log_prob, *weight, *entropy, *kl; /* [rows] */
  float *action;                           /* [rows, width] */
  float *old, *base;                       /* [rows, outputs] */
} scratch;

static scratch scratch_of(const rl_objective *objective, const int *index, int rows) {
  size_t n = (size_t)rows, first = (size_t)(index - objective->first);
  scratch s;
  s.log_prob = objective->scratch + first * scratch_width(objective);
  s.weight = s.log_prob + n;
  s.entropy = s.weight + n;
  s.kl = s.entropy + n;
  s.action = s.kl + n;
  s.old = s.action + n * (size_t)rl_space_width(&objective->policy->action);
  s.base = s.old + n * (size_t)rl_policy_outputs(objective->policy);
  return s;
}

static void gather(float *out, const float *from, const int *index, int rows, int cols) {
  for (int r = 0; r < rows; r++, out += cols) /* rows are short: a copy by call would take longer */
    for (int c = 0; c < cols; c++) out[c] = from[(size_t)index[r] * (size_t)cols + (size_t)c];
}

static rl_dist old_dist(const rl_objective *objective, const scratch *s) {
  rl_dist old = rl_policy_read(objective->policy, s->old);
  if (old.log_std_stride == 0 && old.log_std) old.log_std = objective->samples.log_std;
  return old;
}

static void fill(float *x, int n, double value) {
  for (int i = 0; i < n; i++) x[i] = (float)value;
}

static double sum(const float *x, int n) {
  double total = 0.0;
  for (int i = 0; i < n; i++) total += (double)x[i];
  return total;
}

static rl_weighing weighing_of(const rl_objective *o, float share, int total) {
  return (rl_weighing){.kind = o->kind,
                       .low = (float)(1.0 - o->clip),
                       .high = (float)(1.0 + o->clip),
                       .per_row = share / (float)total};
}

/* Samples, or images, of a piece in which they come in turn. */
typedef struct side {
  float log_prob[RL_ROWS / 2], old[RL_ROWS / 2], advantage[RL_ROWS / 2], weight[RL_ROWS / 2];
} side;

static void take_side(const rl_objective *o, int first, const int *index, int rows, const scratch *s,
                      side *of) {
  const float *advantage = o->advantage + (index - o->first);
  for (int r = first, k = 0; r < rows; r += 2, k++) {
    of->log_prob[k] = s->log_prob[r];
    of->old[k] = o->samples.log_prob[index[r]];
    of->advantage[k] = advantage[r];
  }
}

/* How far the policy has moved is measured on what it did itself. Where images do not count, their share goes to the
 * samples. */
static void weigh_pairs(const rl_objective *o, const int *index, int rows, int total, const scratch *s,
                        double *stats) {
  const float share = o->images_act ? 1.0f : 2.0f;
  const int n = rows / 2;
  const rl_weighing how = weighing_of(o, share, total);
  side own, image = {.weight = {0.0f}};
  take_side(o, 0, index, rows, s, &own);
  take_side(o, 1, index, rows, s, &image);
  rl_weighed sums =
      RL_KERNELS(rl_objective_table)->weigh(&how, n, own.log_prob, own.old, own.advantage, own.weight);
  stats[RL_STAT_POLICY_LOSS] += (double)share * sums.loss;
  stats[RL_STAT_APPROX_KL] += 2.0 * sums.approx_kl;
  stats[RL_STAT_CLIPPED] += 2.0 * sums.clipped;
  if (o->images_act) {
    for (int k = 0; o->kind == RL_SCORE && k < n; k++) /* without a ratio in the objective */
      image.advantage[k] *= expf(fminf(image.log_prob[k] - image.old[k], 0.0f));
    sums = RL_KERNELS(rl_objective_table)
               ->weigh(&how, n, image.log_prob, image.old, image.advantage, image.weight);
    stats[RL_STAT_POLICY_LOSS] += sums.loss;
  }
  for (int k = 0; k < n; k++) {
    s->weight[2 * k] = own.weight[k];
    s->weight[2 * k + 1] = image.weight[k];
  }
}

/* What log pi(a|s) is to be multiplied by in the gradient of the mean. */
static void weigh(const rl_objective *o, const int *index, int rows, int total, const scratch *s,
                  double *stats) {
  stats[RL_STAT_ENTROPY] += sum(s->entropy, rows);
  if (o->mirror) {
    weigh_pairs(o, index, rows, total, s, stats);
    return;
  }
  const rl_weighing how = weighing_of(o, 1.0f, total);
  gather(s->kl, o->samples.log_prob, index, rows, 1);
  const rl_weighed sums =
      RL_KERNELS(rl_objective_table)
          ->weigh(&how, rows, s->log_prob, s->kl, o->advantage + (index - o->first), s->weight);
  stats[RL_STAT_POLICY_LOSS] += sums.loss;
  stats[RL_STAT_APPROX_KL] += sums.approx_kl;
  stats[RL_STAT_CLIPPED] += sums.clipped;
}

/* The loss stays that of the advantages alone: what the baseline adds to it has mean 0, or is not known. */
static void add_with_baseline(const rl_objective *o, const int *index, int rows, int total,
                              const rl_dist *dist, const scratch *s, float *dy, float *dlog_std) {
  const rl_weighing how = weighing_of(o, 1.0f, total);
  const size_t at = (size_t)(index - o->first);
  gather(s->kl, o->samples.log_prob, index, rows, 1);
  rl_baseline_vjp(o->baseline, &how, dist, index, rows, s->action, s->log_prob, s->kl, o->advantage + at,
                  o->baseline->scale + at, dy, dlog_std);
}

static void add_kl(const rl_objective *o, const int *index, int rows, int total, const rl_dist *dist,
                   const scratch *s, float *dy, float *dlog_std, double *stats) {
  rl_dist old = old_dist(o, s);
  gather(s->old, o->samples.output, index, rows, rl_policy_outputs(o->policy));
  rl_dist_kl(&old, dist, rows, s->kl);
  stats[RL_STAT_KL] += sum(s->kl, rows);
  if (o->kind != RL_PENALIZED) return;
  stats[RL_STAT_POLICY_LOSS] += o->kl_coef * sum(s->kl, rows);
  fill(s->weight, rows, o->kl_coef / total);
  rl_dist_kl_vjp(&old, dist, rows, s->weight, dy, dlog_std);
}

static void add_base(const rl_objective *o, const int *index, int rows, int total, const rl_dist *dist,
                     const scratch *s, float *dy, float *dlog_std, double *stats) {
  rl_dist base = rl_policy_read(o->base, s->base);
  gather(s->base, o->base_output, index, rows, rl_policy_outputs(o->base));
  rl_dist_kl(dist, &base, rows, s->kl);
  stats[RL_STAT_BASE_KL] += sum(s->kl, rows);
  fill(s->weight, rows, o->base_kl_coef / total);
  rl_dist_kl_to_base_vjp(dist, &base, rows, s->weight, dy, dlog_std);
}

/* The outputs of a categorical say the same with any number added to all; those of masked choices say nothing. */
static float center_of(const rl_factor *factor, const float *head) {
  double total = 0.0;
  int n = 0;
  for (int i = 0; factor->kind == RL_DISCRETE && i < factor->size; i++)
    if (head[i] != RL_FORBIDDEN) {
      total += (double)head[i];
      n++;
    }
  return n ? (float)(total / n) : 0.0f;
}

/* Of a sample and its image: one factor, whose outputs begin at `at`. */
static void add_asymmetry_of(const rl_objective *o, const rl_factor *factor, int at, float slope,
                             const float *own, const float *image, float *down, float *dimage,
                             double *stats) {
  int first = o->mirror->from[at]; /* of the factor that it is the image of */
  for (int i = at; i < at + factor->size; i++)
    first = o->mirror->from[i] < first ? o->mirror->from[i] : first;
  const float center = center_of(factor, own + at) - center_of(factor, image + first);
  for (int i = at; i < at + factor->size; i++) {
    const int from = o->mirror->from[i];
    if (factor->kind == RL_DISCRETE && (own[i] == RL_FORBIDDEN || image[from] == RL_FORBIDDEN)) continue;
    const float sign = o->mirror->sign[i], apart = own[i] - sign * image[from] - center;
    stats[RL_STAT_ASYMMETRY] += 2.0 * (double)(apart * apart);
    down[i] += slope * apart;
    dimage[from] -= slope * sign * apart;
  }
}

/* Rows 2k and 2k + 1 are a sample and its image. */
static void add_asymmetry(const rl_objective *o, int rows, int total, const float *y, float *dy,
                          double *stats) {
  const rl_space *space = &o->policy->action;
  const size_t outputs = (size_t)rl_policy_outputs(o->policy);
  const float slope = (float)(4.0 * o->symmetry_coef / total); /* of a mean over total / 2 squares */
  for (int r = 0; r + 1 < rows; r += 2) {
    const float *own = y + (size_t)r * outputs;
    float *down = dy + (size_t)r * outputs;
    for (int f = 0, at = 0; f < rl_space_factors(space); f++) {
      const rl_factor factor = rl_space_factor(space, f);
      add_asymmetry_of(o, &factor, at, slope, own, own + outputs, down, down + outputs, stats);
      at += factor.size;
    }
  }
}

/* The regression's loss and slope for one row. */
static float value_row(const rl_objective *o, int i, float y, float *slope) {
  float range = (float)o->value_clip, target = o->samples.target[i], error = y - target;
  *slope = error;
  if (range > 0.0f) {
    float old = o->samples.value[i], moved = y - old;
    float clipped = old + fminf(fmaxf(moved, -range), range) - target;
    if (clipped * clipped > error * error) { /* then the clip binds: the larger loss does not depend on y */
      *slope = fabsf(moved) > range ? 0.0f : clipped;
      error = clipped;
    }
  }
  return 0.5f * error * error;
}

void rl_value_loss(void *context, const int *index, int rows, int total, const float *y, float *dy,
                   float *dextra, double *stats) {
  const rl_objective *o = context;
  float per_row = (float)o->value_coef / (float)total;
  (void)dextra;
  for (int r = 0; r < rows; r++) {
    stats[RL_STAT_VALUE_LOSS] += (double)value_row(o, index[r], y[r], &dy[r]);
    dy[r] *= per_row;
  }
}

static void add_value_head(const rl_objective *o, const int *index, int rows, int total, const float *y,
                           float *dy, double *stats) {
  size_t outputs = (size_t)rl_policy_outputs(o->policy);
  float per_row = (float)o->value_coef / (float)total;
  for (int r = 0; r < rows; r++) {
    size_t at = ((size_t)r + 1) * outputs - 1;
    stats[RL_STAT_VALUE_LOSS] += (double)value_row(o, index[r], y[at], &dy[at]);
    dy[at] *= per_row;
  }
}

void rl_policy_amend(void *context, const int *index, int rows, float *y) {
  const rl_objective *o = context;
  const size_t size = (size_t)o->policy->observation.size, outputs = (size_t)rl_policy_outputs(o->policy);
  for (int r = 0; r < rows; r++)
    rl_policy_mask(o->policy, o->samples.obs + (size_t)index[r] * size, 1, y + (size_t)r * outputs);
}

void rl_policy_loss(void *context, const int *index, int rows, int total, const float *y, float *dy,
                    float *dextra, double *stats) {
  const rl_objective *o = context;
  scratch s = scratch_of(o, index, rows);
  const float *theta = o->theta ? o->theta : o->policy->network.theta.data;
  rl_dist dist = rl_policy_read_of(o->policy, theta, y);
  float *dlog_std = rl_policy_dlog_std(o->policy, dy, dextra);
  memset(dy, 0, (size_t)rows * (size_t)rl_policy_outputs(o->policy) * sizeof *dy);
  gather(s.action, o->samples.action, index, rows, rl_space_width(&o->policy->action));
  rl_dist_log_prob(&dist, rows, s.action, s.log_prob);
  rl_dist_entropy(&dist, rows, s.entropy);
  weigh(o, index, rows, total, &s, stats);
  if (o->baseline)
    add_with_baseline(o, index, rows, total, &dist, &s, dy, dlog_std);
  else
    rl_dist_log_prob_vjp(&dist, rows, s.action, s.weight, dy, dlog_std);
  if (o->kind == RL_PENALIZED || o->exact_kl) add_kl(o, index, rows, total, &dist, &s, dy, dlog_std, stats);
  if (o->base) add_base(o, index, rows, total, &dist, &s, dy, dlog_std, stats);
  if (o->mirror) add_asymmetry(o, rows, total, y, dy, stats);
  if (o->entropy_coef != 0.0) {
    fill(s.weight, rows, -o->entropy_coef / total);
    rl_dist_entropy_vjp(&dist, rows, s.weight, dy, dlog_std);
  }
  if (o->value_head) add_value_head(o, index, rows, total, y, dy, stats);
}

/* The weights of the rows are all the same: one small array serves every piece. */
void rl_policy_metric(void *context, int rows, int total, const float *y, const float *vy,
                      const float *vextra, float *dy, float *dextra) {
  const rl_objective *o = context;
  float weight[RL_ROWS];
  rl_dist dist = rl_policy_read(o->policy, y);
  const float *vlog_std = o->policy->std == RL_STD_STATE ? vy + o->policy->action.size : vextra;
  float *dlog_std = rl_policy_dlog_std(o->policy, dy, dextra);
  memset(dy, 0, (size_t)rows * (size_t)rl_policy_outputs(o->policy) * sizeof *dy);
  fill(weight, rows, 1.0 / total);
  rl_dist_fisher(&dist, rows, weight, vy, dlog_std ? vlog_std : NULL, dy, dlog_std);
}

double rl_objective_value(const rl_objective *o, const double *stats, int rows) {
  return (stats[RL_STAT_POLICY_LOSS] - o->entropy_coef * stats[RL_STAT_ENTROPY] +
          o->base_kl_coef * stats[RL_STAT_BASE_KL] + o->symmetry_coef * stats[RL_STAT_ASYMMETRY]) /
         rows;
}
