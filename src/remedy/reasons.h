/* SPDX-License-Identifier: Apache-2.0 */
/* Why a check does not hold: the first reasons in words, then how many more. */
#pragma once
#include <glib.h>

#define CR_REASONS_SHOWN 5U

typedef struct {
  GString *text; /* made with the first */
  guint count;
  guint most; /* how many are in words; 0: CR_REASONS_SHOWN */
} CrReasons;

void cr_reasons_add(CrReasons *reasons, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* The reasons as one sentence, or PASSED where there are none. Valid until the next call. */
const char *cr_reasons_get_text(CrReasons *reasons, const char *passed);
void cr_reasons_clear(CrReasons *reasons);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CrReasons, cr_reasons_clear)
