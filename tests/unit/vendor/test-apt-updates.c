/* SPDX-License-Identifier: Apache-2.0 */
/* apt's decisions on worlds of a few packages. What is installed, brought and removed in each row was compared with
 * `apt-get -s upgrade` and `-s dist-upgrade` of apt 2.6.2 on the same status file and lists ("no apt" is our own rule:
 * nothing in such an image would refuse); the reasons in brackets are our words. The large comparison is
 * tests/oracle/apt-decisions. */
#include "vendor/apt.h"
#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  const char *name;
  const char *status;   /* dpkg's stanzas; "held" in Status holds */
  const char *archive;  /* main */
  const char *security; /* or NULL */
  const char *pins;     /* or NULL */
  const char *want;     /* a line for each update */
} Row;

#define INSTALLED "Status: install ok installed\nArchitecture: amd64\nMaintainer: x\n"
#define LISTED                                                                                                         \
  "Architecture: amd64\nFilename: pool/x.deb\nSize: 1\nSHA256: "                                                       \
  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
#define OLD(name, more) "Package: " name "\nVersion: 1\n" INSTALLED more "\n"
#define NEW(name, more) "Package: " name "\nVersion: 2\n" LISTED more "\n"
#define APT             OLD("apt", "")

static const Row rows[] = {
    {"plain", APT OLD("a", ""), NEW("a", ""), NULL, NULL, "a 2 upgrade\n"},
    {"nothing", APT OLD("a", ""), "Package: a\nVersion: 1\n" LISTED "\n", NULL, NULL, ""},
    {"security", APT OLD("a", ""), NEW("a", ""), "Package: a\nVersion: 1.1\n" LISTED "\n", NULL,
     "a 2 upgrade security\n"},
    {"held", APT "Package: a\nVersion: 1\nStatus: hold ok installed\nArchitecture: amd64\n\n", NEW("a", ""), NULL, NULL,
     "a 2 nothing held (on hold)\n"},
    {"pinned back", APT OLD("a", ""), NEW("a", ""), NULL, "Package: a\nPin: version 1\nPin-Priority: 999\n",
     "a 2 nothing held (pinned back by etc/apt/preferences)\n"},
    {"pinned down", APT OLD("a", ""), "Package: a\nVersion: 0.5\n" LISTED "\n", NULL,
     "Package: a\nPin: version 0.5\nPin-Priority: 1001\n", "a 0.5 upgrade\n"},
    {"new dependency", APT OLD("a", ""), NEW("a", "Depends: b\n") NEW("b", ""), NULL, NULL,
     "a 2 dist-upgrade (needs b) +b\n"},
    {"first alternative that can be", APT OLD("a", ""), NEW("a", "Depends: none | b | c\n") NEW("b", "") NEW("c", ""),
     NULL, NULL, "a 2 dist-upgrade (needs none) +b\n"},
    {"recommendation that is new", APT OLD("a", ""), NEW("a", "Recommends: b\n") NEW("b", ""), NULL, NULL,
     "a 2 dist-upgrade (another package would lose what it recommends) +b\n"},
    {"recommendation not wanted before", APT OLD("a", "Recommends: b\n"), NEW("a", "Recommends: b\n") NEW("b", ""),
     NULL, NULL, "a 2 upgrade\n"},
    {"versioned provides", APT OLD("a", "") OLD("p", "Provides: v (= 3)\n"), NEW("a", "Depends: v (>= 3)\n"), NULL,
     NULL, "a 2 upgrade\n"},
    {"provides of too old a version", APT OLD("a", "") OLD("p", "Provides: v (= 2)\n"), NEW("a", "Depends: v (>= 3)\n"),
     NULL, NULL, "a 2 nothing (needs v (>= 3))\n"},
    {"in step", APT OLD("a", "Depends: b (= 1)\n") OLD("b", ""), NEW("a", "Depends: b (= 2)\n") NEW("b", ""), NULL,
     NULL, "a 2 upgrade\nb 2 upgrade\n"},
    {"removes what cannot follow", APT OLD("a", "Depends: b (= 1)\n") OLD("b", ""), NEW("b", ""), NULL, NULL,
     "b 2 dist-upgrade (a needs b (= 1)) -a\n"},
    {"breaks what can move", APT OLD("a", "") OLD("b", ""), NEW("a", "Breaks: b (<< 2)\n") NEW("b", ""), NULL, NULL,
     "a 2 upgrade\nb 2 upgrade\n"},
    {"refused", OLD("apt", "Depends: gone\n") OLD("a", ""), NEW("a", ""), NULL, NULL,
     "a 2 nothing (apt refuses: apt has unmet dependencies)\n"},
    {"no apt", OLD("a", "Depends: gone\n"), NEW("a", "Depends: gone\n"), NULL, NULL, "a 2 upgrade\n"},
    {"another build of one version", APT OLD("a", "Depends: apt\n"), "Package: a\nVersion: 1\n" LISTED "\n", NULL, NULL,
     "a 1 upgrade\n"},
    {"dpkg's own spelling is no other build", APT OLD("a", "Depends: apt (>= 0:1), apt (<< 3)\nConflicts: z (<= 1)\n"),
     "Package: a\nVersion: 1\n" LISTED "Depends: apt (>=1),apt(<<3)\nConflicts: z (< 1)\n\n", NULL, NULL, ""},
    {"essential that is missing", APT OLD("a", ""), NEW("a", "") NEW("e", "Essential: yes\n"), NULL, NULL,
     "a 2 upgrade +e\n"},
};

