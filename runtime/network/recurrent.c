/* The gates' part of the input, and the head, are computed for all rows of a piece at once; only what goes through the units is
 * computed step by step, for all sequences of the piece together. */
#include "network/recurrent.h"

#include <string.h>

static size_t padded(size_t n) { return (n + 15) / 16 * 16; }

static bool goes_on(const rl_sequences *s, const int *index, int r) {
  return index[r] == index[r - 1] + s->copies && index[r] / s->copies % s->length;
}

int rl_recurrent_cut(const rl_sequences *s, const int *index, int rows, int *first_row) {
  int pieces = 0, begin = 0; /* of the sequence */
  first_row[0] = 0;
  for (int r = 1; r <= rows; r++) {
    if (r < rows && goes_on(s, index, r)) continue;
    if (r - first_row[pieces] > RL_ROWS) first_row[++pieces] = begin;
    begin = r;
  }
  first_row[++pieces] = rows;
  return pieces;
}

size_t rl_recurrent_transposed(const rl_network *network) {
  const size_t size = rl_mlp_transposed(&network->mlp);
  return network->gru ? size + rl_mlp_transposed(&network->cell) + rl_mlp_transposed(&network->head) : size;
}

void rl_recurrent_transpose(const rl_network *network, const float *theta, float *transposed) {
  rl_mlp_transpose(&network->mlp, theta, false, transposed);
  if (!network->gru) return;
  transposed += rl_mlp_transposed(&network->mlp);
  rl_mlp_transpose(&network->cell, theta + rl_network_cell_at(network), true, transposed);
  transposed += rl_mlp_transposed(&network->cell);
  rl_mlp_transpose(&network->head, theta + rl_network_head_at(network), true, transposed);
}

/* Hands out the arrays, or, with work NULL, only counts; returns how many floats. */
static size_t lay_out(rl_recurrent_pass *p, const rl_network *network, float *work) {
  const size_t rows = RL_ROWS, n = (size_t)network->gru;
  struct {
    float **array;
    size_t size;
  } parts[] = {{&p->input, rows * (size_t)network->mlp.inputs},
               {&p->dy, rows * (size_t)rl_network_outputs(network)},
               {&p->mlp_work, rl_mlp_workspace(&network->mlp, RL_ROWS)},
               {&p->cell_work, rl_mlp_workspace(&network->cell, RL_ROWS)},
               {&p->head_work, rl_mlp_workspace(&network->head, RL_ROWS)},
               {&p->gates, rows * 3 * n},
               {&p->u, rows * 3 * n},
               {&p->before, rows * n},
               {&p->after, rows * n},
               {&p->some, rows * 3 * n},
               {&p->du, rows * 3 * n},
               {&p->da, rows * 3 * n},
               {&p->dafter, rows * n},
               {&p->dsome, rows * n}};
  size_t size = 0;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (work) *parts[i].array = work + size;
    size += padded(parts[i].size);
  }
  return size;
}

size_t rl_recurrent_workspace(const rl_network *network) {
  rl_recurrent_pass none;
  return lay_out(&none, network, NULL);
}

void rl_recurrent_begin(rl_recurrent_pass *p, const rl_network *network, const rl_sequences *sequences,
                        const float *transposed, const int *index, int rows, float *work) {
  *p = (rl_recurrent_pass){
      .network = network, .sequences = sequences, .transposed = transposed, .index = index, .rows = rows};
  lay_out(p, network, work);
  for (int r = 0; r < rows; r++) {
    if (r == 0 || !goes_on(sequences, index, r)) p->first[p->n_sequences++] = r;
    const int length = ++p->length[p->n_sequences - 1];
    if (length > p->longest) p->longest = length;
  }
}

/* The rows of step t; returns how many. */
static int rows_of_step(const rl_recurrent_pass *p, int t, int rows[RL_ROWS]) {
  int n = 0;
  for (int s = 0; s < p->n_sequences; s++)
    if (t < p->length[s]) rows[n++] = p->first[s] + t;
  return n;
}

