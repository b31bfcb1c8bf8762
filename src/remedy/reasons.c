/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/reasons.h"

void cr_reasons_add(CrReasons *reasons, const char *format, ...)
{
  if (!reasons->text)
    reasons->text = g_string_new(NULL);
  if (reasons->count++ >= (reasons->most ? reasons->most : CR_REASONS_SHOWN))
    return;
  va_list args;
  va_start(args, format);
  if (reasons->text->len)
    g_string_append(reasons->text, "; ");
  g_string_append_vprintf(reasons->text, format, args);
  va_end(args);
}

const char *cr_reasons_get_text(CrReasons *reasons, const char *passed)
{
  if (!reasons->count)
    return passed;
  guint most = reasons->most ? reasons->most : CR_REASONS_SHOWN;
  if (reasons->count > most) {
    g_string_append_printf(reasons->text, "; and %u more", reasons->count - most);
    reasons->count = most; /* said once */
  }
  return reasons->text->str;
}

void cr_reasons_clear(CrReasons *reasons)
{
  if (reasons->text)
    g_string_free(reasons->text, TRUE);
  *reasons = (CrReasons){0};
}
