/* What each method improves: the gradient that it follows against central differences of the whole loss, from
 * the parameters on, written out in double. So are the value's, and the table of PPO's clip. */
#include "method/method.h"

#include "base/parallel.h"
#include "check.h"
#include "levels.h"
#include "reference_policy.h"
#include "toy_agent.h"

static rl_env_def box_def, pair_def, choice_def, factors_def;

/* What the loss needs of one sample, or of its image, besides the parameters. */
typedef struct sample {
  float obs[MOST_OBS], action[REFERENCE_ACTIONS];
  double output[REFERENCE_OUTPUTS], value, target; /* of the old policy and value */
  double log_prob;                                 /* with which the action came about */
  double advantage;                                /* as the objective is to see it */
  double share;                                    /* how much it counts */
} sample;

/* One minibatch of a batch; where samples have images, rows 2k and 2k + 1 are one of them and its image. */
typedef struct minibatch {
  const agent *agent;
  const rl_symmetry *symmetry; /* or NULL: no images */
  const rl_method_options *options;
  int rows;
  sample row[2 * ROWS];
  double old_log_std[REFERENCE_ACTIONS], base_theta[MAX_PARAMETERS], beta;
} minibatch;

static sample sample_of(const agent *a, const rl_rollout *batch, int i) {
  const int width = rl_space_width(&a->policy.action), outputs = rl_policy_outputs(&a->policy);
  sample s = {.log_prob = (double)batch->log_prob.data[i],
              .value = (double)batch->value.data[i],
              .target = (double)batch->target.data[i],
              .advantage = (double)batch->advantage.data[i],
              .share = 1.0};
  const int size = a->policy.observation.size;
  memcpy(s.obs, batch->obs.data + i * size, (size_t)size * sizeof *s.obs);
  memcpy(s.action, batch->action.data + i * width, (size_t)width * sizeof *s.action);
  widen(batch->output.data + i * outputs, s.output, (size_t)outputs);
  return s;
}

/* With what policy and value say of it now; it came about with the probability of the sample. */
static sample image_of(const minibatch *m, const sample *of) {
  const agent *a = m->agent;
  const rl_policy *policy = &a->policy;
  double theta[MAX_PARAMETERS];
  sample s = *of;
  for (int i = 0; i < policy->observation.size; i++)
    s.obs[i] = m->symmetry->observation.sign[i] * of->obs[m->symmetry->observation.from[i]];
  for (int i = 0; policy->action.kind == RL_BOX && i < policy->action.size; i++)
    s.action[i] = m->symmetry->action.sign[i] * of->action[m->symmetry->action.from[i]];
  if (policy->action.kind == RL_DISCRETE) s.action[0] = (float)m->symmetry->action.from[(int)of->action[0]];
  if (policy->action.kind == RL_FACTORS) { /* left for right; the brake stays */
    s.action[0] = -of->action[0];
    s.action[1] = 2.0f - of->action[1];
  }
  widen(policy->network.theta.data, theta, count(&policy->network));
  const reference_dist dist = reference_policy(policy, theta, s.obs, s.output);
  if (class_of(m->options)->objective == RL_SCORE)
    s.share = fmin(exp(reference_log_prob(&dist, s.action) - of->log_prob), 1.0);
  if (policy->value_head) s.value = s.output[rl_policy_outputs(policy) - 1];
  if (!a->has_value) return s;
  widen(a->value.network.theta.data, theta, count(&a->value.network));
  s.value = reference_value(&a->value, theta, s.obs);
  return s;
}

