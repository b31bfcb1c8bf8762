/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/choose.h"

#include <string.h>

#include "base/error.h"

/* ---- a scan and a package manager made by hand ---- */

static CrPackage packages[] = {
    {.type = "deb", .name = "curl", .version = "1-1", .arch = "amd64", .reach = {.level = CR_REACH_UNREACHED}},
    {.type = "deb", .name = "libssl3", .version = "3-1", .arch = "amd64", .reach = {.level = CR_REACH_LOADED}},
    {.type = "deb", .name = "nginx", .version = "1:1-1", .arch = "amd64", .reach = {.level = CR_REACH_POSSIBLE}},
    {.type = "deb", .name = "perl", .version = "5-1", .arch = "amd64", .held = TRUE},
    {.type = "deb", .name = "perl-base", .version = "5-1", .arch = "amd64"},
    {.type = "deb", .name = "tzdata", .version = "2026a-1", .arch = "all"},
    {.type = "opkg", .name = "zlib", .version = "1-r0", .arch = "x86_64"},
    {.type = "deb", .name = "bash", .version = "5-1", .arch = "amd64"},
};
enum { CURL, LIBSSL, NGINX, PERL, PERL_BASE, TZDATA, ZLIB };
#define UPDATE(number, to, ...)                                                                                        \
  {                                                                                                                    \
    .package = &packages[number], .candidate = to, __VA_ARGS__                                                         \
  }
static CrUpdate updates[] = {
    UPDATE(CURL, "1-2", .security = TRUE),
    UPDATE(LIBSSL, "3-2", .security = TRUE),
    UPDATE(NGINX, "1:1-2", .security = TRUE),
    UPDATE(PERL, "5-2", .security = TRUE, .held = TRUE, .kept_back = "on hold"),
    UPDATE(PERL_BASE, "5-2", .security = TRUE, .by = CR_UPDATE_BY_NOTHING, .kept_back = "perl needs perl-base (= 5-1)"),
    UPDATE(TZDATA, "2026b-1", .security = FALSE),
    UPDATE(ZLIB, "1-r1", .security = TRUE),
};

typedef struct {
  const char *refuses; /* a package that cannot be installed */
  const char *drags;   /* a package that changes with nginx … */
  const char *to;      /* … to this version; NULL: removed */
  const char *brings;  /* a new package with curl */
  gboolean leaves_libssl;
} Manager;

static void add_change(CrArena *arena, GPtrArray *changes, const CrPackage *package, const char *name,
                       const char *version)
{
  CrChange *change = cr_arena_new0(arena, CrChange);
  *change = (CrChange){.name = name, .arch = "amd64", .package = package};
  if (version)
    change->file = (CrArchiveFile){.name = name, .version = version, .arch = "amd64"};
  g_ptr_array_add(changes, change);
}

static const CrPackage *find_package(const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS(packages); i++)
    if (!strcmp(packages[i].name, name))
      return &packages[i];
  return NULL;
}

static gboolean resolve(const GPtrArray *wanted, CrArena *arena, GPtrArray *changes, gpointer data, GError **error)
{
  const Manager *manager = data;
  for (guint i = 0; i < wanted->len; i++) {
    const CrPackage *package = wanted->pdata[i];
    if (!g_strcmp0(package->name, manager->refuses)) {
      g_set_error(error, CR_ERROR, CR_ERROR_GATE, "%s would have unmet dependencies", package->name);
      return FALSE;
    }
    if (package == &packages[LIBSSL] && manager->leaves_libssl)
      continue;
    add_change(arena, changes, package, package->name, updates[package - packages].candidate);
    if (package == &packages[NGINX] && manager->drags)
      add_change(arena, changes, find_package(manager->drags), manager->drags, manager->to);
    if (package == &packages[CURL] && manager->brings)
      add_change(arena, changes, NULL, manager->brings, "1");
  }
  return TRUE;
}

