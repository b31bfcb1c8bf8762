/* SPDX-License-Identifier: Apache-2.0 */
/* sources.list(5) in both forms: what apt would use, line by line. */
#include <string.h>

#include "vendor/sources.h"

/* A source as one line, so that a table can expect it. */
static char *describe(const CrAptSource *source)
{
  g_autofree char *components = g_strjoinv("+", (char **)source->components);
  g_autofree char *architectures = source->architectures ? g_strjoinv("+", (char **)source->architectures) : NULL;
  g_autofree char *added = source->added ? g_strjoinv("+", (char **)source->added) : NULL;
  g_autofree char *removed = source->removed ? g_strjoinv("+", (char **)source->removed) : NULL;
  g_autofree char *signed_by = g_strjoinv("+", (char **)source->signed_by);
  GString *text = g_string_new(NULL);
  g_string_append_printf(text, "%s %s %s", source->uri, source->suite, components);
  if (architectures)
    g_string_append_printf(text, " arch=%s", architectures);
  if (added)
    g_string_append_printf(text, " add=%s", added);
  if (removed)
    g_string_append_printf(text, " remove=%s", removed);
  if (*signed_by)
    g_string_append_printf(text, " key=%s", signed_by);
  g_string_append_printf(text, "%s%s%s%s%s", source->key_block ? " block" : "", source->trusted ? " trusted" : "",
                         source->allow_insecure ? " insecure" : "", source->no_valid_until ? " no-until" : "",
                         source->no_by_hash ? " no-by-hash" : "");
  return g_string_free(text, FALSE);
}

typedef struct {
  const char *name, *text;
  gboolean deb822;
  const char *sources[6];
  const char *problem; /* part of it, or NULL: none */
} Row;

static const Row rows[] = {
    {"plain",
     "deb http://deb.debian.org/debian bookworm main contrib\n",
     FALSE,
     {"http://deb.debian.org/debian bookworm main+contrib"},
     NULL},
    {"no newline", "deb http://x/d s c", FALSE, {"http://x/d s c"}, NULL},
    {"comments and sources",
     "# deb http://x/a s c\n\n  deb-src http://x/b s c\ndeb http://x/c s c # d\n",
     FALSE,
     {"http://x/c s c"},
     NULL},
    {"slashes and case", "deb HTTP://X/d// s c\n", FALSE, {"http://X/d s c"}, NULL},
    {"options",
     "deb [ arch=amd64,i386 lang=en signed-by=/k.gpg,/l.asc trusted=yes by-hash=no check-valid-until=no "
     "allow-insecure=yes ] https://x/d s c\n",
     FALSE,
     {"https://x/d s c arch=amd64+i386 key=/k.gpg+/l.asc trusted insecure no-until no-by-hash"},
     NULL},
    {"options without blanks", "deb [arch=amd64]http://x/d s c\n", FALSE, {"http://x/d s c arch=amd64"}, NULL},
    {"architectures more and less",
     "deb [arch+=arm64 arch-=i386] http://x/d s c\n",
     FALSE,
     {"http://x/d s c add=arm64 remove=i386"},
     NULL},
    {"tabs", "deb\thttp://x/d\ts\tc\td\n", FALSE, {"http://x/d s c+d"}, NULL},
    {"exact path", "deb http://x/d ./\ndeb http://x/d sub/\n", FALSE, {"http://x/d ./ ", "http://x/d sub/ "}, NULL},
    {"$(ARCH)", "deb http://x/d bin/$(ARCH)/\n", FALSE, {"http://x/d bin/amd64/ "}, NULL},
    {"cdrom",
     "deb cdrom:[Debian GNU/Linux 12 _Bookworm_]/ bookworm main\n",
     FALSE,
     {"cdrom:[Debian GNU/Linux 12 _Bookworm_] bookworm main"},
     NULL},
    {"no component", "deb http://x/d s\n", FALSE, {NULL}, "it names no component"},
    {"component of a path", "deb http://x/d s/ c\n", FALSE, {NULL}, "a suite that is a path has no components"},
    {"no suite", "deb http://x/d\n", FALSE, {NULL}, "it names no suite"},
    {"unknown type", "dab http://x/d s c\n", FALSE, {NULL}, "neither deb nor deb-src"},
    {"open options", "deb [ arch=amd64 http://x/d s c\n", FALSE, {NULL}, "its options do not end"},
    {"no scheme", "deb /x/d s c\n", FALSE, {NULL}, "its address has no scheme"},
    {"the rest still counts", "nonsense\ndeb http://x/d s c\n", FALSE, {"http://x/d s c"}, "line 1"},
    {"deb822",
     "Types: deb\nURIs: http://x/d/\nSuites: s s-updates\nComponents: c d\nSigned-By: /k.gpg\n",
     TRUE,
     {"http://x/d s c+d key=/k.gpg", "http://x/d s-updates c+d key=/k.gpg"},
     NULL},
    {"every URI with every suite",
     "Types: deb deb-src\nURIs: http://a/d http://b/d\nSuites: s t\nComponents: c\n",
     TRUE,
     {"http://a/d s c", "http://a/d t c", "http://b/d s c", "http://b/d t c"},
     NULL},
    {"two stanzas",
     "Types: deb\nURIs: http://a/d\nSuites: s\nComponents: c\n\n\nTypes: deb\nURIs: http://b/d\nSuites: s\nComponents: "
     "c",
     TRUE,
     {"http://a/d s c", "http://b/d s c"},
     NULL},
    {"disabled",
     "Enabled: no\nTypes: deb\nURIs: http://a/d\nSuites: s\nComponents: c\n\nTypes: deb\nEnabled: yes\nURIs: "
     "http://b/d\nSuites: s\nComponents: c\n",
     TRUE,
     {"http://b/d s c"},
     NULL},
    {"only sources", "Types: deb-src\nURIs: http://a/d\nSuites: s\nComponents: c\n", TRUE, {NULL}, NULL},
    {"comments inside",
     "# x\nTypes: deb\n# y\nURIs: http://a/d\n# Suites: t\nSuites: s\nComponents: c\n",
     TRUE,
     {"http://a/d s c"},
     NULL},
    {"folded",
     "types: deb\nuris:\n http://a/d\n http://b/d\nsuites: s\ncomponents: c\n",
     TRUE,
     {"http://a/d s c", "http://b/d s c"},
     NULL},
    {"architectures",
     "Types: deb\nURIs: http://a/d\nSuites: s\nComponents: c\nArchitectures: amd64 arm64\nArchitectures-Add: i386\n",
     TRUE,
     {"http://a/d s c arch=amd64+arm64 add=i386"},
     NULL},
    {"key inside",
     "Types: deb\nURIs: http://a/d\nSuites: s\nComponents: c\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n "
     "AAAA\n -----END PGP PUBLIC KEY BLOCK-----\n",
     TRUE,
     {"http://a/d s c block"},
     NULL},
    {"path in deb822", "Types: deb\nURIs: http://a/d\nSuites: ./\n", TRUE, {"http://a/d ./ "}, NULL},
    {"no address", "Types: deb\nSuites: s\nComponents: c\n", TRUE, {NULL}, "it names no address"},
    {"no colon", "Types: deb\nURIs x\n", TRUE, {NULL}, "a line without a field name"},
    {"empty", "", TRUE, {NULL}, NULL},
    {"only comments", "# nothing\n#\n", TRUE, {NULL}, NULL},
};

