/* Collects and updates, again and again, in pieces: on the thread of a program that must draw, or on a thread of its
 * own. Either way the results are those of rl_method_collect and rl_method_update, to the byte.
 *
 *   rl_trainer_create(&trainer, ppo, 128, &error);
 *   rl_trainer_start(trainer, 0, &error);
 *   for each frame {
 *     rl_trainer_poll(trainer, &iteration, &news, &error);
 *     ...
 *   }
 *   rl_trainer_stop(trainer);
 *
 * The thread trains copies of policy, value and base. Those of the program are its own to use, and to write to in vain: it
 * is poll and stop that hand a policy over, whole, after a complete iteration. Method and environment are the
 * thread's: the method refuses what would change it, and nothing else of the two is to be asked but what never changes. */
#ifndef RL_TRAINER_H
#define RL_TRAINER_H

#include "method/method.h"

RL_C_BEGIN

typedef struct rl_trainer rl_trainer;

typedef struct rl_iteration {
  rl_rollout_stats batch;
  rl_method_stats update;
} rl_iteration;

enum { RL_UNTOLD = 64 }; /* iterations that a thread is ahead of poll at most; then it waits */

/* `steps` of each copy make a batch. The method must outlive it. RL_NO_MEMORY. */
rl_status rl_trainer_create(rl_trainer **trainer, rl_method *method, int steps, rl_error *error);
/* Ends its thread. What is half done is given up, and what poll was not asked for is not handed over. */
void rl_trainer_free(rl_trainer *trainer);

/* The next piece on the calling thread; `done`: it has ended an iteration. Errors as rl_method_advance, after which the
 * iteration is given up; RL_BAD_ARGUMENT while something is half done that this trainer has not begun, or it has a
 * thread. */
rl_status rl_trainer_advance(rl_trainer *trainer, rl_iteration *iteration, bool *done, rl_error *error);

/* Goes on with what this trainer has half done, or begins, on a thread; so many iterations, 0: until it is stopped.
 * RL_BAD_ARGUMENT when it has one, when something else is half done, or when the environment has functions (a judge, an
 * interpreter) that must be called on the program's thread. */
rl_status rl_trainer_start(rl_trainer *trainer, int64_t iterations, rl_error *error);
/* Whether there is a thread at work, between two polls or stops at least. */
bool rl_trainer_runs(const rl_trainer *trainer);
/* Hands over the newest complete policy and value, and tells of the next complete iteration that it has not told of
 * (`news`). Waits for no longer than it takes to copy the parameters. When all is told, the error that has ended the
 * thread, once: what rl_method_advance gives. */
rl_status rl_trainer_poll(rl_trainer *trainer, rl_iteration *iteration, bool *news, rl_error *error);
/* Ends the thread after the piece that it is at, and hands over like poll. What is half done stays so: start and advance
 * go on with it, still on the copies, rl_method_stop gives it up. NULL is allowed. */
void rl_trainer_stop(rl_trainer *trainer);

/* How far it is: also while a thread is at work. */
rl_method_phase rl_trainer_phase(const rl_trainer *trainer);
double rl_trainer_fraction(const rl_trainer *trainer); /* of the phase: 0 to 1 */

/* Which trainer of its method it is: "<prefix>.trainer". What is half done is saved and loaded with the method. RL_NO_MEMORY;
 * RL_BAD_FORMAT when the file has no such number. */
rl_status rl_trainer_save(const rl_trainer *trainer, rl_archive *archive, const char *prefix,
                          rl_error *error);
rl_status rl_trainer_load(const rl_trainer *trainer, const rl_archive *archive, const char *prefix,
                          rl_error *error);

RL_C_END

#endif
