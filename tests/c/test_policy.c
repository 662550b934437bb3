/* Policies as objects and as files: what is loaded acts bit for bit like what was saved, fits the spaces it
 * was made for, and a file that is cut, altered or foreign is refused. */
#include "network/policy.h"
#include "network/value.h"

#include "base/parallel.h"
#include "check.h"
#include "toy_env.h"

#include <stdio.h>
#include <unistd.h>

enum { OBS = 5, ACTIONS = 3, ROWS = 150 };

static const rl_space obs_space = {.kind = RL_BOX, .size = OBS, .low = -INFINITY, .high = INFINITY},
                      box_space = {.kind = RL_BOX, .size = ACTIONS, .low = -2.0f, .high = 2.0f},
                      choice_space = {.kind = RL_DISCRETE, .size = ACTIONS};

static char folder[64], path[96];

static int make_folder(void **state) {
  (void)state;
  strcpy(folder, "/tmp/rl-policy-XXXXXX");
  if (!mkdtemp(folder)) return -1;
  snprintf(path, sizeof path, "%s/p.safetensors", folder);
  return 0;
}

static int remove_folder(void **state) {
  (void)state;
  unlink(path);
  return rmdir(folder);
}

static void fill_obs(float *obs) {
  rl_rng rng;
  rl_rng_init(&rng, 5, 0);
  for (int k = 0; k < ROWS * OBS; k++) {
    obs[k] = (float)(k % OBS) + 3.0f * rl_rng_normal(&rng);
    if (k % OBS == 1) obs[k] *= 0.1f; /* one that is smaller than 1 */
  }
}

/* With parameters off their initial values and statistics in the normaliser. */
static rl_policy policy_new(const rl_space *action, const rl_policy_options *options) {
  rl_policy policy;
  rl_error error;
  rl_rng rng;
  static float obs[ROWS * OBS];
  assert_ok(rl_policy_init(&policy, &obs_space, action, options, &error));
  rl_rng_init(&rng, 6, 0);
  rl_tensor theta = policy.network.theta;
  for (int64_t i = 0; i < theta.shape[0]; i++) theta.data[i] += 0.1f * rl_rng_normal(&rng);
  fill_obs(obs);
  if (options->network.normalize) rl_normalizer_update(&policy.network.normalizer, obs, NULL, ROWS);
  return policy;
}

static void act(rl_policy *policy, float *action) {
  static float obs[ROWS * OBS];
  rl_dist dist;
  rl_error error;
  rl_rng rng;
  fill_obs(obs);
  rl_rng_init(&rng, 9, 0);
  assert_ok(rl_policy_dist(policy, obs, ROWS, &dist, &error));
  rl_dist_sample(&dist, ROWS, &rng, false, action);
}

static void check_distribution(rl_normalizer_map map) {
  static float obs[ROWS * OBS];
  rl_policy_options options = rl_policy_defaults();
  options.network.output_gain = 1.0f;
  options.network.clip = 1.5f;
  options.network.normalizer = map;
  rl_policy policy = policy_new(&box_space, &options);
  rl_network *network = &policy.network;
  rl_dist dist;
  rl_error error;
  size_t n = (size_t)network->theta.shape[0], own = rl_mlp_parameters(&network->mlp);
  assert_int_equal(n, own + ACTIONS);
  double *theta = zeros(n, sizeof(double));
  widen(network->theta.data, theta, n);
  fill_obs(obs);
  assert_ok(rl_policy_dist(&policy, obs, ROWS, &dist, &error));
  assert_true(dist.kind == RL_BOX && dist.size == ACTIONS && dist.log_std_stride == 0);
  assert_ptr_equal(dist.log_std, network->theta.data + own);
  for (int r = 0; r < ROWS; r++) {
    double x[OBS], want[ACTIONS];
    for (int i = 0; i < OBS; i++) {
      double mean = network->normalizer.mean[i], square = network->normalizer.m2[i] / ROWS, center = mean;
      if (map != RL_NORMALIZER_STANDARD) square += mean * mean, center = 0.0;
      double scale = sqrt(square + 1e-8);
      if (map == RL_NORMALIZER_LARGE) scale = fmax(scale, 1.0);
      x[i] = fmin(fmax(((double)obs[r * OBS + i] - center) / scale, -1.5), 1.5);
    }
    reference_forward(&network->mlp, theta, x, want);
    assert_relative(dist.head + r * ACTIONS, want, ACTIONS, 1e-5);
  }
  free(theta);
  rl_policy_release(&policy);
}

