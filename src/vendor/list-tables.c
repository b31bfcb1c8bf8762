/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind the records of a compiled list: names, providers, sources, mentions, texts, sorted. */
#include "vendor/list-compile-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/error.h"

/* ---- output ---- */

static gboolean flush(CrListCompiler *compiler, GError **error)
{
  if (!cr_cache_file_write(compiler->file, compiler->out->data, compiler->out->len, error))
    return FALSE;
  g_byte_array_set_size(compiler->out, 0);
  return TRUE;
}

gboolean cr_list_compiler_put(CrListCompiler *compiler, const void *data, gsize size, GError **error)
{
  g_byte_array_append(compiler->out, data, (guint)size);
  compiler->written += size;
  return compiler->out->len < CR_LIST_WRITE_BYTES || flush(compiler, error);
}

static gboolean put_u32(CrListCompiler *compiler, guint32 value, GError **error)
{
  value = GUINT32_TO_LE(value);
  return cr_list_compiler_put(compiler, &value, sizeof value, error);
}

/* ---- tables ---- */

static int compare_names(gconstpointer a, gconstpointer b)
{
  return strcmp((*(CrCompiledName *const *)a)->text, (*(CrCompiledName *const *)b)->text);
}

/* By the offset of the text, which is the text's order once those are sorted. */
static int compare_offsets(gconstpointer a, gconstpointer b)
{
  guint32 x = (*(CrCompiledName *const *)a)->offset;
  guint32 y = (*(CrCompiledName *const *)b)->offset;
  return (x > y) - (x < y);
}

static int compare_records(gconstpointer a, gconstpointer b)
{
  const CrCompiledRecord *x = a;
  const CrCompiledRecord *y = b;
  return x->name != y->name ? compare_offsets(&x->name, &y->name) : (x->offset > y->offset) - (x->offset < y->offset);
}

static int compare_providers(gconstpointer a, gconstpointer b)
{
  const CrCompiledProvider *x = a;
  const CrCompiledProvider *y = b;
  return x->name != y->name ? compare_offsets(&x->name, &y->name) : (x->record > y->record) - (x->record < y->record);
}

static GPtrArray *sort_texts(const CrListCompiler *compiler, guint32 *bytes)
{
  GPtrArray *texts = g_ptr_array_sized_new(g_hash_table_size(compiler->names) + 1);
  GHashTableIter iter;
  gpointer name = NULL;
  g_hash_table_iter_init(&iter, compiler->names);
  while (g_hash_table_iter_next(&iter, NULL, &name))
    g_ptr_array_add(texts, name);
  g_ptr_array_sort(texts, compare_names);
  *bytes = 0;
  for (guint i = 0; i < texts->len; i++) {
    ((CrCompiledName *)texts->pdata[i])->offset = *bytes;
    *bytes += (guint32)strlen(((CrCompiledName *)texts->pdata[i])->text) + 1;
  }
  return texts;
}

static int compare_mentions(gconstpointer a, gconstpointer b)
{
  guint64 x = *(const guint64 *)a;
  guint64 y = *(const guint64 *)b;
  return (x > y) - (x < y);
}

static void sort_mentions(CrListCompiler *compiler, const guint32 *places)
{
  GArray *mentions = compiler->mentions;
  guint kept = 0;
  for (guint i = 0; i < mentions->len; i++) {
    guint64 *mention = &g_array_index(mentions, guint64, i);
    *mention = (*mention & ~(guint64)G_MAXUINT32) | places[*mention & G_MAXUINT32];
  }
  g_array_sort(mentions, compare_mentions);
  for (guint i = 0; i < mentions->len; i++)
    if (!kept || g_array_index(mentions, guint64, i) != g_array_index(mentions, guint64, kept - 1))
      g_array_index(mentions, guint64, kept++) = g_array_index(mentions, guint64, i);
  g_array_set_size(mentions, kept);
}

/* Providers name their records by place in the list; from here on by place among the sorted records. A package that
 * provides a name twice stands once. */
static void sort_records(CrListCompiler *compiler)
{
  GArray *records = compiler->records;
  guint32 *offsets = cr_arena_alloc(compiler->arena, (records->len + 1) * sizeof *offsets);
  for (guint i = 0; i < records->len; i++)
    offsets[i] = g_array_index(records, CrCompiledRecord, i).offset;
  g_array_sort(records, compare_records);
  /* offsets rise in the order of the list, so a record's place there is found by its offset */
  guint32 *places = cr_arena_alloc(compiler->arena, (records->len + 1) * sizeof *places);
  for (guint i = 0; i < records->len; i++) {
    guint32 low = 0;
    guint32 high = records->len;
    while (high - low > 1) {
      guint32 middle = low + (high - low) / 2;
      if (offsets[middle] <= g_array_index(records, CrCompiledRecord, i).offset)
        low = middle;
      else
        high = middle;
    }
    places[low] = i;
  }
  GArray *providers = compiler->providers;
  for (guint i = 0; i < providers->len; i++) {
    CrCompiledProvider *provider = &g_array_index(providers, CrCompiledProvider, i);
    provider->record = places[provider->record];
  }
  g_array_sort(providers, compare_providers);
  guint kept = 0;
  for (guint i = 0; i < providers->len; i++) {
    CrCompiledProvider *provider = &g_array_index(providers, CrCompiledProvider, i);
    if (kept && !compare_providers(provider, &g_array_index(providers, CrCompiledProvider, kept - 1)))
      continue;
    g_array_index(providers, CrCompiledProvider, kept++) = *provider;
  }
  g_array_set_size(providers, kept);
  sort_mentions(compiler, places);
}