static const char *find_field(CrArena *arena, const char *stanza, const char *name)
{
  g_autofree char *start = g_strdup_printf("\n%s: ", name);
  g_autofree char *whole = g_strconcat("\n", stanza, NULL);
  const char *at = strstr(whole, start);
  return at ? cr_arena_strndup(arena, at + strlen(start), strcspn(at + strlen(start), "\n")) : NULL;
}

static GPtrArray *read_status(CrArena *arena, const char *text)
{
  GPtrArray *packages = g_ptr_array_new();
  g_auto(GStrv) stanzas = g_strsplit(text, "\n\n", -1);
  for (guint i = 0; stanzas[i]; i++) {
    if (!*stanzas[i])
      continue;
    CrPackage *package = cr_arena_new0(arena, CrPackage);
    package->type = "deb";
    package->control = cr_arena_strdup(arena, stanzas[i]);
    package->control_bytes = strlen(stanzas[i]);
    package->name = package->source_name = find_field(arena, stanzas[i], "Package");
    package->version = package->source_version = find_field(arena, stanzas[i], "Version");
    package->arch = find_field(arena, stanzas[i], "Architecture");
    package->held = g_str_has_prefix(find_field(arena, stanzas[i], "Status"), "hold");
    g_ptr_array_add(packages, package);
  }
  return packages;
}

static CrArchiveData *make_archive(CrArena *arena, const CrCache *cache, const char *text, const char *name)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
  g_assert_true(cr_list_compile(cr_stream_new_bytes(bytes), cache, name, &error));
  CrArchiveData *data = cr_arena_new0(arena, CrArchiveData);
  data->archive.name = name;
  data->archive.distribution = TRUE;
  data->archive.configured = TRUE;
  data->list_count = 1;
  data->lists = cr_arena_new0(arena, CrArchiveList);
  data->lists->list = cr_list_open(cache, name);
  data->lists->architecture = "amd64";
  data->lists->component = "main";
  g_assert_nonnull(data->lists->list);
  return data;
}