static void the_distribution_is_the_network_and_the_tail_of_theta(void **state) {
  (void)state;
  for (int map = 0; map < 3; map++) check_distribution((rl_normalizer_map)map);
}

static void the_first_log_std_is_as_asked_and_choices_have_none(void **state) {
  (void)state;
  rl_policy box, choice;
  rl_error error;
  rl_policy_options options = rl_policy_defaults();
  options.log_std = -0.7f;
  assert_ok(rl_policy_init(&box, &obs_space, &box_space, &options, &error));
  assert_ok(rl_policy_init(&choice, &obs_space, &choice_space, &options, &error));
  for (int i = 0; i < ACTIONS; i++) assert_true(rl_policy_log_std(&box)[i] == -0.7f);
  assert_null(rl_policy_log_std(&choice));
  assert_int_equal(choice.network.theta.shape[0], OBS * 64 + 64 + 64 * 64 + 64 + 64 * ACTIONS + ACTIONS);
  rl_policy_release(&box);
  rl_policy_release(&choice);
}

/* Means, then log-stds, then the value, in one row of outputs: a state-dependent std begins at the one asked
 * for where the net gives 0, and the value head has the gain 1 whatever the policy's. */
static void heads_share_a_trunk(void **state) {
  (void)state;
  static float obs[ROWS * OBS], value[ROWS];
  rl_policy policy;
  rl_error error;
  rl_dist dist;
  rl_policy_options options = rl_policy_defaults();
  options.std = RL_STD_STATE;
  options.log_std = -0.7f;
  options.value_head = true;
  assert_ok(rl_policy_init(&policy, &obs_space, &box_space, &options, &error));
  assert_int_equal(rl_policy_outputs(&policy), 2 * ACTIONS + 1);
  assert_int_equal(policy.network.theta.shape[0],
                   OBS * 64 + 64 + 64 * 64 + 64 + 64 * (2 * ACTIONS + 1) + 2 * ACTIONS + 1);
  fill_obs(obs);
  assert_ok(rl_policy_value(&policy, obs, ROWS, value, &error));
  assert_ok(rl_policy_dist(&policy, obs, ROWS, &dist, &error));
  assert_null(rl_policy_log_std(&policy));
  double squares = 0.0;
  for (int r = 0; r < ROWS; r++) {
    const float *row = policy.output + r * (2 * ACTIONS + 1);
    assert_true(value[r] == row[2 * ACTIONS]);
    assert_ptr_equal(dist.head + r * dist.head_stride, row);
    assert_ptr_equal(dist.log_std + r * dist.log_std_stride, row + ACTIONS);
    for (int i = 0; i < ACTIONS; i++) assert_near(row[ACTIONS + i], -0.7, 0.1); /* gain .01 on tanh's 64 */
    squares += (double)value[r] * (double)value[r] / ROWS;
  }
  assert_true(squares > 0.01);
  rl_policy_release(&policy);
}

static void a_fixed_std_is_no_parameter(void **state) {
  (void)state;
  rl_policy policy;
  rl_error error;
  rl_policy_options options = rl_policy_defaults();
  options.std = RL_STD_FIXED;
  options.log_std = -1.5f;
  assert_ok(rl_policy_init(&policy, &obs_space, &box_space, &options, &error));
  assert_int_equal(policy.network.theta.shape[0], rl_mlp_parameters(&policy.network.mlp));
  for (int i = 0; i < ACTIONS; i++) assert_true(rl_policy_log_std(&policy)[i] == -1.5f);
  assert_null(rl_policy_dlog_std(&policy, NULL, NULL));
  rl_policy_release(&policy);
}

static void actions_are_the_same_bytes_for_any_number_of_threads(void **state) {
  (void)state;
  rl_policy_options options = rl_policy_defaults();
  options.network.output_gain = 1.0f;
  rl_policy policy = policy_new(&box_space, &options);
  float seen[3][ROWS * ACTIONS];
  for (int threads = 1; threads <= 3; threads++) {
    rl_set_threads(threads);
    act(&policy, seen[threads - 1]);
    assert_memory_equal(seen[0], seen[threads - 1], sizeof seen[0]);
  }
  rl_set_threads(1);
  rl_policy_release(&policy);
}

