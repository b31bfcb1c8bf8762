/* SPDX-License-Identifier: Apache-2.0 */
/* Package lists: what is compiled is found again, field by field; what is broken is refused; a damaged file says so. */
#include <string.h>
#include <fcntl.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/error.h"
#include "vendor/list.h"

typedef struct {
  char *dir;
  CrCache *cache;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data)
{
  fixture->dir = g_dir_make_tmp("careen-list-XXXXXX", NULL);
  fixture->cache = cr_cache_new(fixture->dir);
}

static void tear_down(Fixture *fixture, gconstpointer data)
{
  cr_cache_remove(fixture->cache, "archives", "list");
  g_autofree char *area = g_build_filename(fixture->dir, "archives", NULL);
  g_rmdir(area);
  g_rmdir(fixture->dir);
  cr_cache_free(fixture->cache);
  g_free(fixture->dir);
}

/* A stream that gives one byte at a time: every boundary is met. */
typedef struct {
  CrStream base;
  const char *text;
} Drip;

static gssize drip_next(CrStream *stream, const guint8 **data, GError **error)
{
  Drip *drip = (Drip *)stream;
  *data = (const guint8 *)drip->text;
  if (!*drip->text)
    return 0;
  drip->text++;
  return 1;
}

static void drip_free(CrStream *stream)
{
  g_free(stream);
}

static const CrStreamClass drip_class = {.next = drip_next, .free = drip_free};

static CrStream *new_drip(const char *text)
{
  Drip *drip = g_new0(Drip, 1);
  drip->base.class = &drip_class;
  drip->text = text;
  return &drip->base;
}

static CrStream *new_whole(const char *text)
{
  g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
  return cr_stream_new_bytes(bytes);
}

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char list_text[] = "\nPackage: zsh\n"
                                "Version: 5.9-4+b6\n"
                                "Architecture: amd64\n"
                                "Source: zsh (5.9-4)\n"
                                "Installed-Size: 2521\n"
                                "Maintainer: Debian Zsh Maintainers <x@example.org>\n"
                                "Depends: libc6 (>= 2.34),\n"
                                " libcap2 (>= 1:2.10)\n"
                                "Description: a shell\n"
                                "Multi-Arch: foreign\n"
                                "Filename: pool/main/z/zsh/zsh_5.9-4+b6_amd64.deb\n"
                                "Size: 898616\n"
                                "SHA256: " SHA "\n"
                                "Phased-Update-Percentage: 0\n"
                                "\n\n"
                                "Package: mawk\n"
                                "version: 1.3\n"
                                "Architecture: amd64\n"
                                "Essential: yes\n"
                                "Provides: awk (= 1), awk:any, editor-of-streams\n"
                                "\n"
                                "Package: gawk\n"
                                "Version: 1:5.2\n"
                                "Architecture: amd64\n"
                                "Protected: yes\n"
                                "Built-Using: glibc (= 1)\n"
                                "X-Cargo-Built-Using: rust-libc (= 0.2.138-1)\n"
                                "Source: gawk-source of\n two lines\n"
                                "Provides: awk\n"
                                "\n"
                                "Package: mawk\n"
                                "Version: 1.2\n"
                                "Architecture: all\n";

