/* SPDX-License-Identifier: Apache-2.0 */
/* The real database made from tests/data/advisory, and one package at a time asked in it. */
#pragma once
#include "advisory/matching.h"
#include "advisory/refresh.h"
#include "base/error.h"

#include <glib/gstdio.h>
#include <string.h>

static struct {
  char *folder;
  CrCache *cache;
  CrAdvisories *advisories;
} match;

static inline void match_open(void)
{
  match.folder = g_dir_make_tmp("careen-match-XXXXXX", NULL);
  g_autofree char *tool = g_build_filename(g_getenv("CAREEN_SOURCE_ROOT"), "tests", "tools", "make-mirror", NULL);
  g_autofree char *from = g_build_filename(g_getenv("G_TEST_SRCDIR"), "data", "advisory", NULL);
  g_autofree char *mirror = g_build_filename(match.folder, "mirror", NULL);
  g_autofree char *cache = g_build_filename(match.folder, "cache", NULL);
  char *argv[] = {tool, from, mirror, NULL};
  int status = 0;
  g_assert_true(g_spawn_sync(NULL, argv, NULL, 0, NULL, NULL, NULL, NULL, &status, NULL));
  g_assert_cmpint(status, ==, 0);
  match.cache = cr_cache_new(cache);
  CrRefreshOptions options = {.cache = match.cache, .mirror = mirror};
  g_autoptr(GError) error = NULL;
  g_autoptr(CrRefresh) refresh = cr_refresh_run(&options, &error);
  g_assert_no_error(error);
  for (guint i = 0; i < refresh->files->len; i++)
    g_assert_cmpint(((CrRefreshFile *)refresh->files->pdata[i])->skips->len, ==, 0);
  match.advisories = cr_advisories_open(match.cache, &error);
  g_assert_no_error(error);
  g_assert_nonnull(match.advisories);
}

static inline void match_close(void)
{
  char *argv[] = {(char *)"rm", (char *)"-rf", match.folder, NULL};
  cr_advisories_close(match.advisories);
  cr_cache_free(match.cache);
  g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_free(match.folder);
}

/* One row: a package in a system, and its findings, one a line, by id. */
typedef struct {
  const char *id, *release, *type; /* os-release ID and VERSION_ID; purl type */
  const char *name, *version;
  const char *source, *source_version; /* NULL: as the package */
  const char *offer;                   /* the source version that the archives offer, or NULL */
  const char *control, *module;
  CrSteward steward; /* kind 0 stands for the distribution, likely */
  CrPackageSupport support;
  const char *findings; /* "ID status fixed severity [vendor's word] aliases"; NULL: not checked */
} MatchRow;

static inline char *match_format(const GPtrArray *findings)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < findings->len; i++) {
    const CrFinding *finding = findings->pdata[i];
    g_autofree char *aliases = g_strjoinv(",", (char **)finding->aliases);
    g_string_append_printf(text, "%s %s %s %s%s%s%s%s%s%s%s\n", finding->id, finding->status,
                           finding->fixed ? finding->fixed : "-", cr_severity_get_name(finding->severity),
                           finding->exploited ? " exploited" : "", finding->vendor_status ? " [" : "",
                           finding->vendor_status ? finding->vendor_status : "", finding->vendor_status ? "]" : "",
                           *aliases ? " " : "", aliases, "");
  }
  return g_string_free(text, FALSE);
}

static inline void match_check(const MatchRow *row, gboolean answering)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GPtrArray) findings = g_ptr_array_new(), updates = g_ptr_array_new();
  CrOs os = {.id = row->id, .version = row->release, .support = {.phase = CR_PHASE_LTS, .steward = "the vendor"}};
  CrPackage package = {
      .type = row->type,
      .name = row->name,
      .version = row->version,
      .source_name = row->source ? row->source : row->name,
      .source_version = row->source_version ? row->source_version : row->version,
      .paths = cr_strv_empty,
      .module = row->module,
      .control = row->control,
      .control_bytes = row->control ? strlen(row->control) : 0,
      .steward = row->steward,
      .support = row->support,
  };
  if (!package.steward.kind)
    package.steward = (CrSteward){CR_STEWARD_DISTRIBUTION, "the vendor", NULL, CR_PROOF_LIKELY, NULL};
  CrUpdate update = {.package = &package, .candidate = row->offer, .source_version = row->offer, .source = "x"};
  if (row->offer)
    g_ptr_array_add(updates, &update);
  CrMatchInput input = {.advisories = match.advisories, .updates = updates};
  CrMatching matching = {.input = &input, .arena = arena, .problems = problems};
  cr_matching_begin(&matching, &os);
  matching.answering = answering;
  g_test_message("%s %s: %s %s", row->id, row->release, row->name, row->version);
  const CrFeedState *feed = cr_matching_match(&matching, &package, findings);
  g_autofree char *got = match_format(findings);
  g_assert_cmpstr(feed ? got : NULL, ==, row->findings);
  cr_matching_end(&matching);
}

/* The whole of a test that is one table: every row of ROWS by match_check with ANSWERING. */
static struct {
  const MatchRow *rows;
  guint count;
  gboolean answering;
} match_table;

static inline void match_check_table(void)
{
  for (guint i = 0; i < match_table.count; i++)
    match_check(&match_table.rows[i], match_table.answering);
}

static inline int match_main(int argc, char **argv, const char *path, const MatchRow *rows, guint count,
                             gboolean answering)
{
  g_test_init(&argc, &argv, NULL);
  match_open();
  match_table.rows = rows;
  match_table.count = count;
  match_table.answering = answering;
  g_test_add_func(path, match_check_table);
  int result = g_test_run();
  match_close();
  return result;
}
