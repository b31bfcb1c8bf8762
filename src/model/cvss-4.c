/* SPDX-License-Identifier: Apache-2.0 */
/* CVSS 4.0: FIRST's specification §8. The effective metrics fall into equivalence classes (EQ1 to EQ6), which together
 * name a MacroVector. Experts ranked the MacroVectors; a vector loses part of the way to the next lower one, in
 * proportion to its distance from the worst vector of its own. */
#include "model/cvss-private.h"

#include <math.h>

/* The modified metrics are in the order of those that they modify. A value's place is its severity level, the worst
 * first. */
enum {
  AV,
  AC,
  AT,
  PR,
  UI,
  VC,
  VI,
  VA,
  SC,
  SI,
  SA,
  E,
  CR,
  IR,
  AR,
  MAV,
  MAC,
  MAT,
  MPR,
  MUI,
  MVC,
  MVI,
  MVA,
  MSC,
  MSI,
  MSA,
  S,
  AU,
  R,
  V,
  RE,
  U,
  COUNT
};
#define BASE_COUNT E
/* Levels of SI and SA once they are effective: safety comes before the others. */
enum { SAFETY, SI_HIGH };

#define IMPACT                                                                                                         \
  {"H", "L", "N"},                                                                                                     \
  {                                                                                                                    \
    0                                                                                                                  \
  }
#define MODIFIED                                                                                                       \
  {"X", "H", "L", "N"},                                                                                                \
  {                                                                                                                    \
    0                                                                                                                  \
  }
#define REQUIREMENT                                                                                                    \
  {"X", "H", "M", "L"},                                                                                                \
  {                                                                                                                    \
    0                                                                                                                  \
  }

static const CrCvssMetric metrics[COUNT] = {
    [AV] = {"AV", FALSE, {"N", "A", "L", "P"}, {0}},
    [AC] = {"AC", FALSE, {"L", "H"}, {0}},
    [AT] = {"AT", FALSE, {"N", "P"}, {0}},
    [PR] = {"PR", FALSE, {"N", "L", "H"}, {0}},
    [UI] = {"UI", FALSE, {"N", "P", "A"}, {0}},
    [VC] = {"VC", FALSE, IMPACT},
    [VI] = {"VI", FALSE, IMPACT},
    [VA] = {"VA", FALSE, IMPACT},
    [SC] = {"SC", FALSE, IMPACT},
    [SI] = {"SI", FALSE, IMPACT},
    [SA] = {"SA", FALSE, IMPACT},
    [E] = {"E", TRUE, {"X", "A", "P", "U"}, {0}},
    [CR] = {"CR", TRUE, REQUIREMENT},
    [IR] = {"IR", TRUE, REQUIREMENT},
    [AR] = {"AR", TRUE, REQUIREMENT},
    [MAV] = {"MAV", TRUE, {"X", "N", "A", "L", "P"}, {0}},
    [MAC] = {"MAC", TRUE, {"X", "L", "H"}, {0}},
    [MAT] = {"MAT", TRUE, {"X", "N", "P"}, {0}},
    [MPR] = {"MPR", TRUE, {"X", "N", "L", "H"}, {0}},
    [MUI] = {"MUI", TRUE, {"X", "N", "P", "A"}, {0}},
    [MVC] = {"MVC", TRUE, MODIFIED},
    [MVI] = {"MVI", TRUE, MODIFIED},
    [MVA] = {"MVA", TRUE, MODIFIED},
    [MSC] = {"MSC", TRUE, MODIFIED},
    [MSI] = {"MSI", TRUE, {"X", "S", "H", "L", "N"}, {0}},
    [MSA] = {"MSA", TRUE, {"X", "S", "H", "L", "N"}, {0}},
    /* Supplemental metrics: read, and of no weight. */
    [S] = {"S", TRUE, {"X", "N", "P"}, {0}},
    [AU] = {"AU", TRUE, {"X", "N", "Y"}, {0}},
    [R] = {"R", TRUE, {"X", "A", "U", "I"}, {0}},
    [V] = {"V", TRUE, {"X", "D", "C"}, {0}},
    [RE] = {"RE", TRUE, {"X", "L", "M", "H"}, {0}},
    [U] = {"U", TRUE, {"X", "Clear", "Green", "Amber", "Red"}, {0}},
};

/* EQ3 and EQ6 depend on each other and make one class of five (20 cannot be): 00, 01, 10, 11, 21. */
typedef enum { EQ36_00, EQ36_01, EQ36_10, EQ36_11, EQ36_21, EQ36_COUNT } Eq36;
typedef struct {
  guint eq1, eq2, eq36, eq4, eq5;
} Macro;

/* Tenths by EQ1, EQ2, EQ3+6, and EQ4 with EQ5. FIRST's MacroVector scores (specification §8.2; the same numbers are in
 * cvss_lookup.js of its reference calculator). */