/* old_theta: the policy's parameters when the batch was collected */
static void fill_minibatch(minibatch *m, const agent *a, const double *old_theta, double beta,
                           const int *index, int rows) {
  const rl_rollout *batch = rl_method_rollout(a->method);
  const rl_method_options *options = rl_method_settings(a->method);
  const bool data = options->symmetric == RL_SYMMETRIC_DATA,
             images = data || options->symmetric == RL_SYMMETRIC_LOSS;
  *m = (minibatch){.agent = a,
                   .symmetry = images ? rl_vec_env_def(a->env)->symmetry : NULL,
                   .beta = beta,
                   .options = options,
                   .rows = images ? 2 * rows : rows};
  reference_log_std(&a->policy, old_theta, m->old_log_std);
  if (a->has_base) widen(a->base.network.theta.data, m->base_theta, count(&a->base.network));
  double mean = 0.0, variance = 0.0;
  for (int r = 0; r < rows; r++) mean += (double)batch->advantage.data[index[r]] / rows;
  for (int r = 0; r < rows; r++) variance += pow((double)batch->advantage.data[index[r]] - mean, 2.0) / rows;
  for (int r = 0; r < rows; r++) {
    sample s = sample_of(a, batch, index[r]);
    if (rows > 1 && options->normalize_advantage)
      s.advantage = (s.advantage - mean) / (sqrt(variance) + 1e-8);
    if (options->discounted_gradient) s.advantage *= pow(options->collect.gamma, batch->time[index[r]]);
    m->row[images ? 2 * r : r] = s;
    if (!images) continue;
    m->row[2 * r + 1] = image_of(m, &s);
    if (data) continue;
    m->row[2 * r].share = 2.0;
    m->row[2 * r + 1].share = 0.0;
  }
}

static const float *obs_of(const minibatch *m, int r) { return m->row[r].obs; }

static const float *action_of(const minibatch *m, int r) { return m->row[r].action; }

/* The distribution that the action was drawn from: of the outputs in the batch. */
static reference_dist old_dist(const minibatch *m, int r) {
  return reference_read(&m->agent->policy, m->old_log_std, m->row[r].output);
}

static double ratio_of(const minibatch *m, const reference_dist *dist, int r) {
  return exp(reference_log_prob(dist, action_of(m, r)) - m->row[r].log_prob);
}

/* The value's regression: Schulman et al. 2017, equation 9, with the clip of its implementations. */
static double value_term(const minibatch *m, int r, double v) {
  double old = m->row[r].value, target = m->row[r].target;
  double range = m->options->value_clip, moved = old + fmin(fmax(v - old, -range), range);
  double loss = (v - target) * (v - target), clipped = (moved - target) * (moved - target);
  return m->options->value_coef * 0.5 * (range > 0.0 && clipped > loss ? clipped : loss);
}

/* What is minimised, of one row, but for entropy, base and value. */
static double objective_term(const minibatch *m, const reference_dist *dist, int r) {
  double share = m->row[r].share, advantage = share * m->row[r].advantage, ratio = ratio_of(m, dist, r),
         clip = m->options->clip;
  reference_dist old;
  switch (class_of(m->options)->objective) {
  case RL_SCORE: return -reference_log_prob(dist, action_of(m, r)) * advantage;
  case RL_CLIPPED:
    if (clip == 0.0) return -ratio * advantage;
    return -fmin(ratio * advantage, fmin(fmax(ratio, 1.0 - clip), 1.0 + clip) * advantage);
  case RL_PENALIZED: old = old_dist(m, r); return -ratio * advantage + m->beta * reference_kl(&old, dist);
  default: return -ratio * advantage;
  }
}

/* |mean - image of the image's|^2 of rows r and r + 1; of logits after what all of them have in common. */
static double asymmetry(const minibatch *m, const double *theta, int r) {
  const rl_policy *policy = &m->agent->policy;
  const rl_mirror *mirror = &m->symmetry->action;
  double own[REFERENCE_OUTPUTS], image[REFERENCE_OUTPUTS], sum = 0.0;
  reference_policy(policy, theta, obs_of(m, r), own);
  reference_policy(policy, theta, obs_of(m, r + 1), image);
  for (int f = 0, first = 0; f < rl_space_factors(&policy->action); f++) {
    const rl_factor factor = rl_space_factor(&policy->action, f);
    const int end = first + factor.size; /* the image of every factor is the same factor */
    double center[2] = {0.0, 0.0}, n = 0.0;
    for (int i = first; i < end && factor.kind == RL_DISCRETE; i++) {
      if (own[i] == (double)RL_FORBIDDEN) continue;
      center[0] += own[i];
      center[1] += image[mirror->from[i]];
      n += 1.0;
    }
    for (int i = first; i < end; i++)
      if (own[i] != (double)RL_FORBIDDEN)
        sum += pow(own[i] - (double)mirror->sign[i] * image[mirror->from[i]] -
                       (n > 0.0 ? (center[0] - center[1]) / n : 0.0),
                   2.0);
    first = end;
  }
  return sum;
}

