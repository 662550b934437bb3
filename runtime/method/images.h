/* The mirror images of a batch, for an update that looks at samples and images: copies of what losses read of the samples,
 * and behind them, at the same places counted from `cells` on, that of their images. */
#ifndef RL_IMAGES_H
#define RL_IMAGES_H

#include "method/objective.h"

RL_C_BEGIN

typedef struct rl_images {
  const rl_symmetry *symmetry;                              /* of this update; NULL: it has no images */
  int cells;                                                /* of the batch */
  float *obs, *action, *log_prob, *output, *value, *target; /* [2 cells, ...] */
  int *pairs; /* [2 rows] each row of the batch, then its image */
  int capacity;
  size_t pairs_capacity;
} rl_images;

/* Of a batch of this policy. What the policy and the value say of them comes with rl_images_judge. RL_NO_MEMORY. */
rl_status rl_images_make(rl_images *images, const rl_symmetry *symmetry, const rl_rollout *batch,
                         const rl_policy *policy, rl_error *error);
void rl_images_release(rl_images *images);
rl_samples rl_images_samples(const rl_images *images, const float *log_std);

/* Outputs of the policy and values of cells first .. first + n - 1, which are images; value: NULL for none. Errors as
 * rl_network_apply. */
rl_status rl_images_judge(rl_images *images, rl_policy *policy, rl_value *value, int first, int n,
                          rl_error *error);

/* rows [n] -> pairs [2 n], which may begin at the same place: each row, then its image. */
void rl_images_pair_up(const rl_images *images, const int *rows, int n, int *pairs);

RL_C_END

#endif