static void check_list(CrList *list)
{
  g_assert_nonnull(list);
  g_assert_cmpuint(cr_list_get_count(list), ==, 4);
  guint32 first = 99;
  CrListPackage package;
  g_assert_cmpuint(cr_list_find(list, "zsh", &first), ==, 1);
  cr_list_get_named(list, first, 0, &package);
  g_assert_cmpstr(package.name, ==, "zsh");
  g_assert_cmpstr(package.version, ==, "5.9-4+b6");
  g_assert_cmpstr(package.source_name, ==, "zsh");
  g_assert_cmpstr(package.source_version, ==, "5.9-4");
  g_assert_cmpstr(package.depends, ==, "libc6 (>= 2.34),  libcap2 (>= 1:2.10)");
  g_assert_cmpstr(package.multi_arch, ==, "foreign");
  g_assert_cmpstr(package.sha256, ==, SHA);
  g_assert_cmpuint(package.size_bytes, ==, 898616);
  g_assert_cmpuint(package.installed_kib, ==, 2521);
  g_assert_cmpint(package.phased_percentage, ==, 0);
  g_assert_null(package.provides);
  g_assert_false(package.essential);
  g_assert_true(package.list == list);

  g_assert_cmpuint(cr_list_find(list, "mawk", &first), ==, 2);
  cr_list_get_named(list, first, 0, &package);
  g_assert_cmpstr(package.version, ==, "1.3"); /* in the list's order */
  g_assert_true(package.essential);
  g_assert_cmpint(package.phased_percentage, ==, 100);
  cr_list_get_named(list, first, 1, &package);
  g_assert_cmpstr(package.version, ==, "1.2");
  g_assert_cmpstr(package.arch, ==, "all");
  g_assert_cmpstr(package.source_version, ==, "1.2");

  g_assert_cmpuint(cr_list_find_providers(list, "awk", &first), ==, 2);
  cr_list_get_provider(list, first, 0, &package);
  g_assert_cmpstr(package.name, ==, "gawk");
  g_assert_true(package.important);
  g_assert_cmpstr(package.source_name, ==, "gawk-source");
  g_assert_cmpstr(package.built_using, ==, "glibc (= 1)");
  g_assert_cmpstr(package.static_built_using, ==, "rust-libc (= 0.2.138-1)"); /* by its name before */
  cr_list_get_provider(list, first, 1, &package);
  g_assert_cmpstr(package.name, ==, "mawk");
  g_assert_cmpuint(cr_list_find_providers(list, "editor-of-streams", &first), ==, 1);

  static const char *const absent[] = {"", "a", "awk", "maw", "mawkx", "zshz", "gawk-source", "~"};
  for (guint i = 0; i < G_N_ELEMENTS(absent); i++)
    g_assert_cmpuint(cr_list_find(list, absent[i], &first), ==, 0);
  g_assert_true(cr_list_has_source(list, "gawk-source"));
  g_assert_true(cr_list_has_source(list, "zsh"));
  g_assert_false(cr_list_has_source(list, "gawk"));
  g_assert_false(cr_list_is_damaged(list));
}

static void test_find(Fixture *fixture, gconstpointer data)
{
  CrStream *(*const streams[])(const char *text) = {new_whole, new_drip};
  for (guint i = 0; i < G_N_ELEMENTS(streams); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_true(cr_list_compile(streams[i](list_text), fixture->cache, "list", &error));
    g_assert_no_error(error);
    g_autoptr(CrList) list = cr_list_open(fixture->cache, "list");
    check_list(list);
  }
}

static void add_name(const CrListPackage *record, gpointer names)
{
  g_string_append_printf(names, "%s %s, ", record->name, record->version);
}

/* In the order of the list, not of the names; and no further than where the file is not what was written. */
static void test_foreach(Fixture *fixture, gconstpointer data)
{
  g_assert_true(cr_list_compile(new_whole(list_text), fixture->cache, "list", NULL));
  g_autoptr(CrList) list = cr_list_open(fixture->cache, "list");
  g_autoptr(GString) names = g_string_new(NULL);
  cr_list_foreach(list, add_name, names);
  g_assert_cmpstr(names->str, ==, "zsh 5.9-4+b6, mawk 1.3, gawk 1:5.2, mawk 1.2, ");
  g_assert_false(cr_list_is_damaged(list));
  g_string_truncate(names, 0);
  g_autofree char *path = g_build_filename(fixture->dir, "archives", "list", NULL);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  g_autofree char *text = NULL;
  gsize size = 0;
  g_assert_true(g_file_get_contents(path, &text, &size, NULL));
  const char *gawk = memmem(text, size, "gawk-source", 11);
  g_assert_nonnull(gawk);
  g_assert_cmpint(pwrite(fd, "X", 1, gawk - text), ==, 1);
  close(fd);
  cr_list_foreach(list, add_name, names);
  g_assert_cmpstr(names->str, ==, "zsh 5.9-4+b6, mawk 1.3, ");
  g_assert_true(cr_list_is_damaged(list));
}

