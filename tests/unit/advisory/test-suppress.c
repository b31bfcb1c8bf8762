/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/suppress-rules.h"

#include "base/error.h"

#include <string.h>
#include <unistd.h>

static const char *const paths[] = {"var/lib/dpkg/status", NULL};
static CrPackage packages[] = {
    {.type = "deb",
     .name = "libssl3",
     .version = "3.0.1-1",
     .source_name = "openssl",
     .source_version = "3.0.1-1",
     .purl = "pkg:deb/debian/libssl3@3.0.1-1?arch=amd64&distro=debian-12",
     .paths = paths},
    {.type = "npm",
     .name = "@scope/x",
     .version = "1.0.0",
     .source_name = "@scope/x",
     .source_version = "1.0.0",
     .purl = "pkg:npm/%40scope/x@1.0.0",
     .paths = paths},
};
static const char *const aliases[] = {"GHSA-1", NULL};
static const char *const digests[] = {
    "shop/web@sha256:" /* 64 digits follow */ "1111111111111111111111111111111111111111111111111111111111111111", NULL};
static const CrImage image = {
    .ref = "docker:shop/web:4",
    .name = "shop/web:4",
    .id = "sha256:2222222222222222222222222222222222222222222222222222222222222222",
    .repo_digests = digests,
};

static CrFinding make_finding(guint package)
{
  return (CrFinding){.id = "CVE-2024-1", .aliases = aliases, .package = &packages[package], .status = "unfixed"};
}

/* What hides the finding in PACKAGE on 2026-11-27, by the file TEXT; NULL: nothing. Free with g_free. */
static char *judge(const char *text, gboolean vex, guint package, CrProblems *problems)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp("careen-XXXXXX", &path, &error);
  g_assert_no_error(error);
  close(fd);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  g_autoptr(CrSuppressions) suppressions = cr_suppressions_new();
  if (vex)
    cr_suppressions_add_vex(suppressions, path, &error);
  else
    cr_suppressions_add_rules(suppressions, path, TRUE, &error);
  unlink(path);
  g_assert_no_error(error);
  CrFinding finding = make_finding(package);
  g_autoptr(GPtrArray) findings = g_ptr_array_new();
  g_ptr_array_add(findings, &finding);
  g_autoptr(CrArena) arena = cr_arena_new();
  GDate today;
  g_date_clear(&today, 1);
  g_date_set_dmy(&today, 27, G_DATE_NOVEMBER, 2026);
  cr_suppressions_apply(suppressions, &image, findings, &today, arena, problems);
  return g_strdup(finding.suppressed);
}

#define WHY "reason: r, owner: o, expires: 2027-01-31"

