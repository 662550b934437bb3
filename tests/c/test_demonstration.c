/* Demonstrations: what a file has of them comes back, a damaged one is refused and changes nothing, and what a policy learns
 * from them is what can be worked out by hand. */
#include "check.h"
#include "toy_env.h"

#include "archive/archive_internal.h"
#include "episodes/demonstrate.h"
#include "episodes/recording.h"
#include "method/cloning.h"
#include "method/method.h"

#include <stdio.h>
#include <unistd.h>

static char path[64];

static const rl_env_def *opened(int kind) {
  static rl_env_def defs[4];
  defs[0] = toy_box();
  defs[1] = toy_pair();
  defs[2] = toy_discrete();
  defs[3] = toy_factors();
  return &defs[kind];
}
enum { BOX, PAIR, CHOICE, FACTORS, KINDS };

static rl_demonstration empty(const rl_env_def *def) {
  rl_error error;
  rl_demonstration demo;
  const rl_demonstrated of = rl_demonstrated_of(def);
  assert_ok(rl_demonstration_init(&demo, &of, &error));
  return demo;
}

/* Random actions, so many episodes. */
static rl_demonstration played(const rl_env_def *def, int episodes, double noise, int64_t max_steps) {
  rl_error error;
  rl_demonstration demo = empty(def);
  rl_demonstrator d;
  const rl_demonstrate_options how = {episodes, 3, max_steps, noise, false};
  bool done = false;
  assert_ok(rl_demonstrator_init(&d, &demo, def, NULL, NULL, &how, &error));
  while (!done) {
    assert_ok(rl_choose_actions(NULL, d.env, false, d.streams, NULL, d.action, &error));
    assert_ok(rl_demonstrator_step(&d, &done, &error));
  }
  assert_ok(rl_demonstrator_finish(&d, &demo, &error));
  rl_demonstrator_release(&d);
  return demo;
}

static void episodes_are_the_steps_that_were_taken(void **state) {
  (void)state;
  for (int kind = 0; kind < KINDS; kind++) {
    const rl_env_def *def = opened(kind);
    rl_demonstration demo = played(def, 5, 0.0, 1000);
    const int size = def->observation.size, width = rl_space_width(&def->action);
    assert_int_equal(demo.episodes, 5);
    for (int64_t e = 0, t = 0; e < 5; e++) {
      rl_error error;
      rl_vec_env *env; /* the same episode once more, by the actions that were written down */
      const rl_vec_view *view;
      assert_int_equal(demo.seed[e], 3);
      assert_ok(rl_vec_env_create(&env, def, 1, 3, (3u << 30) + (uint32_t)e, NULL, &error));
      rl_vec_env_set_restart(env, false);
      assert_ok(rl_vec_env_reset(env, &error));
      view = rl_vec_env_view(env);
      for (; t < demo.end[e]; t++) {
        assert_memory_equal(demo.obs + t * size, view->observation, (size_t)size * sizeof(float));
        assert_ok(rl_vec_env_step(env, demo.actions + t * width, &error));
        assert_true(demo.reward[t] == view->reward[0]);
        assert_int_equal(demo.terminated[t], view->terminated[0]);
        assert_int_equal(demo.truncated[t], view->truncated[0]);
        assert_int_equal(demo.terminated[t] || demo.truncated[t], t + 1 == demo.end[e]);
        assert_memory_equal(rl_demonstration_next(&demo, t), view->observation, (size_t)size * sizeof(float));
      }
      rl_vec_env_free(env);
    }
    rl_demonstration_release(&demo);
  }
}

