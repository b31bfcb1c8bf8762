/* SPDX-License-Identifier: Apache-2.0 */
/* Any document: what was understood and is written is understood the same. */
#include "base/json.h"

static char *rewrite(const char *text, gsize size, gboolean pretty)
{
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, "input", NULL);
  if (!doc)
    return NULL;
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(pretty);
  cr_json_node(writer, cr_json_get_root(doc));
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autofree char *once = rewrite((const char *)data, size, TRUE);
  if (!once)
    return 0;
  g_autofree char *plain = rewrite(once, strlen(once), FALSE);
  g_assert_nonnull(plain);
  g_autofree char *twice = rewrite(plain, strlen(plain), TRUE);
  g_assert_cmpstr(once, ==, twice);
  return 0;
}
