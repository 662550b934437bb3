/* Generalised advantage estimation (Schulman et al. 2016, equation 16):
 *   delta_t = r_t + gamma V(s_{t+1}) - V(s_t);   A_t = delta_t + gamma lambda A_{t+1}
 * A terminated step bootstraps with 0, a truncated one with the value of the state it was cut at; both end
 * the recursion. Arrays are [steps, copies], time first. */
#ifndef RL_ADVANTAGE_H
#define RL_ADVANTAGE_H

#include <stdint.h>

/* cut_value [steps, copies]: V of the observation a truncated step ended at (read only there).
 * last_value [copies]: V of the observation after the last step. Writes advantage and target = advantage +
 * value. */
void rl_gae(int steps, int copies, double gamma, double lambda, const float *reward, const float *value,
            const uint8_t *terminated, const uint8_t *truncated, const float *cut_value,
            const float *last_value, float *advantage, float *target);

#endif