static char *format_updates(const GPtrArray *updates)
{
  GString *out = g_string_new(NULL);
  for (guint i = 0; i < updates->len; i++) {
    const CrUpdate *update = updates->pdata[i];
    g_assert_cmpstr(update->component, ==, "main");
    g_string_append_printf(out, "%s %s %s", update->package->name, update->candidate,
                           cr_update_by_get_name(update->by));
    if (update->security)
      g_string_append(out, " security");
    if (update->held)
      g_string_append(out, " held");
    if (update->kept_back)
      g_string_append_printf(out, " (%s)", update->kept_back);
    for (guint k = 0; update->brings[k]; k++)
      g_string_append_printf(out, " +%s", update->brings[k]);
    for (guint k = 0; update->removes[k]; k++)
      g_string_append_printf(out, " -%s", update->removes[k]);
    g_string_append_c(out, '\n');
  }
  return g_string_free(out, FALSE);
}

static void run_row(const Row *row, const CrCache *cache)
{
  static const char *const architectures[] = {"amd64", NULL};
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GPtrArray) packages = read_status(arena, row->status);
  g_autoptr(GPtrArray) archives = g_ptr_array_new();
  g_autoptr(GPtrArray) updates = g_ptr_array_new();
  g_ptr_array_add(archives, make_archive(arena, cache, row->archive, "main"));
  if (row->security) {
    CrArchiveData *data = make_archive(arena, cache, row->security, "security");
    data->archive.security = TRUE;
    g_ptr_array_add(archives, data);
  }
  CrAptPins *pins = cr_apt_pins_new(arena);
  if (row->pins)
    cr_apt_pins_parse(pins, row->pins, strlen(row->pins), "etc/apt/preferences", problems);
  CrArchives set = {
      .arena = arena, .archives = archives, .native = "amd64", .architectures = architectures, .pins = pins};
  cr_apt_find_updates(&set, packages, arena, updates, problems);
  g_autofree char *got = format_updates(updates);
  if (strcmp(got, row->want) != 0)
    g_test_message("%s", row->name);
  g_assert_cmpstr(got, ==, row->want);
  for (guint i = 0; i < archives->len; i++)
    cr_list_free(((CrArchiveData *)archives->pdata[i])->lists[0].list);
  cr_apt_pins_free(pins);
}

/* The archive is configured, but not the component that has the update: the image's apt would not see it. */
static void test_configured(void)
{
  static const char *const architectures[] = {"amd64", NULL};
  g_autofree char *dir = g_dir_make_tmp("careen-apt.XXXXXX", NULL);
  g_autoptr(CrCache) cache = cr_cache_new(dir);
  for (guint configured = 0; configured < 2; configured++) {
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(CrProblems) problems = cr_problems_new();
    g_autoptr(GPtrArray) packages = read_status(arena, APT OLD("a", ""));
    g_autoptr(GPtrArray) archives = g_ptr_array_new();
    g_autoptr(GPtrArray) updates = g_ptr_array_new();
    CrArchiveData *data = make_archive(arena, cache, NEW("a", ""), "main");
    data->lists[0].configured = configured;
    g_ptr_array_add(archives, data);
    CrArchives set = {.arena = arena, .archives = archives, .native = "amd64", .architectures = architectures};
    cr_apt_find_updates(&set, packages, arena, updates, problems);
    g_assert_cmpuint(updates->len, ==, 1);
    g_assert_cmpint(((const CrUpdate *)updates->pdata[0])->configured, ==, configured);
    cr_list_free(data->lists[0].list);
  }
  cr_cache_remove(cache, "archives", "main");
  g_autofree char *area = g_build_filename(dir, "archives", NULL);
  g_rmdir(area);
  g_rmdir(dir);
}

static void test_rows(void)
{
  g_autofree char *dir = g_dir_make_tmp("careen-apt.XXXXXX", NULL);
  g_autoptr(CrCache) cache = cr_cache_new(dir);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    run_row(&rows[i], cache);
  cr_cache_remove(cache, "archives", "main");
  cr_cache_remove(cache, "archives", "security");
  g_autofree char *area = g_build_filename(dir, "archives", NULL);
  g_rmdir(area);
  g_rmdir(dir);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/vendor/apt-updates/rows", test_rows);
  g_test_add_func("/vendor/apt-updates/configured", test_configured);
  return g_test_run();
}
