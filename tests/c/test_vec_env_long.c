/* Episodes too long for memory: their actions go to a file in pieces, which saves refer to. A creature cannot be saved
 * otherwise, so its copy begins anew where they are not to be had. */
#include "check.h"
#include "env/action_file.h"
#include "base/parallel.h"
#include "env/vec_env.h"
#include "snapshot.h"
#include "toy_env.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WIDE = 4096, PIECE = RL_ACTION_PIECE / 4 / WIDE, COPIES = 3, SNAPSHOT = COPIES * SNAPSHOT_OF_A_COPY };

static char path[64];
static rl_env_def wide_def;

/* Endless, with so many actions that few steps are a piece. */
static rl_vec_env *wide_new(const char *file) {
  rl_error error;
  rl_vec_env *env;
  assert_ok(rl_vec_env_create(&env, &wide_def, COPIES, 5, 0, (double[]){0.0, 10000.0}, &error));
  assert_ok(rl_vec_env_spill(env, file, &error));
  assert_ok(rl_vec_env_reset(env, &error));
  return env;
}

/* Pushes that come to little. */
static void run(rl_vec_env *env, int steps, int from) {
  static float action[COPIES * WIDE];
  rl_error error;
  for (int t = from; t < from + steps; t++) {
    for (int k = 0; k < COPIES * WIDE; k++)
      action[k] = k % WIDE == t % WIDE ? (t % 2 ? 0.02f : -0.02f) : 0.0f;
    assert_ok(rl_vec_env_step(env, action, &error));
  }
}

static rl_archive *saved(rl_vec_env *env, const char *notice) {
  rl_error error;
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_vec_env_save(env, archive, "env", &error));
  assert_non_null(strstr(rl_vec_env_notice(env), notice));
  if (!*notice) assert_string_equal(rl_vec_env_notice(env), "");
  return archive;
}

static void load(rl_vec_env *env, const rl_archive *archive, const char *notice) {
  rl_error error;
  assert_ok(rl_vec_env_load(env, archive, "env", &error));
  assert_non_null(strstr(rl_vec_env_notice(env), notice));
  if (!*notice) assert_string_equal(rl_vec_env_notice(env), "");
}

static void assert_same(rl_vec_env *a, rl_vec_env *b) {
  static unsigned char want[SNAPSHOT], got[SNAPSHOT];
  size_t size = snapshot(a, want);
  snapshot(b, got);
  assert_memory_equal(want, got, size);
}

static long long size_of_file(void) {
  struct stat status;
  return stat(path, &status) ? -1 : (long long)status.st_size;
}

/* At each of several steps, also where a piece has just become full. */
static void a_long_episode_goes_on_with_the_same_bytes(void **state) {
  (void)state;
  for (int before = PIECE - 1; before < 4 * PIECE; before += PIECE / 2) {
    unlink(path);
    rl_vec_env *first = wide_new(path);
    run(first, before, 0);
    rl_archive *archive = saved(first, "");
    rl_vec_env *second = wide_new(path);
    load(second, archive, "");
    assert_same(first, second);
    rl_vec_env_free(first);
    rl_vec_env *alone = wide_new(NULL);
    run(alone, before, 0);
    run(alone, 2 * PIECE, before);
    run(second, 2 * PIECE, before);
    assert_same(alone, second);
    rl_archive *again = saved(second, "");
    load(alone, again, before + 2 * PIECE >= PIECE ? "have begun their next episode" : "");
    rl_vec_env *third = wide_new(path);
    load(third, again, "");
    assert_same(second, third);
    rl_vec_env_free(alone);
    rl_vec_env_free(second);
    rl_vec_env_free(third);
    rl_archive_free(archive);
    rl_archive_free(again);
  }
}

/* The actions on disk are as many as were taken, those in memory few. */
static void memory_stays_bounded(void **state) {
  (void)state;
  unlink(path);
  rl_vec_env *env = wide_new(path);
  run(env, 20 * PIECE + 1, 0);
  assert_int_equal(size_of_file(), 20LL * COPIES * RL_ACTION_PIECE);
  rl_archive *archive = saved(env, "");
  assert_int_equal(rl_archive_find(archive, "env.actions")->shape[0], COPIES);
  rl_archive_free(archive);
  rl_vec_env_free(env);
  env = wide_new(NULL); /* without a file 16 MiB a copy, and no more */
  run(env, 64 * PIECE, 0);
  archive = saved(env, "");
  rl_archive_free(archive);
  run(env, 1, 0);
  archive = saved(
      env, "3 of 3 copies begin their next episode: the actions of a long episode are kept in the folder of");
  assert_int_equal(rl_archive_find(archive, "env.actions")->shape[0], 0);
  rl_archive_free(archive);
  rl_vec_env_free(env);
}

