/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <string.h>

#include "advisory/compile.h"
#include "advisory/database-write.h"
#include "base/error.h"
#include "base/leftover.h"

static CrBuilder *take(const CrFeed *feed, const char *ecosystem, const char *text)
{
  CrFeedFile *file = cr_feed_file_new(feed, "endoflife/thing", "test", "test", NULL, NULL);
  file->ecosystem = g_strdup(ecosystem);
  CrBuilder *builder = cr_builder_new(1);
  feed->take(file, "record", text, strlen(text), builder);
  cr_feed_file_free(file);
  return builder;
}

/* Whole files, through the feed's own way of cutting them. */
static CrBuilder *read_bytes(const CrFeed *feed, const char *ecosystem, const void *data, gsize size, GError **error)
{
  CrFeedFile *file = cr_feed_file_new(feed, "test", "test", "test", NULL, NULL);
  file->ecosystem = g_strdup(ecosystem);
  g_autoptr(GBytes) bytes = g_bytes_new(data, size);
  CrBuilder *builder = cr_compile_bytes(file, bytes, error);
  cr_feed_file_free(file);
  return builder;
}

/* One row as a line: "ecosystem package id [aliases] (related) status/urgency ranges {versions}". */
static char *format_row(const CrBuilder *builder, guint i, CrArena *arena)
{
  static const char kinds[] = {'>', '<', '=', '!'};
  const CrBuiltRow *row = &g_array_index(builder->rows, CrBuiltRow, i);
  CrAdvisory template = {
      .feed = "test", .ecosystem = builder->ecosystems->pdata[row->ecosystem], .package = row->package};
  g_autoptr(GPtrArray) found = g_ptr_array_new();
  g_assert_true(cr_record_decode(row->bytes, row->size, &template, arena, found));
  g_assert_cmpuint(found->len, ==, 1);
  const CrAdvisory *advisory = found->pdata[0];
  GString *out = g_string_new(NULL);
  g_autofree char *aliases = g_strjoinv(" ", (char **)advisory->aliases);
  g_autofree char *related = g_strjoinv(" ", (char **)advisory->related);
  g_autofree char *versions = g_strjoinv(" ", (char **)advisory->versions);
  g_string_append_printf(out, "%s %s %s [%s] (%s) %s/%s", advisory->ecosystem, advisory->package, advisory->id, aliases,
                         related, advisory->vendor_status ? advisory->vendor_status : "-",
                         advisory->urgency ? advisory->urgency : "-");
  for (guint r = 0; r < advisory->range_count; r++) {
    g_string_append(out, advisory->ranges[r].semver ? " semver" : " range");
    for (guint e = 0; e < advisory->ranges[r].count; e++)
      g_string_append_printf(out, "%c%s", kinds[advisory->ranges[r].events[e].kind],
                             advisory->ranges[r].events[e].version);
  }
  if (*versions)
    g_string_append_printf(out, " {%s}", versions);
  return g_string_free(out, FALSE);
}

static void assert_rows(const CrBuilder *builder, const char *const *rows)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  guint count = 0;
  for (; rows[count]; count++) {
    g_assert_cmpuint(count, <, builder->rows->len);
    g_autofree char *line = format_row(builder, count, arena);
    g_assert_cmpstr(line, ==, rows[count]);
  }
  g_assert_cmpuint(builder->rows->len, ==, count);
}

