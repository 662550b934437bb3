/* Tetris: rules and features on boards drawn as text, worked out by hand, and against a model that knows only
 * cells. */
#include "tetris/tetris.h"

#include "base/parallel.h"
#include "base/stop.h"
#include "check.h"

/* Boards as text: rows from the top, '#' full; rows that are not drawn are empty. */

static rl_tetris_board drawn(int width, int height, const char *const *rows, int n_rows) {
  rl_tetris_board board;
  rl_tetris_clear(&board, width, height);
  for (int i = 0; i < n_rows; i++) {
    assert_int_equal(strlen(rows[i]), width);
    for (int j = 0; j < width; j++)
      if (rows[i][j] == '#') board.column[j] |= UINT64_C(1) << (n_rows - 1 - i);
  }
  return board;
}
#define DRAW(width, height, ...)                                                                             \
  drawn(width, height, (const char *const[]){__VA_ARGS__},                                                   \
        (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))

static void assert_board(const rl_tetris_board *got, rl_tetris_board want) {
  for (int j = 0; j < want.width; j++) assert_int_equal(got->column[j], want.column[j]);
}

typedef struct outcome {
  bool rests;
  rl_tetris_board board;
  rl_tetris_landing landing;
  double features[RL_TETRIS_MAX_FEATURES]; /* dellacherie_thiery */
} outcome;

static outcome drop(rl_tetris_board board, rl_tetris_piece piece, int rotation, int column) {
  outcome o = {0};
  o.rests = rl_tetris_drop(&board, rl_tetris_piece_shape(piece, rotation), column, board.height, &o.board,
                           &o.landing);
  if (o.rests) rl_tetris_features(RL_TETRIS_DELLACHERIE_THIERY, &o.board, &o.landing, o.features);
  return o;
}

enum { LANDING, ERODED, ROWS, COLUMNS, HOLES, WELLS, DEPTH, ROWS_WITH_HOLES };

/* The model: one byte a cell, everything by its definition, one cell at a time. */

typedef struct model {
  int width, height;
  char cell[RL_TETRIS_MAX_HEIGHT + 4][RL_TETRIS_MAX_WIDTH]; /* [row from the bottom][column] */
} model;

/* Each piece in its first rotation; the others are quarter turns of these. */
static const char *const drawing[RL_TETRIS_PIECES][2] = {
    [RL_TETRIS_I] = {"####", ""},   [RL_TETRIS_O] = {"##", "##"},   [RL_TETRIS_T] = {".#.", "###"},
    [RL_TETRIS_S] = {".##", "##."}, [RL_TETRIS_Z] = {"##.", ".##"}, [RL_TETRIS_J] = {"#..", "###"},
    [RL_TETRIS_L] = {"..#", "###"},
};

typedef struct cells {
  int width, height;
  bool at[4][4]; /* [row from the bottom][column] */
} cells;

static cells turned(rl_tetris_piece piece, int quarters) {
  cells c = {.width = (int)strlen(drawing[piece][0]), .height = *drawing[piece][1] ? 2 : 1};
  for (int i = 0; i < c.height; i++)
    for (int j = 0; j < c.width; j++) c.at[c.height - 1 - i][j] = drawing[piece][i][j] == '#';
  for (; quarters; quarters--) {
    cells t = {.width = c.height, .height = c.width};
    for (int i = 0; i < c.height; i++) /* clockwise: up becomes right */
      for (int j = 0; j < c.width; j++) t.at[c.width - 1 - j][i] = c.at[i][j];
    c = t;
  }
  return c;
}

static bool overlaps(const model *m, const cells *piece, int row, int column) {
  for (int i = 0; i < piece->height; i++)
    for (int j = 0; j < piece->width; j++)
      if (piece->at[i][j] && (row + i < 0 || m->cell[row + i][column + j])) return true;
  return false;
}

