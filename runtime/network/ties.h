/* Networks that are symmetric by construction: f(image of x) is the image of f(x). Hidden units are in pairs, unit i of a
 * layer and unit i + width / 2 (the last of an odd number is alone), which change places in the image of a layer. Then
 * all that is asked is that parameters are equal, or of opposite sign, two by two:
 *
 *   W[i, j] = s_i t_j W[p(i), q(j)]    b[j] = t_j b[q(j)]
 *
 * with places p, q and signs s, t of the images of a layer's inputs and outputs. Such a network is an ordinary perceptron:
 * it costs as much, is applied, saved and exported like any other. Its parameters stay tied because they begin so and
 * gradients are projected: a step is the same for both of a pair, to the bit. */
#ifndef RL_TIES_H
#define RL_TIES_H

#include "base/mirror.h"
#include "network/mlp.h"

RL_C_BEGIN

typedef struct rl_tied { /* parameter `other` is sign times parameter `one`; with itself and -1: it is 0 */
  uint32_t one, other;
  float sign;
} rl_tied;

typedef struct rl_ties {
  rl_mirror input, output, extra; /* extra: of the parameters behind the net's own; input.n 0: no ties */
  size_t n, n_free;               /* pairs; parameters without the second of each */
  rl_tied *pairs;                 /* [n] */
  uint32_t *free;                 /* [n_free] */
  int *places;                    /* of the mirrors */
  float *signs;
} rl_ties;

/* Copies of these mirrors. RL_NO_MEMORY. */
rl_status rl_ties_init(rl_ties *ties, const rl_mlp *mlp, const rl_mirror *input, const rl_mirror *output,
                       const rl_mirror *extra, rl_error *error);
void rl_ties_release(rl_ties *ties);

/* The nearest to a gradient [parameters and extra] that is tied: of a network under training the gradient of the loss
 * over the samples and their images. */
void rl_ties_project(const rl_ties *ties, float *gradient);
/* The first pair of theta that is not tied; n: all are. */
size_t rl_ties_first_loose(const rl_ties *ties, const float *theta);

/* The second of each pair as the first has it: after changes that tied parameters underwent alike, but for rounding. */
void rl_ties_restore(const rl_ties *ties, float *theta);

/* theta of the free parameters [n_free] and back. */
void rl_ties_spread(const rl_ties *ties, const float *free, float *theta);
void rl_ties_gather(const rl_ties *ties, const float *theta, float *free);

/* As rl_mlp_init, tied. Orthogonal: of numbers that stay in the image, and of those that change sign, each apart. */
rl_status rl_ties_init_theta(const rl_ties *ties, const rl_mlp *mlp, rl_init init, float hidden_gain,
                             float output_gain, rl_rng *rng, float *theta, rl_error *error);

RL_C_END

#endif