static void test_osv(void)
{
  static const struct {
    const char *ecosystem, *record, *rows[4];
  } cases[] = {
      {"PyPI",
       "{\"id\":\"GHSA-1\",\"aliases\":[\"PYSEC-1\",\"CVE-2020-1\",\"CVE-2020-1\"],\"affected\":[{\"package\":{"
       "\"ecosystem\":\"PyPI\",\"name\":\"Ruamel_.Yaml\"},\"ranges\":[{\"type\":\"GIT\",\"events\":[{\"introduced\":"
       "\"0\"}]},{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\"},{\"last_affected\":\"1.2\"}]}],"
       "\"versions\":[\"1.0\"]},{\"package\":{\"ecosystem\":\"npm\",\"name\":\"x\"}}],\"database_specific\":{"
       "\"severity\":\"HIGH\"}}",
       {"PyPI ruamel-yaml GHSA-1 [CVE-2020-1 PYSEC-1] () -/HIGH range>0=1.2 {1.0}"}},
      {"Packagist",
       "{\"id\":\"DRUPAL-1\",\"affected\":[{\"package\":{\"ecosystem\":\"Packagist:https://packages.drupal.org/8\","
       "\"name\":\"drupal/Stacks\"},\"ranges\":[{\"type\":\"SEMVER\",\"events\":[{\"introduced\":\"0\"},{\"limit\":"
       "\"2\"}]}]}]}",
       {"Packagist drupal/stacks DRUPAL-1 [] () -/- semver>0!2"}},
      {"Debian", /* an erratum is no name of what it fixes; a CVE's own number is */
       "{\"id\":\"DSA-1-1\",\"upstream\":[\"CVE-2020-2\",\"CVE-2020-1\"],\"affected\":[{\"package\":{\"ecosystem\":"
       "\"Debian:12\",\"name\":\"a\"},\"versions\":[\"1\"]}]}",
       {"Debian:12 a DSA-1-1 [] (CVE-2020-1 CVE-2020-2) -/- {1}"}},
      {"Debian",
       "{\"id\":\"DEBIAN-CVE-2020-00012\",\"upstream\":[\"CVE-2020-00012\"],\"affected\":[{\"package\":{\"ecosystem\":"
       "\"Debian:12\",\"name\":\"a\"},\"ecosystem_specific\":{\"urgency\":\"unimportant\"}},{\"package\":{"
       "\"ecosystem\":\"Debian:13\",\"name\":\"a\"},\"ecosystem_specific\":{\"urgency\":\"not yet assigned\"}}]}",
       {"Debian:12 a DEBIAN-CVE-2020-00012 [CVE-2020-00012] () unimportant/unimportant",
        "Debian:13 a DEBIAN-CVE-2020-00012 [CVE-2020-00012] () -/-"}},
      {"Ubuntu",
       "{\"id\":\"UBUNTU-CVE-2020-1234\",\"severity\":[{\"type\":\"Ubuntu\",\"score\":\"low\"}],\"affected\":[{"
       "\"package\":{\"ecosystem\":\"Ubuntu:Pro:20.04:LTS\",\"name\":\"a\"},\"ecosystem_specific\":{\"status\":"
       "\"needed\"}}]}",
       {"Ubuntu:Pro:20.04:LTS a UBUNTU-CVE-2020-1234 [] () needed/low"}},
      {"crates.io",
       "{\"id\":\"RUSTSEC-1\",\"affected\":[{\"package\":{\"ecosystem\":\"crates.io\",\"name\":\"a\"},"
       "\"database_specific\":{\"informational\":\"unmaintained\"}}]}",
       {"crates.io a RUSTSEC-1 [] () unmaintained/-"}},
      {"PyPI",
       "{\"id\":\"X-1\",\"withdrawn\":\"2020-01-01T00:00:00Z\",\"affected\":[{\"package\":{\"ecosystem\":"
       "\"PyPI\",\"name\":\"a\"}}]}",
       {NULL}},
  };
  for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(CrBuilder) builder = take(&cr_feed_osv, cases[i].ecosystem, cases[i].record);
    g_test_message("%s", cases[i].record);
    g_assert_cmpuint(builder->skipped, ==, 0);
    assert_rows(builder, cases[i].rows);
  }
}

/* Each is skipped whole, named, and says why. */
static void test_osv_hostile(void)
{
#define ONE(ranges)                                                                                                    \
  "{\"id\":\"X-1\",\"affected\":[{\"package\":{\"ecosystem\":\"PyPI\",\"name\":\"good\"}},{\"package\":{"              \
  "\"ecosystem\":\"PyPI\",\"name\":\"a\"},\"ranges\":" ranges "}]}"
  static const struct {
    const char *record, *why;
  } cases[] = {
      {"", "record: cannot read record as JSON"},
      {"[]", "record: it is no JSON object"},
      {"{\"id\":7}", "record: it has no id"},
      {"{\"affected\":[]}", "record: it has no id"},
      {ONE("[{\"type\":\"ECOSYSTEM\",\"events\":[{}]}]"), "record: an event has not exactly one"},
      {ONE("[{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\",\"fixed\":\"1\"}]}]"), "not exactly one"},
      {ONE("[{\"type\":\"ECOSYSTEM\",\"events\":[]}]"), "record: a range has no events"},
      {ONE("[{\"type\":\"ECOSYSTEM\"}]"), "record: a range has no events"},
      {ONE("[{\"type\":\"OTHER\",\"events\":[{\"introduced\":\"0\"}]}]"), "record: a range has a type"},
      {"{\"id\":\"X-1\",\"affected\":[{\"package\":{\"ecosystem\":\"PyPI\"}}]}", "record: a package has no name"},
  };
#undef ONE
  for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(CrBuilder) builder = take(&cr_feed_osv, "PyPI", cases[i].record);
    g_test_message("%s", cases[i].record);
    g_assert_cmpuint(builder->skipped, ==, 1);
    g_assert_cmpuint(builder->records, ==, 0);
    g_assert_cmpuint(builder->rows->len, ==, 0); /* not even the package before the bad one */
    g_assert_nonnull(strstr(builder->skips->pdata[0], cases[i].why));
  }
}