static void test_mentions(Fixture *fixture, gconstpointer data)
{
  static const char text[] =
      "Package: b\nVersion: 1\nArchitecture: x\nCapabilities: b = 1\tlibb.so()(64bit)\nFiles: /usr/bin/b\n"
      "Replaces: old < 1\n\nPackage: a\nVersion: 1\nArchitecture: x\nCapabilities: b\tb = 2\nSupplements: (b if c)\n\n"
      "Package: d\nVersion: 1\nArchitecture: x\nReplaces: old\n";
  static const struct {
    CrListMention kind;
    const char *name, *wanted;
  } rows[] = {
      {CR_LIST_MENTION_PROVIDES, "b", "a b "},         {CR_LIST_MENTION_PROVIDES, "libb.so()(64bit)", "b "},
      {CR_LIST_MENTION_PROVIDES, "/usr/bin/b", "b "},  {CR_LIST_MENTION_PROVIDES, "old", ""},
      {CR_LIST_MENTION_OBSOLETES, "old", "b "},        {CR_LIST_MENTION_SUPPLEMENTS, "c", "a "},
      {CR_LIST_MENTION_SUPPLEMENTS, "/usr/bin/b", ""},
  };
  g_autoptr(GError) error = NULL;
  g_assert_true(cr_list_compile(new_drip(text), fixture->cache, "list", &error));
  g_assert_no_error(error);
  g_autoptr(CrList) list = cr_list_open(fixture->cache, "list");
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    guint32 first = 0;
    g_autoptr(GString) names = g_string_new(NULL);
    guint count = cr_list_find_mentions(list, rows[i].kind, rows[i].name, &first);
    for (guint k = 0; k < count; k++) {
      CrListPackage record;
      cr_list_get(list, cr_list_get_mention(list, first, k), &record);
      g_string_append_printf(names, "%s ", record.name);
    }
    g_assert_cmpstr(names->str, ==, rows[i].wanted);
  }
}

static void test_empty(Fixture *fixture, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_assert_true(cr_list_compile(new_whole(""), fixture->cache, "list", &error));
  g_assert_no_error(error);
  g_autoptr(CrList) list = cr_list_open(fixture->cache, "list");
  g_assert_nonnull(list);
  guint32 first = 0;
  g_assert_cmpuint(cr_list_find(list, "a", &first), ==, 0);
  g_assert_false(cr_list_has_source(list, "a"));
}

/* Every record is found by its name, and the ids are in the order of names. */
static void test_many(Fixture *fixture, gconstpointer data)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < 3000; i++)
    g_string_append_printf(text, "Package: p%u\nVersion: %u\nArchitecture: all\nProvides: v%u, v%u\n\n",
                           i * 7919 % 3000, i, i % 10, i % 100);
  g_autoptr(GError) error = NULL;
  g_assert_true(cr_list_compile(new_whole(text->str), fixture->cache, "list", &error));
  g_autoptr(CrList) list = cr_list_open(fixture->cache, "list");
  const char *last = "";
  for (guint32 id = 0; id < cr_list_get_count(list); id++) {
    CrListPackage package;
    cr_list_get(list, id, &package);
    g_assert_cmpstr(package.name, >, last);
    last = package.name;
  }
  for (guint i = 0; i < 3000; i++) {
    g_autofree char *name = g_strdup_printf("p%u", i * 7919 % 3000);
    g_autofree char *version = g_strdup_printf("%u", i);
    guint32 first = 0;
    CrListPackage package;
    g_assert_cmpuint(cr_list_find(list, name, &first), ==, 1);
    cr_list_get_named(list, first, 0, &package);
    g_assert_cmpstr(package.version, ==, version);
  }
  guint32 first = 0;
  g_assert_cmpuint(cr_list_find_providers(list, "v3", &first), ==, 300); /* also where it is named twice */
  g_assert_cmpuint(cr_list_find_providers(list, "v33", &first), ==, 30);
}