/* A place in the file is used again, but not before it has outlived some saves. */
static void the_file_does_not_grow_with_episodes(void **state) {
  (void)state;
  rl_error error;
  unlink(path);
  rl_vec_env *env = wide_new(path);
  rl_archive *last = NULL;
  for (int round = 0; round < 30; round++) {
    run(env, 2 * PIECE, 0);
    rl_archive_free(last);
    last = saved(env, "");
    assert_ok(rl_vec_env_reset(env, &error));
  }
  assert_in_range(size_of_file() / RL_ACTION_PIECE, 2 * COPIES, 2 * COPIES * (RL_ACTION_SAVES + 2));
  rl_vec_env *second = wide_new(path);
  load(second, last, "");
  assert_int_equal(rl_vec_env_view(second)->episode_length[0], 2 * PIECE);
  rl_archive_free(last);
  rl_vec_env_free(env);
  rl_vec_env_free(second);
}

/* What was cut off or written over: the copies whose pieces these are begin anew, the others go on. */
static void a_damaged_file_costs_the_copies_it_concerns(void **state) {
  (void)state;
  unlink(path);
  rl_vec_env *first = wide_new(path);
  run(first, 2 * PIECE + 3, 0);
  rl_archive *archive = saved(first, "");
  int file = open(path, O_WRONLY);
  assert_int_equal(pwrite(file, "spoiled", 7, RL_ACTION_PIECE + 1000), 7); /* a piece of the second copy */
  close(file);
  rl_vec_env *second = wide_new(path);
  load(second, archive, "toy: not bit for bit: 1 of 3 copies have begun their next episode: the file with");
  const rl_vec_view *view = rl_vec_env_view(second);
  assert_int_equal(view->episode_length[0], 2 * PIECE + 3);
  assert_int_equal(view->episode_length[1], 0);
  assert_int_equal(view->episode_length[2], 2 * PIECE + 3);
  run(second, 3 * PIECE, 2 * PIECE + 3);
  rl_vec_env_free(second);
  assert_int_equal(truncate(path, RL_ACTION_PIECE * 4 + 10), 0);
  second = wide_new(path);
  load(second, archive, "2 of 3 copies have begun their next episode");
  rl_vec_env_free(second);
  unlink(path);
  second = wide_new(path);
  load(second, archive, "3 of 3 copies have begun their next episode");
  rl_vec_env_free(second);
  rl_vec_env_free(first);
  rl_archive_free(archive);
}

static void a_file_that_cannot_be_written_costs_episodes_only(void **state) {
  (void)state;
  const char *const paths[] = {"/nowhere/at/all", "/dev/full", "/tmp"};
  for (size_t k = 0; k < sizeof paths / sizeof *paths; k++) {
    rl_vec_env *env = wide_new(paths[k]);
    run(env, 3 * PIECE, 0);
    rl_archive *archive = saved(env, "3 of 3 copies begin their next episode: the file with the actions");
    rl_archive_free(archive);
    rl_vec_env_free(env);
  }
}

/* A million steps can be replayed, one more cannot. */
static void an_endless_episode_is_given_up_in_the_end(void **state) {
  (void)state;
  rl_error error;
  const rl_option options[TOY_OPTIONS] = {toy_options[0],
                                          {"limit", "steps", "", 1e8, 1.0, 1e9, .type = RL_OPTION_INTEGER}};
  rl_env_def def = toy_box();
  def.options = options;
  rl_vec_env *env;
  unlink(path);
  assert_ok(rl_vec_env_create(&env, &def, 1, 5, 0, (double[]){0.0, 1e8}, &error));
  assert_ok(rl_vec_env_spill(env, path, &error));
  assert_ok(rl_vec_env_reset(env, &error));
  for (int t = 0; t < 1000000; t++) assert_ok(rl_vec_env_step(env, (float[]){t % 2 ? 0.1f : -0.1f}, &error));
  rl_archive *archive = saved(env, "");
  rl_vec_env *second;
  assert_ok(rl_vec_env_create(&second, &def, 1, 5, 0, NULL, &error));
  assert_ok(rl_vec_env_spill(second, path, &error));
  load(second, archive, "");
  assert_same(env, second);
  assert_ok(rl_vec_env_step(env, (float[]){0.1f}, &error));
  rl_archive_free(archive);
  archive = saved(env, "an episode of more than a million steps is not kept");
  load(second, archive, "have begun their next episode: an episode of more than a million steps is not kept");
  assert_int_equal(rl_vec_env_view(second)->episode_length[0], 0);
  rl_archive_free(archive);
  rl_vec_env_free(env);
  rl_vec_env_free(second);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_long_episode_goes_on_with_the_same_bytes),
      cmocka_unit_test(memory_stays_bounded),
      cmocka_unit_test(the_file_does_not_grow_with_episodes),
      cmocka_unit_test(a_damaged_file_costs_the_copies_it_concerns),
      cmocka_unit_test(an_endless_episode_is_given_up_in_the_end),
      cmocka_unit_test(a_file_that_cannot_be_written_costs_episodes_only),
  };
  snprintf(path, sizeof path, "/tmp/rl-actions-%ld", (long)getpid());
  wide_def = toy_def("toy", (rl_space){.kind = RL_BOX, .size = WIDE, .low = -1.0f, .high = 1.0f});
  rl_set_threads(2);
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  unlink(path);
  return failed;
}