static void test_symbols(void)
{
  g_autoptr(CrBuilder) builder =
      take(&cr_feed_osv, "Go",
           "{\"id\":\"GO-1\",\"affected\":[{\"package\":{\"ecosystem\":\"Go\",\"name\":\"stdlib\"},"
           "\"ecosystem_specific\":{\"imports\":[{\"path\":\"net/netip\",\"symbols\":[\"Addr.IsPrivate\",\"B\"]},{"
           "\"path\":\"os\"}]}}]}");
  const CrBuiltRow *row = &g_array_index(builder->rows, CrBuiltRow, 0);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) found = g_ptr_array_new();
  CrAdvisory template = {.feed = "osv/Go"};
  g_assert_true(cr_record_decode(row->bytes, row->size, &template, arena, found));
  const CrAdvisory *advisory = found->pdata[0];
  g_assert_cmpuint(advisory->symbol_count, ==, 2);
  g_assert_cmpstr(advisory->symbols[0].path, ==, "net/netip");
  g_assert_cmpstr(advisory->symbols[0].symbols[0], ==, "Addr.IsPrivate");
  g_assert_null(advisory->symbols[0].symbols[2]);
  g_assert_null(advisory->symbols[1].symbols[0]);
  g_assert_cmpstr(advisory->source, ==, "Go");
}

static void test_debian(void)
{
  /* The states of the real file, with the fields that the mirror of the tests lacks. */
  static const char text[] =
      "{\"openssl\":{\"CVE-2024-1\":{\"description\":\"one\\ntwo\",\"scope\":\"remote\",\"releases\":{"
      "\"bullseye\":{\"status\":\"open\",\"urgency\":\"end-of-life\",\"nodsa\":\"x\"},"
      "\"bookworm\":{\"status\":\"open\",\"urgency\":\"low**\",\"nodsa\":\"Minor issue\",\"nodsa_reason\":\"\"},"
      "\"trixie\":{\"status\":\"open\",\"urgency\":\"high\",\"nodsa\":\"x\",\"nodsa_reason\":\"postponed\"},"
      "\"forky\":{\"status\":\"open\",\"urgency\":\"not yet assigned\",\"nodsa\":\"x\",\"nodsa_reason\":\"ignored\"},"
      "\"buster\":{\"status\":\"undetermined\",\"urgency\":\"not yet assigned\"},"
      "\"stretch\":{\"status\":\"resolved\",\"fixed_version\":\"0\",\"urgency\":\"medium\"},"
      "\"sid\":{\"status\":\"resolved\",\"fixed_version\":\"3.1-1\",\"urgency\":\"unimportant\"}}}},"
      "\"b\":{\"CVE-2024-2\":{\"releases\":{\"sid\":{\"status\":\"open\"}, \"trixie\":{\"status\":\"what\"}}},"
      "\"CVE-2024-3\":7,\"TEMP-1\":{\"releases\":{\"quux\":{\"status\":\"open\",\"urgency\":\"low\"}}}}}";
  static const char *const rows[] = {"Debian:11 openssl CVE-2024-1 [] () end-of-life/end-of-life range>0",
                                     "Debian:12 openssl CVE-2024-1 [] () no-dsa/low range>0",
                                     "Debian:13 openssl CVE-2024-1 [] () postponed/high range>0",
                                     "Debian:14 openssl CVE-2024-1 [] () ignored/- range>0",
                                     "Debian:10 openssl CVE-2024-1 [] () undetermined/- range>0",
                                     "Debian:9 openssl CVE-2024-1 [] () not-affected/medium",
                                     "Debian:sid openssl CVE-2024-1 [] () unimportant/unimportant range>0<3.1-1",
                                     "Debian:quux b TEMP-1 [] () -/low range>0",
                                     NULL};
  g_autoptr(GError) error = NULL;
  g_autoptr(CrBuilder) builder = read_bytes(&cr_feed_debian, NULL, text, strlen(text), &error);
  g_assert_no_error(error);
  assert_rows(builder, rows);
  g_assert_cmpuint(builder->records, ==, 2);
  g_assert_cmpuint(builder->skipped, ==, 2);
  g_assert_cmpstr(builder->skips->pdata[0], ==, "b CVE-2024-2: a release has a status that is not known");
  g_assert_cmpstr(builder->skips->pdata[1], ==, "b CVE-2024-3: it names no releases");
  g_assert_cmpstr(g_array_index(builder->texts, CrBuiltText, 0).text, ==, "one");
}

