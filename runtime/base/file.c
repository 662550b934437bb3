#include "base/file.h"

#include "base/memory.h"
#include "base/ranks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* -1 with errno set on failure. */
static int write_pieces(int file, const rl_file_piece *pieces, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const char *data = pieces[i].data;
    size_t left = pieces[i].size;
    while (left) {
      ssize_t written = write(file, data, left);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return -1;
      data += written;
      left -= (size_t)written;
    }
  }
  return 0;
}

/* Who writes a temporary file has it locked: what can be locked by another was left over. False when that one has
 * removed it in between. */
static bool lock_temporary(int file) {
  struct stat status;
  while (flock(file, LOCK_EX) && errno == EINTR) continue; /* where there are no locks nothing is removed */
  return !fstat(file, &status) && status.st_nlink > 0;
}

/* Opens a new file beside `path` and writes its name, of `size` bytes, to `name`. */
static int open_temporary(const char *path, char *name, size_t size) {
  static atomic_uint counter;
  const char *slash = strrchr(path, '/');
  int folder = slash ? (int)(slash - path) + 1 : 0;
  for (int tries = 0; tries < 1000; tries++) {
    snprintf(name, size, "%.*s.rl-%ld-%u.tmp", folder, path, (long)getpid(), atomic_fetch_add(&counter, 1));
    int file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0 && errno != EEXIST) return -1;
    if (file >= 0 && lock_temporary(file)) return file;
    if (file >= 0) close(file);
  }
  errno = EEXIST;
  return -1;
}

static bool is_temporary(const char *name) {
  long process;
  unsigned number;
  int end = 0;
  return sscanf(name, ".rl-%ld-%u.tmp%n", &process, &number, &end) == 2 && end > 0 && !name[end];
}

int rl_sweep_temporaries(const char *folder) {
  int swept = 0;
  DIR *list = opendir(folder);
  if (!list) return 0;
  for (const struct dirent *entry; (entry = readdir(list));) {
    if (!is_temporary(entry->d_name)) continue;
    int file = openat(dirfd(list), entry->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (file < 0) continue;
    struct stat status;
    bool left = !fstat(file, &status) && S_ISREG(status.st_mode) && !flock(file, LOCK_EX | LOCK_NB);
    if (left && !unlinkat(dirfd(list), entry->d_name, 0)) swept++;
    close(file);
  }
  closedir(list);
  return swept;
}

rl_status rl_write_pieces(const char *path, const rl_file_piece *pieces, size_t n, rl_error *error) {
  struct stat status;
  if (rl_ranks_own() > 0) return RL_OK;
  const bool rewritten = !stat(path, &status);
  if (rewritten && !S_ISREG(status.st_mode)) {
    const char *kind = S_ISDIR(status.st_mode) ? "it is a folder" : "it is not a regular file";
    return rl_fail(error, RL_BAD_FILE, "cannot write %s: %s", path, kind);
  }
  size_t room = strlen(path) + 64;
  char *name = rl_allocate(room, 1);
  if (!name) return rl_fail(error, RL_NO_MEMORY, "out of memory writing %s", path);
  int file = open_temporary(path, name, room);
  int reason = file < 0 ? errno : 0;
  if (file >= 0) {
    if (write_pieces(file, pieces, n) || (rewritten && fchmod(file, status.st_mode & 0777)) || fsync(file))
      reason = errno;
    if (!reason && rename(name, path)) reason = errno;
    if (reason) unlink(name);
    if (close(file) && !reason) reason = errno; /* last: it is locked until it has its name */
  }
  rl_release(name);
  return reason ? rl_fail(error, RL_BAD_FILE, "cannot write %s: %s", path, strerror(reason)) : RL_OK;
}

rl_status rl_write_file(const char *path, const void *data, size_t size, rl_error *error) {
  return rl_write_pieces(path, &(rl_file_piece){data, size}, 1, error);
}

/* Reads the `size` bytes that the open file is said to have. */
static rl_status read_open(int file, const char *path, unsigned char *bytes, size_t size, rl_error *error) {
  size_t done = 0;
  while (done < size) {
    ssize_t got = read(file, bytes + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return rl_fail(error, RL_BAD_FILE, "cannot read %s: %s", path, strerror(errno));
    if (got == 0)
      return rl_fail(error, RL_BAD_FILE, "cannot read %s: it became shorter while it was read", path);
    done += (size_t)got;
  }
  return RL_OK;
}

rl_status rl_read_file_of(const char *path, size_t most, unsigned char **bytes, size_t *size,
                          rl_error *error) {
  struct stat status;
  rl_status result;
  *bytes = NULL;
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* not to hang on a pipe */
  if (file < 0) return rl_fail(error, RL_BAD_FILE, "cannot read %s: %s", path, strerror(errno));
  if (fstat(file, &status)) {
    result = rl_fail(error, RL_BAD_FILE, "cannot read %s: %s", path, strerror(errno));
  } else if (!S_ISREG(status.st_mode)) {
    result = rl_fail(error, RL_BAD_FILE, "cannot read %s: it is not a regular file", path);
  } else if ((uintmax_t)status.st_size > most) {
    result = rl_fail(error, RL_BAD_FILE, "cannot read %s: it has more than %zu bytes", path, most);
  } else {
    *size = (size_t)status.st_size;
    *bytes = rl_allocate(*size, 1);
    result = *bytes ? read_open(file, path, *bytes, *size, error)
                    : rl_fail(error, RL_NO_MEMORY, "out of memory reading %s (%zu bytes)", path, *size);
  }
  close(file);
  if (result) {
    rl_release(*bytes);
    *bytes = NULL;
  }
  return result;
}

rl_status rl_read_file(const char *path, unsigned char **bytes, size_t *size, rl_error *error) {
  return rl_read_file_of(path, SIZE_MAX, bytes, size, error);
}