/* Marks the piece with 2; false when it sticks out. */
static bool model_drop(model *m, const cells *piece, int column, rl_tetris_landing *landing) {
  int row = m->height;
  while (!overlaps(m, piece, row - 1, column)) row--;
  *landing = (rl_tetris_landing){.bottom = row, .height = piece->height};
  if (row + piece->height > m->height) return false;
  for (int i = 0; i < piece->height; i++)
    for (int j = 0; j < piece->width; j++)
      if (piece->at[i][j]) m->cell[row + i][column + j] = 2;
  int kept = 0;
  for (int i = 0; i < m->height; i++) {
    int full = 0, own = 0;
    for (int j = 0; j < m->width; j++) full += m->cell[i][j] != 0, own += m->cell[i][j] == 2;
    if (full == m->width)
      landing->lines++, landing->cells += own;
    else
      memmove(m->cell[kept++], m->cell[i], sizeof m->cell[i]);
  }
  for (; kept < m->height; kept++) memset(m->cell[kept], 0, sizeof m->cell[kept]);
  for (int i = 0; i < m->height; i++)
    for (int j = 0; j < m->width; j++) m->cell[i][j] = m->cell[i][j] != 0;
  return true;
}

/* Walls and floor are full, above the board it is empty. */
static bool full(const model *m, int row, int column) {
  if (row < 0 || column < 0 || column >= m->width) return true;
  return row < m->height && m->cell[row][column];
}

static bool full_above(const model *m, int row, int column) {
  for (int i = row + 1; i < m->height; i++)
    if (full(m, i, column)) return true;
  return false;
}

static bool empty_below(const model *m, int row, int column) {
  for (int i = 0; i < row; i++)
    if (!full(m, i, column)) return true;
  return false;
}

static void model_features(const model *m, const rl_tetris_landing *landing, double out[8]) {
  for (int k = 0; k < 8; k++) out[k] = 0.0;
  out[LANDING] = landing->bottom + (landing->height - 1) / 2.0;
  out[ERODED] = landing->lines * landing->cells;
  for (int i = 0; i < m->height; i++) {
    bool hole_in_row = false;
    for (int j = 0; j <= m->width; j++) out[ROWS] += full(m, i, j - 1) != full(m, i, j);
    for (int j = 0; j < m->width; j++) {
      const bool here = full(m, i, j), hole = !here && full_above(m, i, j);
      out[HOLES] += hole;
      hole_in_row |= hole;
      out[DEPTH] += here && empty_below(m, i, j);
      if (here || !full(m, i, j - 1) || !full(m, i, j + 1)) continue;
      for (int k = i; !full(m, k, j); k--) out[WELLS] += 1.0;
    }
    out[ROWS_WITH_HOLES] += hole_in_row;
  }
  for (int i = 0; i <= m->height; i++)
    for (int j = 0; j < m->width; j++) out[COLUMNS] += full(m, i - 1, j) != full(m, i, j);
}

static void model_bertsekas(const model *m, double *out) {
  const int w = m->width;
  double *highest = &out[2 * w - 1], *holes = &out[2 * w];
  *highest = *holes = 0.0;
  for (int j = 0; j < w; j++) {
    out[j] = 0.0;
    for (int i = 0; i < m->height; i++) {
      if (full(m, i, j)) out[j] = i + 1;
      *holes += !full(m, i, j) && full_above(m, i, j);
    }
    *highest = fmax(*highest, out[j]);
  }
  for (int j = 0; j + 1 < w; j++) out[w + j] = fabs(out[j] - out[j + 1]);
  out[2 * w + 1] = 1.0;
}

