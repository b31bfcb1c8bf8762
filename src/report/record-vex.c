/* SPDX-License-Identifier: Apache-2.0 */
/* OpenVEX 0.2.0 of what a patch mended. The subcomponent is the package that is in the product, with its new version: a
 * scanner looks for what it finds there, and the old version is in no image any more. */
#include "config.h"
#include "remedy/fixes.h"
#include "report/record.h"

#include <string.h>

typedef struct {
  const char *id;
  GPtrArray *changes; /* CrChange* */
} Mended;

static void free_mended(gpointer data)
{
  Mended *mended = data;
  g_ptr_array_unref(mended->changes);
  g_free(mended);
}

static int compare_mended(gconstpointer a, gconstpointer b)
{
  return strcmp((*(Mended *const *)a)->id, (*(Mended *const *)b)->id);
}

/* A package that stays at a version is none that mends; what is only asked for is no change. */
static GPtrArray *list_mended(const CrRemedy *remedy)
{
  GPtrArray *list = g_ptr_array_new_with_free_func(free_mended);
  g_autoptr(GHashTable) index = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < remedy->plan->changes->len; i++) {
    CrChange *change = remedy->plan->changes->pdata[i];
    const CrUpdate *update = change->file.name ? cr_update_find(remedy->scan, change->package) : NULL;
    CrStrv fixes = update ? cr_update_list_fixes(remedy->scan, update, remedy->arena) : NULL;
    for (guint k = 0; fixes && fixes[k]; k++) {
      Mended *mended = g_hash_table_lookup(index, fixes[k]);
      if (!mended) {
        mended = g_new0(Mended, 1);
        *mended = (Mended){fixes[k], g_ptr_array_new()};
        g_hash_table_insert(index, (gpointer)fixes[k], mended);
        g_ptr_array_add(list, mended);
      }
      g_ptr_array_add(mended->changes, change);
    }
  }
  g_ptr_array_sort(list, compare_mended);
  return list;
}

static const char *find_purl(const CrScan *after, const CrChange *change)
{
  for (guint i = 0; i < after->packages->len; i++) {
    const CrPackage *package = after->packages->pdata[i];
    if (!package->embedded && !strcmp(package->name, change->name) && !g_strcmp0(package->arch, change->file.arch) &&
        !strcmp(package->version, change->file.version))
      return package->purl;
  }
  return NULL;
}

static void write_product(CrJsonWriter *writer, const CrScan *after, const CrRecordSubjects *subjects, guint i,
                          const Mended *mended)
{
  const char *digest = subjects->list[i].digest;
  g_autofree char *product = cr_openvex_format_product(subjects->name, digest, after->image->architecture);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "@id", product);
  cr_json_key(writer, "hashes");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "sha-256", digest + strlen("sha256:"));
  cr_json_end_object(writer);
  cr_json_key(writer, "subcomponents");
  cr_json_begin_array(writer);
  for (guint k = 0; k < mended->changes->len; k++) {
    const char *purl = find_purl(after, mended->changes->pdata[k]);
    if (!purl)
      continue;
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "@id", purl);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
  cr_json_end_object(writer);
}

static char *describe(const Mended *mended)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < mended->changes->len; i++) {
    const CrChange *change = mended->changes->pdata[i];
    g_string_append_printf(text, "%s%s %s, before %s", i ? "; " : "", change->name, change->file.version,
                           change->package ? change->package->version : "not there");
    if (change->file.archive)
      g_string_append_printf(text, ", from %s", change->file.archive->name);
  }
  return g_strdup(text->str);
}

static void write_statement(CrJsonWriter *writer, const CrScan *after, const CrRecordSubjects *subjects,
                            const Mended *mended)
{
  g_autofree char *notes = describe(mended);
  cr_json_begin_object(writer);
  cr_json_key(writer, "vulnerability");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", mended->id);
  cr_json_end_object(writer);
  cr_json_key(writer, "products");
  cr_json_begin_array(writer);
  for (guint i = 0; i < subjects->count; i++)
    write_product(writer, after, subjects, i, mended);
  cr_json_end_array(writer);
  cr_json_key_string(writer, "status", "fixed");
  cr_json_key_string(writer, "status_notes", notes);
  cr_json_end_object(writer);
}

/* The same statements about the same image have the same name. */
static char *format_id(const GPtrArray *list, const CrRecordSubjects *subjects, const char *author)
{
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
  g_checksum_update(sum, (const guchar *)author, -1);
  for (guint i = 0; i < subjects->count; i++)
    g_checksum_update(sum, (const guchar *)subjects->list[i].digest, -1);
  for (guint i = 0; i < list->len; i++) {
    g_autofree char *notes = describe(list->pdata[i]);
    g_checksum_update(sum, (const guchar *)((const Mended *)list->pdata[i])->id, -1);
    g_checksum_update(sum, (const guchar *)notes, -1);
  }
  return g_strdup_printf("urn:careen:openvex:%s", g_checksum_get_string(sum));
}

GBytes *cr_patch_record_write_vex(const CrRemedy *remedy, const CrScan *after, const CrRecordSubjects *subjects,
                                  const char *author)
{
  g_autoptr(GPtrArray) list = list_mended(remedy);
  if (!list->len)
    return NULL;
  g_autofree char *id = format_id(list, subjects, author);
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "@context", "https://openvex.dev/ns/v0.2.0");
  cr_json_key_string(writer, "@id", id);
  cr_json_key_string(writer, "author", author);
  cr_json_key_string(writer, "tooling", "careen " CR_VERSION);
  cr_json_key_string(writer, "timestamp", remedy->scan->created);
  cr_json_key_integer(writer, "version", 1);
  cr_json_key(writer, "statements");
  cr_json_begin_array(writer);
  for (guint i = 0; i < list->len; i++)
    write_statement(writer, after, subjects, list->pdata[i]);
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  return g_bytes_new(text, size);
}
