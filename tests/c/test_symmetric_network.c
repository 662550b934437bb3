/* Networks that are symmetric by construction: what they give for an image, how they begin, that they stay so whatever
 * trains them, and through a save. */
#include "method/method_internal.h"

#include "base/parallel.h"
#include "check.h"
#include "toy_agent.h"

#include <stdio.h>
#include <unistd.h>

/* Six observations and four actions with everything that there may be: pairs, pairs of opposite sign, numbers that stay
 * and that turn. */
enum { INPUTS = 6, ACTIONS = 4, SAMPLES = 40 };
static const int input_from[INPUTS] = {0, 2, 1, 4, 3, 5}, action_from[ACTIONS] = {1, 0, 2, 3};
static const float input_sign[INPUTS] = {1, 1, 1, -1, -1, -1}, action_sign[ACTIONS] = {1, 1, -1, 1},
                   choice_sign[ACTIONS] = {1, 1, 1, 1};
static const rl_symmetry box_symmetry = {.observation = {INPUTS, input_from, input_sign},
                                         .action = {ACTIONS, action_from, action_sign}},
                         choice_symmetry = {.observation = {INPUTS, input_from, input_sign},
                                            .action = {ACTIONS, action_from, choice_sign}};
static const rl_space observation = {.kind = RL_BOX, .size = INPUTS, .low = -INFINITY, .high = INFINITY},
                      box = {.kind = RL_BOX, .size = ACTIONS, .low = -1.0f, .high = 1.0f},
                      choice = {.kind = RL_DISCRETE, .size = ACTIONS};

typedef struct variant {
  bool discrete, value_head, layer_norm, plain;
  rl_std_kind std;
  rl_init init;
  rl_activation activation;
  int n_hidden, hidden[2];
  rl_normalizer_map normalizer;
} variant;

static const variant variants[] = {
    {.n_hidden = 2, .hidden = {8, 6}, .activation = RL_TANH},
    {.n_hidden = 2,
     .hidden = {7, 5},
     .activation = RL_RELU,
     .std = RL_STD_STATE,
     .normalizer = RL_NORMALIZER_LARGE},
    {.n_hidden = 1, .hidden = {9}, .activation = RL_TANH, .layer_norm = true, .value_head = true},
    {.n_hidden = 0, .std = RL_STD_FIXED, .value_head = true, .normalizer = RL_NORMALIZER_SCALE},
    {.n_hidden = 2, .hidden = {64, 64}, .activation = RL_TANH, .init = RL_INIT_XAVIER, .discrete = true},
    {.n_hidden = 2, .hidden = {1, 3}, .activation = RL_RELU, .discrete = true, .value_head = true},
};
enum { VARIANTS = sizeof variants / sizeof *variants };

static rl_policy_options options_of(const variant *v) {
  rl_policy_options options = rl_policy_defaults();
  options.network.n_hidden = v->n_hidden;
  memcpy(options.network.hidden, v->hidden, sizeof v->hidden);
  options.network.activation = v->activation;
  options.network.layer_norm = v->layer_norm;
  options.network.init = v->init;
  options.network.normalizer = v->normalizer;
  options.network.output_gain = 1.0f;
  options.network.symmetric = !v->plain;
  options.network.symmetry = v->discrete ? &choice_symmetry : &box_symmetry;
  options.std = v->std;
  options.value_head = v->value_head;
  return options;
}

static void draw(float *x, int rows) {
  rl_rng rng;
  rl_rng_init(&rng, 5, 5);
  fill_normal(&rng, x, (size_t)rows * INPUTS, 1.0f);
}

static void make(rl_policy *policy, const variant *v) {
  rl_error error;
  const rl_policy_options options = options_of(v);
  float seen[SAMPLES * INPUTS]; /* about 0.3 to 2.1: smaller and larger than 1 */
  assert_ok(rl_policy_init(policy, &observation, v->discrete ? &choice : &box, &options, &error));
  draw(seen, SAMPLES);
  for (int i = 0; i < SAMPLES * INPUTS; i++) seen[i] = 0.3f * (seen[i] + (float)(i % INPUTS + 1));
  rl_network_observe(&policy->network, seen, INPUTS, NULL, SAMPLES);
}

