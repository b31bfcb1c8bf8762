/* SPDX-License-Identifier: Apache-2.0 */
/* Is a version affected? The evaluation algorithm of the OSV schema (https://ossf.github.io/osv-schema/#evaluation):
 * affected when `versions` names it or any range holds it; in a range, events in the order of versions switch between
 * affected (introduced) and not (fixed, last_affected), and nothing at or above every `limit` is in it. */
#pragma once
#include "advisory/database.h"
#include "model/version.h"

typedef struct {
  gboolean affected;
  gboolean named;    /* by `versions` alone, no range holds it */
  const char *fixed; /* the lowest version above it in which no range that holds it does so any more; NULL: none is said
                      */
} CrRangeAnswer;

CrRangeAnswer cr_range_judge(const CrAdvisory *advisory, CrVersionScheme scheme, const char *version);
/* Does a `fixed` or `last_affected` event, or a list of versions, say where it ends? Without one the record only says
 * that some version was affected. */
gboolean cr_range_is_bounded(const CrAdvisory *advisory);
/* Does it name a fix? */
gboolean cr_range_has_fix(const CrAdvisory *advisory);