/* One game of random placements on both; returns how many. Counts removals of 1 .. 4 rows. */
static int play_both(int width, int height, rl_rng *rng, int removed[5]) {
  model m = {.width = width, .height = height};
  rl_tetris_board board;
  rl_tetris_clear(&board, width, height);
  for (int n = 0;; n++) {
    const rl_tetris_piece piece = (rl_tetris_piece)rl_rng_below(rng, RL_TETRIS_PIECES);
    const int rotation = (int)rl_rng_below(rng, (uint32_t)rl_tetris_rotations(piece));
    const cells shape = turned(piece, rotation);
    const int column = (int)rl_rng_below(rng, (uint32_t)(width - shape.width + 1));
    rl_tetris_landing landing;
    const bool rests = model_drop(&m, &shape, column, &landing);
    outcome o = drop(board, piece, rotation, column);
    assert_int_equal(o.rests, rests);
    if (!rests) return n;
    board = o.board;
    removed[landing.lines]++;
    assert_int_equal(o.landing.bottom, landing.bottom);
    assert_int_equal(o.landing.height, landing.height);
    assert_int_equal(o.landing.lines, landing.lines);
    assert_int_equal(o.landing.cells, landing.cells);
    for (int i = 0; i < height + 4; i++)
      for (int j = 0; j < width; j++) assert_int_equal(board.column[j] >> i & 1, m.cell[i][j]);
    double want[RL_TETRIS_MAX_FEATURES], got[RL_TETRIS_MAX_FEATURES];
    model_features(&m, &landing, want);
    for (int k = 0; k < 8; k++) assert_near(o.features[k], want[k], 0.0);
    rl_tetris_features(RL_TETRIS_DELLACHERIE, &board, &landing, got);
    for (int k = 0; k < 6; k++) assert_near(got[k], want[k], 0.0);
    model_bertsekas(&m, want);
    rl_tetris_features(RL_TETRIS_BERTSEKAS, &board, &landing, got);
    for (int k = 0; k < 2 * width + 2; k++) assert_near(got[k], want[k], 0.0);
  }
}

static void random_placements_agree_with_a_model_of_cells(void **state) {
  (void)state;
  const int sizes[][2] = {{4, 4}, {4, 32}, {5, 12}, {10, 20}, {16, 32}};
  int removed[5] = {0}, placements = 0;
  rl_rng rng;
  rl_rng_init(&rng, 1, 0);
  for (int s = 0; s < 5; s++)
    for (int game = 0; game < 100; game++) placements += play_both(sizes[s][0], sizes[s][1], &rng, removed);
  assert_true(placements > 5000);
  for (int lines = 1; lines <= 3; lines++) assert_true(removed[lines] > 0);
}

/* Rules. */

static void each_piece_has_its_rotations_and_no_two_are_alike(void **state) {
  (void)state;
  const int rotations[RL_TETRIS_PIECES] = {2, 1, 4, 2, 2, 4, 4};
  for (int p = 0; p < RL_TETRIS_PIECES; p++) {
    assert_int_equal(rl_tetris_rotations((rl_tetris_piece)p), rotations[p]);
    for (int r = 0; r < rotations[p]; r++) {
      const rl_tetris_shape *shape = rl_tetris_piece_shape((rl_tetris_piece)p, r);
      const cells want = turned((rl_tetris_piece)p, r);
      assert_int_equal(shape->width, want.width);
      assert_int_equal(shape->height, want.height);
      for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) assert_int_equal(shape->column[j] >> i & 1, want.at[i][j]);
      for (int other = 0; other < r; other++)
        assert_memory_not_equal(shape, rl_tetris_piece_shape((rl_tetris_piece)p, other), sizeof *shape);
    }
  }
}

/* Pieces that must fit: the model turns, moves and drops a list of cells, one cell at a time. */

typedef struct cell {
  int x, y;
} cell;

/* As they enter; o: the pivot, which is a cell of the piece. */
static const char *const entering[RL_TETRIS_PIECES][2] = {
    [RL_TETRIS_I] = {"##o#", ""},   [RL_TETRIS_O] = {"#o", "##"},   [RL_TETRIS_T] = {"#o#", ".#."},
    [RL_TETRIS_S] = {".o#", "##."}, [RL_TETRIS_Z] = {"#o.", ".##"}, [RL_TETRIS_J] = {"#o#", "..#"},
    [RL_TETRIS_L] = {"#o#", "#.."},
};

