/* SPDX-License-Identifier: Apache-2.0 */
/* What goes to a terminal: valid UTF-8 of characters that take room, whatever an image says. */
#include "base/log.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup((const char *)data, size);
  g_autofree char *escaped = cr_escape_terminal(text);
  g_assert_true(g_utf8_validate(escaped, -1, NULL));
  for (const char *at = escaped; *at; at = g_utf8_next_char(at))
    g_assert_false(g_unichar_iscntrl(g_utf8_get_char(at)));
  return 0;
}
