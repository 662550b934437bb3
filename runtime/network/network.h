/* A network as an object: its architecture, its parameters in one flat tensor, the normaliser of its inputs,
 * and scratch memory to apply it to any number of rows on all threads. Policies and values are made of it. */
#ifndef RL_NETWORK_H
#define RL_NETWORK_H

#include "network/gru.h"
#include "network/mlp.h"
#include "network/normalizer.h"
#include "network/ties.h"
#include "tensor/tensor.h"

RL_C_BEGIN

enum { RL_ROWS = 64 }; /* rows of one piece of work: fixed, so that results do not depend on threads */

typedef struct rl_network_options {
  int n_hidden;
  int hidden[RL_MAX_LAYERS - 1]; /* default 64, 64 */
  rl_activation activation;      /* default tanh */
  bool layer_norm;               /* default off */
  bool normalize;                /* running normalisation of the inputs; default on */
  rl_normalizer_map normalizer;  /* how, where it is on; default standard */
  float clip;   /* of the (normalised) inputs, above 0; infinite: none; NAN: 10 where they are normalised */
  rl_init init; /* default orthogonal */
  float hidden_gain, output_gain; /* of orthogonal ones; default sqrt 2; the output's is its owner's choice */
  uint64_t seed;                  /* of the initial parameters */
  int history;                    /* observations that it reads: the last ones; default 1 */
  int gru;        /* units of a recurrent layer behind the hidden ones; default 0: there is none */
  bool symmetric; /* tied (ties.h), by the symmetry; default off */
  const rl_symmetry *symmetry; /* of the environment, or NULL; need not last */
  bool action;                 /* of a value: it takes the action too; default off */
  bool central;                /* of a value: it reads all agents of a world; default off */
} rl_network_options;

#define RL_NO_SEED UINT64_MAX /* they were read from a file */

typedef struct rl_network {
  rl_mlp mlp;
  int history; /* of its inputs: so many observations, the newest last */
  /* A recurrent one (gru.h): mlp gives the input's part of the gates, cell that of the units, head reads the units; their
   * parameters lie one behind the other in theta. */
  int gru; /* units, or 0 */
  rl_mlp cell, head;
  rl_tensor theta;          /* [rl_network_parameters + extra] */
  rl_normalizer normalizer; /* size 0: inputs are not normalised, only clipped */
  float clip;
  rl_ties ties;   /* of a symmetric one; or none */
  uint64_t seed;  /* of the initial parameters, or RL_NO_SEED */
  float *scratch; /* [workers, scratch_size] */
  size_t scratch_size;
  int workers;
  float *seen; /* [seen_rows, inputs] of rl_network_see_own */
  int seen_rows;
} rl_network;

/* By rl_activation, rl_init and rl_normalizer_map; NULL-terminated. */
extern const char *const rl_activation_names[4], *const rl_init_names[3], *const rl_normalizer_names[4];

/* As said in the struct. output_gain: of an orthogonal last layer. */
rl_network_options rl_network_defaults(float output_gain);

/* Of observations of `size` numbers. `extra` parameters (a log-std, say) follow the net's own in theta, as zeros.
 * `use_index`: stream of the initialisation. RL_BAD_ARGUMENT, RL_NO_MEMORY. */
rl_status rl_network_init(rl_network *network, int size, int outputs, int extra,
                          const rl_network_options *options, uint32_t use_index, rl_error *error);
void rl_network_release(rl_network *network);

/* Numbers of one observation. */
static inline int rl_network_size(const rl_network *network) {
  return network->mlp.inputs / network->history;
}

static inline int rl_network_outputs(const rl_network *network) {
  return rl_mlp_outputs(network->gru ? &network->head : &network->mlp);
}
/* Without `extra`; where those of cell and head begin. */
static inline size_t rl_network_cell_at(const rl_network *network) {
  return rl_mlp_parameters(&network->mlp);
}
static inline size_t rl_network_head_at(const rl_network *network) {
  return rl_network_cell_at(network) + rl_mlp_parameters(&network->cell);
}
static inline size_t rl_network_parameters(const rl_network *network) {
  return network->gru ? rl_network_head_at(network) + rl_mlp_parameters(&network->head)
                      : rl_mlp_parameters(&network->mlp);
}

static inline bool rl_network_is_symmetric(const rl_network *network) { return network->ties.input.n > 0; }
/* Makes it symmetric, with mirrors of as many numbers as it has, `input` of an observation; the parameters must be tied by
 * then, or are drawn anew as init draws them. RL_NO_MEMORY. */
rl_status rl_network_tie(rl_network *network, const rl_mirror *input, const rl_mirror *output,
                         const rl_mirror *extra, rl_error *error);
rl_status rl_network_init_tied(rl_network *network, const rl_network_options *options, uint32_t use_index,
                               rl_error *error);
/* Of a network that is to be symmetric: RL_BAD_ARGUMENT where its options know too little of mirror images of observations
 * [inputs] and, unless that is NULL, of actions. */
rl_status rl_network_check_symmetry(const rl_network_options *options, int inputs, const rl_space *action,
                                    rl_error *error);
/* Ties one of the same architecture as another is tied, if it is. RL_NO_MEMORY. */
rl_status rl_network_copy_ties(rl_network *to, const rl_network *from, rl_error *error);
/* The mirror of an observation, of a symmetric network. */
rl_mirror rl_network_mirror(const rl_network *network);
/* Takes rows of x [.., stride], which end with an observation, into the statistics, where there are any: those that index [rows] names, or the first when
 * it is NULL; with their images, of a symmetric network. */