/* The cells seen from the pivot after some quarter turns, counterclockwise. */
static void cells_from_pivot(rl_tetris_piece piece, int turns, cell out[4]) {
  const char *const *rows = entering[piece];
  const int pivot = (int)(strchr(rows[0], 'o') - rows[0]);
  int n = 0;
  for (int i = 0; i < 2; i++)
    for (int j = 0; rows[i][j]; j++)
      if (rows[i][j] != '.') out[n++] = (cell){j - pivot, -i};
  assert_int_equal(n, 4);
  for (; turns; turns--)
    for (int k = 0; k < 4; k++) out[k] = (cell){-out[k].y, out[k].x};
}

static bool model_fits(const rl_tetris_board *board, const cell piece[4], int x, int y) {
  for (int k = 0; k < 4; k++) {
    const int column = x + piece[k].x, row = y + piece[k].y;
    if (column < 0 || column >= board->width || row < 0 || row >= board->height) return false;
    if (board->column[column] >> row & 1) return false;
  }
  return true;
}

/* The rows of the lowest cells after a drop, by the column of the left edge, -1: out of reach. */
static void model_placements(const rl_tetris_board *board, rl_tetris_piece piece, int turns, int bottom[]) {
  const int x = board->width / 2, y = board->height - 2;
  cell first[4], turned_to[4];
  cells_from_pivot(piece, 0, first);
  cells_from_pivot(piece, turns, turned_to);
  for (int j = 0; j < board->width; j++) bottom[j] = -1;
  if (!model_fits(board, first, x, y)) return;
  for (int step = -1; step <= 1; step += 2)
    for (int to = x; model_fits(board, turned_to, to, y); to += step) {
      int row = y, left = 99, lowest = 99;
      while (model_fits(board, turned_to, to, row - 1)) row--;
      for (int k = 0; k < 4; k++) {
        if (to + turned_to[k].x < left) left = to + turned_to[k].x;
        if (row + turned_to[k].y < lowest) lowest = row + turned_to[k].y;
      }
      bottom[left] = lowest;
    }
}

/* A hole in every row, and the fuller the lower. */
static rl_tetris_board random_board(int width, int height, rl_rng *rng) {
  rl_tetris_board board;
  rl_tetris_clear(&board, width, height);
  for (int i = 0; i < height; i++) {
    const int hole = (int)rl_rng_below(rng, (uint32_t)width);
    for (int j = 0; j < width; j++)
      if (j != hole && rl_rng_uniform(rng) < 0.02f + 0.6f * (float)(height - 1 - i) / (float)height)
        board.column[j] |= UINT64_C(1) << i;
  }
  return board;
}

static void pieces_that_must_fit_reach_what_a_model_reaches_cell_by_cell(void **state) {
  (void)state;
  const int sizes[][2] = {{4, 4}, {5, 12}, {10, 20}, {16, 32}};
  int reached = 0, missed = 0, ended = 0;
  rl_rng rng;
  rl_rng_init(&rng, 1, 0);
  for (int n = 0; n < 1000; n++) {
    const int width = sizes[n % 4][0], height = sizes[n % 4][1];
    const rl_tetris_board board = random_board(width, height, &rng);
    for (int p = 0; p < RL_TETRIS_PIECES; p++) {
      const rl_tetris_piece piece = (rl_tetris_piece)p;
      const int rotations = rl_tetris_rotations(piece);
      int found = 0;
      for (int turns = 0; turns < rotations; turns++) {
        const int rotation = rotations == 4 ? (6 - turns) % 4 : turns;
        const rl_tetris_shape *shape = rl_tetris_piece_shape(piece, rotation);
        int want[RL_TETRIS_MAX_WIDTH];
        model_placements(&board, piece, turns, want);
        rl_tetris_access access = {0, -1, 0};
        if (!rl_tetris_enter(&board, RL_TETRIS_FIT, piece, rotation, &access)) access.last = access.first - 1;
        for (int j = 0; j < width; j++) {
          const bool reach = j >= access.first && j <= access.last;
          assert_int_equal(reach, want[j] >= 0);
          reached += reach, missed += !reach && j + shape->width <= width;
          if (!reach) continue;
          rl_tetris_board after;
          rl_tetris_landing landing;
          assert_true(rl_tetris_drop(&board, shape, j, access.row, &after, &landing));
          assert_int_equal(landing.bottom, want[j]);
          found++;
        }
      }
      ended += found == 0;
    }
  }
  assert_true(reached > 10000 && missed > 10000 && ended > 100);
}