/* Members are cut whatever stands in them, and wherever the bytes break. */
static void test_members(void)
{
  static const struct {
    const char *text;
    int records; /* -1: no such file */
  } cases[] = {
      {"{}", 0},
      {" {\n} \n", 0},
      {"{\"a\":{\"CVE-1\":{\"releases\":{},\"description\":\"} ] \\\" , : \\\\\"}},\"b\\\"c\":{}}", 1},
      {"", -1},
      {"[]", -1},
      {"{\"a\":{}", -1},
      {"{\"a\":{}}x", -1},
      {"{\"a\":{}}{}", -1},
      {"}", -1},
      {"{a:{}}", -1},
  };
  for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(CrBuilder) builder = read_bytes(&cr_feed_debian, NULL, cases[i].text, strlen(cases[i].text), &error);
    g_test_message("%s: %s", cases[i].text, error ? error->message : "read");
    g_assert_cmpint(builder ? (int)builder->records : -1, ==, cases[i].records);
  }
}

/* A package too large for one document is taken flaw by flaw, to the same. */
static void test_large(void)
{
  GString *text = g_string_new("{\"linux\":{");
  for (guint i = 0; i < 12000; i++)
    g_string_append_printf(
        text,
        "%s\"CVE-2024-%04u\":{\"description\":\"In the Linux kernel, the following: \\\"}\\\" and so on, "
        "until it is long enough\",\"releases\":{\"sid\":{\"status\":\"open\"%s}}}",
        i ? "," : "", i + 1, i == 7 ? ",\"broken\":tru" : "");
  g_string_append(text, "}}");
  g_assert_cmpuint(text->len, >, 1 << 20);
  g_autoptr(GError) error = NULL;
  g_autoptr(CrBuilder) builder = read_bytes(&cr_feed_debian, NULL, text->str, text->len, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(builder->records, ==, 11999);
  g_assert_cmpuint(builder->skipped, ==, 1);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autofree char *line = format_row(builder, 11998, arena);
  g_assert_cmpstr(line, ==, "Debian:sid linux CVE-2024-12000 [] () -/- range>0");
  g_string_free(text, TRUE);
}

static void test_alpine(void)
{
  static const char text[] =
      "{\"packages\":[{\"pkg\":{\"name\":\"xen\",\"secfixes\":{\"4.17-r0\":[\"CVE-2023-34319  XSA-432\",\"XSA-1\","
      "\"CVE-2020-1 CVE-2020-2 XSA-2\",\"CVE-2017-2616 (+ regression fix)\",\"()\"],\"0\":[\"CVE-2021-1\"]}}},"
      "{\"pkg\":{\"name\":\"lua\",\"secfixes\":[]}},{\"pkg\":{\"name\":\"bad\",\"secfixes\":7}}]}";
  static const char *const rows[] = {"Alpine:v3.18 xen CVE-2023-34319 [XSA-432] () -/- range>0<4.17-r0",
                                     "Alpine:v3.18 xen XSA-1 [] () -/- range>0<4.17-r0",
                                     "Alpine:v3.18 xen CVE-2020-1 [] () -/- range>0<4.17-r0",
                                     "Alpine:v3.18 xen CVE-2020-2 [] () -/- range>0<4.17-r0",
                                     "Alpine:v3.18 xen CVE-2017-2616 [] () -/- range>0<4.17-r0",
                                     "Alpine:v3.18 xen CVE-2021-1 [] () not-affected/-",
                                     NULL};
  g_autoptr(CrBuilder) builder = take(&cr_feed_alpine, "Alpine:v3.18", text);
  assert_rows(builder, rows);
  g_assert_cmpuint(builder->skipped, ==, 2);
  g_assert_cmpstr(builder->skips->pdata[0], ==, "xen 4.17-r0: it names no flaw");
  g_assert_cmpstr(builder->skips->pdata[1], ==, "bad: its secfixes are no object");
}

static void test_flaws(void)
{
  g_autoptr(CrBuilder) kev = take(&cr_feed_kev, NULL,
                                  "{\"dateReleased\":\"2026-08-07T16:45:47.0648Z\",\"vulnerabilities\":[{\"cveID\":"
                                  "\"CVE-2026-8037\",\"dateAdded\":\"2026-08-07\"},{\"cveID\":\"CVE-2026-1\","
                                  "\"dateAdded\":\"2026-08-07\"},7]}");
  g_assert_cmpuint(kev->exploited->len, ==, 1);
  g_assert_cmpuint(kev->skipped, ==, 2);
  g_assert_cmpstr(g_array_index(kev->exploited, CrBuiltFlaw, 0).value, ==, "2026-08-07");
  g_assert_cmpint(kev->newest, ==, 1786121147);
  g_autoptr(CrBuilder) epss = take(&cr_feed_epss, NULL,
                                   "#model_version:v1,score_date:2026-07-02T00:00:00Z\ncve,epss,percentile\r\n"
                                   "CVE-1999-0001,0.03351,0.87207\nCVE-2024-12345,4e-05,1\nCVE-2024-1111,1.1,0\n"
                                   "CVE-2024-1112,nan,0\nnonsense\nCVE-2024-1113,0.000005,0.9");
  g_assert_cmpuint(epss->scores->len, ==, 3);
  g_assert_cmpuint(epss->skipped, ==, 3);
  g_assert_cmpuint(g_array_index(epss->scores, CrBuiltScore, 0).score, ==, 3351);
  g_assert_cmpuint(g_array_index(epss->scores, CrBuiltScore, 1).score, ==, 4);
  g_assert_cmpuint(g_array_index(epss->scores, CrBuiltScore, 1).percentile, ==, 100000);
  g_assert_cmpuint(g_array_index(epss->scores, CrBuiltScore, 2).score, ==, 1);
  g_autoptr(CrBuilder) vectors = take(&cr_feed_vulnrichment, NULL,
                                      "cve,cvss_version,vector,score,severity,source\n"
                                      "CVE-1999-0006,3.1,CVSS:3.1/AV:N,9.8,CRITICAL,CISA-ADP,none\n"
                                      "CVE-1999-0007,,,,,CNA\nx\n");
  g_assert_cmpuint(vectors->vectors->len, ==, 1);
  g_assert_cmpuint(vectors->records, ==, 2);
  g_assert_cmpuint(vectors->skipped, ==, 1);
  g_assert_cmpstr(g_array_index(vectors->vectors, CrBuiltFlaw, 0).source, ==, "CISA-ADP");
}

/* How bad a CVE is, for whoever has no word of its own: only from records about that CVE alone. */
static void test_vectors(void)
{
#define CVSS                                                                                                           \
  "\"severity\":[{\"type\":\"CVSS_V2\",\"score\":\"AV:N/AC:L/Au:N/C:P/I:P/"                                            \
  "A:P\"},{\"type\":\"CVSS_V3\",\"score\":\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"}]"
