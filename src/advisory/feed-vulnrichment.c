/* SPDX-License-Identifier: Apache-2.0 */
/* CVSS vectors by CISA (its vulnrichment programme) or the CNA, for flaws whose advisories have none. CISA publishes
 * them as one file a CVE in a git repository, https://github.com/cisagov/vulnrichment, which is no address to fetch
 * 150,000 files from: only a mirror has the digest, lines of
 *   cve,cvss_version,vector,score,severity,source,ssvc_exploitation,ssvc_automatable,ssvc_technical_impact */
#include <string.h>

#include "advisory/feed.h"

#define PATH "vulnrichment/severities.csv.gz"

static void plan_vulnrichment(const CrFeed *feed, const CrFeedWants *wants, GPtrArray *files)
{
  g_autofree char *path = wants->folder ? g_build_filename(wants->folder, PATH, NULL) : NULL;
  if (path && !g_file_test(path, G_FILE_TEST_EXISTS))
    return;
  CrFeedFile *file = cr_feed_file_new(feed, "vulnrichment", "vulnrichment", PATH, NULL, "CC0-1.0");
  file->optional = TRUE;
  g_ptr_array_add(files, file);
}

static void take_line(CrBuilder *builder, const char *line)
{
  g_auto(GStrv) fields = g_strsplit(line, ",", 10);
  if (!cr_cve_parse(fields[0] ? fields[0] : "") || g_strv_length(fields) < 6) {
    cr_builder_skip(builder, fields[0] ? fields[0] : "", "it is no line of this table");
    return;
  }
  builder->records++;
  if (!*fields[2])
    return;
  CrBuiltFlaw flaw = {cr_arena_strdup(builder->arena, fields[0]), cr_arena_strdup(builder->arena, fields[2]),
                      cr_arena_strdup(builder->arena, fields[5])};
  g_array_append_val(builder->vectors, flaw);
}

static void take_vulnrichment(const CrFeedFile *file, const char *name, const char *data, gsize size,
                              CrBuilder *builder)
{
  for (gsize at = 0; at < size;) {
    const char *end = memchr(data + at, '\n', size - at);
    gsize length = end ? (gsize)(end - data) - at : size - at;
    g_autofree char *raw = g_strndup(data + at, MIN(length, 1024));
    g_autofree char *line = g_utf8_make_valid(raw, -1);
    at += length + 1;
    g_strchomp(line);
    if (*line && !g_str_has_prefix(line, "cve,"))
      take_line(builder, line);
  }
}

const CrFeed cr_feed_vulnrichment = {
    .name = "vulnrichment", .plan = plan_vulnrichment, .read = cr_feed_read_lines, .take = take_vulnrichment};
