/* Running mean and variance of observations (Chan et al. 1979, in double), and the map
 * y = clamp((x - mean) / sqrt(variance + 1e-8), -clip, clip). Before any data the map is the identity with
 * clamping. The statistics belong to the policy and are saved with it. */
#ifndef RL_NORMALIZER_H
#define RL_NORMALIZER_H

#include "archive/archive.h"
#include "base/mirror.h"

RL_C_BEGIN

typedef struct rl_normalizer {
  int size;
  double count;
  double *mean, *m2;                     /* [size]; m2: sum of squared deviations */
  float *center, *inverse;               /* [size]: mean and 1/std as the map uses them */
  float *center_before, *inverse_before; /* [size]: as it used them before the last update, */
  bool known_before;                     /* and whether there were any data then */
  float clip;
} rl_normalizer;

rl_status rl_normalizer_init(rl_normalizer *normalizer, int size, float clip, rl_error *error);
void rl_normalizer_release(rl_normalizer *normalizer);
/* Takes rows of x [.., size] into the statistics: those that index [rows] names, or the first when it is
 * NULL. */
void rl_normalizer_update(rl_normalizer *normalizer, const float *x, const int *index, int rows);
/* Those of all `count`, which have one size. Rows are `stride` numbers apart, of which the last are taken. */
void rl_normalizer_update_all(rl_normalizer *const *all, int count, const float *x, int stride,
                              const int *index, int rows);
void rl_normalizer_apply(const rl_normalizer *normalizer, const float *x, int rows,
                         float *y); /* y may be x */
/* Takes in what `count` rows come to: their mean [size] and sums of squared deviations m2 [size]. */
void rl_normalizer_merge(rl_normalizer *normalizer, double count, const double *mean, const double *m2);
/* The statistics as if the mirror image of every row had been seen besides. */
void rl_normalizer_mirror(rl_normalizer *normalizer, const rl_mirror *mirror);
/* The statistics as if the negative of every row had been seen besides. */
void rl_normalizer_balance(rl_normalizer *normalizer);
void rl_normalizer_copy(rl_normalizer *to, const rl_normalizer *from); /* same size */
/* Arrays "<prefix>.mean", ".m2", ".count". */
rl_status rl_normalizer_save(const rl_normalizer *normalizer, rl_archive *archive, const char *prefix,
                             rl_error *error);
rl_status rl_normalizer_load(rl_normalizer *normalizer, const rl_archive *archive, const char *prefix,
                             rl_error *error);

RL_C_END

#endif
