/* SPDX-License-Identifier: Apache-2.0 */
/* CVSS 3.0 (specification §8) and 3.1 (§7, with its Roundup and its modified impact), by FIRST. */
#include "model/cvss-private.h"

#include <math.h>

/* The modified metrics are in the order of those that they modify. */
enum { AV, AC, PR, UI, S, C, I, A, E, RL, RC, CR, IR, AR, MAV, MAC, MPR, MUI, MS, MC, MI, MA, COUNT };
#define BASE_COUNT E

#define IMPACT                                                                                                         \
  {"H", "L", "N"},                                                                                                     \
  {                                                                                                                    \
    0.56, 0.22, 0                                                                                                      \
  }
#define REQUIREMENT                                                                                                    \
  {"X", "L", "M", "H"},                                                                                                \
  {                                                                                                                    \
    1, 0.5, 1, 1.5                                                                                                     \
  }

static const CrCvssMetric metrics[COUNT] = {
    [AV] = {"AV", FALSE, {"N", "A", "L", "P"}, {0.85, 0.62, 0.55, 0.2}},
    [AC] = {"AC", FALSE, {"L", "H"}, {0.77, 0.44}},
    [PR] = {"PR", FALSE, {"N", "L", "H"}, {0.85, 0.62, 0.27}},
    [UI] = {"UI", FALSE, {"N", "R"}, {0.85, 0.62}},
    [S] = {"S", FALSE, {"U", "C"}, {0}},
    [C] = {"C", FALSE, IMPACT},
    [I] = {"I", FALSE, IMPACT},
    [A] = {"A", FALSE, IMPACT},
    [E] = {"E", TRUE, {"X", "U", "P", "F", "H"}, {1, 0.91, 0.94, 0.97, 1}},
    [RL] = {"RL", TRUE, {"X", "O", "T", "W", "U"}, {1, 0.95, 0.96, 0.97, 1}},
    [RC] = {"RC", TRUE, {"X", "U", "R", "C"}, {1, 0.92, 0.96, 1}},
    [CR] = {"CR", TRUE, REQUIREMENT},
    [IR] = {"IR", TRUE, REQUIREMENT},
    [AR] = {"AR", TRUE, REQUIREMENT},
    [MAV] = {"MAV", TRUE, {"X", "N", "A", "L", "P"}, {0}},
    [MAC] = {"MAC", TRUE, {"X", "L", "H"}, {0}},
    [MPR] = {"MPR", TRUE, {"X", "N", "L", "H"}, {0}},
    [MUI] = {"MUI", TRUE, {"X", "N", "R"}, {0}},
    [MS] = {"MS", TRUE, {"X", "U", "C"}, {0}},
    [MC] = {"MC", TRUE, {"X", "H", "L", "N"}, {0}},
    [MI] = {"MI", TRUE, {"X", "H", "L", "N"}, {0}},
    [MA] = {"MA", TRUE, {"X", "H", "L", "N"}, {0}},
};

/* With scope changed, privileges count more. */
static const double privileges_changed[] = {0.85, 0.68, 0.5};

static double weigh(const guint8 *values, guint metric)
{
  return metrics[metric].weights[values[metric]];
}

/* The next tenth that is not below VALUE. 3.1 defines it on hundred-thousandths, so that the dust of binary fractions
 * does not lift 4.0 to 4.1; 3.0 means the exact number. */
static double round_up_3_1(double value)
{
  gint64 dust = (gint64)floor(value * 100000 + 0.5);
  return (double)(dust % 10000 ? dust / 10000 + 1 : dust / 10000) / 10;
}

static double round_up_3_0(double value)
{
  return ceil(value * 10 - 1e-9) / 10;
}

static double score(const guint8 *given, gboolean minor_1)
{
  double (*round_up)(double) = minor_1 ? round_up_3_1 : round_up_3_0;
  gboolean modified = cr_cvss_has_any(given, CR, MA);
  guint8 values[COUNT];
  for (guint i = 0; i < COUNT; i++)
    values[i] = i < BASE_COUNT && given[MAV + i] ? (guint8)(given[MAV + i] - 1) : given[i];
  double spared = (1 - weigh(values, C) * weigh(values, CR)) * (1 - weigh(values, I) * weigh(values, IR)) *
                  (1 - weigh(values, A) * weigh(values, AR));
  double lost = MIN(1 - spared, 0.915); /* the base metrics alone stay below it */
  gboolean changed = values[S] != 0;
  double impact = 6.42 * lost;
  if (changed && modified && minor_1)
    impact = 7.52 * (lost - 0.029) - 3.25 * pow(lost * 0.9731 - 0.02, 13);
  else if (changed)
    impact = 7.52 * (lost - 0.029) - 3.25 * pow(lost - 0.02, 15);
  if (impact <= 0)
    return 0;
  double privileges = changed ? privileges_changed[values[PR]] : weigh(values, PR);
  double exploitability = 8.22 * weigh(values, AV) * weigh(values, AC) * privileges * weigh(values, UI);
  double base = round_up(MIN((changed ? 1.08 : 1) * (impact + exploitability), 10));
  return round_up(base * weigh(values, E) * weigh(values, RL) * weigh(values, RC));
}

static double score_3_0(const guint8 *values)
{
  return score(values, FALSE);
}

static double score_3_1(const guint8 *values)
{
  return score(values, TRUE);
}

const CrCvssVersion cr_cvss_3_0 = {"3.0", "CVSS:3.0/", metrics, COUNT, score_3_0},
                    cr_cvss_3_1 = {"3.1", "CVSS:3.1/", metrics, COUNT, score_3_1};