/* "curl fixed" and "libssl3" of a change, joined. */
static char *describe(const CrChoice *choice, GPtrArray *findings)
{
  g_autoptr(GPtrArray) all = g_ptr_array_new();
  g_autoptr(GPtrArray) rows = g_ptr_array_new();
  for (guint i = 0; i < G_N_ELEMENTS(packages); i++)
    g_ptr_array_add(all, &packages[i]);
  for (guint i = 0; i < G_N_ELEMENTS(updates); i++)
    g_ptr_array_add(rows, &updates[i]);
  g_autoptr(GPtrArray) none = g_ptr_array_new();
  CrScan scan = {.packages = all, .updates = rows, .findings = findings ? findings : none};
  g_autoptr(CrPlan) plan = cr_plan_make(&scan, choice);
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < plan->fixes->len; i++) {
    const CrFix *fix = plan->fixes->pdata[i];
    g_assert_true((fix->state == CR_FIX_FIXED) == (fix->why == NULL));
    g_string_append_printf(text, "%s %s\n", fix->name, cr_fix_state_get_name(fix->state));
  }
  for (guint i = 0; i < plan->changes->len; i++)
    g_string_append_printf(text, "+%s\n", ((const CrChange *)plan->changes->pdata[i])->name);
  return g_string_free(g_steal_pointer(&text), FALSE);
}

#define OTHERS "perl held\nperl-base kept-back\n"

static const char *const only_two[] = {"curl", "absent", NULL};
static const char *const only_current[] = {"bash", NULL};
static const char *const hold_libraries[] = {"lib*", NULL};
static const char *const hold_perl[] = {"tz*", NULL};

static const struct {
  const char *name;
  Manager manager;
  CrWanted updates;
  const char *const *only, *const *hold;
  gboolean removals;
  const char *expected;
} rows[] = {
    {"security",
     {0},
     CR_WANTED_SECURITY,
     NULL,
     NULL,
     FALSE,
     "curl fixed\nlibssl3 fixed\nnginx fixed\n" OTHERS "zlib unsupported\n+curl\n+libssl3\n+nginx\n"},
    {"all",
     {0},
     CR_WANTED_ALL,
     NULL,
     NULL,
     FALSE,
     "curl fixed\nlibssl3 fixed\nnginx fixed\n" OTHERS
     "tzdata fixed\nzlib unsupported\n+curl\n+libssl3\n+nginx\n+tzdata\n"},
    {"reached", {0}, CR_WANTED_REACHED, NULL, NULL, FALSE, "libssl3 fixed\nnginx fixed\n+libssl3\n+nginx\n"},
    {"only", {0}, CR_WANTED_SECURITY, only_two, NULL, FALSE, "absent gone\ncurl fixed\n+curl\n"},
    {"only what has no update", {0}, CR_WANTED_SECURITY, only_current, NULL, FALSE, "bash not-in-archive\n"},
    {"hold", {0}, CR_WANTED_REACHED, NULL, hold_libraries, FALSE, "libssl3 held\nnginx fixed\n+nginx\n"},
    {"one that cannot be does not stop the others",
     {.refuses = "libssl3"},
     CR_WANTED_REACHED,
     NULL,
     NULL,
     FALSE,
     "libssl3 kept-back\nnginx fixed\n+nginx\n"},
    {"nothing is removed",
     {.drags = "tzdata"},
     CR_WANTED_REACHED,
     NULL,
     NULL,
     FALSE,
     "libssl3 fixed\nnginx kept-back\n+libssl3\n"},
    {"but where it is allowed",
     {.drags = "tzdata"},
     CR_WANTED_REACHED,
     NULL,
     NULL,
     TRUE,
     "libssl3 fixed\nnginx fixed\n+libssl3\n+nginx\n+tzdata\n"},
    {"what the image holds is not dragged along",
     {.drags = "perl", .to = "5-2"},
     CR_WANTED_REACHED,
     NULL,
     NULL,
     TRUE,
     "libssl3 fixed\nnginx kept-back\n+libssl3\n"},
    {"nor what --hold holds",
     {.drags = "tzdata", .to = "2026b-1"},
     CR_WANTED_REACHED,
     NULL,
     hold_perl,
     FALSE,
     "libssl3 fixed\nnginx kept-back\n+libssl3\n"},
    {"nothing goes back",
     {.drags = "tzdata", .to = "2025a-1"},
     CR_WANTED_REACHED,
     NULL,
     NULL,
     TRUE,
     "libssl3 fixed\nnginx kept-back\n+libssl3\n"},
    {"new packages come along",
     {.brings = "libnew"},
     CR_WANTED_SECURITY,
     only_two,
     NULL,
     FALSE,
     "absent gone\ncurl fixed\n+curl\n+libnew\n"},
    {"left alone is not fixed",
     {.leaves_libssl = TRUE},
     CR_WANTED_REACHED,
     NULL,
     NULL,
     FALSE,
     "libssl3 kept-back\nnginx fixed\n+nginx\n"},
};

