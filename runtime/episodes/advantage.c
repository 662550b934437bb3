#include "episodes/advantage.h"

#include <math.h>
#include <stddef.h>

const char *const rl_estimator_names[RL_ESTIMATORS + 1] = {"total",
                                                           "reward_to_go",
                                                           "baseline",
                                                           "q",
                                                           "advantage",
                                                           "td",
                                                           "gae",
                                                           "group",
                                                           "vtrace",
                                                           "constant_baseline",
                                                           "time_baseline",
                                                           "counterfactual",
                                                           NULL};

bool rl_estimator_needs_value(rl_estimator estimator) {
  return estimator != RL_TOTAL && estimator != RL_REWARD_TO_GO && estimator != RL_GROUP &&
         !rl_estimator_compares(estimator);
}

bool rl_estimator_compares(rl_estimator estimator) {
  return estimator == RL_CONSTANT_BASELINE || estimator == RL_TIME_BASELINE;
}

bool rl_estimator_is_of_episodes(rl_estimator estimator) {
  return estimator == RL_TOTAL || estimator == RL_GROUP || estimator == RL_CONSTANT_BASELINE;
}

static bool ends(const rl_trajectories *b, size_t i) { return b->terminated[i] || b->truncated[i]; }

/* V of the state after step t of copy c. */
static double value_after(const rl_trajectories *b, int t, int c) {
  size_t i = (size_t)t * (size_t)b->copies + (size_t)c;
  if (b->terminated[i]) return 0.0;
  if (b->truncated[i]) return (double)b->cut_value[i];
  return t + 1 < b->steps ? (double)b->value[i + (size_t)b->copies] : (double)b->last_value[c];
}

/* lambda 0 is the td residual, lambda 1 the return less the value. */
static void gae(const rl_trajectories *b, double gamma, double lambda, float *advantage, float *target) {
  for (int c = 0; c < b->copies; c++) {
    double next_value = (double)b->last_value[c], next = 0.0;
    for (int t = b->steps - 1; t >= 0; t--) {
      size_t i = (size_t)t * (size_t)b->copies + (size_t)c;
      double value = (double)b->value[i];
      if (ends(b, i)) {
        next_value = value_after(b, t, c);
        next = 0.0;
      }
      next = (double)b->reward[i] + gamma * next_value - value + gamma * lambda * next;
      next_value = value;
      advantage[i] = (float)next;
      target[i] = (float)(next + value);
    }
  }
}

/* With ratios of 1 the target is that of gae, and with lambda 1 the advantage too. An end cuts the trace. */
static void vtrace(const rl_trajectories *b, const rl_estimate_options *o, float *advantage, float *target) {
  for (int c = 0; c < b->copies; c++) {
    double next = 0.0; /* v - V of the state after step t */
    for (int t = b->steps - 1; t >= 0; t--) {
      size_t i = (size_t)t * (size_t)b->copies + (size_t)c;
      double value = (double)b->value[i], ratio = b->ratio ? (double)b->ratio[i] : 1.0;
      double rho = fmin(o->rho_clip, ratio), trace = o->lambda * fmin(o->c_clip, ratio);
      if (ends(b, i)) next = 0.0;
      double residual = (double)b->reward[i] + o->gamma * value_after(b, t, c) - value;
      advantage[i] = (float)(rho * (residual + o->gamma * next));
      next = rho * residual + o->gamma * trace * next;
      target[i] = (float)(value + next);
    }
  }
}

static void n_step(const rl_trajectories *b, double gamma, int n, float *advantage, float *target) {
  for (int c = 0; c < b->copies; c++) {
    for (int t = 0; t < b->steps; t++) {
      size_t i = (size_t)t * (size_t)b->copies + (size_t)c;
      double sum = 0.0, discount = 1.0;
      for (int k = t; k < b->steps && k < t + n; k++) {
        size_t j = (size_t)k * (size_t)b->copies + (size_t)c;
        bool last = ends(b, j) || k + 1 == b->steps || k + 1 == t + n;
        sum += discount * (double)b->reward[j];
        discount *= gamma;
        if (!last) continue;
        sum += discount * value_after(b, k, c);
        break;
      }
      target[i] = (float)sum;
      advantage[i] = (float)(sum - (double)b->value[i]);
    }
  }
}