static void an_episode_that_is_cut_is_truncated(void **state) {
  (void)state;
  rl_demonstration demo = played(opened(BOX), 3, 0.0, 4);
  for (int e = 0; e < 3; e++) {
    assert_int_equal(demo.end[e], 4 * (e + 1));
    assert_true(demo.truncated[4 * e + 3] && !demo.terminated[4 * e + 3]);
  }
  rl_error error;
  const float x[] = {0.5f, 0.25f}, y[] = {0.75f, 0.0f}, push[] = {1.0f};
  const rl_transition step = {.obs = x, .action = push, .reward = 1.0f}, next = {.obs = y, .action = push};
  rl_demonstration by_hand = empty(opened(BOX));
  assert_ok(rl_demonstration_cut(&by_hand, NULL, &error)); /* nothing is open */
  assert_ok(rl_demonstration_add(&by_hand, &step, &error));
  assert_true(rl_demonstration_open(&by_hand));
  assert_ok(rl_demonstration_add(&by_hand, &next, &error));
  assert_ok(rl_demonstration_cut(&by_hand, NULL, &error)); /* the last step is what came after the first */
  assert_int_equal(by_hand.steps, 1);
  assert_int_equal(by_hand.episodes, 1);
  assert_true(by_hand.truncated[0] && !by_hand.terminated[0]);
  assert_memory_equal(rl_demonstration_next(&by_hand, 0), y, sizeof y);
  assert_ok(rl_demonstration_append(&by_hand, &demo, &error));
  assert_int_equal(by_hand.steps, 13);
  assert_int_equal(by_hand.end[3], 13);
  assert_memory_equal(rl_demonstration_next(&by_hand, 12), rl_demonstration_next(&demo, 11), sizeof y);
  rl_demonstration_release(&by_hand);
  rl_demonstration_release(&demo);
}

/* Noise moves the point and not what is written down: with it zero actions lead elsewhere. */
static void noise_is_taken_and_not_written_down(void **state) {
  (void)state;
  rl_error error;
  rl_demonstration demo[2];
  for (int k = 0; k < 2; k++) {
    rl_demonstrator d;
    bool done = false;
    demo[k] = empty(opened(PAIR));
    const rl_demonstrate_options how = {2, 3, 10, k ? 0.3 : 0.0, false};
    assert_ok(rl_demonstrator_init(&d, &demo[k], opened(PAIR), NULL, NULL, &how, &error));
    while (!done) assert_ok(rl_demonstrator_step(&d, &done, &error));
    assert_ok(rl_demonstrator_finish(&d, &demo[k], &error));
    rl_demonstrator_release(&d);
    for (int64_t i = 0; i < 2 * demo[k].steps; i++) assert_true(demo[k].actions[i] == 0.0f);
  }
  assert_memory_equal(demo[0].obs, demo[1].obs, 2 * sizeof(float)); /* the start */
  assert_true(memcmp(demo[0].obs, demo[1].obs, 20 * sizeof(float)) != 0);
  for (int k = 0; k < 2; k++) rl_demonstration_release(&demo[k]);
}

static void assert_same(const rl_demonstration *a, const rl_demonstration *b) {
  const size_t size = (size_t)a->observation.size, n = (size_t)a->steps, e = (size_t)a->episodes;
  assert_int_equal(a->steps, b->steps);
  assert_int_equal(a->episodes, b->episodes);
  assert_string_equal(a->environment, b->environment);
  assert_true(rl_space_same(&a->action, &b->action));
  assert_memory_equal(a->obs, b->obs, n * size * sizeof(float));
  assert_memory_equal(a->actions, b->actions, n * (size_t)rl_space_width(&a->action) * sizeof(float));
  assert_memory_equal(a->reward, b->reward, n * sizeof(float));
  assert_memory_equal(a->terminated, b->terminated, n);
  assert_memory_equal(a->truncated, b->truncated, n);
  assert_memory_equal(a->last_obs, b->last_obs, e * size * sizeof(float));
  assert_memory_equal(a->seed, b->seed, e * sizeof(int64_t));
  assert_memory_equal(a->end, b->end, e * sizeof(int64_t));
}

