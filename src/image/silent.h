/* SPDX-License-Identifier: Apache-2.0 */
/* Registries that give no answer, and bytes of theirs that are not what their digest says: remembered for five minutes,
 * so that a fleet waits for a silent one once, and not once an image, and what is bad is not fetched again for each
 * image that needs it. In memory, by the monotonic clock: who calls careen again wants to know whether it is better
 * now. Any number of threads; with NULL nothing is remembered. */
#pragma once
#include <glib.h>

#define CR_SILENT_SECONDS 300

typedef struct CrSilent CrSilent;

CrSilent *cr_silent_new(void);
void cr_silent_free(CrSilent *silent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrSilent, cr_silent_free)

/* Before a request to the server of URL. FALSE with the error of then: it is silent. As long as nobody knows whether it
 * answers, one asks and the others wait here. TRUE: cr_silent_told must follow. */
gboolean cr_silent_may_ask(CrSilent *silent, const char *url, GError **error);
/* What came of it: WHY is NULL where there was an answer, whatever it says. CR_ERROR_ENVIRONMENT is none; of a server
 * that did answer before only the second in a row counts, for one request may break. */
void cr_silent_told(CrSilent *silent, const char *url, const GError *why);

/* FALSE with the error of then: what URL gives was marked bad. */
gboolean cr_silent_is_good(CrSilent *silent, const char *url, GError **error);
/* WHY: only CR_ERROR_TRUST counts. */
void cr_silent_mark_bad(CrSilent *silent, const char *url, const GError *why);
