/* SPDX-License-Identifier: Apache-2.0 */
/* "apply this plan": the page asks, and never does. What is asked for is one file in a spool folder that names the plan
 * on record by its digest; `careen apply --asked`, which a unit of its own runs when a file is there, does it if that
 * is still the newest plan. The page's process gains nothing by it but to say "yes" to what careen itself planned.
 *
 * A request must come from a page of ours: with the secret that this process put into its form, from the same origin
 * as far as the browser says, and with the box ticked. */
#pragma once
#include "record/record.h"

typedef struct CrApplyDesk CrApplyDesk;

/* SPOOL: a folder that is there and may be written to. CR_ERROR_USAGE. */
CrApplyDesk *cr_apply_desk_new(const char *spool, GError **error);
void cr_apply_desk_free(CrApplyDesk *desk);
/* The secret of the form; another one in each process. */
const char *cr_apply_desk_get_token(const CrApplyDesk *desk);

typedef struct {
  const char *body;   /* application/x-www-form-urlencoded: token, plan, confirm */
  const char *origin; /* headers, or NULL */
  const char *site;   /* Sec-Fetch-Site */
  const char *host;
  const char *user; /* that the proxy named, or NULL */
} CrApplyOrder;

/* FALSE with ERROR and *STATUS: 403 (not from our page), 400 (not confirmed), 409 (that is not the newest plan). */
gboolean cr_apply_desk_take(CrApplyDesk *desk, CrRecord *record, const CrApplyOrder *order, guint *status,
                            GError **error);
