/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/record.h"

#include <string.h>

#include "base/limits.h"

/* Skipped records that are named; the others are counted. */
#define NAMED_SKIPS 20

char *cr_ecosystem_normalise_name(const char *ecosystem, const char *name)
{
  if (!strcmp(ecosystem, "NuGet") || !strcmp(ecosystem, "Packagist"))
    return g_ascii_strdown(name, -1);
  if (strcmp(ecosystem, "PyPI") != 0)
    return g_strdup(name);
  char *out = g_malloc(strlen(name) + 1), *at = out;
  for (const char *from = name; *from; from++) {
    gboolean mark = strchr("-_.", *from) != NULL;
    if (!mark)
      *at++ = g_ascii_tolower(*from);
    else if (at == out || at[-1] != '-')
      *at++ = '-';
  }
  *at = 0;
  return out;
}

CrBuilder *cr_builder_new(guint64 first_text)
{
  CrBuilder *builder = g_new0(CrBuilder, 1);
  builder->arena = cr_arena_new();
  builder->ecosystems = g_ptr_array_new();
  builder->rows = g_array_new(FALSE, FALSE, sizeof(CrBuiltRow));
  builder->aliases = g_array_new(FALSE, FALSE, sizeof(CrBuiltAlias));
  builder->texts = g_array_new(FALSE, FALSE, sizeof(CrBuiltText));
  builder->scores = g_array_new(FALSE, FALSE, sizeof(CrBuiltScore));
  builder->exploited = g_array_new(FALSE, FALSE, sizeof(CrBuiltFlaw));
  builder->vectors = g_array_new(FALSE, FALSE, sizeof(CrBuiltFlaw));
  builder->documents = g_array_new(FALSE, FALSE, sizeof(CrBuiltDocument));
  builder->skips = g_ptr_array_new_with_free_func(g_free);
  builder->scratch = g_byte_array_new();
  builder->next_text = first_text;
  builder->now = g_get_real_time() / G_USEC_PER_SEC;
  return builder;
}

void cr_builder_free(CrBuilder *builder)
{
  if (!builder)
    return;
  for (guint i = 0; i < builder->documents->len; i++)
    g_bytes_unref(g_array_index(builder->documents, CrBuiltDocument, i).bytes);
  g_ptr_array_unref(builder->ecosystems);
  g_array_unref(builder->rows);
  g_array_unref(builder->aliases);
  g_array_unref(builder->texts);
  g_array_unref(builder->scores);
  g_array_unref(builder->exploited);
  g_array_unref(builder->vectors);
  g_array_unref(builder->documents);
  g_ptr_array_unref(builder->skips);
  g_byte_array_unref(builder->scratch);
  cr_arena_free(builder->arena);
  g_free(builder);
}

/* A file has a few ecosystems, and the last one is the likely one. */
static guint find_ecosystem(CrBuilder *builder, const char *name)
{
  for (guint i = builder->ecosystems->len; i > 0; i--)
    if (!strcmp(builder->ecosystems->pdata[i - 1], name))
      return i - 1;
  g_ptr_array_add(builder->ecosystems, (gpointer)cr_arena_strdup(builder->arena, name));
  return builder->ecosystems->len - 1;
}

void cr_builder_cover(CrBuilder *builder, const char *ecosystem)
{
  find_ecosystem(builder, ecosystem);
}

void cr_builder_add(CrBuilder *builder, const CrAdvisory *advisory)
{
  g_byte_array_set_size(builder->scratch, 0);
  cr_record_encode(advisory, builder->scratch);
  g_autofree char *package = cr_ecosystem_normalise_name(advisory->ecosystem, advisory->package);
  /* Rows of one record follow each other: its id is kept once, and so is the name of a package with many flaws. */
  const CrBuiltRow *last =
      builder->rows->len ? &g_array_index(builder->rows, CrBuiltRow, builder->rows->len - 1) : NULL;
  CrBuiltRow row = {
      .ecosystem = find_ecosystem(builder, advisory->ecosystem),
      .size = builder->scratch->len,
      .package = last && !strcmp(last->package, package) ? last->package : cr_arena_strdup(builder->arena, package),
      .id = last && !strcmp(last->id, advisory->id) ? last->id : cr_arena_strdup(builder->arena, advisory->id),
      .bytes =
          (const guint8 *)cr_arena_strndup(builder->arena, (const char *)builder->scratch->data, builder->scratch->len),
  };
  g_array_append_val(builder->rows, row);
}

guint64 cr_builder_add_text(CrBuilder *builder, const char *text)
{
  if (!text)
    return 0;
  while (g_ascii_isspace(*text))
    text++;
  gsize length = strcspn(text, "\r\n");
  if (length > CR_LIMIT_ADVISORY_SUMMARY) {
    length = CR_LIMIT_ADVISORY_SUMMARY;
    while (length && ((guchar)text[length] & 0xc0) == 0x80)
      length--;
  }
  if (!length)
    return 0;
  CrBuiltText row = {builder->next_text++, cr_arena_strndup(builder->arena, text, length)};
  g_array_append_val(builder->texts, row);
  return row.id;
}

void cr_builder_add_aliases(CrBuilder *builder, const char *id, CrStrv others)
{
  const char *plain = cr_record_strip_prefix(id), *kept = NULL;
  for (guint i = 0; others && others[i]; i++) {
    const char *other = cr_record_strip_prefix(others[i]);
    if (!strcmp(plain, other))
      continue;
    if (!kept)
      kept = cr_arena_strdup(builder->arena, plain);
    CrBuiltAlias row = {kept, cr_arena_strdup(builder->arena, other)};
    g_array_append_val(builder->aliases, row);
  }
}

void cr_builder_add_score(CrBuilder *builder, guint64 cve, guint32 score, guint32 percentile)
{
  CrBuiltScore row = {cve, score, percentile};
  g_array_append_val(builder->scores, row);
}

void cr_builder_see_time(CrBuilder *builder, const char *iso)
{
  gint64 seconds = 0;
  if (cr_record_parse_time(iso, &seconds) && seconds <= builder->now)
    builder->newest = MAX(builder->newest, seconds);
}

void cr_builder_skip(CrBuilder *builder, const char *name, const char *why)
{
  if (builder->skipped++ < NAMED_SKIPS)
    g_ptr_array_add(builder->skips, g_strdup_printf("%s: %s", name, why));
}

CrBuilderMark cr_builder_mark(const CrBuilder *builder)
{
  return (CrBuilderMark){builder->rows->len, builder->aliases->len, builder->texts->len};
}

void cr_builder_return(CrBuilder *builder, CrBuilderMark mark)
{
  g_array_set_size(builder->rows, mark.rows);
  g_array_set_size(builder->aliases, mark.aliases);
  g_array_set_size(builder->texts, mark.texts);
}
