/* SPDX-License-Identifier: Apache-2.0 */
/* What was asked for by somebody who may not do it (the page): files in a spool folder, each of which names the newest
 * plan on record by its digest. Nothing else that stands in them is believed. */
#pragma once
#include "record/record.h"

/* The file that asks for PLAN (64 hex digits). Free with g_free. */
char *cr_asked_format_path(const char *folder, const char *plan);
/* The SHA-256 of the newest plan on record as text, or NULL; *TEXT (may be NULL): the plan itself. Free both. */
char *cr_asked_find_plan(CrRecord *record, char **text);
/* Is the newest plan asked for? All that is in FOLDER is taken away, so that each is done once, and what is too old
 * never. *PLAN is the plan's text then; *COUNT (may be NULL): of files that asked for another plan. */
gboolean cr_asked_take(const char *folder, CrRecord *record, char **plan, guint *count, GError **error);
