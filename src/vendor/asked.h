/* SPDX-License-Identifier: Apache-2.0 */
/* One asks, whatever threads want it: a fleet's images share their archives, and each is scanned in a thread of its
 * own. Whoever comes first asks; the others wait and find the answer in the cache. What could not be had is remembered
 * here for as long as an answer is fresh (CR_ARCHIVE_FRESH_SECONDS), so that a server that is down is waited for once
 * and not once an image. Any number of threads. */
#pragma once
#include <glib.h>

typedef struct CrAsked CrAsked;

CrAsked *cr_asked_new(void);
void cr_asked_free(CrAsked *asked);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrAsked, cr_asked_free)

/* TRUE: KEY is the caller's to ask, who says what came of it by cr_asked_end. FALSE: another asked while this one
 * waited, or failed before; *ERROR is then why nothing came, or unset: the answer is in the cache. Either way
 * the caller looks into that once more: another's answer may have come since the look that led here. ASKED NULL: always
 * TRUE. */
gboolean cr_asked_begin(CrAsked *asked, const char *key, GError **error);
/* WHY: why nothing came, or NULL. Remembered is what would be the same for everybody: that there is no answer
 * (CR_ERROR_ENVIRONMENT), or nothing there (CR_ERROR_NOT_FOUND). Whom one image trusts says nothing of the next: after
 * any other error the next one asks itself. */
void cr_asked_end(CrAsked *asked, const char *key, const GError *why);
