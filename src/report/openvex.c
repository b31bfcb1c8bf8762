/* SPDX-License-Identifier: Apache-2.0 */
/* openvex: OpenVEX 0.2.0, so that scanners that list every package profit from what careen knows of the image's start.
 * The product is the image's digest and the statement names the command that it holds for:
 *
 *   not_affected         only what nothing reaches (`unreached`; never possible or unknown): the vulnerable code is not
 *                        in the execute path; or a Go program without the vulnerable symbols: it is not present
 *   affected             reached, and a fix can be installed: the action says which
 *   under_investigation  everything else: careen claims nothing
 *
 * One package URL may stand for several copies (in two jars): the statement is of the copy that is worst off, because
 * readers take it for all.
 *
 * A suppressed finding says under which status its rule's or VEX document's owner put it; it is left out here. */
#include "config.h"
#include "model/purl.h"
#include "report/json-parts.h"
#include "report/record.h"
#include "report/rows.h"

#include <string.h>

typedef struct {
  CrJsonWriter *writer;
  GChecksum *sum;   /* over all that is said: names the document */
  GHashTable *said; /* format_key of the statements */
  char *time;
} Vex;

/* purl-spec, type oci: its name is the last part of the repository. */
char *cr_openvex_format_product(const char *image_name, const char *digest, const char *architecture)
{
  g_autofree char *repository = g_strdup(image_name);
  char *at = strchr(repository, '@');
  if (at)
    *at = 0;
  char *slash = strrchr(repository, '/');
  char *colon = strrchr(slash ? slash : repository, ':');
  g_autofree char *tag = colon ? g_strdup(colon + 1) : NULL;
  if (colon)
    *colon = 0;
  slash = strrchr(repository, '/');
  g_autofree char *name = g_ascii_strdown(slash && slash[1] ? slash + 1 : repository, -1);
  g_autoptr(CrArena) arena = cr_arena_new();
  return g_strdup(cr_purl_format(arena, "oci", NULL, *name ? name : "image", digest, "arch",
                                 architecture && *architecture ? architecture : NULL, "repository_url",
                                 slash ? repository : NULL, "tag", tag, NULL));
}

static void write_product(CrJsonWriter *writer, const CrScan *scan, const char *product, const CrReportRow *row)
{
  const char *digest = scan->image->digest ? scan->image->digest : scan->image->id;
  cr_json_key(writer, "products");
  cr_json_begin_array(writer);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "@id", product);
  if (digest && g_str_has_prefix(digest, "sha256:")) {
    cr_json_key(writer, "hashes");
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "sha-256", digest + strlen("sha256:"));
    cr_json_end_object(writer);
  }
  cr_json_key(writer, "subcomponents");
  cr_json_begin_array(writer);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "@id", row->package->purl);
  cr_json_end_object(writer);
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  cr_json_end_array(writer);
}

static void write_vulnerability(CrJsonWriter *writer, const CrReportRow *row)
{
  cr_json_key(writer, "vulnerability");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", row->id);
  if (row->summary)
    cr_json_key_string(writer, "description", row->summary);
  if (row->aliases && row->aliases[0])
    cr_json_key_strings(writer, "aliases", row->aliases);
  cr_json_end_object(writer);
}

typedef enum { NOT_PRESENT, NOT_IN_PATH, INVESTIGATED, AFFECTED } Judgement; /* in rising order */

static Judgement judge(const CrReportRow *row)
{
  if (row->finding && row->finding->absent)
    return NOT_PRESENT;
  if (row->reach == CR_REACH_UNREACHED)
    return NOT_IN_PATH;
  return g_strcmp0(row->status, "fixable") ? INVESTIGATED : AFFECTED;
}

static void write_judgement(CrJsonWriter *writer, const CrScan *scan, const CrReportRow *row)
{
  Judgement judgement = judge(row);
  if (judgement == NOT_PRESENT) {
    cr_json_key_string(writer, "status", "not_affected");
    cr_json_key_string(writer, "justification", "vulnerable_code_not_present");
    cr_json_key_string(writer, "impact_statement", row->finding->absent);
  } else if (judgement == NOT_IN_PATH) {
    g_autofree char *impact = g_strdup_printf(
        "nothing that runs in this image when it is started as '%s' can load or run a file of %s; another "
        "command, entrypoint or mounted file needs another statement",
        scan->command && *scan->command ? scan->command : "(no command)", row->package->name);
    cr_json_key_string(writer, "status", "not_affected");
    cr_json_key_string(writer, "justification", "vulnerable_code_not_in_execute_path");
    cr_json_key_string(writer, "impact_statement", impact);
  } else if (judgement == AFFECTED) {
    g_autofree char *action = cr_report_row_format_action(row);
    cr_json_key_string(writer, "status", "affected");
    cr_json_key_string(writer, "action_statement", action);
  } else {
    cr_json_key_string(writer, "status", "under_investigation");
  }
}