static void check_round_trip(const rl_space *action, const rl_policy_options *options) {
  float want[ROWS * ACTIONS] = {0}, got[ROWS * ACTIONS] = {0};
  rl_error error;
  rl_policy saved = policy_new(action, options), loaded, clone;
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_policy_save(&saved, path, &error));
  assert_ok(rl_policy_load(&loaded, path, &error));
  assert_ok(rl_policy_clone(&clone, &saved, &error));
  act(&saved, want);
  act(&loaded, got);
  assert_memory_equal(want, got, sizeof want);
  act(&clone, got);
  assert_memory_equal(want, got, sizeof want);
  assert_ok(rl_policy_put(&saved, archive, "p", &error));
  assert_ok(rl_policy_take(&clone, archive, "p", &error));
  act(&clone, got);
  assert_memory_equal(want, got, sizeof want);
  rl_archive_free(archive);
  rl_policy_release(&clone);
  assert_true(loaded.action.kind == action->kind && loaded.action.size == ACTIONS);
  assert_true(loaded.action.low == action->low && loaded.action.high == action->high);
  assert_true(loaded.observation.size == OBS);
  rl_policy_release(&saved);
  rl_policy_release(&loaded);
}

static void a_loaded_policy_acts_like_the_saved_one_bit_for_bit(void **state) {
  (void)state;
  rl_policy_options options = rl_policy_defaults();
  options.network.output_gain = 0.5f;
  const rl_space unbounded = {.kind = RL_BOX, .size = ACTIONS, .low = -INFINITY, .high = INFINITY};
  for (int map = 0; map < 3; map++) {
    options.network.normalizer = (rl_normalizer_map)map;
    check_round_trip(&box_space, &options);
    check_round_trip(&choice_space, &options);
    check_round_trip(&unbounded, &options);
  }
  options.network.clip = 0.333333343f;
  options.network.layer_norm = true;
  options.network.activation = RL_RELU;
  check_round_trip(&box_space, &options);
  options.network.normalize = false;
  options.network.n_hidden = 0;
  check_round_trip(&choice_space, &options);
  options.network.n_hidden = 7;
  for (int i = 0; i < 7; i++) options.network.hidden[i] = 3 + i;
  check_round_trip(&box_space, &options);
  options.std = RL_STD_FIXED;
  options.log_std = -1.25f;
  check_round_trip(&box_space, &options);
  options.value_head = true;
  options.network.clip = INFINITY;
  check_round_trip(&choice_space, &options);
  options.std = RL_STD_STATE;
  check_round_trip(&box_space, &options);
}

/* How one normalises is part of what it is, where it does. */
static void another_map_is_another_network_where_it_is_on(void **state) {
  (void)state;
  for (int normalize = 0; normalize < 2; normalize++) {
    rl_error error;
    rl_policy_options options = rl_policy_defaults();
    options.network.normalize = normalize;
    rl_policy standard = policy_new(&box_space, &options);
    options.network.normalizer = RL_NORMALIZER_LARGE;
    rl_policy large = policy_new(&box_space, &options);
    rl_archive *archive = rl_archive_new();
    assert_ok(rl_policy_put(&large, archive, "p", &error));
    rl_network_read_shape(&large.network, &options.network);
    if (normalize) {
      assert_refused(rl_policy_take(&standard, archive, "p", &error), RL_BAD_FORMAT,
                     "normalizer is \"large\" there, \"standard\" here");
      assert_int_equal(options.network.normalizer, RL_NORMALIZER_LARGE);
    } else {
      assert_ok(rl_policy_take(&standard, archive, "p", &error));
      assert_int_equal(options.network.normalizer, RL_NORMALIZER_STANDARD);
    }
    rl_archive_free(archive);
    rl_policy_release(&standard);
    rl_policy_release(&large);
  }
}

static void a_policy_fits_only_the_spaces_it_was_made_for(void **state) {
  (void)state;
  rl_error error;
  rl_policy_options options = rl_policy_defaults();
  options.network.output_gain = 0.5f;
  rl_policy saved = policy_new(&box_space, &options), policy;
  rl_env_def def = toy_box();
  assert_ok(rl_policy_save(&saved, path, &error));
  assert_ok(rl_policy_load(&policy, path, &error));
  assert_refused(rl_policy_fits(&policy, &def.observation, &def.action, def.name, &error), RL_BAD_SHAPE,
                 "5 observations");
  assert_non_null(strstr(error.message, "gives 2"));
  def.observation.size = OBS;
  assert_refused(rl_policy_fits(&policy, &def.observation, &def.action, def.name, &error), RL_BAD_SHAPE,
                 "box action of size 3");
  assert_non_null(strstr(error.message, "box of size 1"));
  def.action = choice_space;
  assert_refused(rl_policy_fits(&policy, &def.observation, &def.action, def.name, &error), RL_BAD_SHAPE,
                 "discrete of size 3");
  def.action = box_space;
  assert_ok(rl_policy_fits(&policy, &def.observation, &def.action, def.name, &error));
  rl_policy_release(&policy);
  rl_policy_release(&saved);
}