static void a_file_gives_back_what_was_saved(void **state) {
  (void)state;
  static const char *const names[] = {"place", "speed"};
  for (int kind = 0; kind < KINDS; kind++) {
    rl_error error;
    rl_env_def def = *opened(kind);
    if (kind == BOX) def.observation_names = names;
    rl_demonstration demo = played(&def, 3, 0.0, 1000), back;
    const rl_demonstrated of = rl_demonstrated_of(&def);
    assert_ok(rl_demonstration_save(&demo, path, &error));
    assert_ok(rl_demonstration_load(&back, path, &error));
    assert_same(&demo, &back);
    assert_string_equal(back.from, path);
    assert_ok(rl_demonstration_fits(&back, &of, &error));
    assert_true(rl_demonstration_mark(&demo) == rl_demonstration_mark(&back));
    back.reward[1] += 1.0f;
    assert_true(rl_demonstration_mark(&demo) != rl_demonstration_mark(&back));
    rl_demonstration_release(&demo);
    rl_demonstration_release(&back);
  }
}

static void others_are_refused_with_what_they_are_and_what_is_wanted(void **state) {
  (void)state;
  rl_error error;
  static const char *const names[] = {"place", "speed"}, *const others[] = {"place", "force"};
  rl_env_def def = *opened(BOX);
  def.observation_names = names;
  rl_demonstration demo = played(&def, 1, 0.0, 1000), back;
  assert_ok(rl_demonstration_save(&demo, path, &error));
  assert_ok(rl_demonstration_load(&back, path, &error));
  const char *texts[] = {"environment toy, wanted is toy_pair",
                         "\"box 1\", wanted are \"box 2\"",
                         "observations of 2 numbers, wanted are 3",
                         "\"speed\", wanted is \"force\"",
                         "other bounds",
                         "\"discrete 3\""};
  for (int k = 0; k < 6; k++) {
    rl_demonstrated of = rl_demonstrated_of(k == 0 ? opened(PAIR) : &def);
    if (k == 1) of.action = opened(PAIR)->action;
    if (k == 2) of.observation.size = 3;
    if (k == 3) of.observation_names = others;
    if (k == 4) of.action.high = 2.0f;
    if (k == 5) of.action = opened(CHOICE)->action;
    assert_refused(rl_demonstration_fits(&back, &of, &error), RL_BAD_SHAPE, texts[k]);
    assert_non_null(strstr(error.message, path));
  }
  rl_demonstration_release(&demo);
  rl_demonstration_release(&back);
}

