/* Tetris as the literature on controllers plays it (Bertsekas & Ioffe 1996; Szita & Lorincz 2006; Thiery &
 * Scherrer, "Building controllers for Tetris", 2009), at the speed that search over weights needs. It is no
 * environment of env.h: nothing steps it, a whole game is one call (rl_tetris_play), and what plays is a
 * vector of weights, greedily or by a softmax (rl_tetris_ascend). It stands here because it is a problem that searches are tried on; of the rest of the
 * library it uses base only.
 *
 * Rules:
 *  - The board has width x height cells and begins empty. Each piece is one of the seven tetrominoes,
 *    independent and uniform; only the current one is known.
 *  - An action is a rotation and a column. The piece drops straight down from where it enters until it rests:
 *    no sliding under overhangs.
 *  - Full rows are removed and what is above moves down by as many rows. Each is one line of the score.
 *  - Where it enters, and so how the game ends, is one of two (rl_tetris_entry):
 *      above  The piece comes from above the board, where nothing can stop it. The game ends with the first
 *             piece that comes to rest with a cell above the top row. It removes nothing and scores nothing,
 *             whether or not it has filled a row.
 *      fit    The piece enters inside the board: its pivot (tetris.c) in the column right of the middle and
 * the second row from the top, its flat side up. There it turns about the pivot, then it moves left and
 *             right, and must not overlap a full cell; and drops. The game ends with the first piece that
 *             overlaps one as it enters.
 *
 * The first is what Thiery & Scherrer call simplified, their program's without "lines after overflow". The
 * second is "standard Tetris" as the controllers of Fahey's program play it (2003), Dellacherie's among them.
 * Figures differ by a factor of ten and more between the two: one says nothing without its rule.
 *
 * A board is one word a column, its bottom cell the lowest bit. So heights, holes, transitions and full rows
 * are a few instructions a column, whatever the height. */
#ifndef RL_TETRIS_H
#define RL_TETRIS_H

#include "base/rng.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

RL_C_BEGIN

enum {
  RL_TETRIS_MIN_SIZE = 4,
  RL_TETRIS_MAX_WIDTH = 16,
  RL_TETRIS_MAX_HEIGHT = 32,
  RL_TETRIS_MAX_FEATURES = 2 * RL_TETRIS_MAX_WIDTH + 2,
  RL_TETRIS_NAME = 24 /* of a feature, with the 0 at its end */
};

/* Boards and pieces: tetris.c. */

typedef struct rl_tetris_board {
  int width, height;
  uint64_t column[RL_TETRIS_MAX_WIDTH]; /* bit i: the cell i rows above the bottom row is full */
} rl_tetris_board;

typedef enum rl_tetris_piece {
  RL_TETRIS_I,
  RL_TETRIS_O,
  RL_TETRIS_T,
  RL_TETRIS_S,
  RL_TETRIS_Z,
  RL_TETRIS_J,
  RL_TETRIS_L,
  RL_TETRIS_PIECES
} rl_tetris_piece;

/* A piece in one rotation. */
typedef struct rl_tetris_shape {
  int width, height;
  uint8_t column[4]; /* [width], bit 0: its bottom row */
} rl_tetris_shape;

/* How many rotations of the piece differ: 1, 2 or 4. */
int rl_tetris_rotations(rl_tetris_piece piece);
/* Rotation r is r quarter turns clockwise from the first; in 0 .. rotations - 1. */
const rl_tetris_shape *rl_tetris_piece_shape(rl_tetris_piece piece, int rotation);

/* How a piece came to rest. */
typedef struct rl_tetris_landing {
  int bottom; /* row of its lowest cells, from 0 */
  int height; /* of the piece */
  int lines;  /* rows removed */
  int cells;  /* of the piece, in those rows */
} rl_tetris_landing;

typedef enum rl_tetris_entry { RL_TETRIS_ABOVE, RL_TETRIS_FIT } rl_tetris_entry;

extern const char *const rl_tetris_entries[]; /* their names, then NULL */

/* Where a piece in one rotation can begin to drop. */
typedef struct rl_tetris_access {
  int first, last; /* columns of its left edge */
  int row;         /* of its lowest cells */
} rl_tetris_access;

void rl_tetris_clear(rl_tetris_board *board, int width, int height);
/* False: nowhere. */
bool rl_tetris_enter(const rl_tetris_board *board, rl_tetris_entry entry, rl_tetris_piece piece, int rotation,
                     rl_tetris_access *access);
/* Drops the shape from the row, where it overlaps nothing, with its left edge in `column` (0 .. board->width
 * - shape->width) and removes full rows: `after` is the board then, which must not be `board`. False: it
 * sticks out, the game is over, and `after` says nothing. */
