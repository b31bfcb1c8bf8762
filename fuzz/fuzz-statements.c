/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/script.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static const CrLanguage languages[] = {CR_LANGUAGE_PYTHON, CR_LANGUAGE_PERL, CR_LANGUAGE_RUBY, CR_LANGUAGE_NODE,
                                         CR_LANGUAGE_PHP};
  g_autoptr(CrArena) arena = cr_arena_new();
  for (guint i = 0; i < G_N_ELEMENTS(languages); i++) {
    g_autoptr(GString) out = g_string_new(NULL);
    cr_statements_scan(languages[i], (const char *)data, size, out);
    CrStatement statement;
    for (const char *body = out->str; cr_statement_next(&body, out->str + out->len, arena, &statement);)
      g_assert_nonnull(statement.text);
  }
  const char *end = (const char *)data + size; /* an index may hold anything */
  CrStatement statement;
  for (const char *body = (const char *)data; cr_statement_next(&body, end, arena, &statement);)
    g_assert_nonnull(statement.text);
  return 0;
}