static void steps_that_are_none_are_refused_and_change_nothing(void **state) {
  (void)state;
  rl_error error;
  const float x[] = {0.5f, 0.25f}, nan[] = {0.5f, NAN}, push[] = {1.0f}, far[] = {INFINITY}, none[] = {3.0f};
  const struct {
    int kind;
    rl_transition step;
    const char *text;
  } cases[] = {
      {BOX, {.obs = nan, .action = push}, "number 2 of the observation"},
      {BOX, {.obs = x, .action = far}, "number 1 is inf"},
      {BOX, {.obs = x, .action = push, .reward = NAN}, "reward"},
      {BOX, {.obs = x, .action = push, .last = x, .terminated = true, .truncated = true}, "truncate"},
      {BOX, {.obs = x, .action = push, .truncated = true}, "missing"},
      {BOX, {.obs = x, .action = push, .terminated = true}, "missing"},
      {BOX, {.obs = x, .action = push, .last = nan, .truncated = true}, "after the last step"},
      {CHOICE, {.obs = x, .action = none}, "3"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    rl_demonstration demo = empty(opened(cases[i].kind));
    const rl_status status = rl_demonstration_add(&demo, &cases[i].step, &error);
    assert_true(status == RL_NOT_FINITE || status == RL_BAD_ARGUMENT);
    if (!strstr(error.message, cases[i].text)) fail_msg("%s: %s", cases[i].text, error.message);
    assert_int_equal(demo.steps, 0);
    assert_refused(rl_demonstration_save(&demo, path, &error), RL_BAD_ARGUMENT, "no step");
    rl_demonstration_release(&demo);
  }
  /* A mask that does not allow it: far left the kick to the left is forbidden. */
  rl_demonstration demo = empty(opened(FACTORS));
  const float masked[] = {-1.0f, 0.0f, 0.0f, 1.0f, 1.0f, 1.0f, 0.0f}, kick[] = {0.0f, 0.0f, 0.0f};
  const rl_transition step = {.obs = masked, .action = kick};
  assert_refused(rl_demonstration_add(&demo, &step, &error), RL_BAD_ARGUMENT, "kick");
  rl_demonstration_release(&demo);
}

/* --- spoiled files --- */

/* With one array or string otherwise: 0 left out, 1 of another type, 2 shorter, 3 some bytes changed. */
static rl_archive *spoiled(rl_rng *rng, const rl_archive *in, int *how) {
  rl_error error;
  rl_archive *out = rl_archive_new();
  const int all = in->n_arrays + in->n_strings, bad = (int)rl_rng_below(rng, (uint32_t)all);
  *how = (int)rl_rng_below(rng, 4);
  for (int i = 0; i < in->n_arrays; i++) {
    const rl_array *a = in->arrays[i];
    rl_array now = *a;
    const size_t size = rl_array_size(a);
    unsigned char *bytes = zeros(size, 1);
    memcpy(bytes, a->data, size);
    if (i == bad && *how == 1) {
      now.dtype = RL_U8;
      now.ndim = 1;
      now.shape[0] = (int64_t)size;
    }
    if (i == bad && *how == 2) now.shape[0] = rl_rng_below(rng, (uint32_t)a->shape[0]);
    for (int k = 0; i == bad && *how == 3 && k < 3; k++)
      bytes[rl_rng_below(rng, (uint32_t)size)] ^= (unsigned char)(1u << rl_rng_below(rng, 8));
    if (i != bad || *how != 0)
      assert_ok(rl_archive_put(out, a->name, now.dtype, now.ndim, now.shape, bytes, &error));
    free(bytes);
  }
  for (int i = 0; i < in->n_strings; i++) {
    char text[512];
    if (strcmp(in->strings[i].key, "fnv1a64") == 0) continue; /* the checksum is written anew */
    snprintf(text, sizeof text, "%s", in->strings[i].value);
    const bool is_bad = in->n_arrays + i == bad;
    if (is_bad && *how == 0) continue;
    if (is_bad && *text) text[rl_rng_below(rng, (uint32_t)strlen(text))] = (char)(32 + rl_rng_below(rng, 90));
    assert_ok(rl_archive_put_string(out, in->strings[i].key, text, &error));
  }
  return out;
}

/* What is left out or of another shape is refused; a number that was changed may be another good one. */
static void damaged_files_are_refused(void **state) {
  (void)state;
  rl_rng rng;
  rl_rng_init(&rng, 9, 0);
  int refused = 0, taken = 0;
  for (int round = 0; round < 400; round++) {
    rl_error error;
    rl_archive *good, *bad;
    int how;
    rl_demonstration demo = played(opened(round % KINDS), 3, 0.0, 1000), back;
    assert_ok(rl_demonstration_save(&demo, path, &error));
    assert_ok(rl_archive_load(&good, path, &error));
    bad = spoiled(&rng, good, &how);
    assert_ok(rl_archive_save(bad, path, &error));
    if (rl_demonstration_load(&back, path, &error)) {
      assert_non_null(strstr(error.message, path));
      assert_null(back.obs);
      refused++;
    } else {
      assert_int_equal(back.end[back.episodes - 1], back.steps);
      for (int64_t t = 0; t < back.steps; t++) assert_non_null(rl_demonstration_next(&back, t));
      rl_demonstration_release(&back);
      taken++;
    }
    rl_archive_free(good);
    rl_archive_free(bad);
    rl_demonstration_release(&demo);
  }
  assert_true(refused > 200);
  assert_true(taken > 20);
  FILE *file = fopen(path, "wb");
  fputs("no archive", file);
  fclose(file);
  rl_demonstration demo;
  rl_error error;
  assert_refused(rl_demonstration_load(&demo, path, &error), RL_BAD_FORMAT, path);
  assert_refused(rl_demonstration_load(&demo, "/no/such.safetensors", &error), RL_BAD_FILE, "no/such");
}

/* --- learning --- */

/* Steps with a = 2 x - v + .5 and residuals +.3, -.3 in turn, of no correlation with them. */
static rl_demonstration linear(void) {
  rl_error error;
  rl_rng rng;
  rl_demonstration demo = empty(opened(BOX));
  rl_rng_init(&rng, 4, 0);
  for (int i = 0; i < 256; i++) {
    float x[2], action[1];
    fill_normal(&rng, x, 2, 1.0f);
    for (int k = 0; k < 2; k++) { /* twice the same, so that the residuals cancel */
      action[0] = 2.0f * x[0] - x[1] + 0.5f + (k ? -0.3f : 0.3f);
      const rl_transition step = {.obs = x, .action = action, .last = x, .truncated = i == 255 && k == 1};
      assert_ok(rl_demonstration_add(&demo, &step, &error));
    }
  }
  return demo;
}

static rl_policy linear_policy(const rl_env_def *def) {
  rl_error error;
  rl_policy policy;
  rl_policy_options options = rl_policy_defaults();
  options.network.n_hidden = 0;
  options.network.normalize = false;
  assert_ok(rl_policy_init(&policy, &def->observation, &def->action, &options, &error));
  return policy;
}

/* The likeliest linear Gaussian has the coefficients of least squares, 2, -1 and .5, and the deviation of the residuals, .3;
 * the mean log-probability is then -log .3 - log(2 pi) / 2 - 1/2. */
static void a_linear_gaussian_comes_to_its_closed_form(void **state) {
  (void)state;
  rl_error error;
  rl_demonstration demo = linear();
  rl_policy policy = linear_policy(opened(BOX));
  rl_cloning *cloning;
  rl_cloning_stats stats;
  rl_cloning_options options;
  rl_options_defaults(rl_cloning_option_table(), &options);
  options.minibatch = 0;
  options.held_out = 0.0;
  options.epochs = 1500;
  options.lr = 0.01;
  assert_ok(rl_cloning_create(&cloning, &policy, &demo, NULL, &options, &error));
  while (!rl_cloning_stopped(cloning)) assert_ok(rl_cloning_update(cloning, &stats, &error));
  assert_int_equal(rl_cloning_stopped(cloning), RL_CLONED_EPOCHS);
  assert_refused(rl_cloning_update(cloning, &stats, &error), RL_BAD_ARGUMENT, "stopped after 1500");
  const float *theta = policy.network.theta.data; /* weights, bias, log-std */
  assert_near(theta[0], 2.0, 2e-3);
  assert_near(theta[1], -1.0, 2e-3);
  assert_near(theta[2], 0.5, 2e-3);
  assert_near(theta[3], log(0.3), 2e-3);
  assert_near(stats.likelihood, -log(0.3) - 0.918938533 - 0.5, 1e-4);
  rl_cloning_free(cloning);
  rl_policy_release(&policy);
  rl_demonstration_release(&demo);
}

static double likelihood_of(rl_policy *policy, const rl_imitation *data) {
  rl_error error;
  rl_dist dist;
  double sum = 0.0;
  float *log_prob = zeros((size_t)data->samples, sizeof *log_prob);
  assert_ok(rl_policy_dist(policy, data->obs, data->samples, &dist, &error));
  rl_dist_log_prob(&dist, data->samples, data->action, log_prob);
  for (int i = 0; i < data->samples; i++) sum += (double)log_prob[i];
  free(log_prob);
  return sum / data->samples;
}

typedef struct fitted {
  rl_policy *policy;
  const rl_imitation *data;
} fitted;

static double unlikelihood(void *context) {
  const fitted *f = context;
  return -likelihood_of(f->policy, f->data);
}

/* Of every kind of action, with and without mirror images. */
static void its_gradient_is_that_of_the_likelihood(void **state) {
  (void)state;
  for (int number = 0; number < 2 * KINDS; number++) {
    rl_error error;
    const rl_env_def *def = opened(number / 2);
    rl_demonstration demo = played(def, 2, 0.0, 12);
    rl_policy policy;
    rl_policy_options options = rl_policy_defaults();
    rl_imitation data;
    options.network = rl_network_defaults(0.5f);
    options.network.n_hidden = 1;
    options.network.hidden[0] = 5;
    options.network.normalizer = (rl_normalizer_map)(number % 3);
    assert_ok(rl_policy_init(&policy, &def->observation, &def->action, &options, &error));
    rl_network_observe(&policy.network, demo.obs, def->observation.size, NULL, (int)demo.steps);
    assert_ok(rl_imitation_init(&data, &policy, &demo, number % 2 ? def->symmetry : NULL, &error));
    assert_int_equal(data.samples, demo.steps * (number % 2 ? 2 : 1));
    int *index = zeros((size_t)data.samples, sizeof *index);
    for (int i = 0; i < data.samples; i++) index[i] = data.samples - 1 - i;
    assert_ok(rl_imitation_begin(&data, data.samples, 0.0, &error));
    rl_imitation_weigh(&data, index, data.samples, 1.0);
    rl_learner_gradient(&data.learner, index, data.samples);
    assert_near(rl_imitation_likelihood(&data, data.samples), likelihood_of(&policy, &data), 1e-5);
    const size_t n = (size_t)policy.network.theta.shape[0];
    double *want = zeros(n, sizeof *want);
    /* h^2 of the third derivative and 1e-7/h of rounding are below 1e-4 of what is of order 1 */
    float_differences(unlikelihood, &(fitted){&policy, &data}, policy.network.theta.data, n, 0.01f, want);
    assert_relative(data.learner.gradient, want, n, 2e-3);
    free(want);
    free(index);
    rl_imitation_release(&data);
    rl_policy_release(&policy);
    rl_demonstration_release(&demo);
  }
}

/* Nothing of the likelihood can rise where the steps to learn are noise: it stops, and the best parameters are back. */
static void it_stops_when_what_is_held_out_gets_no_likelier(void **state) {
  (void)state;
  rl_error error;
  rl_demonstration demo = played(opened(BOX), 6, 0.0, 1000);
  rl_policy policy;
  rl_policy_options network = rl_policy_defaults();
  rl_cloning *cloning;
  rl_cloning_stats stats;
  rl_cloning_options options;
  rl_options_defaults(rl_cloning_option_table(), &options);
  options.lr = 0.02;
  options.minibatch = 16;
  options.patience = 4;
  options.epochs = 1000;
  options.held_out = 0.34;
  assert_ok(rl_policy_init(&policy, &opened(BOX)->observation, &opened(BOX)->action, &network, &error));
  assert_ok(rl_cloning_create(&cloning, &policy, &demo, NULL, &options, &error));
  assert_true(policy.network.normalizer.count == (double)demo.steps); /* statistics of the demonstrations */
  float *best = zeros((size_t)policy.network.theta.shape[0], sizeof *best);
  double most = -INFINITY;
  while (!rl_cloning_stopped(cloning)) {
    assert_ok(rl_cloning_update(cloning, &stats, &error));
    if (stats.held_out > most && !rl_cloning_stopped(cloning)) {
      most = stats.held_out;
      memcpy(best, policy.network.theta.data, (size_t)policy.network.theta.shape[0] * sizeof *best);
    }
  }
  assert_int_equal(rl_cloning_stopped(cloning), RL_CLONED_HELD_OUT);
  assert_true(stats.best == most && stats.epoch < 1000);
  assert_memory_equal(best, policy.network.theta.data, (size_t)policy.network.theta.shape[0] * sizeof *best);
  free(best);
  rl_cloning_free(cloning);
  rl_policy_release(&policy);
  rl_demonstration_release(&demo);
}

/* grad = grad of the batch + coef decay^0 max A grad of demonstrated log-probabilities; here without the batch's own: its
 * gradient is that of the same method without the option. */
static void a_method_adds_the_gradient_of_demonstrations(void **state) {
  (void)state;
  rl_error error;
  const rl_env_def *def = opened(BOX);
  rl_demonstration demo = played(def, 2, 0.0, 10);
  float *gradient[2];
  double greatest = -INFINITY;
  rl_imitation data;
  size_t n = 0;
  rl_policy policy[2];
  for (int k = 0; k < 2; k++) {
    rl_vec_env *env;
    rl_value value;
    rl_method *method;
    rl_method_options options = rl_method_defaults("dapg", true);
    rl_policy_options network = rl_policy_defaults();
    network.network = rl_network_defaults(0.5f);
    options.demonstration_coef = k ? 0.7 : 0.0;
    options.normalize_advantage = false;
    assert_ok(rl_vec_env_create(&env, def, 4, 1, 0, NULL, &error));
    assert_ok(rl_policy_init(&policy[k], &def->observation, &def->action, &network, &error));
    assert_ok(rl_value_init(&value, &def->observation, &network.network, &error));
    assert_ok(rl_method_create(&method, env, &policy[k], &value, NULL, k ? &demo : NULL, &options, &error));
    assert_ok(rl_method_collect(method, 16, &error));
    const rl_rollout *batch = rl_method_rollout(method);
    for (int i = 0; i < 64; i++) greatest = fmax(greatest, (double)batch->advantage.data[i]);
    n = (size_t)policy[k].network.theta.shape[0];
    gradient[k] = zeros(n, sizeof(float));
    assert_ok(rl_method_gradient(method, batch->rows, batch->n_rows, gradient[k], NULL, &error));
    rl_method_free(method);
    rl_value_release(&value);
    rl_vec_env_free(env);
  }
  int index[20];
  double *want = zeros(n, sizeof *want);
  for (int i = 0; i < 20; i++) index[i] = i;
  assert_ok(rl_imitation_init(&data, &policy[0], &demo, NULL, &error));
  assert_ok(rl_imitation_begin(&data, 20, 0.0, &error));
  rl_imitation_weigh(&data, index, 20, 1.0);
  rl_learner_gradient(&data.learner, index, 20);
  for (size_t i = 0; i < n; i++)
    want[i] = (double)gradient[0][i] + 0.7 * fmax(greatest, 0.0) * (double)data.learner.gradient[i];
  assert_relative(gradient[1], want, n, 1e-5);
  assert_true(relative_error(gradient[0], want, n) > 1e-3); /* it makes a difference */
  rl_imitation_release(&data);
  for (int k = 0; k < 2; k++) {
    free(gradient[k]);
    rl_policy_release(&policy[k]);
  }
  free(want);
  rl_demonstration_release(&demo);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(episodes_are_the_steps_that_were_taken),
      cmocka_unit_test(an_episode_that_is_cut_is_truncated),
      cmocka_unit_test(noise_is_taken_and_not_written_down),
      cmocka_unit_test(a_file_gives_back_what_was_saved),
      cmocka_unit_test(others_are_refused_with_what_they_are_and_what_is_wanted),
      cmocka_unit_test(steps_that_are_none_are_refused_and_change_nothing),
      cmocka_unit_test(damaged_files_are_refused),
      cmocka_unit_test(a_linear_gaussian_comes_to_its_closed_form),
      cmocka_unit_test(its_gradient_is_that_of_the_likelihood),
      cmocka_unit_test(it_stops_when_what_is_held_out_gets_no_likelier),
      cmocka_unit_test(a_method_adds_the_gradient_of_demonstrations),
  };
  snprintf(path, sizeof path, "/tmp/rl_demonstration_%d.safetensors", (int)getpid());
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  remove(path);
  return failed;
}
