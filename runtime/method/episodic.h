/* The Fisher matrix of whole episodes, by which the natural gradient becomes a fit of returns (episodic natural actor-critic,
 * Peters & Schaal 2008, "Reinforcement learning of motor skills with policy gradients", tables 5 and 6).
 *
 * The score of an episode is psi = sum over its steps of grad log pi(a|s). Along an episode advantages and the value of its
 * start add up to its return, and with the advantage that is compatible with the policy, w . grad log pi, that reads
 * psi . w + b = R: one equation an episode, whose least squares solution w is the natural gradient. The offset b, the
 * constant baseline, is gone once both sides are less their means:
 *
 *   F w = g,  F = 1/N sum over episodes of (psi - mean psi)(psi - mean psi)^T,  g = 1/N sum of psi (R - mean R)
 *
 * for N steps. g is the gradient of the surrogate for advantage "constant_baseline": so this is the natural step of npg with
 * another Fisher matrix, whose errors are those of g and cancel in w.
 *
 * A baseline for each step of time compares every reward with the scores of the steps up to it:
 * F = 1/N sum over steps t of psi_t grad log pi_t^T, psi_t = sum of grad log pi up to t. Its symmetric part is half the F
 * above and half the mean of grad log pi grad log pi^T, which is the Fisher matrix of the policy on the states visited; that
 * half is taken exactly. */
#ifndef RL_EPISODIC_H
#define RL_EPISODIC_H

#include "method/images.h"

RL_C_BEGIN

typedef struct rl_episodic {
  int episodes, next; /* of the batch, one a copy; whose score is next */
  int n_rows;         /* N */
  size_t size;        /* parameters */
  float *score;       /* [episodes, size]; less their mean when the last is there */
  int *rows, *first;  /* rows of the batch, episode by episode; [episodes + 1] where each begins */
  size_t score_room;
  int rows_room, first_room;
} rl_episodic;

/* Makes room for a batch; images: its rows come with their images, or NULL. RL_NO_MEMORY. */
rl_status rl_episodic_begin(rl_episodic *episodic, const rl_rollout *batch, size_t size,
                            const rl_images *images, rl_error *error);
void rl_episodic_release(rl_episodic *episodic);

/* The rows of the episode that is next. */
const int *rl_episodic_rows(const rl_episodic *episodic, int *rows);
/* Takes the gradient [size] of minus the mean of log pi over these rows; true with the last episode. */
bool rl_episodic_take(rl_episodic *episodic, const float *gradient);

/* product [size] = share F v + (1 - share) product */
void rl_episodic_product(const rl_episodic *episodic, const float *v, double share, float *product);

RL_C_END

#endif
