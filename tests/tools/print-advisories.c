/* SPDX-License-Identifier: Apache-2.0 */
/* For tests/oracle/advisories and ./bench. `print-advisories CACHE` reads "ECOSYSTEM<tab>PACKAGE" from lines and writes
 * what the database holds of each as one line of JSON; "flaw<tab>CVE", "aliases<tab>ID" and "covers<tab>ECOSYSTEM" are
 * other questions. `print-advisories CACHE time N` reads all lines first, asks them N times and writes the
 * milliseconds of each time. */
#include <stdio.h>
#include <string.h>

#include "advisory/database.h"
#include "base/json.h"

static void write_strings(CrJsonWriter *writer, const char *name, CrStrv list)
{
  cr_json_key_strings(writer, name, list);
}

static void write_ranges(CrJsonWriter *writer, const CrAdvisory *advisory)
{
  static const char *const kinds[] = {"introduced", "fixed", "last_affected", "limit"};
  cr_json_key(writer, "ranges");
  cr_json_begin_array(writer);
  for (guint i = 0; i < advisory->range_count; i++) {
    cr_json_begin_array(writer);
    cr_json_string(writer, advisory->ranges[i].semver ? "SEMVER" : "ECOSYSTEM");
    for (guint j = 0; j < advisory->ranges[i].count; j++) {
      cr_json_string(writer, kinds[advisory->ranges[i].events[j].kind]);
      cr_json_string(writer, advisory->ranges[i].events[j].version);
    }
    cr_json_end_array(writer);
  }
  cr_json_end_array(writer);
}

static void write_advisory(CrJsonWriter *writer, const CrAdvisory *advisory, const char *summary)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "id", advisory->id);
  cr_json_key_string(writer, "feed", advisory->feed);
  cr_json_key_string(writer, "source", advisory->source);
  write_strings(writer, "aliases", advisory->aliases);
  write_strings(writer, "related", advisory->related);
  cr_json_key_string(writer, "summary", summary);
  cr_json_key_string(writer, "published", advisory->published);
  cr_json_key_string(writer, "modified", advisory->modified);
  cr_json_key_string(writer, "vendor_status", advisory->vendor_status);
  cr_json_key_string(writer, "urgency", advisory->urgency);
  write_strings(writer, "cvss", advisory->cvss);
  write_ranges(writer, advisory);
  write_strings(writer, "versions", advisory->versions);
  cr_json_key(writer, "symbols");
  cr_json_begin_array(writer);
  for (guint i = 0; i < advisory->symbol_count; i++) {
    cr_json_begin_object(writer);
    write_strings(writer, advisory->symbols[i].path, advisory->symbols[i].symbols);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
  cr_json_end_object(writer);
}

static void write_flaw(CrJsonWriter *writer, CrAdvisories *advisories, const char *cve, CrArena *arena)
{
  CrFlaw flaw;
  cr_advisories_find_flaw(advisories, cve, arena, &flaw);
  cr_json_begin_object(writer);
  cr_json_key(writer, "epss");
  cr_json_double(writer, flaw.epss);
  cr_json_key(writer, "percentile");
  cr_json_double(writer, flaw.epss_percentile);
  cr_json_key_string(writer, "since", flaw.exploited ? flaw.exploited_since : NULL);
  cr_json_key_string(writer, "cvss", flaw.cvss);
  cr_json_key_string(writer, "by", flaw.cvss_source);
  cr_json_end_object(writer);
}

static void answer(CrAdvisories *advisories, char *line)
{
  char *tab = strchr(line, '\t');
  if (!tab)
    return;
  *tab = '\0';
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  if (!strcmp(line, "flaw")) {
    write_flaw(writer, advisories, tab + 1, arena);
  } else if (!strcmp(line, "aliases")) {
    cr_json_begin_object(writer);
    write_strings(writer, "aliases", cr_advisories_find_aliases(advisories, tab + 1, arena));
    cr_json_end_object(writer);
  } else if (!strcmp(line, "covers")) {
    const CrFeedState *state = cr_advisories_find_coverage(advisories, tab + 1);
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "feed", state ? state->name : NULL);
    cr_json_end_object(writer);
  } else {
    g_autoptr(GPtrArray) found = cr_advisories_find(advisories, line, tab + 1, arena);
    cr_json_begin_array(writer);
    for (guint i = 0; i < found->len; i++)
      write_advisory(writer, found->pdata[i], cr_advisories_find_summary(advisories, found->pdata[i], arena));
    cr_json_end_array(writer);
  }
  printf("%s\n", cr_json_writer_get_text(writer, NULL));
}

static void measure(CrAdvisories *advisories, const GPtrArray *lines, guint times)
{
  for (guint n = 0; n < times; n++) {
    gint64 start = g_get_monotonic_time();
    g_autoptr(CrArena) arena = cr_arena_new();
    guint count = 0;
    for (guint i = 0; i < lines->len; i++) {
      const char *line = lines->pdata[i], *tab = strchr(line, '\t');
      g_autofree char *ecosystem = g_strndup(line, (gsize)(tab - line));
      g_autoptr(GPtrArray) found = cr_advisories_find(advisories, ecosystem, tab + 1, arena);
      count += found->len;
    }
    printf("%.3f %u\n", (double)(g_get_monotonic_time() - start) / 1000.0, count);
  }
}

int main(int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrCache) cache = cr_cache_new(argv[1]);
  g_autoptr(CrAdvisories) advisories = cr_advisories_open(cache, &error);
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
  char line[4096];
  if (!advisories)
    g_error("%s", error ? error->message : "there is no database");
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = '\0';
    if (argc < 4)
      answer(advisories, line);
    else if (strchr(line, '\t'))
      g_ptr_array_add(lines, g_strdup(line));
  }
  if (argc > 3)
    measure(advisories, lines, (guint)atoi(argv[3]));
  return cr_advisories_get_failure(advisories) != NULL;
}
