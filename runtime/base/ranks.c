#include "base/ranks.h"

#include "base/memory.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { AT_ONCE = 1 << 26 }; /* bytes of a message, about, as all ranks together have them */

static struct {
  rl_ranks_engine engine;
  atomic_int wish; /* of this rank */
  int agreed;
  bool elsewhere;
  rl_ranks_cost cost;
} ranks = {.engine = {.count = 1, .of_local = 1}};

void rl_ranks_use(const rl_ranks_engine *engine) { ranks.engine = *engine; }
int rl_ranks_own(void) { return ranks.engine.rank; }
int rl_ranks_count(void) { return ranks.engine.count; }
void rl_ranks_ask(int wish) { atomic_store(&ranks.wish, wish); }
int rl_ranks_asked(void) { return ranks.agreed; }
bool rl_ranks_failed_elsewhere(void) { return ranks.elsewhere; }
rl_ranks_cost rl_ranks_spent(void) { return ranks.cost; }

void rl_ranks_end(void) {
  if (ranks.engine.end) ranks.engine.end();
  ranks.engine = (rl_ranks_engine){.count = 1, .of_local = 1};
}

void rl_ranks_abort(int status) {
  if (ranks.engine.abort) ranks.engine.abort(status);
}

rl_ranks_part rl_ranks_part_of(int total, int rank) {
  const int64_t n = total, count = ranks.engine.count;
  return (rl_ranks_part){(int)(n * rank / count), (int)(n * (rank + 1) / count)};
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void gather(const void *own, const size_t *sizes, void *all) {
  const double start = now();
  ranks.engine.gather(own, sizes, all);
  ranks.cost.seconds += now() - start;
  ranks.cost.bytes += (int64_t)sizes[ranks.engine.rank];
}

/* The others wait for what this one cannot give. */
static void *need(size_t n, size_t size) {
  void *memory = rl_allocate(n, size);
  if (!memory) {
    fprintf(stderr, "rank %d: out of memory for what the ranks exchange\n", ranks.engine.rank);
    rl_ranks_abort(1);
  }
  return memory;
}

/* As many bytes of each rank. */
static void *gather_alike(const void *own, size_t size) {
  const size_t count = (size_t)ranks.engine.count;
  size_t *sizes = need(count, sizeof *sizes);
  for (size_t r = 0; r < count; r++) sizes[r] = size;
  void *all = need(count, size);
  gather(own, sizes, all);
  rl_release(sizes);
  return all;
}

typedef struct greeting {
  char what[24];
  uint64_t number, mark;
  double value;
  int status, wish;
} greeting;

static rl_status fail_as(const greeting *all, int failed, rl_error *error) {
  char *messages = gather_alike(error->message, sizeof error->message);
  ranks.elsewhere = failed != ranks.engine.rank;
  rl_status status = (rl_status)all[failed].status;
  if (ranks.elsewhere)
    status = rl_fail(error, RL_BAD_ARGUMENT, "rank %d: %.900s", failed,
                     messages + (size_t)failed * sizeof error->message);
  rl_release(messages);
  return status;
}

typedef struct name {
  char text[64];
} name;

/* "generation 3", "its end" */
static name name_of(const greeting *one) {
  name result;
  if (one->number)
    snprintf(result.text, sizeof result.text, "%.40s %lld", one->what, (long long)one->number);
  else
    snprintf(result.text, sizeof result.text, "%.40s", one->what);
  return result;
}

static rl_status compare(const greeting *all, rl_error *error) {
  for (int r = 1; r < ranks.engine.count; r++) {
    if (strcmp(all[r].what, all[0].what) != 0)
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "the ranks do not do the same: rank 0 is at %s, rank %d at %s: does the script look at "
                     "a clock, or at "
                     "what only one rank has?",
                     name_of(&all[0]).text, r, name_of(&all[r]).text);
    if (all[r].number != all[0].number || all[r].mark != all[0].mark)
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "%s of rank %d is not that of rank 0: the script gives other numbers to each rank: a "
                     "clock or os.time as "
                     "a seed, the order of pairs, a file that only one rank has?",
                     name_of(&all[0]).text, r);
  }
  return RL_OK;
}

/* value: of rank 0, afterwards. */
static rl_status meet(const char *what, uint64_t number, uint64_t mark, double *value, rl_status status,
                      rl_error *error) {
  rl_error local;
  if (!error) error = &local;
  if (!status) error->message[0] = '\0';
  greeting own = {.number = number,
                  .mark = mark,
                  .value = *value,
                  .status = (int)status,
                  .wish = atomic_load(&ranks.wish)};
  snprintf(own.what, sizeof own.what, "%s", what);
  greeting *all = gather_alike(&own, sizeof own);
  int failed = -1;
  for (int r = 0; r < ranks.engine.count; r++) {
    if (all[r].wish > ranks.agreed) ranks.agreed = all[r].wish;
    if (all[r].status && failed < 0) failed = r;
  }
  *value = all[0].value;
  if (failed >= 0 && status) failed = ranks.engine.rank; /* it keeps its own */
  const rl_status result = failed >= 0 ? fail_as(all, failed, error) : compare(all, error);
  rl_release(all);
  return result;
}

rl_status rl_ranks_meet(const char *what, uint64_t number, uint64_t mark, rl_status status, rl_error *error) {
  double none = 0.0;
  return ranks.engine.count > 1 ? meet(what, number, mark, &none, status, error) : status;
}