static double policy_loss(const double *theta, void *context) {
  const minibatch *m = context;
  double sum = 0.0;
  for (int r = 0; m->options->symmetric == RL_SYMMETRIC_LOSS && r < m->rows; r += 2)
    sum += 2.0 * m->options->symmetry_coef * asymmetry(m, theta, r);
  for (int r = 0; r < m->rows; r++) {
    double y[REFERENCE_OUTPUTS];
    const rl_policy *policy = &m->agent->policy;
    reference_dist dist = reference_policy(policy, theta, obs_of(m, r), y), base;
    sum += objective_term(m, &dist, r) - m->options->entropy_coef * reference_entropy(&dist);
    if (m->agent->has_base) {
      base = reference_policy(&m->agent->base, m->base_theta, obs_of(m, r), NULL);
      sum += m->options->base_kl_coef * reference_kl(&dist, &base);
    }
    if (policy->value_head) sum += value_term(m, r, y[rl_policy_outputs(policy) - 1]);
  }
  return sum / m->rows;
}

static double value_loss(const double *theta, void *context) {
  const minibatch *m = context;
  double sum = 0.0;
  for (int r = 0; r < m->rows; r++)
    sum += value_term(m, r, reference_value(&m->agent->value, theta, obs_of(m, r)));
  return sum / m->rows;
}

static double clipped_share(const minibatch *m) {
  double theta[MAX_PARAMETERS], clip = m->options->clip, share = 0.0;
  widen(m->agent->policy.network.theta.data, theta, count(&m->agent->policy.network));
  for (int r = 0; r < m->rows; r++) {
    reference_dist dist = reference_policy(&m->agent->policy, theta, obs_of(m, r), NULL);
    double ratio = ratio_of(m, &dist, r);
    share += (ratio > 1.0 + clip && m->row[r].advantage > 0.0) ||
             (ratio < 1.0 - clip && m->row[r].advantage < 0.0);
  }
  return share / m->rows;
}

/* float32 through two hidden layers, a distribution and a sum over the rows. */
static const double tolerance = 2e-5;

/* Of tied parameters the gradient along what ties them leave free: twice the mean of two, for each of the two half. */
static void project(const rl_ties *ties, double *gradient) {
  for (size_t k = 0; k < ties->n; k++) {
    const rl_tied *t = &ties->pairs[k];
    const double sign = (double)t->sign, mean = 0.5 * (gradient[t->one] + sign * gradient[t->other]);
    gradient[t->other] = sign * mean;
    gradient[t->one] = mean;
  }
}

static void check_gradients(agent *a, const double *old_theta, double beta, const int *index, int rows) {
  minibatch m;
  rl_error error;
  float dpolicy[MAX_PARAMETERS], dvalue[MAX_PARAMETERS];
  double theta[MAX_PARAMETERS], want[MAX_PARAMETERS];
  size_t n_policy = count(&a->policy.network);
  fill_minibatch(&m, a, old_theta, beta, index, rows);
  assert_ok(rl_method_gradient(a->method, index, rows, dpolicy, dvalue, &error));
  widen(a->policy.network.theta.data, theta, n_policy);
  central_differences(policy_loss, &m, theta, n_policy, want);
  project(&a->policy.network.ties, want);
  assert_relative(dpolicy, want, n_policy, tolerance);
  bool clips =
      class_of(m.options)->objective == RL_CLIPPED && m.options->clip > 0.0 && !class_of(m.options)->groups;
  if (rows > 50 && clips && !m.symmetry) /* the clip has been at work */
    assert_in_range((unsigned)(100.0 * clipped_share(&m)), 5, 60);
  if (!a->has_value) return;
  size_t n_value = count(&a->value.network);
  widen(a->value.network.theta.data, theta, n_value);
  central_differences(value_loss, &m, theta, n_value, want);
  project(&a->value.network.ties, want);
  assert_relative(dvalue, want, n_value, tolerance);
}

/* One update first, so that the normalisers have statistics; then a fresh batch and other parameters. Sizes
 * of minibatches end with a 0; pieces of work are of 64 rows. */
