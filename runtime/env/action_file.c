#include "env/action_file.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t IN_USE = INT64_MAX;
static const int64_t MAX_PLACES = INT64_C(1) << 24;

struct rl_action_file {
  char *path;
  int file; /* -1: not open */
  bool unsaved;
  int64_t saves;
  int64_t *dropped; /* [places] the save after which it was, or IN_USE */
  int64_t places, room;
};

rl_action_file *rl_action_file_new(const char *path) {
  rl_action_file *f = rl_allocate(1, sizeof *f);
  size_t size = strlen(path) + 1;
  if (!f) return NULL;
  f->file = -1;
  f->path = rl_allocate(size, 1);
  if (!f->path) {
    rl_action_file_free(f);
    return NULL;
  }
  memcpy(f->path, path, size);
  return f;
}

void rl_action_file_free(rl_action_file *f) {
  if (!f) return;
  if (f->file >= 0) close(f->file);
  rl_release(f->path);
  rl_release(f->dropped);
  rl_release(f);
}

static uint64_t checksum(const void *bytes) {
  const unsigned char *at = bytes;
  uint64_t hash = 0xcbf29ce484222325u;
  for (int i = 0; i < RL_ACTION_PIECE; i++) hash = (hash ^ at[i]) * 0x100000001b3u;
  return hash;
}

static rl_status fail(rl_action_file *f, const char *what, rl_error *error) {
  return rl_fail(error, RL_BAD_FILE, "cannot %s %s: %s", what, f->path, strerror(errno));
}

static rl_status reserve(rl_action_file *f, int64_t places, rl_error *error) {
  if (places <= f->room) return RL_OK;
  int64_t room = f->room ? f->room : 64;
  while (room < places) room *= 2;
  int64_t *dropped = rl_allocate((size_t)room, sizeof *dropped);
  if (!dropped) return rl_fail(error, RL_NO_MEMORY, "out of memory for %s", f->path);
  if (f->places) memcpy(dropped, f->dropped, (size_t)f->places * sizeof *dropped);
  rl_release(f->dropped);
  f->dropped = dropped;
  f->room = room;
  return RL_OK;
}

/* What another process has left in the file may be what its last saves refer to. */
rl_status rl_action_file_open(rl_action_file *f, rl_error *error) {
  struct stat status;
  if (f->file >= 0) return RL_OK;
  const int file = open(f->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
  if (file < 0) return fail(f, "open", error);
  rl_status result = RL_OK;
  if (fstat(file, &status)) result = fail(f, "open", error);
  if (!result && !S_ISREG(status.st_mode))
    result = rl_fail(error, RL_BAD_FILE, "cannot use %s: it is not a regular file", f->path);
  const int64_t there = result ? 0 : (int64_t)status.st_size / RL_ACTION_PIECE,
                places = there < MAX_PLACES ? there : MAX_PLACES;
  if (!result) result = reserve(f, places, error);
  if (result) {
    close(file);
    return result;
  }
  f->file = file;
  for (int64_t i = 0; i < places; i++) f->dropped[i] = 0;
  f->places = places;
  return RL_OK;
}

static int64_t find_place(const rl_action_file *f) {
  for (int64_t i = 0; i < f->places; i++)
    if (f->dropped[i] != IN_USE && f->dropped[i] + RL_ACTION_SAVES <= f->saves) return i;
  return f->places;
}

static bool write_all(int file, const char *bytes, off_t at) {
  for (size_t done = 0; done < RL_ACTION_PIECE;) {
    ssize_t n = pwrite(file, bytes + done, RL_ACTION_PIECE - done, at + (off_t)done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += (size_t)n;
  }
  return true;
}

rl_status rl_action_file_write(rl_action_file *f, const void *bytes, rl_action_piece *piece,
                               rl_error *error) {
  rl_status status = rl_action_file_open(f, error);
  if (status) return status;
  const int64_t place = find_place(f);
  status = reserve(f, place + 1, error);
  if (status) return status;
  if (place >= MAX_PLACES || !write_all(f->file, bytes, (off_t)place * RL_ACTION_PIECE)) {
    if (place >= MAX_PLACES) errno = EFBIG;
    return fail(f, "write", error);
  }
  if (place == f->places) f->places++;
  f->dropped[place] = IN_USE;
  f->unsaved = true;
  *piece = (rl_action_piece){(uint64_t)place, checksum(bytes)};
  return RL_OK;
}

bool rl_action_file_read(rl_action_file *f, const rl_action_piece *piece, void *bytes) {
  char *to = bytes;
  if (f->file < 0 || piece->place >= (uint64_t)f->places) return false;
  for (size_t done = 0; done < RL_ACTION_PIECE;) {
    ssize_t n = pread(f->file, to + done, RL_ACTION_PIECE - done,
                      (off_t)piece->place * RL_ACTION_PIECE + (off_t)done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += (size_t)n;
  }
  return checksum(bytes) == piece->checksum;
}

void rl_action_file_drop(rl_action_file *f, const rl_action_piece *piece) {
  if (piece->place < (uint64_t)f->places) f->dropped[piece->place] = f->saves;
}

rl_status rl_action_file_sync(rl_action_file *f, rl_error *error) {
  f->saves++;
  if (f->file >= 0 && f->unsaved && fdatasync(f->file)) return fail(f, "write", error);
  f->unsaved = false;
  return RL_OK;
}

rl_status rl_action_file_adopt(rl_action_file *f, const rl_action_piece *pieces, int64_t count,
                               rl_error *error) {
  rl_status status = rl_action_file_open(f, error);
  for (int64_t i = 0; !status && i < f->places; i++)
    if (f->dropped[i] == IN_USE) f->dropped[i] = f->saves;
  for (int64_t i = 0; !status && i < count; i++)
    if (pieces[i].place < (uint64_t)f->places) f->dropped[pieces[i].place] = IN_USE;
  return status;
}