static void test_rows(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const Row *row = &rows[i];
    g_test_message("%s", row->name);
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(CrProblems) problems = cr_problems_new();
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    if (row->deb822)
      cr_sources_parse_deb822(row->text, strlen(row->text), "f", "amd64", arena, list, problems);
    else
      cr_sources_parse_oneline(row->text, strlen(row->text), "f", "amd64", arena, list, problems);
    guint expected = 0;
    while (expected < G_N_ELEMENTS(row->sources) && row->sources[expected])
      expected++;
    g_assert_cmpuint(list->len, ==, expected);
    for (guint k = 0; k < expected; k++) {
      g_autofree char *text = describe(list->pdata[k]);
      g_assert_cmpstr(text, ==, row->sources[k]);
      g_assert_cmpuint(((const CrAptSource *)list->pdata[k])->order, ==, k);
    }
    g_assert_cmpuint(cr_problems_get_count(problems), ==, row->problem ? 1 : 0);
    if (row->problem)
      g_assert_nonnull(strstr(cr_problems_get(problems, 0)->what, row->problem));
  }
}

static void test_key_block(void)
{
  static const char text[] =
      "Types: deb\nURIs: http://a/d\nSuites: s\nComponents: c\nSigned-By:\n"
      " -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n AAAA\n =BBBB\n -----END PGP PUBLIC KEY BLOCK-----\n";
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  cr_sources_parse_deb822(text, strlen(text), "f", "amd64", arena, list, problems);
  g_assert_cmpuint(list->len, ==, 1);
  g_assert_cmpstr(((const CrAptSource *)list->pdata[0])->key_block, ==,
                  "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n=BBBB\n-----END PGP PUBLIC KEY BLOCK-----\n");
}

static void test_uri(void)
{
  static const struct {
    const char *uri, *host, *path;
  } uris[] = {
      {"http://deb.debian.org/debian", "deb.debian.org", "debian"},
      {"https://user:p@ss@Host.Example:8443//a/b/", "host.example", "a/b"},
      {"http://security.debian.org", "security.debian.org", ""},
      {"file:///srv/x", "", "srv/x"},
      {"file:/srv/x", "", "srv/x"},
      {"cdrom:[Debian 12]", "[debian 12]", ""},
  };
  g_autoptr(CrArena) arena = cr_arena_new();
  for (guint i = 0; i < G_N_ELEMENTS(uris); i++) {
    const char *host = NULL;
    const char *path = NULL;
    cr_uri_split(uris[i].uri, arena, &host, &path);
    g_assert_cmpstr(host, ==, uris[i].host);
    g_assert_cmpstr(path, ==, uris[i].path);
  }
}

/* A file that multiplies out to more than any machine has: cut, and said. */
static void test_many(void)
{
  g_autoptr(GString) text = g_string_new("Types: deb\nComponents: c\nURIs:");
  for (guint i = 0; i < 100; i++)
    g_string_append_printf(text, " http://h%u/", i);
  g_string_append(text, "\nSuites:");
  for (guint i = 0; i < 100; i++)
    g_string_append_printf(text, " s%u", i);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  cr_sources_parse_deb822(text->str, text->len, "f", "amd64", arena, list, problems);
  g_assert_cmpuint(list->len, ==, 1000);
  g_assert_cmpuint(cr_problems_get_count(problems), ==, 1);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/sources/rows", test_rows);
  g_test_add_func("/sources/key-block", test_key_block);
  g_test_add_func("/sources/uri", test_uri);
  g_test_add_func("/sources/many", test_many);
  return g_test_run();
}