void rl_network_observe(rl_network *network, const float *x, int stride, const int *index, int rows);
/* After an update of statistics that have been learnt with: changes the first layer of theta, the network's own or another,
 * so that it stays the function that it was (as van Hasselt et al. 2016 do with outputs), or, in inputs whose range has
 * grown, becomes a flatter one with the same value at the new mean. Else what has been learnt would drift away between two
 * batches. */
void rl_network_follow(const rl_network *network, float *theta);

/* What a network remembers of a copy from one step to the next: rl_network_memory numbers, zeros at the start of an
 * episode. They are 1 (0: at the start) and the last history - 1 observations, where it reads more than one, and then
 * the recurrent units.
 *
 * rl_network_recall: what is remembered and the observation [size] -> x [inputs]; at the start of an episode the first
 * observation stands for those that are missing. rl_network_see: the same of rows, which are remembered. */
int rl_network_memory(const rl_network *network);
void rl_network_recall(const rl_network *network, const float *memory, const float *observation, float *x);
void rl_network_see(const rl_network *network, const float *observation, int rows, float *memory, float *x);
/* The same in memory of its own, valid until the next call: *x [rows, inputs]. RL_NO_MEMORY. */
rl_status rl_network_see_own(rl_network *network, const float *observation, int rows, float *memory,
                             const float **x, rl_error *error);

/* x [rows, inputs] raw observations -> y [rows, outputs]; rows are spread over the threads, so
 * not from inside a parallel piece. RL_NO_MEMORY. */
rl_status rl_network_apply(rl_network *network, const float *x, int rows, float *y, rl_error *error);

/* The same with what is remembered of each row: memory [rows, rl_network_memory], of which the recurrent units are read
 * and move on; NULL: as at the start of an episode. RL_NO_MEMORY. */
rl_status rl_network_step(rl_network *network, const float *x, int rows, float *memory, float *y,
                          rl_error *error);

/* Normalised x [rows, inputs] through a network with these parameters: y [rows, outputs], which lies in work
 * [rl_network_workspace(rows)]. */
size_t rl_network_workspace(const rl_network *network, int rows);
float *rl_network_forward(const rl_network *network, const float *theta, const float *x, int rows,
                          float *memory, float *work);

/* The same with the parameters theta on the calling thread, inside a parallel piece of that worker; at most RL_ROWS rows,
 * after reserve. */
rl_status rl_network_reserve(rl_network *network, rl_error *error);
void rl_network_apply_rows(const rl_network *network, const float *theta, const float *x, int rows, float *y,
                           int worker);
void rl_network_step_rows(const rl_network *network, const float *theta, const float *x, int rows,
                          float *memory, float *y, int worker);

/* RL_NOT_FINITE naming the first parameter that is not finite; what: the network's name in the message. */
rl_status rl_network_check_finite(const rl_network *network, const char *what, rl_error *error);

/* x [rows, inputs] -> normalised and clipped y [rows, inputs]. */
void rl_network_normalize(const rl_network *network, const float *x, int rows, float *y);

/* The architecture alone, without parameters. inputs: of all observations that it reads. */
rl_network rl_network_of_shape(const rl_network_options *options, int inputs, int outputs);
/* The architecture as options (initialisation: the quickest, for what is going to be written over). */
void rl_network_read_shape(const rl_network *network, rl_network_options *options);
void rl_network_copy(rl_network *to,
                     const rl_network *from); /* parameters and statistics; same architecture */

/* Arrays, of float32 unless said: for each layer L from 0 on "<prefix>.layers.L.weight" [in, out] and ".bias" [out], and,
 * where it is normalised, ".gain" and ".shift" [out]: y = x weight + bias; "<prefix>.log_std" [extra], "<prefix>.clip" [1],
 * and of float64 "<prefix>.normalizer.mean", ".m2" [size] and ".count" [1]. Strings "<prefix>.layers", "5 64 64 3" say,
 * ".activation", ".layer_norm", ".normalize", ".normalizer" where it is not "standard", ".history" where it is not 1 and ".gru"
 * where it is not 0: the architecture.
 * Of a recurrent one ".layers" is without the recurrent layer, and "<prefix>.gru.input.weight" [in, 3 units],
 * ".gru.input.bias", ".gru.hidden.weight" [units, 3 units] and ".gru.hidden.bias" lie before the last layer. Of a symmetric one "<prefix>.mirror", int32: of each input,
 * output and extra parameter the number, from 1 on, that its image comes from, negative where it changes sign.
 * RL_NO_MEMORY. */
rl_status rl_network_save(const rl_network *network, rl_archive *archive, const char *prefix,
                          rl_error *error);

/* Reads back the architecture, into options and sizes; RL_BAD_FORMAT. */
rl_status rl_network_read_options(const rl_archive *archive, const char *prefix, rl_network_options *options,
                                  int *size, int *outputs, rl_error *error);

/* Reads parameters and statistics into a network of the same sizes. Nothing changes on failure.
 * RL_BAD_FORMAT, RL_NOT_FINITE naming the parameter. */
rl_status rl_network_load(rl_network *network, const rl_archive *archive, const char *prefix,
                          rl_error *error);
/* The same where nothing is known of the file: RL_BAD_FORMAT saying what differs when it holds another
 * architecture. */
rl_status rl_network_take(rl_network *network, const rl_archive *archive, const char *prefix,
                          rl_error *error);

RL_C_END

#endif
