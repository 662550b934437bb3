#include "base/rng.h"

#include <Random123/philox.h>
#include <math.h>

void rl_rng_init(rl_rng *rng, uint64_t seed, uint64_t stream) {
  *rng = (rl_rng){.seed = seed, .stream = stream, .used = 4};
}

void rl_rng_init_use(rl_rng *rng, uint64_t seed, rl_rng_use use, uint32_t index) {
  rl_rng_init(rng, seed, (uint64_t)use << 32 | index);
}

static void refill(rl_rng *rng) {
  philox4x32_ctr_t counter = {{(uint32_t)rng->position, (uint32_t)(rng->position >> 32),
                               (uint32_t)rng->stream, (uint32_t)(rng->stream >> 32)}};
  philox4x32_key_t key = {{(uint32_t)rng->seed, (uint32_t)(rng->seed >> 32)}};
  philox4x32_ctr_t block = philox4x32(counter, key);
  for (int i = 0; i < 4; i++) rng->block[i] = block.v[i];
  rng->position++;
  rng->used = 0;
}

uint32_t rl_rng_u32(rl_rng *rng) {
  if (rng->used == 4) refill(rng);
  return rng->block[rng->used++];
}

float rl_rng_uniform(rl_rng *rng) { return (float)(rl_rng_u32(rng) >> 8) * 0x1p-24f; }

/* Lemire 2019, "Fast random integer generation in an interval". */
uint32_t rl_rng_below(rl_rng *rng, uint32_t n) {
  uint64_t product = (uint64_t)rl_rng_u32(rng) * n;
  uint32_t threshold = (uint32_t)(-n) % n;
  while ((uint32_t)product < threshold) product = (uint64_t)rl_rng_u32(rng) * n;
  return (uint32_t)(product >> 32);
}

/* Two of them: the second is left as the spare one. */
static inline float draw_pair(rl_rng *rng) {
  float u = ((float)(rl_rng_u32(rng) >> 8) + 0.5f) * 0x1p-24f; /* (0, 1): the logarithm stays finite */
  float angle = 6.28318530718f * rl_rng_uniform(rng);
  float radius = sqrtf(-2.0f * logf(u));
  rng->spare = radius * sinf(angle);
  return radius * cosf(angle);
}

float rl_rng_normal(rl_rng *rng) {
  rng->has_spare = !rng->has_spare;
  return rng->has_spare ? draw_pair(rng) : rng->spare;
}

void rl_rng_fill_normal_f64(rl_rng *rng, double *out, size_t n) {
  size_t i = 0;
  if (n > 0 && rng->has_spare) out[i++] = (double)rl_rng_normal(rng);
  for (; i + 2 <= n; i += 2) {
    out[i] = (double)draw_pair(rng);
    out[i + 1] = (double)rng->spare;
  }
  if (i < n) out[i] = (double)rl_rng_normal(rng);
}

void rl_rng_fill_normal(rl_rng *rng, float *out, int64_t n) {
  for (int64_t i = 0; i < n; i++) out[i] = rl_rng_normal(rng);
}

void rl_rng_fill_uniform(rl_rng *rng, float *out, int64_t n, float low, float high) {
  for (int64_t i = 0; i < n; i++) out[i] = low + (high - low) * rl_rng_uniform(rng);
}

void rl_rng_shuffle(rl_rng *rng, int *items, int n) {
  for (int i = n - 1; i > 0; i--) {
    int j = (int)rl_rng_below(rng, (uint32_t)i + 1);
    int swap = items[i];
    items[i] = items[j];
    items[j] = swap;
  }
}

rl_rng rl_rng_split(rl_rng *rng) {
  uint64_t words[2];
  for (int i = 0; i < 2; i++) {
    words[i] = (uint64_t)rl_rng_u32(rng) << 32;
    words[i] |= rl_rng_u32(rng);
  }
  rl_rng child;
  rl_rng_init(&child, words[0], words[1]);
  return child;
}

bool rl_rng_is_sound(const rl_rng *rng) {
  return rng->used <= 4 && rng->has_spare <= 1 && isfinite(rng->spare);
}
