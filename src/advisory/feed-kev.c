/* SPDX-License-Identifier: Apache-2.0 */
/* CISA's catalogue of known exploited vulnerabilities:
 * https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json, fields as in
 * https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities_schema.json. */
#include <string.h>

#include "advisory/feed.h"
#include "base/json.h"

#define FILE_NAME "known_exploited_vulnerabilities.json"

static void plan_kev(const CrFeed *feed, const CrFeedWants *wants, GPtrArray *files)
{
  g_autofree char *path = wants->folder ? g_build_filename(wants->folder, "kev", FILE_NAME, NULL) : NULL;
  if (!path || g_file_test(path, G_FILE_TEST_EXISTS))
    g_ptr_array_add(files, cr_feed_file_new(feed, "kev", "kev", "kev/" FILE_NAME,
                                            "https://www.cisa.gov/sites/default/files/feeds/" FILE_NAME, "CC0-1.0"));
}

static void take_kev(const CrFeedFile *file, const char *name, const char *data, gsize size, CrBuilder *builder)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrJsonDoc) doc = cr_json_parse(data, size, name, &error);
  const CrJson *root = doc ? cr_json_get_root(doc) : NULL, *list = cr_json_find(root, "vulnerabilities");
  if (!cr_json_is(list, CR_JSON_ARRAY)) {
    cr_builder_skip(builder, name, error ? error->message : "it has no list of vulnerabilities");
    return;
  }
  cr_builder_see_time(builder, cr_json_find_string(root, "dateReleased", NULL));
  for (guint i = 0; i < cr_json_get_length(list); i++) {
    const CrJson *row = cr_json_get_element(list, i);
    const char *cve = cr_json_find_string(row, "cveID", ""), *since = cr_json_find_string(row, "dateAdded", "");
    gint64 seconds = 0;
    if (!cr_cve_parse(cve)) {
      g_autofree char *what = g_strdup_printf("entry %u", i + 1);
      cr_builder_skip(builder, what, "its cveID is no CVE");
      continue;
    }
    gboolean dated = strlen(since) == 10 && cr_record_parse_time(since, &seconds);
    CrBuiltFlaw flaw = {cr_arena_strdup(builder->arena, cve), dated ? cr_arena_strdup(builder->arena, since) : NULL,
                        NULL};
    g_array_append_val(builder->exploited, flaw);
    builder->records++;
  }
}

const CrFeed cr_feed_kev = {.name = "kev", .plan = plan_kev, .read = cr_feed_read_whole, .take = take_kev};