double rl_ranks_agree(double number) {
  if (ranks.engine.count == 1) return number;
  rl_error error;
  if (meet("decision", 0, 0, &number, RL_OK, &error)) {
    fprintf(stderr, "rank %d: %s\n", ranks.engine.rank, error.message);
    rl_ranks_abort(1);
  }
  return number;
}

int rl_ranks_other(uint64_t mark) {
  int other = 0;
  if (ranks.engine.count == 1) return 0;
  uint64_t *all = gather_alike(&mark, sizeof mark);
  for (int r = ranks.engine.count - 1; r > 0; r--)
    if (all[r] != all[0]) other = r;
  rl_release(all);
  return other;
}

/* Copies a row's columns to a message, or from it; returns what is behind them there. */
static char *copy(const rl_ranks_array *a, size_t row, int columns, rl_ranks_part part, char *at, bool out) {
  const size_t stride = a->stride ? a->stride : a->size;
  char *data = (char *)a->data + row * (size_t)columns * stride;
  for (int c = part.first; c < part.end; c++, at += a->size) {
    char *cell = data + (size_t)c * stride;
    memcpy(out ? at : cell, out ? cell : at, a->size);
  }
  return at;
}

/* A row of an array at a time, and as many of them in a message as there is room for. */
typedef struct place {
  int array;
  size_t row;
} place;

static size_t fill(const rl_ranks_array *arrays, int n, int columns, place *to) {
  size_t width = 0; /* bytes of a column */
  for (; to->array < n; to->array++, to->row = 0)
    for (const rl_ranks_array *a = &arrays[to->array]; a->data && to->row < a->rows; to->row++) {
      if (width && (width + a->size) * (size_t)columns > AT_ONCE) return width;
      width += a->size;
    }
  return width;
}

static void move(const rl_ranks_array *arrays, place from, place to, int columns, rl_ranks_part part,
                 char *at, bool out) {
  for (; from.array < to.array || (from.array == to.array && from.row < to.row); from.array++, from.row = 0)
    for (const rl_ranks_array *a = &arrays[from.array];
         a->data && from.row < a->rows && (from.array < to.array || from.row < to.row); from.row++)
      at = copy(a, from.row, columns, part, at, out);
}

void rl_ranks_share(const rl_ranks_array *arrays, int n, int columns) {
  const int count = ranks.engine.count;
  if (count == 1) return;
  size_t *sizes = need((size_t)count, sizeof *sizes);
  const rl_ranks_part own = rl_ranks_part_of(columns, ranks.engine.rank);
  for (place from = {0, 0}, to = {0, 0}; to.array < n; from = to) {
    const size_t width = fill(arrays, n, columns, &to);
    if (!width) break;
    char *mine = need((size_t)(own.end - own.first) * width + 1, 1),
         *all = need((size_t)columns * width + 1, 1);
    for (int r = 0; r < count; r++) {
      const rl_ranks_part part = rl_ranks_part_of(columns, r);
      sizes[r] = (size_t)(part.end - part.first) * width;
    }
    move(arrays, from, to, columns, own, mine, true);
    gather(mine, sizes, all);
    char *at = all;
    for (int r = 0; r < count; at += sizes[r++])
      if (r != ranks.engine.rank) move(arrays, from, to, columns, rl_ranks_part_of(columns, r), at, false);
    rl_release(mine);
    rl_release(all);
  }
  rl_release(sizes);
}

void rl_ranks_share_groups(const rl_ranks_array *arrays, int n, int groups, int each) {
  if (ranks.engine.count == 1) return;
  rl_ranks_array *members = need((size_t)n * (size_t)each, sizeof *members);
  for (int i = 0; i < n; i++) {
    const rl_ranks_array *a = &arrays[i];
    const size_t stride = a->stride ? a->stride : a->size;
    for (int k = 0; k < each; k++)
      members[i * each + k] = (rl_ranks_array){a->data ? (char *)a->data + (size_t)k * stride : NULL, a->rows,
                                               a->size, (size_t)each * stride};
  }
  rl_ranks_share(members, n * each, groups);
  rl_release(members);
}

void *rl_ranks_gather(const void *own, size_t size, size_t *sizes) {
  size_t *each = gather_alike(&size, sizeof size), total = 1;
  for (int r = 0; r < ranks.engine.count; r++) total += sizes[r] = each[r];
  rl_release(each);
  void *all = need(total, 1);
  gather(own, sizes, all);
  return all;
}

uint64_t rl_ranks_mark(const void *bytes, size_t size, uint64_t before) {
  const unsigned char *at = bytes;
  uint64_t lane[4] = {before ^ size, 1, 2,
                      3}; /* side by side: a multiplication waits for the one before it */
  for (size_t k = 0; k < size; k += 8) {
    uint64_t word = 0, *mark = &lane[k / 8 % 4];
    memcpy(&word, at + k, size - k < 8 ? size - k : 8);
    *mark = (*mark ^ word) * UINT64_C(0xff51afd7ed558ccd);
    *mark ^= *mark >> 32;
  }
  for (int k = 1; k < 4; k++)
    lane[0] = ((lane[0] << 7 | lane[0] >> 57) ^ lane[k]) * UINT64_C(0xc4ceb9fe1a85ec53);
  return lane[0] ^ lane[0] >> 31;
}
