/* Ranks: processes, on one machine or many, that run the same program side by side, each with all of its data. What takes
 * long is cut in contiguous parts, one a rank; then all ranks get what the others have found, so that what follows is the
 * same everywhere. Without an engine (rl_ranks_use) there is one rank, and nothing here costs anything.
 *
 * All ranks call the same functions of this file in the same order, from one thread each. What makes them differ is a
 * fault of the program (a clock as a seed): they compare what they are about to exchange, and say so. */
#ifndef RL_RANKS_H
#define RL_RANKS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

RL_C_BEGIN

/* What connects them. Its functions do not fail: where a rank is lost the engine ends them all. */
typedef struct rl_ranks_engine {
  int rank, count;     /* this one, from 0 */
  int local, of_local; /* the same among those of this machine that share its processors */
  /* All ranks give sizes[rank] bytes; `all` gets those of rank 0, then those of rank 1 and so on. */
  void (*gather)(const void *own, const size_t *sizes, void *all);
  void (*end)(void);         /* when all have come here */
  void (*abort)(int status); /* ends all ranks at once */
} rl_ranks_engine;

void rl_ranks_use(const rl_ranks_engine *engine);
int rl_ranks_own(void); /* 0 .. count-1 */
int rl_ranks_count(void);

/* The part of `total` things that a rank has: [first, end). */
typedef struct rl_ranks_part {
  int first, end;
} rl_ranks_part;
rl_ranks_part rl_ranks_part_of(int total, int rank);

/* All ranks come together before they exchange what belongs to `what` number `number`. mark: of what must be the same for
 * all. status: how the work of this rank went, with its message in `error`. Fails on all ranks if it went wrong on one
 * (which keeps its own error; the others get RL_BAD_ARGUMENT naming that rank), and where ranks come for
 * something else. */
rl_status rl_ranks_meet(const char *what, uint64_t number, uint64_t mark, rl_status status, rl_error *error);

/* An array [rows, columns] of things of `size` bytes that lie `stride` bytes apart (0: side by side), of which this rank
 * has its part of the columns. */
typedef struct rl_ranks_array {
  void *data; /* NULL: none */
  size_t rows, size, stride;
} rl_ranks_array;

/* After a meeting: fills in what the others have. */
void rl_ranks_share(const rl_ranks_array *arrays, int n, int columns);
/* The same of columns that belong together, `each` in a row: this rank has its part of the groups. */
void rl_ranks_share_groups(const rl_ranks_array *arrays, int n, int groups, int each);
/* The bytes of all ranks, one rank after the other, to be freed with rl_release. sizes [count]: of each. */
void *rl_ranks_gather(const void *own, size_t size, size_t *sizes);

/* The number that rank 0 has. */
double rl_ranks_agree(double number);
/* The first rank that has another mark than rank 0; 0: none. */
int rl_ranks_other(uint64_t mark);

/* The wish that the program come to its end is one rank's at first (ask, also from a signal handler; not 0), and that of
 * all from the next meeting on: the greatest, or 0. */
void rl_ranks_ask(int wish);
int rl_ranks_asked(void);

/* Whether what failed last, failed on another rank. */
bool rl_ranks_failed_elsewhere(void);

/* What it costs: bytes that this rank has given so far, and seconds that it has waited for the others. */
typedef struct rl_ranks_cost {
  int64_t bytes;
  double seconds;
} rl_ranks_cost;
rl_ranks_cost rl_ranks_spent(void);

void rl_ranks_end(void);
void rl_ranks_abort(int status); /* only returns where there is no engine */

/* A number that hardly any other bytes have. */
uint64_t rl_ranks_mark(const void *bytes, size_t size, uint64_t before);

RL_C_END

#endif
