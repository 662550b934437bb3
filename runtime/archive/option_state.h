/* The options of an object in a file: for each what it was made with and what it is now, so that what was set since goes
 * on, and what another program makes it with is noticed. */
#ifndef RL_OPTION_STATE_H
#define RL_OPTION_STATE_H

#include "archive/archive.h"
#include "base/option.h"

RL_C_BEGIN

enum { RL_NOTICE = 256 };

/* Arrays "<prefix>.option.NAME" [2]. */
rl_status rl_options_save(rl_options list, const void *made, const void *now, rl_archive *archive,
                          const char *prefix, rl_error *error);
/* `now` holds what the object has, and gets what it had. Of options that are not live, but seeds, RL_BAD_FORMAT names the
 * first that was made otherwise; of those that are live, one that was made otherwise stays as it is, and `notice`, which
 * is empty before, names it. On failure `now` is of no use. */
rl_status rl_options_load(rl_options list, const void *made, void *now, const rl_archive *archive,
                          const char *prefix, char notice[RL_NOTICE], rl_error *error);

/* All of them as they were, whatever the object was made with; RL_BAD_FORMAT for what is out of range. */
rl_status rl_options_restore(rl_options list, void *now, const rl_archive *archive, const char *prefix,
                             rl_error *error);

RL_C_END

#endif