static unsigned char *read_all(size_t *size) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  unsigned char *bytes = zeros(1 << 20, 1);
  *size = fread(bytes, 1, 1 << 20, file);
  fclose(file);
  return bytes;
}

static void write_all(const unsigned char *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  fclose(file);
}

static void save_small(void) {
  rl_error error;
  rl_policy_options options = rl_policy_defaults();
  options.network.output_gain = 0.5f;
  options.network.hidden[0] = options.network.hidden[1] = 4;
  rl_policy policy = policy_new(&box_space, &options);
  assert_ok(rl_policy_save(&policy, path, &error));
  rl_policy_release(&policy);
}

static void assert_file_refused(void) {
  rl_policy policy;
  rl_error error = {RL_OK, ""};
  rl_status status = rl_policy_load(&policy, path, &error);
  assert_true(status == RL_BAD_FORMAT || status == RL_BAD_FILE);
  assert_true(strlen(error.message) > 0);
  assert_null(policy.network.theta.data);
}

static void a_truncated_file_is_refused(void **state) {
  (void)state;
  size_t size;
  save_small();
  unsigned char *bytes = read_all(&size);
  for (size_t cut = 0; cut < size; cut += cut < 64 || cut > size - 64 ? 1 : 37) {
    write_all(bytes, cut);
    assert_file_refused();
  }
  free(bytes);
}

static void a_flipped_byte_among_the_numbers_is_noticed(void **state) {
  (void)state;
  size_t size;
  uint64_t header;
  save_small();
  unsigned char *bytes = read_all(&size);
  memcpy(&header, bytes, sizeof header);
  for (size_t at = 8 + (size_t)header; at < size; at += 13) {
    rl_policy policy;
    rl_error error;
    bytes[at] ^= 1;
    write_all(bytes, size);
    assert_ok(rl_policy_load(&policy, path, &error));
    assert_true(policy.altered);
    rl_policy_release(&policy);
    bytes[at] ^= 1;
  }
  free(bytes);
}

/* The weight of another convention, [out, in]. */
static void a_transposed_weight_is_refused_with_both_shapes(void **state) {
  (void)state;
  rl_error error;
  rl_policy policy;
  rl_archive *archive;
  const float weight[5 * 4] = {0};
  save_small();
  assert_ok(rl_archive_load(&archive, path, &error));
  assert_ok(rl_archive_put(archive, "policy.layers.0.weight", RL_F32, 2, (int64_t[]){4, 5}, weight, &error));
  assert_ok(rl_archive_save(archive, path, &error));
  assert_refused(rl_policy_load(&policy, path, &error), RL_BAD_FORMAT,
                 "has shape [4, 5] where [5, 4] is needed");
  rl_archive_free(archive);
}

static void no_flipped_byte_of_the_header_does_harm(void **state) {
  (void)state;
  size_t size;
  uint64_t header;
  save_small();
  unsigned char *bytes = read_all(&size);
  memcpy(&header, bytes, sizeof header);
  for (size_t at = 0; at < 8 + (size_t)header; at++) { /* spaces and unread names may change without a loss */
    rl_policy policy;
    rl_error error;
    bytes[at] ^= 1;
    write_all(bytes, size);
    if (rl_policy_load(&policy, path, &error) == RL_OK) rl_policy_release(&policy);
    bytes[at] ^= 1;
  }
  free(bytes);
}

/* An archive without a checksum's protection: altered by someone who wrote it again, with another string
 * under `key`, or, when `value` is NULL, another number. */
static void check_altered_to(const char *key, const char *value, float number, const char *text) {
  rl_error error;
  rl_policy policy;
  rl_archive *archive;
  save_small();
  assert_ok(rl_archive_load(&archive, path, &error));
  if (value)
    assert_ok(rl_archive_put_string(archive, key, value, &error));
  else
    assert_ok(rl_archive_put(archive, key, RL_F32, 1, (int64_t[]){1}, &number, &error));
  assert_ok(rl_archive_save(archive, path, &error));
  rl_archive_free(archive);
  assert_refused(rl_policy_load(&policy, path, &error), RL_BAD_FORMAT, text);
  assert_null(policy.network.theta.data);
}