static void check_losses(const rl_env_def *def, const agent_parts *parts, const rl_method_options *options,
                         const int *sizes) {
  agent a;
  rl_rng rng;
  int index[ROWS];
  double old_theta[MAX_PARAMETERS];
  agent_new_of(&a, parts, def, options, 1);
  collect(&a, STEPS);
  double beta = update(&a).beta; /* it has adapted */
  widen(a.policy.network.theta.data, old_theta, count(&a.policy.network));
  const rl_rollout *batch = collect(&a, STEPS);
  disturb(&a.policy.network, 0.15f, 0);
  if (a.has_value) disturb(&a.value.network, 0.05f, 1);
  rl_ties_project(&a.policy.network.ties, a.policy.network.theta.data); /* moved off, but still tied */
  if (a.has_value) rl_ties_project(&a.value.network.ties, a.value.network.theta.data);
  memcpy(index, batch->rows, (size_t)batch->n_rows * sizeof *index);
  rl_rng_init(&rng, 17, 0);
  rl_rng_shuffle(&rng, index, batch->n_rows);
  for (; *sizes; sizes++) /* batches of whole episodes may be shorter */
    check_gradients(&a, old_theta, beta, index, *sizes < batch->n_rows ? *sizes : batch->n_rows);
  agent_free(&a);
}

static const int few[] = {2, 70, 0}, many[] = {1, 2, 64, 150, 0};

static void ppo_follows_the_gradient_of_its_loss(void **state) {
  (void)state;
  rl_method_options options = defaults_of("ppo");
  check_losses(&box_def, &(agent_parts){0}, &options, many);
  check_losses(&choice_def, &(agent_parts){0}, &options, many);
  check_losses(&factors_def, &(agent_parts){0}, &options, many);
  options.entropy_coef = 0.03;
  options.value_clip = 0.1;
  options.value_coef = 0.7;
  check_losses(&pair_def, &(agent_parts){0}, &options, few);
  check_losses(&choice_def, &(agent_parts){0}, &options, few);
  check_losses(&factors_def, &(agent_parts){0}, &options, few);
  options.normalize_advantage = false;
  options.clip = 0.05;
  check_losses(&box_def, &(agent_parts){0}, &options, few);
}

static void every_objective_has_its_gradient(void **state) {
  (void)state;
  for (int kind = 0; kind < 2 * method_count(); kind++) {
    rl_method_options options = defaults_of(method_name(kind / 2));
    if (kind % 2 && class_of(&options)->objective != RL_CLIPPED) continue;
    if (remembers(class_of(&options))) continue;  /* test_replay.c */
    if (class_of(&options)->of_actions) continue; /* test_central.c */
    if (kind % 2) options.clip = 0.0;             /* the plain surrogate */
    options.demonstration_coef = 0.0;             /* test_demonstration.c */
    options.kl_coef = 0.6;
    options.entropy_coef = 0.02;
    options.base_kl_coef = 0.3;
    const agent_parts parts = {.with_base = true, .no_value = class_of(&options)->groups};
    check_losses(&pair_def, &parts, &options, few);
    check_losses(&choice_def, &parts, &options, few);
    check_losses(&factors_def, &parts, &options, few);
  }
}

static void every_kind_of_policy_has_its_gradient(void **state) {
  (void)state;
  const agent_parts all[] = {
      {.std = RL_STD_STATE, .with_base = true},
      {.std = RL_STD_FIXED, .with_base = true},
      {.layer_norm = true},
      {.no_value = true, .value_head = true, .with_base = true},
      {.no_value = true, .value_head = true, .std = RL_STD_STATE, .layer_norm = true, .with_base = true},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    rl_method_options options = defaults_of("ppo_penalty");
    options.kl_coef = 0.6;
    options.entropy_coef = 0.02;
    options.base_kl_coef = all[i].with_base ? 0.3 : 0.0;
    options.value_clip = 0.1;
    check_losses(&pair_def, &all[i], &options, few);
    if (i >= 2) check_losses(&choice_def, &all[i], &options, few);
    check_losses(&factors_def, &all[i], &options, few);
  }
}

static void advantages_may_be_weighed_by_the_discount_of_their_time(void **state) {
  (void)state;
  rl_method_options options = defaults_of("a2c");
  options.discounted_gradient = true;
  options.collect.gamma = 0.9;
  check_losses(&box_def, &(agent_parts){0}, &options, few);
  options.normalize_advantage = false;
  check_losses(&box_def, &(agent_parts){0}, &options, few);
}

/* Every objective with images as samples, with a loss on the difference, and with networks that are symmetric. The
 * address sanitizer sees each kind of agent and some of each method: its time goes into the differences. */