#define AFFECTED "\"affected\":[{\"package\":{\"ecosystem\":\"PyPI\",\"name\":\"a\"}}]}"
  static const struct {
    const char *record, *cve;
  } cases[] = {
      {"{\"id\":\"GHSA-1\",\"aliases\":[\"CVE-2020-1234\",\"PYSEC-1\"]," CVSS "," AFFECTED, "CVE-2020-1234"},
      {"{\"id\":\"CVE-2020-1235\"," CVSS "," AFFECTED, "CVE-2020-1235"},
      {"{\"id\":\"GHSA-2\",\"aliases\":[\"CVE-2020-1234\",\"CVE-2020-1235\"]," CVSS "," AFFECTED, NULL},
      {"{\"id\":\"GHSA-3\"," CVSS "," AFFECTED, NULL},
      {"{\"id\":\"GHSA-4\",\"aliases\":[\"CVE-2020-1234\"]," AFFECTED, NULL},
  };
  for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(CrBuilder) builder = take(&cr_feed_osv, "PyPI", cases[i].record);
    g_assert_cmpuint(builder->vectors->len, ==, cases[i].cve != NULL);
    if (!cases[i].cve)
      continue;
    const CrBuiltFlaw *flaw = &g_array_index(builder->vectors, CrBuiltFlaw, 0);
    g_assert_cmpstr(flaw->cve, ==, cases[i].cve);
    g_assert_true(g_str_has_prefix(flaw->value, "CVSS:3.1/"));
  }
}

