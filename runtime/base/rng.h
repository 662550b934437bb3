/* Counter-based random streams: Philox4x32-10 (Salmon et al. 2011, Random123).
 *
 * A stream is named by (seed, stream) and is at a position; nothing else. Every environment copy and every
 * candidate of a search has its own stream, so results do not depend on who computes what first. The struct
 * is plain data: copying it forks the stream at its position, and writing its words is saving it. */
#ifndef RL_RNG_H
#define RL_RNG_H

#include "base/linkage.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

RL_C_BEGIN

typedef struct rl_rng {
  uint64_t seed, stream;
  uint64_t position;  /* blocks of four words drawn so far */
  uint32_t block[4];  /* the current block */
  uint32_t used;      /* words of it already handed out; 4: none left */
  uint32_t has_spare; /* a second normal deviate is waiting */
  float spare;
  uint32_t reserved; /* keeps the size a multiple of 8 without padding */
} rl_rng;

enum { RL_RNG_WORDS = sizeof(rl_rng) / sizeof(uint64_t) };

/* Uses of streams inside the library, so that two never share one: stream = use << 32 | index. */
typedef enum rl_rng_use {
  RL_STREAM_USER = 0,
  RL_STREAM_ENV,      /* index: the copy */
  RL_STREAM_INIT,     /* network initialisation; index: 0 policy, 1 value */
  RL_STREAM_ACTION,   /* index: the copy */
  RL_STREAM_SHUFFLE,  /* minibatches */
  RL_STREAM_SEARCH,   /* the candidates of a search */
  RL_STREAM_ROUND,    /* of populations; index: the round */
  RL_STREAM_REPLAY,   /* index: 2 piece of a minibatch, for its steps; + 1 for noise */
  RL_STREAM_OTHERWISE /* what might have been done; index: the row of a batch */
} rl_rng_use;

void rl_rng_init(rl_rng *rng, uint64_t seed, uint64_t stream);
void rl_rng_init_use(rl_rng *rng, uint64_t seed, rl_rng_use use, uint32_t index);
uint32_t rl_rng_u32(rl_rng *rng);
float rl_rng_uniform(rl_rng *rng);              /* [0, 1), 24 bits */
uint32_t rl_rng_below(rl_rng *rng, uint32_t n); /* 0 .. n-1 without bias; n >= 1 */
float rl_rng_normal(rl_rng *rng);               /* Box-Muller */
void rl_rng_fill_normal(rl_rng *rng, float *out, int64_t n);
void rl_rng_fill_normal_f64(rl_rng *rng, double *out, size_t n); /* the same numbers */
void rl_rng_fill_uniform(rl_rng *rng, float *out, int64_t n, float low, float high);
void rl_rng_shuffle(rl_rng *rng, int *items, int n); /* Fisher-Yates */
rl_rng rl_rng_split(rl_rng *rng);                    /* an independent stream; advances rng */
/* What a stream's words can be: those of a file, before they are drawn from. */
bool rl_rng_is_sound(const rl_rng *rng);

RL_C_END

#endif