static void write_statement(CrJsonWriter *writer, const CrScan *scan, const char *product, const CrReportRow *row)
{
  cr_json_begin_object(writer);
  write_vulnerability(writer, row);
  write_product(writer, scan, product, row);
  write_judgement(writer, scan, row);
  cr_json_end_object(writer);
}

static void begin(CrReport *report)
{
  Vex *vex = g_new0(Vex, 1);
  vex->writer = cr_json_writer_new(TRUE);
  vex->sum = g_checksum_new(G_CHECKSUM_SHA256);
  vex->said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  report->own = vex;
  cr_json_begin_object(vex->writer);
  cr_json_key_string(vex->writer, "@context", "https://openvex.dev/ns/v0.2.0");
  cr_json_key_string(vex->writer, "author", report->author);
  cr_json_key_string(vex->writer, "tooling", "careen " CR_VERSION);
  cr_json_key_integer(vex->writer, "version", 1);
  cr_json_key(vex->writer, "statements");
  cr_json_begin_array(vex->writer);
  g_checksum_update(vex->sum, (const guchar *)report->author, -1);
}

static void add_to_name(Vex *vex, const CrScan *scan, const CrReportRow *row)
{
  g_autofree char *text = g_strdup_printf("%s\n%s\n%s\n%s\n%d\n", scan->image->id ? scan->image->id : "", row->id,
                                          row->package->purl, row->status, (int)row->reach);
  g_checksum_update(vex->sum, (const guchar *)text, -1);
}

/* Free with g_free; NULL: nothing is said of ROW. */
static char *format_key(const char *product, const CrReportRow *row)
{
  return row->id && row->package->purl ? g_strdup_printf("%s\n%s\n%s", row->id, row->package->purl, product) : NULL;
}

/* Key → the row that is said of all copies: also a suppressed one, and then nothing is. */
static GHashTable *choose_rows(const GPtrArray *rows, const char *product)
{
  GHashTable *chosen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < rows->len; i++) {
    const CrReportRow *row = rows->pdata[i];
    char *key = format_key(product, row);
    const CrReportRow *other = key ? g_hash_table_lookup(chosen, key) : NULL;
    if (key && (!other || judge(row) > judge(other)))
      g_hash_table_replace(chosen, key, (gpointer)row);
    else
      g_free(key);
  }
  return chosen;
}

static void add(CrReport *report, const CrScan *scan)
{
  Vex *vex = report->own;
  g_autoptr(GPtrArray) rows = cr_report_rows_new(scan);
  const CrImage *image = scan->image;
  g_autofree char *product = cr_openvex_format_product(cr_report_get_image_name(scan),
                                                       image->digest ? image->digest : image->id, image->architecture);
  g_autoptr(GHashTable) chosen = choose_rows(rows, product);
  for (guint i = 0; i < rows->len; i++) {
    const CrReportRow *row = rows->pdata[i];
    g_autofree char *key = format_key(product, row);
    if (!key || g_hash_table_lookup(chosen, key) != row || row->suppressed ||
        !g_hash_table_add(vex->said, g_steal_pointer(&key)))
      continue;
    write_statement(vex->writer, scan, product, row);
    add_to_name(vex, scan, row);
  }
  if (!vex->time)
    vex->time = g_strdup(scan->created);
}

static void end(CrReport *report)
{
  Vex *vex = report->own;
  g_autofree char *id = g_strdup_printf("urn:careen:openvex:%s", g_checksum_get_string(vex->sum));
  cr_json_end_array(vex->writer);
  cr_json_key_string(vex->writer, "@id", id);
  cr_json_key_string(vex->writer, "timestamp", vex->time ? vex->time : "1970-01-01T00:00:00Z");
  cr_json_end_object(vex->writer);
  cr_report_take_json(report, vex->writer);
  cr_json_writer_free(vex->writer);
  g_checksum_free(vex->sum);
  g_hash_table_unref(vex->said);
  g_free(vex->time);
  g_free(vex);
  report->own = NULL;
}

const CrReportFormat cr_report_openvex = {
    .name = "openvex", .begin = begin, .add = add, .add_error = cr_report_leave_error, .end = end};
