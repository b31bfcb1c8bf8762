/* SPDX-License-Identifier: Apache-2.0 */
#include "image/manifest.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autofree char *text = g_strndup((const char *)data, size);
  CrReference reference, again;
  if (!cr_reference_parse(text, arena, &reference, NULL))
    return 0;
  g_autofree char *full = g_strdup_printf("%s/%s%s%s%s%s", reference.registry, reference.repository,
                                          reference.tag ? ":" : "", reference.tag ? reference.tag : "",
                                          reference.digest ? "@" : "", reference.digest ? reference.digest : "");
  /* what was understood, written in full, is understood the same */
  g_assert_true(cr_reference_parse(full, arena, &again, NULL));
  g_assert_cmpstr(again.repository, ==, reference.repository);
  return 0;
}
