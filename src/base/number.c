/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"

/* GLib makes its C locale at the first number of a process. A thread that waits meanwhile for another to make it comes
 * back with an errno of the waiting (EAGAIN), which g_ascii_string_to_unsigned then takes for one of the number: two
 * archives read at once, and one in ten had "a size that is no number" (GLib 2.74). So nobody waits in there. */
static void make_locale(void)
{
  static gsize made = 0;
  if (!g_once_init_enter(&made))
    return;
  g_ascii_strtoull("0", NULL, 10);
  g_once_init_leave(&made, 1);
}

gboolean cr_number_parse_unsigned(const char *text, guint64 least, guint64 most, guint64 *out)
{
  make_locale();
  return g_ascii_string_to_unsigned(text, 10, least, most, out, NULL);
}

gboolean cr_number_parse_signed(const char *text, gint64 least, gint64 most, gint64 *out)
{
  make_locale();
  return g_ascii_string_to_signed(text, 10, least, most, out, NULL);
}