static void a_piece_drops_from_where_it_enters_below_what_hangs_over_it(void **state) {
  (void)state;
  const rl_tetris_board board = DRAW(6, 6, "...#..", "......", "......", "......", "......", "......");
  rl_tetris_access access;
  assert_true(rl_tetris_enter(&board, RL_TETRIS_FIT, RL_TETRIS_O, 0, &access));
  assert_int_equal(access.first, 0);
  assert_int_equal(access.last, 4);
  assert_int_equal(access.row, 3); /* in the second and third rows from the top */
  rl_tetris_board after;
  rl_tetris_landing landing;
  assert_true(rl_tetris_drop(&board, rl_tetris_piece_shape(RL_TETRIS_O, 0), 3, access.row, &after, &landing));
  assert_board(&after, DRAW(6, 6, "...#..", "......", "......", "......", "...##.", "...##."));
  /* The I stands up only where four rows are free around its pivot. */
  assert_true(rl_tetris_enter(&board, RL_TETRIS_FIT, RL_TETRIS_I, 0, &access));
  assert_false(rl_tetris_enter(&board, RL_TETRIS_FIT, RL_TETRIS_I, 1, &access));
}

static void one_to_four_full_rows_are_removed_at_once(void **state) {
  (void)state;
  const rl_tetris_board before[4] = {
      DRAW(4, 8, "..#.", ".##.", ".##.", ".##.", ".###"),
      DRAW(4, 8, "..#.", ".##.", ".##.", ".###", ".###"),
      DRAW(4, 8, "..#.", ".##.", ".###", ".###", ".###"),
      DRAW(4, 8, "..#.", ".###", ".###", ".###", ".###"),
  };
  const rl_tetris_board after[4] = {
      DRAW(4, 8, "..#.", "###.", "###.", "###."),
      DRAW(4, 8, "..#.", "###.", "###."),
      DRAW(4, 8, "..#.", "###."),
      DRAW(4, 8, "..#."),
  };
  for (int lines = 1; lines <= 4; lines++) {
    const outcome o = drop(before[lines - 1], RL_TETRIS_I, 1, 0);
    assert_int_equal(o.landing.lines, lines);
    assert_int_equal(o.landing.cells, lines);
    assert_near(o.features[ERODED], lines * lines, 0.0);
    assert_board(&o.board, after[lines - 1]);
  }
}

static void rows_between_removed_ones_stay(void **state) {
  (void)state;
  const outcome bar = drop(DRAW(4, 8, ".###", ".##.", ".###"), RL_TETRIS_I, 1, 0);
  assert_int_equal(bar.landing.lines, 2);
  assert_int_equal(bar.landing.cells, 2);
  assert_near(bar.features[ERODED], 4.0, 0.0);
  assert_near(bar.features[LANDING], 1.5, 0.0); /* where it came to rest, before the rows went */
  assert_board(&bar.board, DRAW(4, 8, "#...", "###."));
}

static void eroded_cells_are_those_of_the_piece_only(void **state) {
  (void)state;
  /* A T upside down into a gap of 3: its three cells of the upper row go, its lowest stays. */
  const outcome o = drop(DRAW(5, 8, "#...#", "##.#."), RL_TETRIS_T, 2, 1);
  assert_int_equal(o.landing.lines, 1);
  assert_int_equal(o.landing.cells, 3);
  assert_near(o.features[ERODED], 3.0, 0.0);
  assert_board(&o.board, DRAW(5, 8, "####."));
}

static void a_piece_does_not_slide_under_an_overhang(void **state) {
  (void)state;
  const outcome o = drop(DRAW(4, 8, "##..", "...."), RL_TETRIS_O, 0, 1);
  assert_board(&o.board, DRAW(4, 8, ".##.", ".##.", "##..", "...."));
}