static void mirror_images_have_their_part_in_the_gradient(void **state) {
  (void)state;
  const rl_env_def *defs[] = {&box_def, &pair_def, &choice_def, &factors_def};
  for (int kind = 0; kind < 12 * method_count(); kind++) {
#ifdef __SANITIZE_ADDRESS__
    if (kind % 5) continue;
#endif
    rl_method_options options = defaults_of(method_name(kind / 12));
    const bool groups = class_of(&options)->groups, natural = class_of(&options)->step == RL_STEP_NATURAL;
    if (remembers(class_of(&options)) || class_of(&options)->of_actions) continue;
    options.symmetric = (rl_symmetric)(RL_SYMMETRIC_DATA + kind % 3);
    options.symmetry_coef = 1.7;
    options.demonstration_coef = 0.0;
    options.entropy_coef = 0.02;
    options.base_kl_coef = 0.3;
    options.value_clip = 0.1;
    options.kl_coef = 0.6;
    options.discounted_gradient = true;
    const bool head = kind % 2 && !groups && !natural;
    const agent_parts parts = {.with_base = true,
                               .no_value = groups || head,
                               .value_head = head,
                               .std = kind % 3 == 1 ? RL_STD_STATE : RL_STD_FREE,
                               .layer_norm = kind % 2,
                               .mode = options.symmetric};
    check_losses(defs[kind / 3 % 4], &parts, &options, (const int[]){1, 2, 35, 0}); /* images: 70 rows */
  }
}

/* One sample at a time, its old log-probability set so that the ratio is as the table wants it. */
static void the_gradient_vanishes_exactly_where_the_clip_binds(void **state) {
  (void)state;
  const struct {
    double ratio;
    float advantage;
    bool binds;
  } table[] = {{1.5, 2.0f, true},  {1.5, -2.0f, false}, {0.5, 2.0f, false}, {0.5, -2.0f, true},
               {1.1, 2.0f, false}, {1.1, -2.0f, false}, {0.9, 2.0f, false}, {0.9, -2.0f, false},
               {1.21, 2.0f, true}, {0.79, -2.0f, true}, {1.0, 2.0f, false}, {30.0, -2.0f, false}};
  const rl_env_def *defs[] = {&box_def, &choice_def};
  rl_method_options options = defaults_of("ppo");
  for (int d = 0; d < 2; d++) {
    agent a;
    agent_new(&a, defs[d], &options);
    rl_rollout *batch = collect(&a, STEPS);
    size_t n = count(&a.policy.network);
    double theta[MAX_PARAMETERS], want[MAX_PARAMETERS];
    widen(a.policy.network.theta.data, theta, n);
    for (int k = 0; k < 12; k++) {
      float dpolicy[MAX_PARAMETERS], dvalue[MAX_PARAMETERS];
      rl_error error;
      minibatch m;
      reference_dist dist = reference_policy(&a.policy, theta, batch->obs.data + k * OBS, NULL);
      double log_prob = reference_log_prob(&dist, batch->action.data + k);
      batch->log_prob.data[k] = (float)(log_prob - log(table[k].ratio));
      batch->advantage.data[k] = table[k].advantage;
      assert_ok(rl_method_gradient(a.method, &k, 1, dpolicy, dvalue, &error));
      fill_minibatch(&m, &a, theta, 0.0, &k, 1);
      central_differences(policy_loss, &m, theta, n, want);
      assert_relative(dpolicy, want, n, tolerance);
      for (size_t i = 0; i < n && table[k].binds; i++) assert_true(dpolicy[i] == 0.0f);
      if (!table[k].binds) assert_true(inner(dpolicy, dpolicy, n) > 0.0);
    }
    agent_free(&a);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ppo_follows_the_gradient_of_its_loss),
      cmocka_unit_test(every_objective_has_its_gradient),
      cmocka_unit_test(every_kind_of_policy_has_its_gradient),
      cmocka_unit_test(advantages_may_be_weighed_by_the_discount_of_their_time),
      cmocka_unit_test(mirror_images_have_their_part_in_the_gradient),
      cmocka_unit_test(the_gradient_vanishes_exactly_where_the_clip_binds),
  };
  box_def = toy_box();
  pair_def = toy_pair();
  choice_def = toy_discrete();
  factors_def = toy_factors();
  rl_set_threads(1);
  return run_at_all_levels(tests);
}
