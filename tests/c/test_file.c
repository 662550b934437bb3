/* Whole files: what a reader finds, what is refused, and what is left when a process dies in between. */
#include "base/file.h"
#include "base/memory.h"
#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char folder[] = "/tmp/test_file_XXXXXX", path[64], other[64];

static int make_folder(void **state) {
  (void)state;
  strcpy(folder + sizeof folder - 7, "XXXXXX");
  if (!mkdtemp(folder)) return 1;
  snprintf(path, sizeof path, "%s/file", folder);
  snprintf(other, sizeof other, "%s/other", folder);
  return 0;
}

/* How many names there are in the folder. */
static int count(void) {
  int n = -2; /* . and .. */
  DIR *list = opendir(folder);
  while (readdir(list)) n++;
  closedir(list);
  return n;
}

static int remove_folder(void **state) {
  (void)state;
  char command[96];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  return system(command);
}

static void touch(const char *name) {
  char full[128];
  snprintf(full, sizeof full, "%s/%s", folder, name);
  close(open(full, O_WRONLY | O_CREAT, 0666));
}

static mode_t mode_of(const char *name) {
  struct stat status;
  assert_int_equal(stat(name, &status), 0);
  return status.st_mode & 07777;
}

static void a_file_that_is_rewritten_keeps_its_mode(void **state) {
  (void)state;
  rl_error error;
  mode_t before = umask(027);
  assert_ok(rl_write_file(path, "new", 3, &error));
  umask(before);
  assert_int_equal(mode_of(path), 0640);
  assert_int_equal(chmod(path, 0604), 0);
  assert_ok(rl_write_file(path, "again", 5, &error));
  assert_int_equal(mode_of(path), 0604);
}

static void what_is_no_regular_file_is_left_alone(void **state) {
  (void)state;
  rl_error error;
  unsigned char *bytes;
  size_t size;
  assert_int_equal(mkfifo(path, 0600), 0);
  assert_int_equal(rl_write_file(path, "x", 1, &error), RL_BAD_FILE);
  assert_int_equal(rl_read_file(path, &bytes, &size, &error), RL_BAD_FILE); /* and nobody waits */
  assert_int_equal(rl_write_file(folder, "x", 1, &error), RL_BAD_FILE);
  assert_int_equal(count(), 1);
}

static void a_file_that_is_too_large_is_not_read(void **state) {
  (void)state;
  rl_error error;
  unsigned char *bytes;
  size_t size;
  assert_ok(rl_write_file(path, "12345", 5, &error));
  assert_int_equal(rl_read_file_of(path, 4, &bytes, &size, &error), RL_BAD_FILE);
  assert_null(bytes);
  assert_ok(rl_read_file_of(path, 5, &bytes, &size, &error));
  assert_int_equal(size, 5);
  rl_release(bytes);
}

static void what_a_killed_process_left_is_swept_away(void **state) {
  (void)state;
  static const size_t size = 1 << 16;
  int left = 0;
  for (int tries = 0; left == 0 && tries < 500; tries++) {
    pid_t child = fork();
    if (child == 0) {
      char *data = calloc(size, 1);
      for (;;) rl_write_file(path, data, size, NULL);
    }
    nanosleep(&(struct timespec){.tv_nsec = 500000 + 37000 * tries}, NULL);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    left = count() - (access(path, F_OK) == 0);
  }
  assert_true(left > 0);
  touch(".rl-1-2.tmp.txt"); /* somebody else's */
  touch(".rl-x-2.tmp");
  touch("mine.tmp");
  assert_int_equal(symlink("file", other), 0);
  const int kept = count() - left;
  assert_int_equal(rl_sweep_temporaries(folder), left);
  assert_int_equal(count(), kept);
  assert_int_equal(rl_sweep_temporaries(other), 0); /* no folder */
  assert_int_equal(rl_sweep_temporaries("/nowhere"), 0);
}

static atomic_bool ending;

static void *sweep(void *swept) {
  while (!atomic_load(&ending)) *(int *)swept += rl_sweep_temporaries(folder);
  return NULL;
}

static void a_file_that_is_being_written_is_not_swept_away(void **state) {
  (void)state;
  rl_error error;
  pthread_t thread;
  int swept = 0;
  assert_int_equal(pthread_create(&thread, NULL, sweep, &swept), 0);
  for (int i = 0; i < 300; i++) assert_ok(rl_write_file(path, &i, sizeof i, &error));
  atomic_store(&ending, true);
  pthread_join(thread, NULL);
  assert_int_equal(count(), 1);
}

int main(void) {
#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)
  const struct CMUnitTest tests[] = {
      TEST(a_file_that_is_rewritten_keeps_its_mode),        TEST(what_is_no_regular_file_is_left_alone),
      TEST(a_file_that_is_too_large_is_not_read),           TEST(what_a_killed_process_left_is_swept_away),
      TEST(a_file_that_is_being_written_is_not_swept_away),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
