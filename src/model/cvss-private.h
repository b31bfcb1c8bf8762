/* SPDX-License-Identifier: Apache-2.0 */
/* Inside model/cvss*.c: a family, one const struct per version of CVSS, one file each (3.0 and 3.1 share theirs), one
 * table in cvss.c. A vector is read into one number per metric: the place of its value in the metric's list. */
#pragma once
#include "model/cvss.h"

#define CR_CVSS_METRICS_MAX 32U
#define CR_CVSS_VALUES_MAX  6U

typedef struct {
  const char *name;
  gboolean optional; /* its first value is then "not defined", and meant where the vector leaves it out */
  const char *values[CR_CVSS_VALUES_MAX];
  double weights[CR_CVSS_VALUES_MAX];
} CrCvssMetric;

typedef struct {
  const char *name;   /* "3.1" */
  const char *prefix; /* what its vectors start with */
  const CrCvssMetric *metrics;
  guint count;
  /* VALUES: one for each of the metrics. */
  double (*score)(const guint8 *values);
} CrCvssVersion;

extern const CrCvssVersion cr_cvss_2_0, cr_cvss_3_0, cr_cvss_3_1, cr_cvss_4_0;

/* Is any of VALUES from FIRST to LAST defined? */
static inline gboolean cr_cvss_has_any(const guint8 *values, guint first, guint last)
{
  for (guint i = first; i <= last; i++)
    if (values[i])
      return TRUE;
  return FALSE;
}
