/* SPDX-License-Identifier: Apache-2.0 */
/* careen history: what was done, from the record. */
#pragma once
#include "record/record.h"
#include "report/report.h"

typedef struct {
  CrRun run;
  GPtrArray *steps;     /* CrStep* */
  const char *plan;     /* careen.plan/1 that it carried out, where one run was asked for and has one; or NULL */
  gboolean interrupted; /* it never ended, and its process is gone */
} CrHistoryRun;

typedef struct {
  CrArena *arena;
  GPtrArray *runs; /* CrHistoryRun*, the newest first */
  guint more;      /* older ones that LIMIT left out are there: 1, else 0 */
} CrHistory;

/* SUBJECT: an image or container, the number of a run, which then has its plan, or NULL: all. SINCE seconds or 0; LIMIT
 * or 0. */
CrHistory *cr_history_new(CrRecord *record, const char *subject, gint64 since, guint limit, GError **error);
void cr_history_free(CrHistory *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrHistory, cr_history_free)

/* Did RUN never end, and is whoever made it gone? */
gboolean cr_history_is_cut_off(CrRecord *record, const CrRun *run);
/* How RUN ended, as everybody says it: its outcome; "interrupted" where it was CUT_OFF, else "running". */
const char *cr_history_get_outcome(const CrRun *run, gboolean cut_off);
/* What needs a look, added to WORRIES (char*, in ARENA): INTERRUPTED changes that nobody finished yet; LAST, the newest
 * run (or NULL), that was CUT_OFF or did not end well. */
void cr_history_add_worries(GPtrArray *worries, CrArena *arena, const CrRun *last, gboolean cut_off, guint interrupted);

void cr_history_write_table(const CrHistory *history, CrReport *report);
void cr_history_write_json(const CrHistory *history, CrReport *report);  /* careen.history/1 */
void cr_history_write_lines(const CrHistory *history, CrReport *report); /* one JSON object a step, the oldest first */