static void check_altered(const char *key, const char *value, const char *text) {
  check_altered_to(key, value, 0.0f, text);
}

static void metadata_that_does_not_make_sense_is_refused(void **state) {
  (void)state;
  check_altered("format", "rl-value-1", "rl-value-1");
  check_altered("action", "", "action");
  check_altered("action", "box -3", "-3");
  check_altered("action", "torus 3", "action");
  check_altered("action", "box 2", "3 network outputs for 2");
  check_altered("policy.layers", "", "layer");
  check_altered("policy.layers", "5", "layer");
  check_altered("policy.layers", "5 0 4 3", "layer");
  check_altered("policy.layers", "5 70000 3", "layer");
  check_altered("policy.layers", "5 1 1 1 1 1 1 1 1 3", "layer");
  check_altered("policy.layers", "5 4 3", "policy.layers.1.weight");
  check_altered("policy.layers", "5 65536 65536 65536 3",
                "[5, 65536] is needed"); /* 51 GB, if it were believed */
  check_altered("policy.activation", "softmax", "softmax");
  check_altered("policy.activation", "", "unknown activation \"\"");
  check_altered("policy.normalizer", "medium", "unknown normalizer \"medium\"");
  check_altered("policy.normalizer", "", "unknown normalizer \"\"");
  check_altered("policy.history", "0", "history");
  check_altered("policy.gru", "-1", "gru");
  check_altered("std", "heteroscedastic", "heteroscedastic");
  check_altered("std", "state", "3 network outputs for 3");
  check_altered("value_head", "true", "3 network outputs for 3");
  check_altered_to("policy.clip", NULL, -1.0f, "clip");
  check_altered_to("policy.clip", NULL, NAN, "clip");
  check_altered_to("action_bounds", NULL, 1.0f, "action_bounds");
}

static void parameters_that_are_not_finite_are_refused_by_name(void **state) {
  (void)state;
  rl_error error;
  rl_policy policy;
  rl_archive *archive;
  save_small();
  assert_ok(rl_archive_load(&archive, path, &error));
  float bad[5 * 4] = {0};
  bad[17] = NAN;
  assert_ok(rl_archive_put(archive, "policy.layers.0.weight", RL_F32, 2, (int64_t[]){5, 4}, bad, &error));
  assert_ok(rl_archive_save(archive, path, &error));
  assert_refused(rl_policy_load(&policy, path, &error), RL_NOT_FINITE, "policy.layers.0.weight: number 18");
  rl_archive_free(archive);
}

static void a_policy_with_a_nan_is_not_saved_and_the_old_file_stays(void **state) {
  (void)state;
  rl_error error;
  size_t before_size, after_size;
  rl_policy_options options = rl_policy_defaults();
  options.network.output_gain = 0.5f;
  save_small();
  unsigned char *before = read_all(&before_size);
  rl_policy policy = policy_new(&box_space, &options);
  policy.network.theta.data[7] = NAN;
  assert_refused(rl_policy_save(&policy, path, &error), RL_NOT_FINITE, "parameter 8");
  unsigned char *after = read_all(&after_size);
  assert_int_equal(before_size, after_size);
  assert_memory_equal(before, after, before_size);
  free(before);
  free(after);
  rl_policy_release(&policy);
}

static void a_failed_load_into_a_network_changes_nothing(void **state) {
  (void)state;
  rl_error error;
  float want[ROWS * ACTIONS], got[ROWS * ACTIONS];
  rl_policy_options options = rl_policy_defaults();
  options.network.output_gain = 0.5f;
  rl_policy policy = policy_new(&box_space, &options);
  rl_archive *archive = rl_archive_new();
  act(&policy, want);
  assert_ok(rl_network_save(&policy.network, archive, "p", &error));
  const float other[64] = {0}; /* good parameters, with statistics that are none */
  int64_t size = OBS;
  const double bad[OBS] = {(double)NAN};
  assert_ok(rl_archive_put(archive, "p.layers.0.bias", RL_F32, 1, (int64_t[]){64}, other, &error));
  assert_ok(rl_archive_put(archive, "p.normalizer.m2", RL_F64, 1, &size, bad, &error));
  assert_refused(rl_network_load(&policy.network, archive, "p", &error), RL_BAD_FORMAT, "p.normalizer");
  act(&policy, got);
  assert_memory_equal(want, got, sizeof want);
  rl_archive_free(archive);
  rl_policy_release(&policy);
}