/* Pairs (text, first) for each run of one name in ARRAY, and the end mark. Every element begins with its name. */
static gboolean put_groups(CrListCompiler *compiler, const GArray *array, gsize width, guint32 *count, GError **error)
{
  const CrCompiledName *last = NULL;
  *count = 0;
  for (guint i = 0; i < array->len; i++) {
    const CrCompiledName *name = *(CrCompiledName *const *)(gconstpointer)(array->data + i * width);
    if (name == last)
      continue;
    last = name;
    ++*count;
    if (!put_u32(compiler, name->offset, error) || !put_u32(compiler, i, error))
      return FALSE;
  }
  return put_u32(compiler, G_MAXUINT32, error) && put_u32(compiler, array->len, error);
}

static gboolean put_sources(CrListCompiler *compiler, CrListHead *head, GError **error)
{
  g_autoptr(GPtrArray) sources = g_ptr_array_new();
  GHashTableIter iter;
  gpointer name = NULL;
  g_hash_table_iter_init(&iter, compiler->sources);
  while (g_hash_table_iter_next(&iter, &name, NULL))
    g_ptr_array_add(sources, name);
  g_ptr_array_sort(sources, compare_offsets);
  head->source_count = sources->len;
  for (guint i = 0; i < sources->len; i++)
    if (!put_u32(compiler, ((CrCompiledName *)sources->pdata[i])->offset, error))
      return FALSE;
  return TRUE;
}

gboolean cr_list_compiler_put_tables(CrListCompiler *compiler, CrListHead *head, GError **error)
{
  g_autoptr(GPtrArray) texts = sort_texts(compiler, &head->text_bytes);
  sort_records(compiler);
  head->tables_at = compiler->written;
  head->record_count = compiler->records->len;
  head->provider_count = compiler->providers->len;
  for (guint i = 0; i < compiler->records->len; i++) {
    const CrCompiledRecord *record = &g_array_index(compiler->records, CrCompiledRecord, i);
    if (!put_u32(compiler, record->offset, error) || !put_u32(compiler, record->bytes, error))
      return FALSE;
  }
  if (!put_groups(compiler, compiler->records, sizeof(CrCompiledRecord), &head->name_count, error) ||
      !put_groups(compiler, compiler->providers, sizeof(CrCompiledProvider), &head->provided_count, error))
    return FALSE;
  for (guint i = 0; i < compiler->providers->len; i++)
    if (!put_u32(compiler, g_array_index(compiler->providers, CrCompiledProvider, i).record, error))
      return FALSE;
  if (!put_sources(compiler, head, error))
    return FALSE;
  head->mention_count = compiler->mentions->len;
  for (guint i = 0; i < compiler->mentions->len; i++) {
    guint64 mention = g_array_index(compiler->mentions, guint64, i);
    if (!put_u32(compiler, (guint32)(mention >> 32), error) || !put_u32(compiler, (guint32)mention, error))
      return FALSE;
  }
  for (guint i = 0; i < texts->len; i++) {
    const char *text = ((CrCompiledName *)texts->pdata[i])->text;
    if (!cr_list_compiler_put(compiler, text, strlen(text) + 1, error))
      return FALSE;
  }
  return flush(compiler, error);
}

gboolean cr_list_compiler_write_head(const CrListCompiler *compiler, CrListHead *head, GError **error)
{
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  const guint32 counts[] = {head->record_count,   head->name_count,   head->provided_count,
                            head->provider_count, head->source_count, head->text_bytes};
  g_byte_array_append(bytes, (const guint8 *)CR_LIST_MAGIC, 8);
  for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
    guint32 value = GUINT32_TO_LE(counts[i]);
    g_byte_array_append(bytes, (const guint8 *)&value, 4);
  }
  guint64 tables_at = GUINT64_TO_LE(head->tables_at);
  g_byte_array_append(bytes, (const guint8 *)&tables_at, 8);
  guint32 mentions = GUINT32_TO_LE(head->mention_count);
  g_byte_array_append(bytes, (const guint8 *)&mentions, 4);
  guint32 crc = GUINT32_TO_LE((guint32)crc32(0, bytes->data, bytes->len));
  g_byte_array_append(bytes, (const guint8 *)&crc, 4);
  if (pwrite(cr_cache_file_get_fd(compiler->file), bytes->data, bytes->len, 0) != (gssize)bytes->len) {
    cr_error_set_errno(error, errno, "cannot write the package list to the cache");
    return FALSE;
  }
  return TRUE;
}
