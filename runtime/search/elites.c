#include "search/elites.h"

#include <string.h>

rl_status rl_elites_init(rl_elites *e, rl_search *s, rl_error *error) {
  *e = (rl_elites){
      .measures = s->space.measures, .n_measures = s->space.n_measures, .n = s->space.n, .cells = 1};
  for (int j = 0; j < e->n_measures; j++) {
    e->cells *= e->measures[j].cells;
    if (e->cells > RL_ELITES_CELLS)
      return rl_fail(error, RL_BAD_ARGUMENT, "measures: more than %d cells", RL_ELITES_CELLS);
  }
  int64_t numbers = e->cells * (2 + e->n_measures + (int64_t)e->n);
  if (numbers > RL_ELITES_NUMBERS)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "measures: %lld cells of %d coordinates each are %lld numbers, more than %d",
                   (long long)e->cells, e->n, (long long)numbers, RL_ELITES_NUMBERS);
  s->elites = e;
  s->extras = e->n_measures;
  return RL_OK;
}

/* What is in empty places is not saved. */
int rl_elites_parts(rl_elites *e, rl_search_part *list) {
  size_t cells = (size_t)e->cells, filled = (size_t)e->filled, k = (size_t)e->n_measures, n = (size_t)e->n;
  const rl_search_part all[RL_ELITES_PARTS] = {
      {"outside", 1, .whole = &e->outside},   {"filled", 1, .whole = &e->filled},
      {"values", filled, .number = e->value}, {"measures", filled * k, .number = e->measure},
      {"elites", filled * n, .number = e->x}, {NULL, cells, .array = &e->place},
      {NULL, cells, .array = &e->value},      {NULL, cells * k, .array = &e->measure},
      {NULL, cells * n, .array = &e->x}};
  memcpy(list, all, sizeof all);
  return RL_ELITES_PARTS;
}

int64_t rl_elites_cell(const rl_elites *e, const double *measure) {
  int64_t cell = 0;
  for (int j = 0; j < e->n_measures; j++) {
    const rl_search_measure *m = &e->measures[j];
    if (!(measure[j] >= m->lower && measure[j] <= m->upper)) return -1;
    int at = (int)((measure[j] - m->lower) / (m->upper - m->lower) * m->cells);
    cell = cell * m->cells + (at < m->cells ? at : m->cells - 1);
  }
  return cell;
}

static const double *measures_of(const rl_elites *e, int64_t place) {
  return e->measure + (size_t)place * (size_t)e->n_measures;
}

rl_elites_verdict rl_elites_judge(const rl_elites *e, double value, const double *measure) {
  int64_t cell = isnan(value) ? -1 : rl_elites_cell(e, measure);
  if (cell < 0) return (rl_elites_verdict){RL_ELITES_NONE, -1, (double)NAN};
  if (e->place[cell] == 0.0) return (rl_elites_verdict){RL_ELITES_NEW, cell, value};
  double gain = value - e->value[(int64_t)e->place[cell] - 1];
  return (rl_elites_verdict){gain > 0.0 ? RL_ELITES_BETTER : RL_ELITES_NONE, cell, gain};
}

/* Of a candidate with a value: an equal one leaves the elite where it is. */
static void insert(rl_elites *e, double value, const double *measure, const double *x) {
  rl_elites_verdict verdict = rl_elites_judge(e, value, measure);
  if (verdict.change == RL_ELITES_NONE) return;
  if (verdict.change == RL_ELITES_NEW) e->place[verdict.cell] = (double)++e->filled;
  size_t place = (size_t)e->place[verdict.cell] - 1, k = (size_t)e->n_measures, n = (size_t)e->n;
  e->value[place] = value;
  if (k > 0) memcpy(e->measure + place * k, measure, k * sizeof *measure);
  memcpy(e->x + place * n, x, n * sizeof *x);
}

static void add_up(rl_elites *e) {
  e->score = 0.0;
  for (int64_t i = 0; i < e->filled; i++) e->score += e->value[i];
}

void rl_elites_tell(rl_elites *e, const rl_search *s) {
  size_t k = (size_t)e->n_measures;
  double *x = s->view.mean; /* is filled in anew whenever somebody looks */
  for (size_t c = 0; c < (size_t)s->count; c++) {
    const double *measure = s->extra + c * k;
    if (isnan(s->value[c])) continue;
    if (rl_elites_cell(e, measure) < 0) e->outside++;
    rl_search_evaluated(s, (int)c, x);
    insert(e, s->value[c], measure, x);
  }
  add_up(e);
}

void rl_elites_view(const rl_elites *e, const rl_search *s, double score_from, rl_search_state *view) {
  view->cells = e->cells;
  view->filled = e->filled;
  view->outside = e->outside;
  view->qd_score =
      e->score - (double)e->filled * (rl_search_common_of(s)->minimize ? -score_from : score_from);
}

const double *rl_elites_draw(const rl_elites *e, rl_rng *rng) {
  if (e->filled == 0) return NULL;
  return e->x + (size_t)rl_rng_below(rng, (uint32_t)e->filled) * (size_t)e->n;
}

/* The file, not a number in it, says how much there is: more than it holds is refused when parts are read. */
rl_status rl_elites_resize(rl_elites *e, const rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_status status =
      rl_archive_get(archive, rl_archive_key(name, prefix, "filled"), RL_I64, 1, &e->filled, error);
  if (!status && (e->filled < 0 || e->filled > e->cells)) {
    e->filled = 0;
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not a number of cells", name);
  }
  return status;
}

rl_status rl_elites_loaded(rl_elites *e, const char *prefix, rl_error *error) {
  bool sound = e->outside >= 0;
  for (int64_t i = 0; i < e->cells; i++) e->place[i] = 0.0;
  for (int64_t i = 0; sound && i < e->filled; i++) {
    int64_t cell = rl_elites_cell(e, measures_of(e, i));
    sound = cell >= 0 && e->place[cell] == 0.0;
    if (sound) e->place[cell] = (double)(i + 1);
  }
  if (!sound) return rl_fail(error, RL_BAD_FORMAT, "%s: not a sensible archive of elites", prefix);
  add_up(e);
  return RL_OK;
}

bool rl_search_elite(const rl_search *s, int64_t cell, double *x, const double **measures, double *value) {
  const rl_elites *e = s->elites;
  if (!e || cell < 0 || cell >= e->cells || e->place[cell] == 0.0) return false;
  int64_t place = (int64_t)e->place[cell] - 1;
  memcpy(x, e->x + (size_t)place * (size_t)e->n, (size_t)e->n * sizeof *x);
  *measures = measures_of(e, place);
  *value = rl_search_common_of(s)->minimize ? -e->value[place] : e->value[place];
  return true;
}
