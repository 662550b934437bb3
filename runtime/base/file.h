/* Whole files: read at once, and written so that a reader finds the old content or the new and never a
 * part.
 *
 * Writing goes to a temporary file in the same folder that is flushed to the disk and renamed over the
 * target, whose mode it keeps; on failure it is removed. What a process leaves that is killed while it writes can be
 * swept away. Of several ranks (ranks.h) the first writes, for all. */
#ifndef RL_FILE_H
#define RL_FILE_H

#include "base/status.h"

RL_C_BEGIN

typedef struct rl_file_piece {
  const void *data;
  size_t size; /* bytes */
} rl_file_piece;

/* Writes the pieces one after the other. RL_BAD_FILE naming the path and the system's reason; a `path` that
 * is there and no regular file (a folder, a device) is refused. */
rl_status rl_write_pieces(const char *path, const rl_file_piece *pieces, size_t n, rl_error *error);
rl_status rl_write_file(const char *path, const void *data, size_t size, rl_error *error);

/* Removes the temporary files in the folder that nobody is writing any more; returns how many. */
int rl_sweep_temporaries(const char *folder);

/* *bytes is to be freed with rl_release; NULL on failure. RL_BAD_FILE as above, RL_NO_MEMORY. */
rl_status rl_read_file(const char *path, unsigned char **bytes, size_t *size, rl_error *error);
/* Of `most` bytes: RL_BAD_FILE, too, where there are more. */
rl_status rl_read_file_of(const char *path, size_t most, unsigned char **bytes, size_t *size,
                          rl_error *error);

RL_C_END

#endif