static void the_game_ends_when_a_piece_sticks_out_even_with_a_full_row(void **state) {
  (void)state;
  const rl_tetris_board board = DRAW(4, 4, "###.", "###.", "###.", "##..");
  assert_true(drop(board, RL_TETRIS_I, 1, 3).rests); /* up to the top row */
  assert_false(drop(board, RL_TETRIS_O, 0, 0).rests);
  assert_false(
      drop(DRAW(4, 4, "###.", "###.", "###.", "..##"), RL_TETRIS_I, 1, 3).rests); /* fills three rows */
}

/* Features by hand. */

static void features_of_a_drawn_board_are_those_counted_by_hand(void **state) {
  (void)state;
  const outcome o = drop(DRAW(5, 8, "...#.", "##.#.", ".#.#."), RL_TETRIS_I, 1, 0);
  const rl_tetris_board after = DRAW(5, 8,     /* row transitions, wells */
                                     "#....",  /* 2 */
                                     "#....",  /* 2 */
                                     "#....",  /* 2 */
                                     "#..#.",  /* 4; 3 deep at the right */
                                     "##.#.",  /* 4; 2 and 2 */
                                     ".#.#."); /* 6; 1, 1 and 1 */
  assert_board(&o.board, after);
  const double want[8] = {
      [LANDING] = 3.5, /* rows 2 .. 5 */
      [ROWS] = 6 + 4 + 4 + 2 + 2 + 2 + 2 * 2,
      [COLUMNS] = 3 + 1 + 1 + 1 + 1,
      [HOLES] = 1,
      [WELLS] = 3 + (2 + 2) + (1 + 1 + 1),
      [DEPTH] = 5,
      [ROWS_WITH_HOLES] = 1,
  };
  for (int k = 0; k < 8; k++) assert_near(o.features[k], want[k], 0.0);
}

static void a_well_counts_the_empty_cells_below_even_where_it_widens(void **state) {
  (void)state;
  /* Dellacherie's wells: the upper two of column 1 are between full cells, 3 and 2 deep; the lowest
   * is not. */
  const rl_tetris_board board = DRAW(4, 8, "#.#.", "#.#.", "#...");
  double features[8];
  rl_tetris_features(RL_TETRIS_DELLACHERIE_THIERY, &board, &(rl_tetris_landing){.height = 1}, features);
  /* and column 3 beside the wall: 3 and 2 deep */
  assert_near(features[WELLS], 3 + 2 + 3 + 2, 0.0);
}

static void bertsekas_has_22_features_on_ten_columns(void **state) {
  (void)state;
  const rl_tetris tetris = {10, 20, RL_TETRIS_BERTSEKAS, RL_TETRIS_ABOVE};
  assert_int_equal(rl_tetris_n_features(&tetris), 22);
  const rl_tetris_board board = DRAW(10, 20, "...#......", "#..#.....#", "##.......#");
  const double want[22] = {2, 1, 0, 3, 0, 0, 0, 0, 0, 2, /* heights */
                           1, 1, 3, 3, 0, 0, 0, 0, 2,    /* differences */
                           3, 1, 1};
  double got[RL_TETRIS_MAX_FEATURES];
  rl_tetris_features(RL_TETRIS_BERTSEKAS, &board, &(rl_tetris_landing){.height = 1}, got);
  for (int k = 0; k < 22; k++) assert_near(got[k], want[k], 0.0);
  char name[RL_TETRIS_NAME];
  const struct {
    int feature;
    const char *name;
  } names[] = {{0, "height_1"},    {9, "height_10"}, {10, "difference_1"}, {18, "difference_9"},
               {19, "max_height"}, {20, "holes"},    {21, "constant"}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    rl_tetris_feature_name(&tetris, names[i].feature, name);
    assert_string_equal(name, names[i].name);
  }
}

/* Controllers. */

static const float dellacherie[6] = {-1, 1, -1, -1, -4, -1};