static void test_endoflife(void)
{
  g_autoptr(CrBuilder) good = take(&cr_feed_endoflife, NULL, "[{\"cycle\":\"3.18\",\"eol\":false},7]");
  g_assert_cmpuint(good->records, ==, 1);
  g_assert_cmpuint(good->documents->len, ==, 1);
  g_assert_cmpstr(g_array_index(good->documents, CrBuiltDocument, 0).name, ==, "thing");
  g_autoptr(CrBuilder) bad = take(&cr_feed_endoflife, NULL, "{\"message\":\"Product not found\"}");
  g_assert_cmpuint(bad->documents->len, ==, 0);
  g_assert_cmpuint(bad->skipped, ==, 1);
}

static void test_names(void)
{
  static const struct {
    const char *text;
    guint64 number;
  } cases[] = {
      {"CVE-2024-0001", 2024ULL << 32 | 1},
      {"CVE-2024-123456", 2024ULL << 32 | 123456},
      {"CVE-2024-1", 0},
      {"CVE-2024-00012", 0},
      {"CVE-2024-12345678901", 0},
      {"cve-2024-0001", 0},
      {"CVE-24-0001", 0},
      {"CVE-2024-0001 ", 0},
      {"", 0},
  };
  for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
    g_assert_cmpuint(cr_cve_parse(cases[i].text), ==, cases[i].number);
  gint64 seconds = 0;
  g_assert_true(cr_record_parse_time("2024-10-15T17:33:56.597448Z", &seconds));
  g_assert_cmpint(seconds, ==, 1729013636);
  g_assert_true(cr_record_parse_time("2000-02-29", &seconds));
  g_assert_cmpint(seconds, ==, 951782400);
  g_assert_false(cr_record_parse_time("0001-01-01T00:00:00Z", &seconds)); /* Go's zero time */
  g_assert_false(cr_record_parse_time("2024", &seconds));
  g_assert_false(cr_record_parse_time("2024-13-01", &seconds));
}

static guint count_files(const char *folder)
{
  guint count = 0;
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  while (g_dir_read_name(dir))
    count++;
  return count;
}

/* Ctrl-C while a database is written leaves nothing. */
static void test_interrupted(void)
{
  g_autofree char *folder = g_dir_make_tmp("careen-feeds-XXXXXX", NULL);
  g_autofree char *area = g_build_filename(folder, CR_DATABASE_AREA, NULL);
  CrCache *cache = cr_cache_new(folder);
  g_autoptr(GError) error = NULL;
  CrDatabaseWriter *writer = cr_database_writer_new(cache, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(count_files(area), ==, 1);
  cr_leftover_remove_all(); /* what the handler of the signal does */
  g_assert_cmpuint(count_files(area), ==, 0);
  cr_database_writer_free(writer);
  cr_cache_free(cache);
  g_assert_cmpint(g_rmdir(area), ==, 0);
  g_assert_cmpint(g_rmdir(folder), ==, 0);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/feeds/osv", test_osv);
  g_test_add_func("/feeds/osv-hostile", test_osv_hostile);
  g_test_add_func("/feeds/symbols", test_symbols);
  g_test_add_func("/feeds/debian", test_debian);
  g_test_add_func("/feeds/members", test_members);
  g_test_add_func("/feeds/large", test_large);
  g_test_add_func("/feeds/alpine", test_alpine);
  g_test_add_func("/feeds/flaws", test_flaws);
  g_test_add_func("/feeds/vectors", test_vectors);
  g_test_add_func("/feeds/endoflife", test_endoflife);
  g_test_add_func("/feeds/names", test_names);
  g_test_add_func("/feeds/interrupted", test_interrupted);
  return g_test_run();
}