/* Greatest difference between what the policy says of images and the image of what it says: of means or logits, log-std,
 * value. */
static double asymmetry(rl_policy *policy, const variant *v) {
  rl_error error;
  const rl_symmetry *symmetry = v->discrete ? &choice_symmetry : &box_symmetry;
  const int outputs = rl_policy_outputs(policy);
  float x[SAMPLES * INPUTS], images[SAMPLES * INPUTS], y[SAMPLES * 16], of_images[SAMPLES * 16];
  double greatest = 0.0;
  draw(x, SAMPLES);
  rl_mirror_apply(&symmetry->observation, x, SAMPLES, images);
  assert_ok(rl_network_apply(&policy->network, x, SAMPLES, y, &error));
  assert_ok(rl_network_apply(&policy->network, images, SAMPLES, of_images, &error));
  for (int r = 0; r < SAMPLES; r++)
    for (int i = 0; i < outputs; i++) {
      const bool mean = i < ACTIONS, deviation = !mean && i < outputs - v->value_head;
      const int from = mean        ? symmetry->action.from[i]
                       : deviation ? ACTIONS + symmetry->action.from[i - ACTIONS]
                                   : i;
      const double sign = mean ? (double)symmetry->action.sign[i] : 1.0;
      greatest =
          fmax(greatest, fabs((double)of_images[r * outputs + i] - sign * (double)y[r * outputs + from]));
    }
  const float *log_std = rl_policy_log_std(policy);
  for (int i = 0; log_std && i < ACTIONS; i++)
    greatest = fmax(greatest, fabs((double)log_std[i] - (double)log_std[symmetry->action.from[i]]));
  return greatest;
}

static void what_is_given_for_an_image_is_the_image_of_what_is_given(void **state) {
  (void)state;
  for (int k = 0; k < VARIANTS; k++) {
    variant v = variants[k];
    rl_policy policy;
    make(&policy, &v);
    assert_near(asymmetry(&policy, &v), 0.0, 2e-6);
    /* whatever the free parameters are */
    const rl_ties *ties = &policy.network.ties;
    float *loose = zeros(ties->n_free, sizeof *loose), *again = zeros(ties->n_free, sizeof *again);
    rl_rng rng;
    rl_rng_init(&rng, 8, 8);
    fill_normal(&rng, loose, ties->n_free, 0.5f);
    rl_ties_spread(ties, loose, policy.network.theta.data);
    assert_true(rl_ties_first_loose(ties, policy.network.theta.data) == ties->n);
    rl_ties_gather(ties, policy.network.theta.data, again);
    assert_memory_equal(loose, again, ties->n_free * sizeof *loose);
    assert_near(asymmetry(&policy, &v), 0.0, 2e-5);
    const size_t size = count(&policy.network);
    assert_true(ties->n + ties->n_free == size && 2 * ties->n_free < size + size / 4 + 8);
    free(loose);
    free(again);
    rl_policy_release(&policy);
    v.plain = true; /* another one is not */
    make(&policy, &v);
    assert_true(asymmetry(&policy, &v) > 0.01);
    rl_policy_release(&policy);
  }
}

/* Orthogonal layers begin with a W^T W, or W W^T, that is gain^2 times 1, symmetric or not. */
static void the_first_weights_are_orthogonal(void **state) {
  (void)state;
  rl_error error;
  const variant v = {.n_hidden = 2, .hidden = {8, 4}, .activation = RL_TANH};
  rl_policy policy;
  const rl_policy_options options = options_of(&v);
  assert_ok(rl_policy_init(&policy, &observation, &box, &options, &error));
  const rl_mlp_layer at =
      rl_mlp_layer_at(&policy.network.mlp, 1); /* 8 to 4 units: two kinds of 4 and 2 coordinates */
  const float *w = policy.network.theta.data + at.weight;
  for (int a = 0; a < at.out; a++)
    for (int b = 0; b < at.out; b++) {
      double product = 0.0;
      for (int i = 0; i < at.in; i++) product += (double)w[i * at.out + a] * (double)w[i * at.out + b];
      assert_near(product, a == b ? 2.0 : 0.0, 1e-5);
    }
  rl_policy_release(&policy);
}

static rl_env_def box_def, pair_def, choice_def;

