#include "episodes/central.h"

#include <string.h>

rl_central rl_central_of(const rl_env_def *def, const rl_policy *policy, const rl_value *value) {
  const int agents = rl_env_agents(def), size = def->observation.size;
  const int width = value ? rl_network_size(&value->network) : size;
  if (width == size) return (rl_central){0};
  const bool acts = width != rl_central_width(size, 0, agents);
  return (rl_central){agents, size, acts ? &def->action : NULL, policy->observation.size, width};
}

/* One is nobody else. */
void rl_central_point(const rl_central *c, int agent, float *x) {
  float *who = x + c->width - c->agents;
  for (int a = 0; c->agents > 1 && a < c->agents; a++) who[a] = a == agent ? 1.0f : 0.0f;
}

void rl_central_put(const rl_central *c, int agent, const float *observation, const float *action, float *x) {
  const size_t size = (size_t)c->observation;
  memcpy(x + (size_t)agent * size, observation, size * sizeof *x);
  if (c->action) rl_space_encode(c->action, action, x + rl_central_action_at(c, agent));
}

void rl_central_join(const rl_central *c, const float *obs, const float *action, int first, int rows,
                     float *x) {
  const size_t size = (size_t)c->observation, inputs = (size_t)c->inputs,
               width = c->action ? (size_t)rl_space_width(c->action) : 0;
  for (int k = 0; k < rows; k++, x += c->width) {
    const int agent = (first + k) % c->agents;
    const size_t world = (size_t)(first + k - agent);
    for (size_t a = 0; a < (size_t)c->agents; a++)
      rl_central_put(c, (int)a, obs + (world + a + 1) * inputs - size,
                     c->action ? action + (world + a) * width : NULL, x);
    rl_central_point(c, agent, x);
  }
}

/* Who has rested until all had ended is shown as it ended. */
const float *rl_central_end(const rl_central *c, const rl_vec_view *view, int row) {
  const bool ended =
      view->terminated[row] || view->truncated[row] || (!view->idle[row] && view->episode_length[row] == 0);
  return (ended ? view->final_observation : view->observation) + (size_t)row * (size_t)c->observation;
}