static const guint8 macro_scores[3][2][EQ36_COUNT][9] = {
    {
        {
            {100, 98, 95, 100, 93, 91, 93, 89, 81},
            {99, 95, 92, 96, 87, 81, 90, 80, 68},
            {98, 95, 90, 93, 89, 81, 88, 78, 69},
            {95, 92, 84, 92, 81, 65, 80, 70, 48},
            {92, 82, 72, 79, 69, 50, 69, 55, 27},
        },
        {
            {99, 95, 92, 95, 90, 84, 92, 82, 72},
            {97, 92, 85, 91, 83, 71, 81, 71, 53},
            {95, 92, 85, 92, 80, 70, 84, 71, 50},
            {93, 85, 73, 82, 72, 59, 70, 52, 30},
            {86, 75, 52, 71, 52, 29, 63, 29, 17},
        },
    },
    {
        {
            {98, 94, 91, 94, 86, 77, 87, 74, 63},
            {95, 87, 81, 89, 74, 64, 75, 63, 49},
            {94, 88, 76, 86, 74, 59, 72, 57, 52},
            {89, 77, 67, 76, 58, 50, 57, 52, 25},
            {83, 70, 54, 65, 58, 26, 53, 21, 13},
        },
        {
            {95, 88, 76, 90, 75, 61, 77, 68, 52},
            {90, 76, 70, 77, 62, 53, 66, 59, 30},
            {89, 76, 62, 74, 57, 47, 61, 57, 24},
            {78, 67, 58, 59, 57, 23, 52, 29, 16},
            {71, 59, 30, 58, 26, 15, 23, 13, 6},
        },
    },
    {
        {
            {93, 86, 75, 86, 74, 56, 70, 52, 40},
            {87, 72, 58, 74, 61, 34, 54, 40, 22},
            {85, 74, 62, 72, 55, 46, 53, 34, 19},
            {75, 55, 51, 57, 41, 19, 36, 19, 8},
            {64, 51, 20, 47, 21, 11, 24, 9, 4},
        },
        {
            {88, 73, 60, 73, 59, 41, 54, 45, 20},
            {75, 53, 50, 55, 40, 20, 43, 22, 11},
            {75, 58, 40, 61, 48, 20, 46, 17, 8},
            {55, 45, 21, 51, 18, 9, 18, 7, 2},
            {53, 24, 14, 24, 12, 5, 10, 3, 1},
        },
    },
};

static int get_macro_score(Macro macro)
{
  return macro_scores[macro.eq1][macro.eq2][macro.eq36][macro.eq4 * 3 + macro.eq5];
}

/* The levels that count: the modified value where there is one, the worst where none is given. */
static void get_effective(const guint8 *given, guint8 *levels)
{
  for (guint i = 0; i < BASE_COUNT; i++) {
    gboolean safety = i == SI || i == SA; /* only their modified form knows it, so that is one level longer */
    levels[i] = given[MAV + i] ? (guint8)(given[MAV + i] - 1) : (guint8)(given[i] + safety);
  }
  for (guint i = E; i <= AR; i++)
    levels[i] = given[i] ? (guint8)(given[i] - 1) : 0;
}

static Macro get_macro(const guint8 *v)
{
  Macro macro = {0};
  guint easy = (v[AV] == 0) + (v[PR] == 0) + (v[UI] == 0);
  macro.eq1 = easy == 3 ? 0 : easy && v[AV] != 3 ? 1 : 2;
  macro.eq2 = v[AC] || v[AT];
  guint eq3 = !v[VC] && !v[VI] ? 0 : !v[VC] || !v[VI] || !v[VA] ? 1 : 2;
  guint eq6 = (!v[CR] && !v[VC]) || (!v[IR] && !v[VI]) || (!v[AR] && !v[VA]) ? 0 : 1;
  macro.eq36 = eq3 == 2 ? EQ36_21 : eq3 * 2 + eq6;
  macro.eq4 = v[SI] == SAFETY || v[SA] == SAFETY ? 0 : !v[SC] || v[SI] == SI_HIGH || v[SA] == SI_HIGH ? 1 : 2;
  macro.eq5 = v[E];
  return macro;
}

/* ---- the worst vectors of each class, as levels (specification §8.3), and its depth in tenths ---- */

#define WORST_MAX 5

typedef struct {
  guint depth;
  guint8 worst[WORST_MAX][6]; /* in the order of the class's metrics */
  guint count;
} Class;

static const guint8 metrics_1[] = {AV, PR, UI}, metrics_2[] = {AC, AT}, metrics_36[] = {VC, VI, VA, CR, IR, AR},
                    metrics_4[] = {SC, SI, SA};