static void training_leaves_the_parameters_tied_to_the_bit(void **state) {
  (void)state;
  const rl_env_def *defs[] = {&box_def, &pair_def, &choice_def};
  for (int k = 0; k < 3 * method_count(); k++) {
    agent a;
    rl_method_options options = defaults_of(method_name(k / 3));
    if (!suited(class_of(&options), defs[k % 3], NULL) || class_of(&options)->of_actions) continue;
    options.symmetric = RL_SYMMETRIC_NETWORK;
    options.sgd = k % 2;
    const bool groups = class_of(&options)->groups;
    const agent_parts parts = {.no_value = groups,
                               .mode = RL_SYMMETRIC_NETWORK,
                               .layer_norm = k % 2,
                               .normalizer = (rl_normalizer_map)(k / 3 % 3)};
    agent_new_of(&a, &parts, defs[k % 3], &options, 3);
    float before[MAX_PARAMETERS];
    memcpy(before, a.policy.network.theta.data, count(&a.policy.network) * sizeof *before);
    for (int i = 0; i < 3; i++) {
      collect(&a, STEPS);
      update(&a);
    }
    const rl_ties *ties = &a.policy.network.ties;
    assert_true(memcmp(before, a.policy.network.theta.data, count(&a.policy.network) * sizeof *before) != 0);
    assert_true(rl_ties_first_loose(ties, a.policy.network.theta.data) == ties->n);
    if (!groups)
      assert_true(rl_ties_first_loose(&a.value.network.ties, a.value.network.theta.data) ==
                  a.value.network.ties.n);
    const rl_replay *replay = a.method->replay;
    for (int c = 0; replay && c <= RL_CRITICS; c++) {
      const float *theta = c == RL_CRITICS ? replay->twin.theta.data : replay->slow[c];
      if (!theta) continue; /* it has no slow copies */
      assert_true(rl_ties_first_loose(&replay->twin.ties, theta) == a.value.network.ties.n);
    }
    agent_free(&a);
  }
}

/* The point's place and speed turn in an image: their means are 0. */
static void training_with_images_leaves_statistics_symmetric(void **state) {
  (void)state;
  for (int k = 0; k < 8; k++) {
    agent a;
    rl_method_options options = defaults_of(k < 4 ? "ppo" : "sac");
    const rl_symmetric mode = (rl_symmetric)(RL_SYMMETRIC_OFF + k % 4);
    if (remembers(class_of(&options)) && mode == RL_SYMMETRIC_LOSS) continue;
    options.symmetric = mode;
    agent_new_of(&a, &(agent_parts){.mode = mode}, &pair_def, &options, 3);
    for (int i = 0; i < 3; i++) {
      collect(&a, STEPS);
      update(&a);
    }
    const rl_normalizer *both[] = {&a.policy.network.normalizer, &a.value.network.normalizer};
    for (int n = 0; n < 2; n++)
      for (int i = 0; i < OBS; i++) {
        assert_true((both[n]->mean[i] == 0.0) == (mode != RL_SYMMETRIC_OFF));
        assert_near(both[n]->count, 3 * ROWS, 0.0);
        assert_true(both[n]->m2[i] > 0.0);
      }
    agent_free(&a);
  }
}

/* As if the images had been seen besides. */
static void statistics_count_images_too(void **state) {
  (void)state;
  rl_error error;
  const rl_mirror *mirror = &box_symmetry.observation;
  float x[SAMPLES * INPUTS], images[SAMPLES * INPUTS];
  rl_normalizer mirrored, both;
  draw(x, SAMPLES);
  for (int i = 0; i < SAMPLES * INPUTS; i++) x[i] += (float)(i % INPUTS);
  rl_mirror_apply(mirror, x, SAMPLES, images);
  assert_ok(rl_normalizer_init(&mirrored, INPUTS, 10.0f, &error));
  assert_ok(rl_normalizer_init(&both, INPUTS, 10.0f, &error));
  for (int part = 0; part < 2; part++) {
    const int at = part * 15 * INPUTS, rows = part ? SAMPLES - 15 : 15;
    rl_normalizer_update(&mirrored, x + at, NULL, rows);
    rl_normalizer_mirror(&mirrored, mirror);
    rl_normalizer_update(&both, x + at, NULL, rows);
    rl_normalizer_update(&both, images + at, NULL, rows);
  }
  assert_near(mirrored.count, SAMPLES, 0.0);
  for (int i = 0; i < INPUTS; i++) {
    assert_near(mirrored.mean[i], both.mean[i], 1e-12);
    assert_near(mirrored.m2[i] / mirrored.count, both.m2[i] / both.count, 1e-11);
    assert_true(mirrored.mean[i] == (double)mirror->sign[i] * mirrored.mean[mirror->from[i]]);
  }
  rl_normalizer_release(&mirrored);
  rl_normalizer_release(&both);
}