bool rl_tetris_drop(const rl_tetris_board *board, const rl_tetris_shape *shape, int column, int row,
                    rl_tetris_board *after, rl_tetris_landing *landing);

/* Features of the board after a placement: tetris_features.c. */

typedef enum rl_tetris_feature_set {
  RL_TETRIS_BERTSEKAS,         /* 2 width + 2 */
  RL_TETRIS_DELLACHERIE,       /* 6 */
  RL_TETRIS_DELLACHERIE_THIERY /* 8 */
} rl_tetris_feature_set;

extern const char *const rl_tetris_feature_sets[]; /* their names, then NULL */

/* The game that a controller plays. */
typedef struct rl_tetris {
  int width, height; /* 4 .. 16, 4 .. 32 */
  rl_tetris_feature_set features;
  rl_tetris_entry entry;
} rl_tetris;

int rl_tetris_n_features(const rl_tetris *tetris);
/* "holes", "height_3" ... of feature 0 .. n - 1 */
void rl_tetris_feature_name(const rl_tetris *tetris, int feature, char name[RL_TETRIS_NAME]);
/* Writes rl_tetris_n_features numbers to `out`. */
void rl_tetris_features(rl_tetris_feature_set set, const rl_tetris_board *after,
                        const rl_tetris_landing *landing, double *out);

/* Linear controllers: tetris_play.c.
 *
 * The controller places the current piece so that weights . features of the board afterwards is greatest;
 * among equals the first counts, in the order of rotations and then of columns from the left. A placement
 * that ends the game is chosen only when there is no other. */

typedef struct rl_tetris_game {
  int64_t lines;      /* removed */
  int64_t pieces;     /* that came to rest */
  int64_t placements; /* looked at */
  bool over;          /* else it was cut: with more pieces there might be more lines */
} rl_tetris_game;

/* One game, of max_pieces at the most: a good controller of a wide board plays for hours otherwise. It is
 * cut, too, when the program asks for an end (base/stop.h). Weights are finite. */
rl_tetris_game rl_tetris_play(const rl_tetris *tetris, const float *weights, rl_rng *stream,
                              int64_t max_pieces);

typedef struct rl_tetris_match {
  int games;   /* of each weight vector */
  bool common; /* common random numbers: game g brings every vector the same pieces; else each game others */
  uint64_t seed;
  int64_t max_pieces; /* of a game */
} rl_tetris_match;

/* Games of each of n weight vectors [n, features], on all threads -> played [n, games]. The pieces of each
 * game are a stream of its own, of `seed`, so nothing depends on the threads. */
void rl_tetris_play_match(const rl_tetris *tetris, const float *weights, int n, const rl_tetris_match *match,
                          rl_tetris_game *played);

/* Of played [n, games]: the mean lines of each vector [n], and the sums over all games. */
typedef struct rl_tetris_totals {
  int64_t pieces, placements;
  int64_t cut; /* games that were */
} rl_tetris_totals;
void rl_tetris_mean_lines(const rl_tetris_game *played, int n, int games, float *mean);
rl_tetris_totals rl_tetris_total(const rl_tetris_game *played, int64_t n_played);

/* Natural policy gradient: tetris_gradient.c.
 *
 * The policy chooses a placement with a probability that goes with exp(weights . features): a softmax over the boards that the
 * piece can leave, those that end the game left out while there is another. Its Fisher matrix is the mean covariance of the
 * features under the policy in the states it comes to, and a step goes along F^-1 g (Kakade 2001, "A natural policy gradient",
 * which has Tetris for its example), g the gradient of the discounted lines.
 *
 * The advantages of g are summed temporal differences (Schulman et al. 2016) of a value that is linear in the same features and
 * a constant: U(board after) = v . features is fitted to the games played by least squares (LSTD(lambda), Boyan 1999), and V(state)
 * is the mean of lines + gamma U under the policy. Both are sums over steps, so that a game leaves matrices and no memory of its
 * steps. */
typedef struct rl_tetris_ascent {
  int games;
  uint64_t seed;
  int64_t max_pieces; /* of a game, which is then cut */
  double gamma, lambda;
  double max_kl;  /* mean KL of the policy to the next in the states visited, to second order */
  double damping; /* added to the diagonal of F */
} rl_tetris_ascent;

/* Plays games by the policy of finite weights [features], on all threads -> played [games]; and step [features], which is to be
 * added to the weights, zeros where there is nothing to learn from. RL_NO_MEMORY, RL_INTERRUPTED, RL_NOT_FINITE. */
rl_status rl_tetris_ascend(const rl_tetris *tetris, const float *weights, const rl_tetris_ascent *ascent,
                           rl_tetris_game *played, double *step, rl_error *error);

RL_C_END

#endif
