/* SPDX-License-Identifier: Apache-2.0 */
/* CVSS 2.0: FIRST, "A Complete Guide to the Common Vulnerability Scoring System Version 2.0", §3.2. */
#include "model/cvss-private.h"

#include <math.h>

enum { AV, AC, AU, C, I, A, E, RL, RC, CDP, TD, CR, IR, AR, COUNT };

static const CrCvssMetric metrics[COUNT] = {
    [AV] = {"AV", FALSE, {"L", "A", "N"}, {0.395, 0.646, 1}},
    [AC] = {"AC", FALSE, {"H", "M", "L"}, {0.35, 0.61, 0.71}},
    [AU] = {"Au", FALSE, {"M", "S", "N"}, {0.45, 0.56, 0.704}},
    [C] = {"C", FALSE, {"N", "P", "C"}, {0, 0.275, 0.66}},
    [I] = {"I", FALSE, {"N", "P", "C"}, {0, 0.275, 0.66}},
    [A] = {"A", FALSE, {"N", "P", "C"}, {0, 0.275, 0.66}},
    [E] = {"E", TRUE, {"ND", "U", "POC", "F", "H"}, {1, 0.85, 0.9, 0.95, 1}},
    [RL] = {"RL", TRUE, {"ND", "OF", "TF", "W", "U"}, {1, 0.87, 0.9, 0.95, 1}},
    [RC] = {"RC", TRUE, {"ND", "UC", "UR", "C"}, {1, 0.9, 0.95, 1}},
    [CDP] = {"CDP", TRUE, {"ND", "N", "L", "LM", "MH", "H"}, {0, 0, 0.1, 0.3, 0.4, 0.5}},
    [TD] = {"TD", TRUE, {"ND", "N", "L", "M", "H"}, {1, 0, 0.25, 0.75, 1}},
    [CR] = {"CR", TRUE, {"ND", "L", "M", "H"}, {1, 0.5, 1, 1.51}},
    [IR] = {"IR", TRUE, {"ND", "L", "M", "H"}, {1, 0.5, 1, 1.51}},
    [AR] = {"AR", TRUE, {"ND", "L", "M", "H"}, {1, 0.5, 1, 1.51}},
};

static double weigh(const guint8 *values, guint metric)
{
  return metrics[metric].weights[values[metric]];
}

/* Half goes up, also where binary fractions fall just short of it. */
static double round_to_tenth(double value)
{
  return floor(value * 10 + 0.5 + 1e-9) / 10;
}

/* Without environmental metrics the adjusted impact is the impact (their "not defined" weighs 1), but for its cap at
 * 10. The lowest adjusted scores fall below 0. */
static double score(const guint8 *values)
{
  double spared = (1 - weigh(values, C) * weigh(values, CR)) * (1 - weigh(values, I) * weigh(values, IR)) *
                  (1 - weigh(values, A) * weigh(values, AR));
  double impact = 10.41 * (1 - spared);
  if (cr_cvss_has_any(values, CDP, AR))
    impact = MIN(10, impact);
  double exploitability = 20 * weigh(values, AV) * weigh(values, AC) * weigh(values, AU);
  double base = impact > 0 ? round_to_tenth((0.6 * impact + 0.4 * exploitability - 1.5) * 1.176) : 0;
  double temporal = round_to_tenth(base * weigh(values, E) * weigh(values, RL) * weigh(values, RC));
  return MAX(0, round_to_tenth((temporal + (10 - temporal) * weigh(values, CDP)) * weigh(values, TD)));
}

const CrCvssVersion cr_cvss_2_0 = {"2.0", "", metrics, COUNT, score};