static void a_symmetric_policy_stays_one_in_a_file_and_as_a_copy(void **state) {
  (void)state;
  rl_error error;
  char path[64];
  snprintf(path, sizeof path, "symmetric-%d.safetensors", (int)getpid());
  for (int k = 0; k < VARIANTS; k++) {
    const variant *v = &variants[k];
    variant other = *v;
    rl_policy policy, loaded, clone, plain;
    make(&policy, v);
    assert_ok(rl_policy_save(&policy, path, &error));
    assert_ok(rl_policy_load(&loaded, path, &error));
    assert_ok(rl_policy_clone(&clone, &policy, &error));
    const rl_policy *copies[] = {&loaded, &clone};
    for (int i = 0; i < 2; i++) {
      assert_true(rl_mirror_same(&copies[i]->network.ties.input, &policy.network.ties.input));
      assert_true(rl_mirror_same(&copies[i]->network.ties.output, &policy.network.ties.output));
      assert_true(rl_mirror_same(&copies[i]->network.ties.extra, &policy.network.ties.extra));
      assert_memory_equal(copies[i]->network.theta.data, policy.network.theta.data,
                          count(&policy.network) * sizeof(float));
      assert_int_equal(copies[i]->network.normalizer.map, v->normalizer);
      assert_memory_equal(copies[i]->network.normalizer.inverse, policy.network.normalizer.inverse,
                          INPUTS * sizeof(float));
    }
    other.plain = true;
    make(&plain, &other);
    rl_archive *archive = rl_archive_new(), *of_plain = rl_archive_new();
    assert_ok(rl_policy_put(&policy, archive, "p", &error));
    assert_ok(rl_policy_put(&plain, of_plain, "p", &error));
    assert_ok(rl_policy_take(&loaded, archive, "p", &error));
    assert_refused(rl_policy_take(&plain, archive, "p", &error), RL_BAD_FORMAT, "symmetric there, not here");
    assert_refused(rl_policy_take(&loaded, of_plain, "p", &error), RL_BAD_FORMAT,
                   "symmetric here, not there");
    rl_archive_free(archive);
    rl_archive_free(of_plain);
    rl_policy_release(&policy);
    rl_policy_release(&loaded);
    rl_policy_release(&clone);
    rl_policy_release(&plain);
  }
  remove(path);
}

static void what_cannot_be_symmetric_is_refused(void **state) {
  (void)state;
  rl_error error;
  rl_policy policy;
  rl_value value;
  rl_policy_options options = rl_policy_defaults();
  options.network.symmetric = true;
  assert_refused(rl_policy_init(&policy, &observation, &box, &options, &error), RL_BAD_ARGUMENT,
                 "option symmetric: nothing is known of mirror images");
  options.network.symmetry = &box_symmetry;
  assert_refused(rl_policy_init(&policy, &(rl_space){.kind = RL_BOX, .size = 5, .low = -1.0f, .high = 1.0f},
                                &box, &options, &error),
                 RL_BAD_ARGUMENT, "symmetry of the observation: 6 numbers for 5");
  assert_refused(rl_value_init(&value, &(rl_space){.kind = RL_BOX, .size = 5, .low = -1.0f, .high = 1.0f},
                               &options.network, &error),
                 RL_BAD_ARGUMENT, "symmetry of the observation: 6 numbers for 5");

  rl_method_options method = rl_method_defaults("ppo", true);
  agent a;
  method.symmetric = RL_SYMMETRIC_NETWORK;
  assert_refused(
      agent_create_of(&a, &(agent_parts){0}, &box_def, &method, 1, &error), RL_BAD_ARGUMENT,
      "option symmetric: the policy is not symmetric: make it with rl.policy(env, { symmetric = true })");
  agent_free(&a);
  agent_new_of(&a, &(agent_parts){.mode = RL_SYMMETRIC_NETWORK}, &box_def, &method, 1);
  a.policy.network.theta.data[1] += 0.5f; /* somebody else's doing */
  assert_refused(rl_method_set_options(a.method, &method, &error), RL_BAD_ARGUMENT,
                 "of the policy are no longer what symmetry makes of one another");
  agent_free(&a);
  rl_env_def lame = box_def;
  lame.symmetry = NULL;
  lame.asymmetry = "one leg is longer";
  for (rl_symmetric mode = RL_SYMMETRIC_DATA; mode <= RL_SYMMETRIC_NETWORK; mode++) {
    method.symmetric = mode;
    assert_refused(agent_create_of(&a, &(agent_parts){0}, &lame, &method, 1, &error), RL_BAD_ARGUMENT,
                   "option symmetric: environment toy is not symmetric: one leg is longer");
    agent_free(&a);
  }
}

