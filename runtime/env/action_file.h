/* Actions of long episodes on disk: pieces of one size in one file, each known by its place and its checksum. What a save
 * refers to stays in its place while the next saves are made, so that the last few can be loaded; then the place is
 * used again. A piece that is half written, or written over, has another checksum: whoever reads it is told. */
#ifndef RL_ACTION_FILE_H
#define RL_ACTION_FILE_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

RL_C_BEGIN

enum { RL_ACTION_PIECE = 1 << 18 }; /* bytes */
enum { RL_ACTION_SAVES = 4 };       /* that a place outlives */

typedef struct rl_action_piece {
  uint64_t place, checksum;
} rl_action_piece;

typedef struct rl_action_file rl_action_file;

/* The file is made when the first piece is written. NULL when out of memory. */
rl_action_file *rl_action_file_new(const char *path);
void rl_action_file_free(rl_action_file *file); /* what is on disk stays */

/* RL_ACTION_PIECE bytes. RL_BAD_FILE when they cannot be written; the next ones may. */
rl_status rl_action_file_write(rl_action_file *file, const void *bytes, rl_action_piece *piece,
                               rl_error *error);
/* Before the first read. */
rl_status rl_action_file_open(rl_action_file *file, rl_error *error);
/* False: it is not there any more. From several threads at a time. */
bool rl_action_file_read(rl_action_file *file, const rl_action_piece *piece, void *bytes);
/* It is no longer needed. From several threads at a time, for different pieces. */
void rl_action_file_drop(rl_action_file *file, const rl_action_piece *piece);
/* Before a save refers to pieces: they are on the disk. */
rl_status rl_action_file_sync(rl_action_file *file, rl_error *error);
/* These pieces are in use; all else that the file holds is as if dropped now. */
rl_status rl_action_file_adopt(rl_action_file *file, const rl_action_piece *pieces, int64_t count,
                               rl_error *error);

RL_C_END

#endif
