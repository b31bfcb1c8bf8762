/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: one domain, few codes, each with the exit code that the user sees (CONTRACT: "Exit codes").
 *
 * A message reads in the end as one sentence, "cannot VERB 'THING' WHERE: WHY"; each layer adds its part once with
 * g_prefix_error. What a user can do about it is the hint, printed on a line of its own.
 * Partial success is not an error but a CrProblem (model/problem.h). */
#pragma once
#include <glib.h>

#define CR_ERROR (cr_error_quark())

typedef enum {
  CR_ERROR_USAGE,       /* bad flag, bad config: exit 2 */
  CR_ERROR_INPUT,       /* corrupt, hostile or foreign bytes; not an image: exit 2 */
  CR_ERROR_LIMIT,       /* input asks for more than base/limits.h allows: exit 2 */
  CR_ERROR_GATE,        /* a gate tripped or a verification failed: exit 1 */
  CR_ERROR_ENVIRONMENT, /* no daemon, no network, no permission, no space: exit 4 */
  CR_ERROR_NOT_FOUND,   /* the named thing is not there (no such image, 404): exit 4 unless the caller knows better */
  CR_ERROR_OFFLINE,     /* needed from the network but --offline: a problem of the report, exit 3 */
  CR_ERROR_TRUST,       /* a signature, digest or date was refused: exit 2, or a problem of the report */
  CR_ERROR_INTERNAL,    /* a bug in careen: exit 70 */
} CrErrorCode;

GQuark cr_error_quark(void);

/* Attach a hint ("start dockerd, or name an archive") to ERROR; the newest replaces an older one. HINT is copied. */
void cr_error_set_hint(GError *error, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Set CODE with a HINT. FALSE, to be returned. */
gboolean cr_error_refuse(GError **error, CrErrorCode code, const char *hint, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
/* The hint or NULL; owned by ERROR. */
const char *cr_error_get_hint(const GError *error);

/* What ERROR comes to where many things fail alike: PLACE ("registry.example.org") and REASON ("denies access (401)"),
 * which names none of them. Both are copied; NULL: not known. */
void cr_error_set_group(GError *error, const char *place, const char *reason);
/* Or NULL; owned by ERROR. */
const char *cr_error_get_place(const GError *error);
const char *cr_error_get_reason(const GError *error);

/* Exit code of CONTRACT.md for ERROR; a foreign domain (GIO: no permission, no space…) counts as environment. */
int cr_error_get_exit_code(const GError *error);
/* The code's name in lower case for machine output: "usage", "input", … */
const char *cr_error_get_name(const GError *error);

/* Set CR_ERROR_ENVIRONMENT with errno's text: "FORMAT: strerror(ERRNUM)". */
void cr_error_set_errno(GError **error, int errnum, const char *format, ...) G_GNUC_PRINTF(3, 4);