/* Of what the policy does, the part that it would do otherwise in the image: mean square over states, after training on
 * some seeds. */
static double trained_asymmetry(rl_symmetric mode, uint64_t seed) {
  agent a;
  rl_error error;
  rl_method_options options = defaults_of("ppo");
  options.symmetric = mode;
  options.symmetry_coef = 4.0;
  agent_new_of(&a, &(agent_parts){.mode = mode}, &box_def, &options, seed);
  for (int i = 0; i < 25; i++) {
    collect(&a, STEPS);
    const rl_method_stats stats = update(&a);
    assert_true((mode == RL_SYMMETRIC_DATA || mode == RL_SYMMETRIC_LOSS) == (bool)isfinite(stats.asymmetry));
  }
  float x[2 * SAMPLES], images[2 * SAMPLES], y[SAMPLES], of_images[SAMPLES];
  double squares = 0.0;
  rl_rng rng;
  rl_rng_init(&rng, 4, 4);
  fill_normal(&rng, x, 2 * SAMPLES, 0.3f);
  rl_mirror_apply(&box_def.symmetry->observation, x, SAMPLES, images);
  assert_ok(rl_network_apply(&a.policy.network, x, SAMPLES, y, &error));
  assert_ok(rl_network_apply(&a.policy.network, images, SAMPLES, of_images, &error));
  for (int i = 0; i < SAMPLES; i++) squares += pow((double)y[i] + (double)of_images[i], 2.0) / SAMPLES;
  agent_free(&a);
  return squares;
}

static void each_mode_makes_the_policy_more_symmetric(void **state) {
  (void)state;
  enum { SEEDS = 5 };
  double apart[4] = {0.0, 0.0, 0.0, 0.0};
  for (rl_symmetric mode = RL_SYMMETRIC_OFF; mode <= RL_SYMMETRIC_NETWORK; mode++)
    for (uint64_t seed = 1; seed <= SEEDS; seed++) apart[mode] += trained_asymmetry(mode, seed) / SEEDS;
  print_message("%g %g %g %g\n", apart[0], apart[1], apart[2], apart[3]);
  assert_true(apart[RL_SYMMETRIC_DATA] < 0.5 * apart[RL_SYMMETRIC_OFF]);
  assert_true(apart[RL_SYMMETRIC_LOSS] < 0.5 * apart[RL_SYMMETRIC_OFF]);
  assert_near(apart[RL_SYMMETRIC_NETWORK], 0.0, 1e-10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_given_for_an_image_is_the_image_of_what_is_given),
      cmocka_unit_test(the_first_weights_are_orthogonal),
      cmocka_unit_test(training_leaves_the_parameters_tied_to_the_bit),
      cmocka_unit_test(training_with_images_leaves_statistics_symmetric),
      cmocka_unit_test(statistics_count_images_too),
      cmocka_unit_test(a_symmetric_policy_stays_one_in_a_file_and_as_a_copy),
      cmocka_unit_test(what_cannot_be_symmetric_is_refused),
      cmocka_unit_test(each_mode_makes_the_policy_more_symmetric),
  };
  box_def = toy_box();
  pair_def = toy_pair();
  choice_def = toy_discrete();
  rl_set_threads(1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