static void test_refused(Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *text, *why;
  } rows[] = {
      {"Package: a\nVersion: 1\n", "the stanza at line 1 has no architecture"},
      {"Package: a\nVersion: 1\nArchitecture: all\n\nVersion: 2\nArchitecture: all\n",
       "the stanza at line 5 names no package"},
      {"Package: a\nArchitecture: all\n", "the stanza at line 1 has no version"},
      {"Package: a b\nVersion: 1\nArchitecture: all\n", "the stanza at line 1 names no package"},
      {"\n\nPackage: a\nVersion: 1\nArchitecture: all\nnonsense\n",
       "the stanza at line 3 has a line without a field name"},
      {" Package: a\nVersion: 1\nArchitecture: all\n", "the stanza at line 1 begins with a continued line"},
      {"Package: a\nVersion: 1\nArchitecture: all\nSHA256: 12\n", "the stanza at line 1 has a SHA256 that is none"},
      {"Package: a\nVersion: 1\033[2J\nArchitecture: all\n", "the stanza at line 1 has no version"},
      {"<html>\n<body>: x\n", "the stanza at line 1 has a line without a field name"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_false(cr_list_compile(new_whole(rows[i].text), fixture->cache, "list", &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, rows[i].why);
    g_assert_null(cr_list_open(fixture->cache, "list"));
  }
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) nul = g_bytes_new_static("Package: a\nVersion: 1\0\nArchitecture: all\n", 41);
  g_assert_false(cr_list_compile(cr_stream_new_bytes(nul), fixture->cache, "list", &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
}

/* One byte changed anywhere: not opened, or found damaged, or a look-up that finds less. Never a crash. */
static void test_damaged(Fixture *fixture, gconstpointer data)
{
  g_assert_true(cr_list_compile(new_whole(list_text), fixture->cache, "list", NULL));
  g_autoptr(GBytes) good = cr_cache_load(fixture->cache, "archives", "list");
  gsize size = 0;
  const guint8 *bytes = g_bytes_get_data(good, &size);
  g_autofree guint8 *bad = g_memdup2(bytes, size);
  guint noticed = 0;
  for (gsize at = 0; at < size; at++) {
    bad[at] ^= 0x55;
    g_assert_true(cr_cache_store(fixture->cache, "archives", "list", bad, size, NULL));
    bad[at] ^= 0x55;
    g_autoptr(CrList) list = cr_list_open(fixture->cache, "list");
    if (!list) {
      noticed++;
      continue;
    }
    guint32 first = 0;
    CrListPackage package;
    for (guint32 id = 0; id < cr_list_get_count(list); id++)
      cr_list_get(list, id, &package);
    for (guint i = 0; i < cr_list_find_providers(list, "awk", &first); i++)
      cr_list_get_provider(list, first, i, &package);
    noticed += cr_list_is_damaged(list);
    g_autoptr(GBytes) kept = cr_cache_load(fixture->cache, "archives", "list");
    g_assert_cmpint(cr_list_is_damaged(list), ==, kept == NULL); /* so that it is fetched again */
  }
  g_assert_cmpuint(noticed, >, size / 2);
  for (gsize cut = 0; cut < size; cut += 3) {
    g_assert_true(cr_cache_store(fixture->cache, "archives", "list", bytes, cut, NULL));
    g_assert_null(cr_list_open(fixture->cache, "list"));
    g_assert_null(cr_cache_load(fixture->cache, "archives", "list")); /* removed */
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/list/find", Fixture, NULL, set_up, test_find, tear_down);
  g_test_add("/list/foreach", Fixture, NULL, set_up, test_foreach, tear_down);
  g_test_add("/list/mentions", Fixture, NULL, set_up, test_mentions, tear_down);
  g_test_add("/list/empty", Fixture, NULL, set_up, test_empty, tear_down);
  g_test_add("/list/many", Fixture, NULL, set_up, test_many, tear_down);
  g_test_add("/list/refused", Fixture, NULL, set_up, test_refused, tear_down);
  g_test_add("/list/damaged", Fixture, NULL, set_up, test_damaged, tear_down);
  return g_test_run();
}