static void test_choices(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    Manager manager = rows[i].manager;
    CrChoice choice = {.updates = rows[i].updates,
                       .only = rows[i].only,
                       .hold = rows[i].hold,
                       .allow_removals = rows[i].removals,
                       .resolve = resolve,
                       .data = &manager};
    g_autofree char *answer = describe(&choice, NULL);
    g_test_message("%s", rows[i].name);
    g_assert_cmpstr(answer, ==, rows[i].expected);
  }
}

static void test_pending(void)
{
  CrFinding pending = {.id = "CVE-1", .package = &packages[TZDATA], .status = "pending_archive", .fixed = "2026c-1"};
  CrFinding unfixed = {.id = "CVE-2", .package = &packages[TZDATA], .status = "unfixed"};
  CrFinding waiting = {.id = "CVE-3", .package = &packages[CURL], .status = "pending_archive", .fixed = "1-3"};
  g_autoptr(GPtrArray) findings = g_ptr_array_new();
  g_ptr_array_add(findings, &unfixed);
  g_ptr_array_add(findings, &pending);
  g_ptr_array_add(findings, &waiting); /* has an update, which is its one state */
  static const char *const two[] = {"curl", "tzdata", NULL};
  Manager manager = {0};
  CrChoice choice = {.only = two, .resolve = resolve, .data = &manager};
  updates[TZDATA].package = &packages[TZDATA];
  g_autofree char *answer = describe(&choice, findings);
  g_assert_cmpstr(answer, ==, "curl fixed\ntzdata fixed\n+curl\n+tzdata\n");
  choice.only = NULL;
  g_autofree char *security = describe(&choice, findings);
  g_assert_nonnull(strstr(security, "tzdata not-in-archive\n"));
}

/* An approved list: each entry has one state, and nothing else is touched; what an earlier patch brought stays wanted.
 */
static void test_wishes(void)
{
  CrWish list[] = {
      {"curl", "amd64", "1-2"},    /* as the archives have it */
      {"libssl3", "amd64", "3-1"}, /* there already: the archives are further */
      {"nginx", "amd64", "1:1-3"}, /* newer than the archives have */
      {"nginx", "i386", "1:1-2"},  /* of another architecture: not there */
      {"perl", "amd64", "5-2"},    /* held */
  };
  g_autoptr(GPtrArray) wishes = g_ptr_array_new();
  for (guint i = 0; i < G_N_ELEMENTS(list); i++)
    g_ptr_array_add(wishes, &list[i]);
  Manager manager = {0};
  CrChoice choice = {.wishes = wishes, .resolve = resolve, .data = &manager};
  g_autofree char *answer = describe(&choice, NULL);
  g_assert_cmpstr(answer, ==,
                  "curl fixed\nlibssl3 fixed\nnginx not-in-archive\nnginx gone\nperl held\n+curl\n+libssl3\n");
  static const char *const earlier[] = {"tzdata", NULL};
  choice.also = earlier;
  g_autofree char *more = describe(&choice, NULL);
  g_assert_nonnull(strstr(more, "+tzdata\n"));
}