static void a_clip_that_is_no_positive_number_is_refused(void **state) {
  (void)state;
  const float bad[] = {0.0f, -1.0f, -INFINITY};
  rl_error error;
  rl_policy policy;
  rl_policy_options options = rl_policy_defaults();
  options.network.output_gain = 0.5f;
  for (int i = 0; i < 3; i++) {
    options.network.clip = bad[i];
    assert_refused(rl_policy_init(&policy, &obs_space, &box_space, &options, &error), RL_BAD_ARGUMENT,
                   "clip");
  }
}

static void a_clip_that_is_not_given_is_for_normalised_observations(void **state) {
  (void)state;
  for (int normalize = 0; normalize < 2; normalize++) {
    rl_policy_options options = rl_policy_defaults();
    options.network.normalize = normalize;
    rl_policy policy = policy_new(&box_space, &options);
    assert_true(policy.network.clip == (normalize ? 10.0f : INFINITY));
    rl_policy_release(&policy);
  }
}

/* Glorot & Bengio's weights are uniform to sqrt(6 / (inputs + outputs)), whatever the gains of orthogonal
 * ones; so is the column of a value head. */
static void xavier_weights_know_no_gain(void **state) {
  (void)state;
  rl_policy_options options = rl_policy_defaults();
  options.network.init = RL_INIT_XAVIER;
  options.network.n_hidden = 0;
  options.value_head = true;
  rl_policy policy = policy_new(&box_space, &options);
  int in = obs_space.size, out = box_space.size + 1;
  float limit = sqrtf(6.0f / (float)(in + out)), largest = 0.0f;
  for (int i = 0; i < in * out; i++) largest = fmaxf(largest, fabsf(policy.network.theta.data[i]));
  assert_true(largest <= limit && largest > 0.5f * limit);
  rl_policy_release(&policy);
}

/* The table of options has the defaults that the structs begin with; a value has those of a network. */
static void the_defaults_are_those_of_the_table(void **state) {
  (void)state;
  const rl_policy_options policy = rl_policy_defaults();
  const rl_network_options value = rl_value_defaults();
  const rl_options list = rl_policy_option_table(), of_value = rl_value_option_table();
  for (int i = 0; i < list.count; i++) {
    double got = rl_option_get(&policy, &list.rows[i]), want = list.rows[i].value;
    assert_true(got == want || (isnan(got) && isnan(want)));
    assert_true(rl_option_has(&list.rows[i], of_value.traits) == (list.rows[i].offset < sizeof value));
    if (!rl_option_has(&list.rows[i], of_value.traits)) continue;
    got = rl_option_get(&value, &of_value.rows[i]);
    assert_true(got == want || (isnan(got) && isnan(want)));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_distribution_is_the_network_and_the_tail_of_theta),
      cmocka_unit_test(the_first_log_std_is_as_asked_and_choices_have_none),
      cmocka_unit_test(heads_share_a_trunk),
      cmocka_unit_test(a_fixed_std_is_no_parameter),
      cmocka_unit_test(actions_are_the_same_bytes_for_any_number_of_threads),
      cmocka_unit_test(a_loaded_policy_acts_like_the_saved_one_bit_for_bit),
      cmocka_unit_test(another_map_is_another_network_where_it_is_on),
      cmocka_unit_test(a_policy_fits_only_the_spaces_it_was_made_for),
      cmocka_unit_test(a_truncated_file_is_refused),
      cmocka_unit_test(a_flipped_byte_among_the_numbers_is_noticed),
      cmocka_unit_test(a_transposed_weight_is_refused_with_both_shapes),
      cmocka_unit_test(no_flipped_byte_of_the_header_does_harm),
      cmocka_unit_test(metadata_that_does_not_make_sense_is_refused),
      cmocka_unit_test(parameters_that_are_not_finite_are_refused_by_name),
      cmocka_unit_test(a_policy_with_a_nan_is_not_saved_and_the_old_file_stays),
      cmocka_unit_test(a_failed_load_into_a_network_changes_nothing),
      cmocka_unit_test(a_clip_that_is_no_positive_number_is_refused),
      cmocka_unit_test(a_clip_that_is_not_given_is_for_normalised_observations),
      cmocka_unit_test(xavier_weights_know_no_gain),
      cmocka_unit_test(the_defaults_are_those_of_the_table),
  };
  rl_set_threads(
      1); /* but where threads are the question: waiting ones spin, and a busy machine makes that slow */
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
