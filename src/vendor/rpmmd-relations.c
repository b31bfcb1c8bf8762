/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/rpmmd.h"

#include <string.h>

#include <solv/pool_parserpmrichdep.h>

#include "base/limits.h"

static int find_flags(const char *op, gsize length)
{
  static const struct {
    const char *op;
    int flags;
  } rows[] = {{"=", REL_EQ}, {"<", REL_LT}, {"<=", REL_LT | REL_EQ}, {">", REL_GT}, {">=", REL_GT | REL_EQ}};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    if (strlen(rows[i].op) == length && !memcmp(rows[i].op, op, length))
      return rows[i].flags;
  return 0;
}

/* libsolv's parser calls itself for every parenthesis, and an image may write what it likes: real ones have three. */
#define DEPTH 32

static gboolean is_flat(const char *text, gsize length)
{
  guint open = 0;
  for (gsize i = 0; i < length; i++) {
    open += text[i] == '(';
    open -= text[i] == ')' && open;
    if (open > DEPTH)
      return FALSE;
  }
  return length <= CR_LIMIT_PATH_BYTES;
}

Id cr_rpmmd_parse_relation(Pool *pool, const char *text, gsize length)
{
  if (!length)
    return 0;
  if (*text == '(' && is_flat(text, length)) {
    g_autofree char *copy = g_strndup(text, length);
    Id id = pool_parserpmrichdep(pool, copy);
    return id ? id : pool_strn2id(pool, text, (unsigned int)length, 1); /* nothing provides such a name */
  }
  const char *version = *text == '/' ? NULL : memrchr(text, ' ', length);
  const char *op = version && version > text ? memrchr(text, ' ', (gsize)(version - text)) : NULL;
  int flags = op ? find_flags(op + 1, (gsize)(version - op - 1)) : 0;
  if (!flags)
    return pool_strn2id(pool, text, (unsigned int)length, 1);
  Id name = pool_strn2id(pool, text, (unsigned int)(op - text), 1);
  Id evr = pool_strn2id(pool, version + 1, (unsigned int)(text + length - version - 1), 1);
  return pool_rel2id(pool, name, evr, flags, 1);
}

gboolean cr_rpmmd_is_primary_path(const char *path)
{
  return g_str_has_prefix(path, "/etc/") || strstr(path, "bin/") || !strcmp(path, "/usr/lib/sendmail");
}