/* The units before a row: those of the row before it, of the batch, or zeros. */
static void find_before(const rl_recurrent_pass *p, int t, int row, float *units) {
  const rl_sequences *s = p->sequences;
  const size_t n = (size_t)p->network->gru, cell = (size_t)p->index[row], copies = (size_t)s->copies;
  const float *from = p->after + ((size_t)row - (t > 0)) * n;
  if (t == 0) from = s->begin + (cell / copies / (size_t)s->length * copies + cell % copies) * n;
  if (s->time[cell] == 0)
    memset(units, 0, n * sizeof *units);
  else
    memcpy(units, from, n * sizeof *units);
}

float *rl_recurrent_forward(rl_recurrent_pass *p) {
  const rl_network *network = p->network;
  const float *theta = network->theta.data, *of_cell = theta + rl_network_cell_at(network),
              *cell = p->transposed + rl_mlp_transposed(&network->mlp),
              *head = cell + rl_mlp_transposed(&network->cell);
  const size_t n = (size_t)network->gru;
  const float *a = rl_mlp_forward(&network->mlp, theta, p->transposed, p->input, p->rows, p->mlp_work);
  for (int t = 0; t < p->longest; t++) {
    int rows[RL_ROWS];
    const int count = rows_of_step(p, t, rows);
    for (int k = 0; k < count; k++) find_before(p, t, rows[k], p->some + (size_t)k * n);
    const float *u = rl_mlp_forward(&network->cell, of_cell, cell, p->some, count, p->cell_work);
    for (int k = 0; k < count; k++) {
      const size_t row = (size_t)rows[k], at = (size_t)k;
      memcpy(p->before + row * n, p->some + at * n, n * sizeof *p->before);
      memcpy(p->u + row * 3 * n, u + at * 3 * n, 3 * n * sizeof *p->u);
      rl_gru_step(network->gru, a + row * 3 * n, u + at * 3 * n, p->before + row * n, p->gates + row * 3 * n,
                  p->after + row * n);
    }
  }
  return rl_mlp_forward(&network->head, theta + rl_network_head_at(network), head, p->after, p->rows,
                        p->head_work);
}

/* From the last step to the first: dafter has what the head and the steps behind ask of each row's units. */
static void go_back(rl_recurrent_pass *p, const float *of_cell, const float *cell) {
  const rl_network *network = p->network;
  const size_t n = (size_t)network->gru;
  for (int t = p->longest - 1; t >= 0; t--) {
    int rows[RL_ROWS];
    const int count = rows_of_step(p, t, rows);
    for (int k = 0; k < count; k++) {
      const size_t row = (size_t)rows[k];
      rl_gru_back(network->gru, p->gates + row * 3 * n, p->u + row * 3 * n + 2 * n, p->before + row * n,
                  p->dafter + row * n, p->da + row * 3 * n, p->du + row * 3 * n, p->dafter + row * n);
      memcpy(p->some + (size_t)k * 3 * n, p->du + row * 3 * n, 3 * n * sizeof *p->some);
    }
    if (t == 0) return; /* what was before the sequence stays as it was */
    rl_mlp_vjp(&network->cell, of_cell, cell, p->before, count, p->cell_work, p->some, NULL, p->dsome);
    for (int k = 0; k < count; k++) {
      const size_t row = (size_t)rows[k];
      float *earlier = p->dafter + (row - 1) * n;
      const float *direct = p->dafter + row * n, *through = p->dsome + (size_t)k * n;
      if (p->sequences->time[p->index[row]] == 0) continue; /* an episode began */
      for (size_t i = 0; i < n; i++) earlier[i] += direct[i] + through[i];
    }
  }
}

void rl_recurrent_vjp(rl_recurrent_pass *p, float *dtheta) {
  const rl_network *network = p->network;
  const float *theta = network->theta.data, *cell = p->transposed + rl_mlp_transposed(&network->mlp),
              *head = cell + rl_mlp_transposed(&network->cell);
  const size_t cell_at = rl_network_cell_at(network), head_at = rl_network_head_at(network);
  rl_mlp_vjp(&network->head, theta + head_at, head, p->after, p->rows, p->head_work, p->dy, dtheta + head_at,
             p->dafter);
  go_back(p, theta + cell_at, cell);
  rl_mlp_vjp(&network->cell, theta + cell_at, cell, p->before, p->rows, p->cell_work, p->du, dtheta + cell_at,
             NULL);
  rl_mlp_vjp(&network->mlp, theta, p->transposed, p->input, p->rows, p->mlp_work, p->da, dtheta, NULL);
}