static void find_unused(const GPtrArray *changes, CrArena *arena, GPtrArray *removals, gpointer data)
{
  (void)data;
  g_assert_cmpuint(changes->len, ==, 1);
  add_change(arena, removals, &packages[TZDATA], "tzdata", NULL);
  add_change(arena, removals, &packages[PERL], "perl", NULL); /* on hold: stays */
}

static void test_unused(void)
{
  Manager manager = {0};
  CrChoice choice = {.only = only_two, .resolve = resolve, .find_unused = find_unused, .data = &manager};
  g_autofree char *answer = describe(&choice, NULL);
  g_assert_cmpstr(answer, ==, "absent gone\ncurl fixed\n+curl\n+tzdata\n");
  static const char *const hold_data[] = {"tz*", NULL};
  choice.hold = hold_data;
  g_autofree char *held = describe(&choice, NULL);
  g_assert_cmpstr(held, ==, "absent gone\ncurl fixed\n+curl\n");
}

/* apk's archives do not say what is for security; advisories do, and where there are none the branch is taken. */
static void test_unlabelled(void)
{
  static const CrArchive own = {.name = "v3.18/main", .distribution = TRUE}, third = {.name = "example.org/packages"};
  static const char *const named[] = {"CVE-2026-1", NULL};
  static const struct {
    const char *type, *advisories;
    const CrArchive *archive;
    CrStrv fixes;
    gboolean security, wanted;
  } cases[] = {
      {"apk", NULL, &own, NULL, FALSE, TRUE},
      {"apk", NULL, &third, NULL, FALSE, FALSE},
      {"apk", "alpine-secdb", &own, cr_strv_empty, FALSE, FALSE},
      {"apk", "alpine-secdb", &own, named, TRUE, TRUE},
      {"deb", NULL, &own, NULL, FALSE, FALSE},
  };
  for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
    CrPackage package = {
        .type = cases[i].type, .name = "musl", .version = "1-r0", .arch = "x86_64", .advisories = cases[i].advisories};
    CrUpdate update = {.package = &package,
                       .candidate = "1-r1",
                       .archive = cases[i].archive,
                       .fixes = cases[i].fixes,
                       .security = cases[i].security};
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    g_autoptr(GPtrArray) waiting = g_ptr_array_new();
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_ptr_array_add(all, &package);
    g_ptr_array_add(waiting, &update);
    CrScan scan = {.packages = all, .updates = waiting, .findings = none};
    Manager manager = {.refuses = "musl"};
    CrChoice choice = {.updates = CR_WANTED_SECURITY, .resolve = resolve, .data = &manager};
    g_autoptr(CrPlan) plan = cr_plan_make(&scan, &choice);
    g_test_message("%u", i);
    g_assert_cmpuint(plan->fixes->len, ==, cases[i].wanted);
  }
}

/* What another archive offers is not taken: the line's own candidate is, or none. */
static void test_line(void)
{
  CrUpdate kept = updates[NGINX];
  g_autoptr(GPtrArray) in_line = g_ptr_array_new();
  g_ptr_array_add(in_line, &kept);
  Manager manager = {0};
  CrChoice choice = {.updates = CR_WANTED_REACHED, .resolve = resolve, .data = &manager, .in_line = in_line};
  g_autofree char *answer = describe(&choice, NULL);
  g_assert_cmpstr(answer, ==, "libssl3 held\nnginx fixed\n+nginx\n");
  kept.security = FALSE; /* the flaw is fixed elsewhere alone */
  g_autofree char *elsewhere = describe(&choice, NULL);
  g_assert_cmpstr(elsewhere, ==, "libssl3 held\nnginx held\n");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/remedy/choose/choices", test_choices);
  g_test_add_func("/remedy/choose/pending", test_pending);
  g_test_add_func("/remedy/choose/line", test_line);
  g_test_add_func("/remedy/choose/wishes", test_wishes);
  g_test_add_func("/remedy/choose/unused", test_unused);
  g_test_add_func("/remedy/choose/unlabelled", test_unlabelled);
  return g_test_run();
}