/* The lines of a game by the definition of the controller, on the model. */
static int64_t model_play(int width, int height, const float weights[6], rl_rng *rng) {
  model m = {.width = width, .height = height};
  for (int64_t score = 0;;) {
    const rl_tetris_piece piece = (rl_tetris_piece)rl_rng_below(rng, RL_TETRIS_PIECES);
    model best = m;
    double greatest = 0.0;
    int lines = -1;
    for (int r = 0; r < rl_tetris_rotations(piece); r++) {
      const cells shape = turned(piece, r);
      for (int column = 0; column + shape.width <= width; column++) {
        model next = m;
        rl_tetris_landing landing;
        double feature[8], value = 0.0;
        if (!model_drop(&next, &shape, column, &landing)) continue;
        model_features(&next, &landing, feature);
        for (int k = 0; k < 6; k++) value += (double)weights[k] * feature[k];
        if (lines >= 0 && value <= greatest) continue;
        best = next, greatest = value, lines = landing.lines;
      }
    }
    if (lines < 0) return score;
    m = best;
    score += lines;
  }
}

static void games_are_those_of_the_model_ties_going_to_the_first(void **state) {
  (void)state;
  const float weights[3][6] = {{0}, {-1, 1, -1, -1, -4, -1}, {-0.5f, 0, 0, 0, -2, 0}};
  const rl_tetris tetris = {6, 8, RL_TETRIS_DELLACHERIE, RL_TETRIS_ABOVE};
  int64_t most = 0;
  for (int w = 0; w < 3; w++)
    for (uint64_t seed = 0; seed < 10; seed++) {
      rl_rng rng, same;
      rl_rng_init(&rng, seed, 0);
      same = rng;
      const rl_tetris_game game = rl_tetris_play(&tetris, weights[w], &rng, 100000);
      assert_true(game.over);
      assert_int_equal(game.lines, model_play(6, 8, weights[w], &same));
      assert_memory_equal(&rng, &same, sizeof rng); /* as many pieces */
      if (game.lines > most) most = game.lines;
    }
  assert_true(most > 20);
}

static rl_tetris_game play(int width, int height, int64_t max_pieces) {
  const rl_tetris tetris = {width, height, RL_TETRIS_DELLACHERIE, RL_TETRIS_ABOVE};
  rl_rng rng;
  rl_rng_init(&rng, 1, 0);
  return rl_tetris_play(&tetris, dellacherie, &rng, max_pieces);
}

static void a_game_is_cut_at_the_number_of_pieces(void **state) {
  (void)state;
  const rl_tetris_game game = play(10, 20, 1000);
  assert_false(game.over);
  assert_int_equal(game.pieces, 1000);
  /* 4000 cells: no more than 400 lines, and this controller leaves few standing */
  assert_in_range(game.lines, 380, 400);
  assert_int_equal(play(10, 20, 0).pieces, 0);
  const int64_t whole = play(4, 6, INT64_MAX).pieces;
  assert_true(play(4, 6, whole + 1).over);
  assert_false(play(4, 6, whole).over); /* nobody has seen the piece that does not fit */
}

static void a_piece_on_an_empty_board_has_a_placement_for_each_rotation_and_column(void **state) {
  (void)state;
  /* On 10 columns: I 7 + 10, O 9, S and Z 8 + 9, T, J and L 2 (8 + 9). */
  const int placements[RL_TETRIS_PIECES] = {17, 9, 34, 17, 17, 34, 34};
  const rl_tetris tetris = {10, 20, RL_TETRIS_DELLACHERIE, RL_TETRIS_ABOVE};
  for (uint64_t seed = 0; seed < 20; seed++) {
    rl_rng rng, same;
    rl_rng_init(&rng, seed, 0);
    same = rng;
    const rl_tetris_game game = rl_tetris_play(&tetris, dellacherie, &rng, 1);
    assert_int_equal(game.placements, placements[rl_rng_below(&same, RL_TETRIS_PIECES)]);
  }
}

static void a_game_is_cut_when_it_shall_stop(void **state) {
  (void)state;
  rl_stop();
  const rl_tetris_game game = play(10, 20, INT64_MAX); /* else some 1e7 pieces and more */
  rl_stop_forget();
  assert_false(game.over);
  assert_int_equal(game.pieces, 0);
}