static void copy_targets(const rl_trajectories *b, float *advantage, const float *target) {
  for (size_t i = 0; i < (size_t)b->steps * (size_t)b->copies; i++) advantage[i] = target[i];
}

/* Every step of a trajectory has the return of its first. */
static void spread_totals(const rl_trajectories *b, float *advantage, const float *target) {
  for (int c = 0; c < b->copies; c++) {
    bool first = true;
    float total = 0.0f;
    for (int t = 0; t < b->steps; t++) {
      size_t i = (size_t)t * (size_t)b->copies + (size_t)c;
      if (first) total = target[i];
      advantage[i] = total;
      first = ends(b, i);
    }
  }
}

/* Episodes that had ended before step t do not count for it. */
static void subtract_means(const rl_trajectories *b, float *advantage) {
  for (int t = 0; t < b->steps; t++) {
    float *row = advantage + (size_t)t * (size_t)b->copies;
    double sum = 0.0;
    int going = 0;
    for (int c = 0; c < b->copies; c++) {
      if (b->length && t >= b->length[c]) continue;
      sum += (double)row[c];
      going++;
    }
    for (int c = 0; c < b->copies && going; c++) row[c] = (float)((double)row[c] - sum / going);
  }
}

/* The mean is over episodes, however long each is. */
static void subtract_mean_total(const rl_trajectories *b, float *advantage) {
  double mean = 0.0;
  for (int c = 0; c < b->copies; c++) mean += (double)advantage[c] / b->copies;
  for (size_t i = 0; i < (size_t)b->steps * (size_t)b->copies; i++)
    advantage[i] = (float)((double)advantage[i] - mean);
}

static double first_return(const rl_trajectories *b, int c) {
  double sum = 0.0;
  for (int t = 0; t < b->steps; t++) {
    size_t i = (size_t)t * (size_t)b->copies + (size_t)c;
    sum += (double)b->reward[i];
    if (ends(b, i)) break;
  }
  return sum;
}

static void group_relative(const rl_trajectories *b, int group, float *advantage) {
  for (int first = 0; first + group <= b->copies; first += group) {
    double mean = 0.0, squares = 0.0;
    for (int c = first; c < first + group; c++) mean += first_return(b, c) / group;
    for (int c = first; c < first + group; c++) {
      double d = first_return(b, c) - mean;
      squares += d * d / group;
    }
    /* Returns that differ by no more than their rounding are equal. */
    double deviation = sqrt(squares), scale = deviation > 1e-6 * (1.0 + fabs(mean)) ? 1.0 / deviation : 0.0;
    for (int c = first; c < first + group; c++) {
      float relative = (float)((first_return(b, c) - mean) * scale);
      for (int t = 0; t < b->steps; t++) advantage[(size_t)t * (size_t)b->copies + (size_t)c] = relative;
    }
  }
}

static void subtract_baseline(const rl_trajectories *b, float *advantage) {
  for (size_t i = 0; i < (size_t)b->steps * (size_t)b->copies; i++)
    advantage[i] = b->value[i] - b->baseline[i];
}

void rl_estimate(const rl_trajectories *b, const rl_estimate_options *options, float *advantage,
                 float *target) {
  switch (options->estimator) {
  case RL_TD: gae(b, options->gamma, 0.0, advantage, target); break;
  case RL_GAE: gae(b, options->gamma, options->lambda, advantage, target); break;
  case RL_COUNTERFACTUAL:
    gae(b, options->gamma, options->lambda, advantage, target);
    subtract_baseline(b, advantage);
    break;
  case RL_VTRACE: vtrace(b, options, advantage, target); break;
  case RL_Q:
  case RL_ADVANTAGE:
    n_step(b, options->gamma, options->n_step, advantage, target);
    if (options->estimator == RL_Q) copy_targets(b, advantage, target);
    break;
  default:
    gae(b, options->gamma, 1.0, advantage, target);
    if (options->estimator == RL_REWARD_TO_GO || options->estimator == RL_TIME_BASELINE)
      copy_targets(b, advantage, target);
    if (options->estimator == RL_TOTAL || options->estimator == RL_CONSTANT_BASELINE)
      spread_totals(b, advantage, target);
    if (options->estimator == RL_CONSTANT_BASELINE) subtract_mean_total(b, advantage);
    if (options->estimator == RL_TIME_BASELINE) subtract_means(b, advantage);
    if (options->estimator == RL_GROUP) group_relative(b, options->group, advantage);
  }
}
