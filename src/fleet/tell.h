/* SPDX-License-Identifier: Apache-2.0 */
/* What is worth telling after a run, and to whom it is new: debsecan's manners for a fleet. A target is told once of a
 * flaw, on however many images it is; once more when there is a fix for it; once of an outage, and of its end. What was
 * done, what failed and what was rolled back is always news. What a target has been told is in the record (mark
 * "told"), written only when it took the message: one that was out of reach is told at the next run, what was done
 * meanwhile with it (mark "untold"). The first message is a summary, not a flood. */
#pragma once
#include "fleet/apply.h"
#include "fleet/notify.h"

typedef struct {
  const CrNotifyConfig *config;
  gboolean narrowed;       /* only a part of the fleet was looked at */
  const CrFleetPlan *plan; /* after apply; NULL: there was none, and FAILURE says why */
  const CrApplied *applied;
  guint happened;      /* of the plan's problems, the last that many came up while it was done: they have no end */
  const char *failure; /* the whole run could not be done; or NULL */
  const char *command; /* "apply", "watch" */
  CrRecord *record;
  gint64 now;
} CrTelling;

/* One line of a message. */
typedef struct {
  const char *
      kind; /* "done", "failed", "rolled-back", "refused", "skipped"; "flaw", "fixable", "replace", "problem", "well" */
  const char *key; /* under which it is remembered; NULL: it happened, and is told once */
  const char *text;
  gboolean failure;
} CrTellItem;

/* All that could be told, whoever was told of it: CrTellItem*, things that happened first; in ARENA. */
GPtrArray *cr_tell_list(const CrTelling *telling, CrArena *arena, GError **error);
/* What of ITEMS is new to one who has been told TOLD (as cr_tell_format_told gives it; NULL: nothing ever); things of
 * TOLD that were problems and are none any more are added as "well". COMPLETE: everything was looked at, so that what
 * is not in ITEMS has gone. */
GPtrArray *cr_tell_choose(const GPtrArray *items, const char *told, gboolean complete, CrArena *arena);
char *cr_tell_format_told(const GPtrArray *items, const char *told, gboolean complete);
/* The message of NEWS; SUMMARY: it is the first. Free its three texts with cr_tell_clear_notice. */
void cr_tell_format_notice(const CrTelling *telling, const GPtrArray *news, guint known, gboolean summary,
                           const char *earlier, CrNotice *notice);
void cr_tell_clear_notice(CrNotice *notice);
/* A whole text of one line each, wrapped at 72 columns. Free with g_free. */
char *cr_tell_wrap(const char *text);

/* Tell all targets of CONFIG; *TOLD and *NOT_TOLD messages. What could not be told is in PROBLEMS. */
void cr_tell(const CrTelling *telling, guint *told, guint *not_told, CrProblems *problems);