enum { N = 3, GAMES = 10 };

/* Dellacherie's weights N times. */
static void play_match(bool common, rl_tetris_game played[N * GAMES]) {
  const rl_tetris tetris = {8, 8, RL_TETRIS_DELLACHERIE, RL_TETRIS_ABOVE};
  float weights[N * 6];
  for (int i = 0; i < N * 6; i++) weights[i] = dellacherie[i % 6];
  const rl_tetris_match match = {.games = GAMES, .common = common, .seed = 1, .max_pieces = 100000};
  rl_tetris_play_match(&tetris, weights, N, &match, played);
}

static void games_are_the_same_for_any_number_of_threads_and_differ_from_each_other(void **state) {
  (void)state;
  rl_tetris_game played[2][N * GAMES];
  for (int t = 0; t < 2; t++) {
    rl_set_threads(t + 1);
    memset(played[t], 0, sizeof played[t]);
    play_match(false, played[t]);
  }
  rl_set_threads(0);
  int equal = 0;
  for (int i = 0; i < N * GAMES; i++) {
    assert_int_equal(played[0][i].lines, played[1][i].lines);
    assert_int_equal(played[0][i].pieces, played[1][i].pieces);
    if (i) equal += played[0][i].lines == played[0][i - 1].lines;
  }
  assert_true(equal < N * GAMES / 4);
  const rl_tetris tetris = {8, 8, RL_TETRIS_DELLACHERIE, RL_TETRIS_ABOVE};
  rl_rng rng; /* the last of them, by itself */
  rl_rng_init_use(&rng, 1, RL_STREAM_ENV, N * GAMES - 1);
  assert_int_equal(rl_tetris_play(&tetris, dellacherie, &rng, 100000).lines, played[0][N * GAMES - 1].lines);
}

static void common_random_numbers_bring_every_candidate_the_same_pieces(void **state) {
  (void)state;
  rl_tetris_game common[N * GAMES], own[N * GAMES];
  play_match(true, common);
  play_match(false, own);
  int equal = 0;
  for (int i = 0; i < N * GAMES; i++) {
    assert_int_equal(common[i].lines, common[i % GAMES].lines); /* of equal weights */
    assert_int_equal(common[i % GAMES].lines, own[i % GAMES].lines);
    equal += i >= GAMES && own[i].lines == own[i % GAMES].lines;
  }
  assert_true(equal < (N - 1) * GAMES / 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_placements_agree_with_a_model_of_cells),
      cmocka_unit_test(each_piece_has_its_rotations_and_no_two_are_alike),
      cmocka_unit_test(pieces_that_must_fit_reach_what_a_model_reaches_cell_by_cell),
      cmocka_unit_test(a_piece_drops_from_where_it_enters_below_what_hangs_over_it),
      cmocka_unit_test(one_to_four_full_rows_are_removed_at_once),
      cmocka_unit_test(rows_between_removed_ones_stay),
      cmocka_unit_test(eroded_cells_are_those_of_the_piece_only),
      cmocka_unit_test(a_piece_does_not_slide_under_an_overhang),
      cmocka_unit_test(the_game_ends_when_a_piece_sticks_out_even_with_a_full_row),
      cmocka_unit_test(features_of_a_drawn_board_are_those_counted_by_hand),
      cmocka_unit_test(a_well_counts_the_empty_cells_below_even_where_it_widens),
      cmocka_unit_test(bertsekas_has_22_features_on_ten_columns),
      cmocka_unit_test(games_are_those_of_the_model_ties_going_to_the_first),
      cmocka_unit_test(a_game_is_cut_at_the_number_of_pieces),
      cmocka_unit_test(a_piece_on_an_empty_board_has_a_placement_for_each_rotation_and_column),
      cmocka_unit_test(a_game_is_cut_when_it_shall_stop),
      cmocka_unit_test(games_are_the_same_for_any_number_of_threads_and_differ_from_each_other),
      cmocka_unit_test(common_random_numbers_bring_every_candidate_the_same_pieces),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