static const Class classes_1[] = {
    {1, {{0, 0, 0}}, 1},
    {4, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, 3},
    {5, {{3, 0, 0}, {1, 1, 1}}, 2},
};
static const Class classes_2[] = {
    {1, {{0, 0}}, 1},
    {2, {{1, 0}, {0, 1}}, 2},
};
static const Class classes_36[] = {
    [EQ36_00] = {7, {{0, 0, 0, 0, 0, 0}}, 1},
    [EQ36_01] = {6, {{0, 0, 1, 1, 1, 0}, {0, 0, 0, 1, 1, 1}}, 2},
    [EQ36_10] = {8, {{1, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0}}, 2},
    [EQ36_11] = {8,
                 {{1, 0, 1, 0, 1, 0}, {1, 0, 0, 0, 1, 1}, {0, 1, 0, 1, 0, 1}, {0, 1, 1, 1, 0, 0}, {1, 1, 0, 0, 0, 1}},
                 5},
    [EQ36_21] = {10, {{1, 1, 1, 0, 0, 0}}, 1},
};
static const Class classes_4[] = {
    {6, {{0, SAFETY, SAFETY}}, 1},
    {5, {{0, SI_HIGH, SI_HIGH}}, 1},
    {4, {{1, SI_HIGH + 1, SI_HIGH + 1}}, 1},
};

/* How many levels LEVELS is below the first of CLASS's worst vectors that is nowhere below it. */
static guint measure(const guint8 *levels, const Class *class, const guint8 *members, guint count)
{
  for (guint i = 0; i < class->count; i++) {
    guint distance = 0;
    gboolean below = TRUE;
    for (guint m = 0; m < count && below; m++) {
      below = levels[members[m]] >= class->worst[i][m];
      distance += (guint)levels[members[m]] - class->worst[i][m];
    }
    if (below)
      return distance;
  }
  return 0; /* cannot be: each class lies below its worst vectors */
}

/* ---- the score ---- */

typedef struct {
  double lost; /* tenths */
  guint ways;  /* classes that have a next lower MacroVector */
} Loss;

/* There is a MacroVector NEXT below MACRO in one class; the vector is DISTANCE of DEPTH on the way to it. */
static void lose(Loss *loss, Macro macro, Macro next, guint distance, guint depth)
{
  loss->lost += (get_macro_score(macro) - get_macro_score(next)) * (double)distance / depth;
  loss->ways++;
}

/* EQ3 and EQ6 go down together or one by one; of two ways that of the higher score counts. */
static void lose_36(Loss *loss, Macro macro, const guint8 *levels)
{
  static const guint8 below[EQ36_COUNT][2] = {
      [EQ36_00] = {EQ36_01, EQ36_10},
      [EQ36_01] = {EQ36_11, EQ36_11},
      [EQ36_10] = {EQ36_11, EQ36_11},
      [EQ36_11] = {EQ36_21, EQ36_21},
      [EQ36_21] = {0},
  };
  if (macro.eq36 == EQ36_21)
    return;
  Macro next = macro, other = macro;
  next.eq36 = below[macro.eq36][0];
  other.eq36 = below[macro.eq36][1];
  if (get_macro_score(other) > get_macro_score(next))
    next = other;
  const Class *class = &classes_36[macro.eq36];
  lose(loss, macro, next, measure(levels, class, metrics_36, G_N_ELEMENTS(metrics_36)), class->depth);
}

static double score(const guint8 *given)
{
  guint8 levels[COUNT];
  get_effective(given, levels);
  if (levels[VC] == 2 && levels[VI] == 2 && levels[VA] == 2 && levels[SC] == 2 && levels[SI] == SI_HIGH + 2 &&
      levels[SA] == SI_HIGH + 2)
    return 0; /* no impact anywhere */
  Macro macro = get_macro(levels), next = macro;
  Loss loss = {0};
  const Class *class_1 = &classes_1[macro.eq1], *class_2 = &classes_2[macro.eq2], *class_4 = &classes_4[macro.eq4];
  if (next.eq1++ < 2)
    lose(&loss, macro, next, measure(levels, class_1, metrics_1, G_N_ELEMENTS(metrics_1)), class_1->depth);
  next = macro;
  if (next.eq2++ < 1)
    lose(&loss, macro, next, measure(levels, class_2, metrics_2, G_N_ELEMENTS(metrics_2)), class_2->depth);
  lose_36(&loss, macro, levels);
  next = macro;
  if (next.eq4++ < 2)
    lose(&loss, macro, next, measure(levels, class_4, metrics_4, G_N_ELEMENTS(metrics_4)), class_4->depth);
  next = macro;
  if (next.eq5++ < 2)
    lose(&loss, macro, next, 0, 1); /* a class of one metric has no distances inside */
  double tenths = get_macro_score(macro) - (loss.ways ? loss.lost / loss.ways : 0);
  return floor(CLAMP(tenths, 0, 100) + 0.5 + 1e-5) / 10;
}

const CrCvssVersion cr_cvss_4_0 = {"4.0", "CVSS:4.0/", metrics, COUNT, score};