static void test_rules(void)
{
  static const struct {
    const char *rule;
    gboolean hides;
    const char *note; /* or NULL: none */
  } rows[] = {
      {"{id: CVE-2024-1, " WHY "}", TRUE, NULL},
      {"{id: GHSA-1, " WHY "}", TRUE, NULL},
      {"{id: CVE-2024-*, package: openssl, " WHY "}", TRUE, NULL},
      {"{package: libssl*, " WHY "}", TRUE, NULL},
      {"{package: 'pkg:deb/debian/libssl3@*', " WHY "}", TRUE, NULL},
      {"{package: 'pkg:deb/debian/libssl3', " WHY "}", TRUE, NULL},
      {"{package: 'pkg:deb/debian/libssl3@3.0.1-1', " WHY "}", TRUE, NULL},
      {"{package: 'pkg:deb/debian/libssl3@3.0.1-2', " WHY "}", FALSE, "meets nothing"},
      {"{package: 'pkg:deb/ubuntu/libssl3', " WHY "}", FALSE, "meets nothing"},
      {"{path: /var/lib/dpkg/*, " WHY "}", TRUE, NULL},
      {"{id: CVE-2024-1, package: curl, " WHY "}", FALSE, "meets nothing"},
      {"{id: CVE-2024-2, " WHY "}", FALSE, "meets nothing"},
      {"{id: CVE-2024-1, reason: r, owner: o, expires: 2026-11-27}", TRUE, NULL},
      {"{id: CVE-2024-1, reason: r, owner: o, expires: 2026-11-26}", FALSE, "ended on 2026-11-26"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *text = g_strdup_printf("ignore:\n  - %s\n", rows[i].rule);
    CrProblems *problems = cr_problems_new();
    g_autofree char *why = judge(text, FALSE, 0, problems);
    g_assert_cmpint(why != NULL, ==, rows[i].hides);
    g_assert_cmpuint(cr_problems_get_count(problems), ==, rows[i].note != NULL);
    if (rows[i].note)
      g_assert_nonnull(strstr(cr_problems_get(problems, 0)->what, rows[i].note));
    cr_problems_free(problems);
  }
  CrProblems *problems = cr_problems_new();
  g_autofree char *why = judge("ignore: [{id: CVE-2024-1, " WHY "}]", FALSE, 0, problems);
  g_assert_cmpstr(why, ==, "r (o, until 2027-01-31)");
  cr_problems_free(problems);
}

static void test_bad_rules(void)
{
  static const struct {
    const char *text, *says;
  } rows[] = {
      {"ignore: [{id: X, owner: o, expires: 2027-01-31}]", "'reason' is missing"},
      {"ignore: [{id: X, reason: r, expires: 2027-01-31}]", "'owner' is missing"},
      {"ignore: [{id: X, reason: r, owner: o}]", "'expires' is missing"},
      {"ignore: [{reason: r, owner: o, expires: 2027-01-31}]", "id, package or path is missing"},
      {"ignore: [{id: X, reason: r, owner: o, expires: never}]", "'never' is no day"},
      {"ignore: [{id: X, reason: r, owner: o, expires: 2027-02-30}]", "'2027-02-30' is no day"},
      {"ignore:\n  - {id: X, until: 2027-01-31}", "line 2, column 13: unknown key 'until'"},
      {"ignore: [{id: [X], " WHY "}]", "'id' takes one value"},
      {"ignored: []", "unknown key 'ignored'"},
      {"ignore: yes", "'ignore' is a list"},
      {"- x", "it is not a map"},
      {"ignore: [x]", "a rule is a map"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(GPtrArray) rules = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    g_assert_false(cr_ignore_rules_parse(rows[i].text, strlen(rows[i].text), "i.yaml", arena, rules, &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
    if (!strstr(error->message, rows[i].says))
      g_error("'%s' does not say '%s'", error->message, rows[i].says);
  }
}

#define OPENVEX(STATEMENTS)                                                                                            \
  "{\"@context\":\"https://openvex.dev/ns/v0.2.0\",\"author\":\"A\",\"timestamp\":\"2026-01-01T00:00:00Z\","           \
  "\"statements\":[" STATEMENTS "]}"
#define SAYS(STATUS, PRODUCT)                                                                                          \
  "{\"vulnerability\":{\"name\":\"CVE-2024-1\"},\"status\":\"" STATUS                                                  \
  "\",\"justification\":\"j\",\"products\":[" PRODUCT "]}"
#define D1 "1111111111111111111111111111111111111111111111111111111111111111"
#define D9 "9999999999999999999999999999999999999999999999999999999999999999"

static void test_openvex(void)
{
  static const struct {
    const char *text;
    guint package;
    gboolean hides;
  } rows[] = {
      {OPENVEX(SAYS("not_affected", "{\"@id\":\"pkg:deb/debian/libssl3@3.0.1-1\"}")), 0, TRUE},
      {OPENVEX(SAYS("fixed", "{\"@id\":\"pkg:deb/debian/libssl3\"}")), 0, TRUE},
      {OPENVEX(SAYS("affected", "{\"@id\":\"pkg:deb/debian/libssl3\"}")), 0, FALSE},
      {OPENVEX(SAYS("not_affected", "{\"@id\":\"pkg:deb/debian/libssl3@3.0.2-1\"}")), 0, FALSE},
      {OPENVEX(SAYS("not_affected", "{\"@id\":\"pkg:deb/debian/libssl3?distro=debian-11\"}")), 0, FALSE},
      {OPENVEX(SAYS("not_affected", "{\"@id\":\"pkg:deb/debian/openssl?arch=source\"}")), 0, TRUE},
      {OPENVEX(SAYS("not_affected", "{\"@id\":\"pkg:deb/ubuntu/libssl3\"}")), 0, FALSE},
      {OPENVEX(SAYS("not_affected", "{\"@id\":\"pkg:npm/%40scope/x@1.0.0\"}")), 1, TRUE},
      {OPENVEX(SAYS("not_affected", "{\"@id\":\"pkg:oci/web@sha256%3A" D1
                                    "\",\"subcomponents\":[{\"@id\":\"pkg:deb/debian/libssl3\"}]}")),
       0, TRUE},
      {OPENVEX(SAYS("not_affected", "{\"@id\":\"pkg:oci/web@sha256%3A" D9
                                    "\",\"subcomponents\":[{\"@id\":\"pkg:deb/debian/libssl3\"}]}")),
       0, FALSE},
      {OPENVEX(SAYS("not_affected",
                    "{\"@id\":\"pkg:oci/web@sha256%3A" D1 "\",\"subcomponents\":[{\"@id\":\"pkg:deb/debian/curl\"}]}")),
       0, FALSE},
      {OPENVEX(SAYS("not_affected", "{\"@id\":\"pkg:oci/web\"}")), 0, TRUE},
      {OPENVEX(SAYS("not_affected", "{\"@id\":\"pkg:oci/web?tag=5\"}")), 0, FALSE},
      {OPENVEX(SAYS("not_affected", "{\"@id\":\"pkg:oci/web?repository_url=docker.io/shop/web&tag=4\"}")), 0, TRUE},
      {OPENVEX(SAYS("not_affected", "{\"@id\":\"pkg:oci/web?repository_url=ghcr.io/shop/web\"}")), 0, FALSE},
      {OPENVEX(SAYS("not_affected", "{\"@id\":\"shop/web:4\"}")), 0, TRUE},
      {OPENVEX(SAYS("not_affected", "{\"@id\":\"shop/web:5\"}")), 0, FALSE},
      {OPENVEX(SAYS("not_affected", "{\"hashes\":{\"sha-256\":\"" D1 "\"},\"@id\":\"x\"}")), 0, TRUE},
      /* the newer holds; of the same time the later */
      {OPENVEX(SAYS("not_affected", "{\"@id\":\"shop/web:4\"}") "," SAYS("affected", "{\"@id\":\"shop/web:4\"}")), 0,
       FALSE},
      {OPENVEX("{\"vulnerability\":\"GHSA-1\",\"status\":\"not_affected\",\"products\":[\"shop/web:4\"]}"), 0, TRUE},
      {OPENVEX("{\"vulnerability\":{\"name\":\"CVE-2024-1\"},\"status\":\"not_affected\",\"timestamp\":\"2027-01-01T00:"
               "00:00Z\",\"products\":[{\"@id\":\"shop/web:4\"}]}," SAYS("affected", "{\"@id\":\"shop/web:4\"}")),
       0, TRUE},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    CrProblems *problems = cr_problems_new();
    g_autofree char *why = judge(rows[i].text, TRUE, rows[i].package, problems);
    if ((why != NULL) != rows[i].hides)
      g_error("row %u: %s", i, why ? why : "not hidden");
    cr_problems_free(problems);
  }
  CrProblems *problems = cr_problems_new(); /* a document about something else is said */
  g_autofree char *none = judge(OPENVEX(SAYS("not_affected", "{\"@id\":\"shop/web:5\"}")), TRUE, 0, problems);
  g_assert_null(none);
  g_assert_cmpuint(cr_problems_get_count(problems), ==, 1);
  g_assert_nonnull(strstr(cr_problems_get(problems, 0)->what, "no statement of this VEX document"));
  cr_problems_free(problems);
}

static void test_csaf(void)
{
  CrProblems *problems = cr_problems_new();
  g_autofree char *why =
      judge("{\"document\":{\"csaf_version\":\"2.0\",\"publisher\":{\"name\":\"Vendor\"},\"tracking\":{\"current_"
            "release_date\":\"2026-01-01\"}},"
            "\"product_tree\":{\"branches\":[{\"branches\":[{\"product\":{\"product_id\":\"ssl\",\"product_"
            "identification_helper\":{\"purl\":"
            "\"pkg:deb/debian/"
            "libssl3\"}}}]}],\"relationships\":[{\"product_reference\":\"ssl\",\"relates_to_product_reference\":\"os\","
            "\"full_product_name\":{\"product_id\":\"os:ssl\"}}]},\"vulnerabilities\":[{\"cve\":\"CVE-2024-1\","
            "\"product_status\":{"
            "\"known_not_affected\":[\"os:ssl\"]},\"flags\":[{\"label\":\"component_not_present\",\"product_ids\":["
            "\"os:ssl\"]}]}]}",
            TRUE, 0, problems);
  g_assert_cmpstr(why, ==, "not affected by the VEX of Vendor: component_not_present");
  cr_problems_free(problems);
}

static void test_cyclonedx(void)
{
  CrProblems *problems = cr_problems_new();
  g_autofree char *why =
      judge("{\"bomFormat\":\"CycloneDX\",\"metadata\":{\"authors\":[{\"name\":\"Me\"}]},\"components\":[{\"bom-ref\":"
            "\"c1\",\"purl\":"
            "\"pkg:deb/debian/"
            "libssl3@3.0.1-1\"}],\"vulnerabilities\":[{\"id\":\"CVE-2024-1\",\"analysis\":{\"state\":\"not_affected\","
            "\"justification\":\"code_not_reachable\"},\"affects\":[{\"ref\":\"urn:cdx:f08a6ccd-4dce-4759-bd84-"
            "c626675d60a7/1#c1\"}]}]}",
            TRUE, 0, problems);
  g_assert_cmpstr(why, ==, "not affected by the VEX of Me: code_not_reachable");
  cr_problems_free(problems);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/advisory/suppress/rules", test_rules);
  g_test_add_func("/advisory/suppress/bad-rules", test_bad_rules);
  g_test_add_func("/advisory/suppress/openvex", test_openvex);
  g_test_add_func("/advisory/suppress/csaf", test_csaf);
  g_test_add_func("/advisory/suppress/cyclonedx", test_cyclonedx);
  return g_test_run();
}
