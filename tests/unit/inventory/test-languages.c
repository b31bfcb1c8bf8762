/* SPDX-License-Identifier: Apache-2.0 */
/* Packages of languages: what their metadata says, whose files are whose, and what belongs to the distribution. */
#include "case.h"

typedef struct {
  const char *what;
  Member members[14];
  const char *packages; /* "type name version licence path layer", one a line, sorted as in a report */
  const char *owners;   /* "path name", one a line; '-': nobody */
  const char *problems; /* as in Case */
} LanguageCase;

#define STATUS(files)                                                                                                  \
  {'f', "var/lib/dpkg/status", "Package: deb\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n"},       \
      {'f', "etc/os-release", "ID=debian\nVERSION_ID=12\n"},                                                           \
  {                                                                                                                    \
    'f', "var/lib/dpkg/info/deb.list", files                                                                           \
  }
#define SITE "usr/lib/python3/site-packages/"

static const LanguageCase cases[] = {
    {"dist-info: name as written, licence, files by RECORD",
     {STATUS("/usr/bin/x\n"),
      {'f', SITE "Foo_Bar-1.0.dist-info/METADATA",
       "Metadata-Version: 2.1\nName: Foo.Bar\nVersion: 1.0\nLicense: MIT\n\nName: body\n"},
      {'f', SITE "Foo_Bar-1.0.dist-info/RECORD",
       "foo/__init__.py,sha256=x,1\nfoo/data/x.bin,,\nspace/foo/a.py,,\n\"odd,name.py\",,\n../../../bin/foo,,\n"},
      {'f', SITE "foo/__init__.py", "x"},
      {'f', SITE "foo/data/x.bin", "x"},
      {'f', SITE "space/foo/a.py", "x"},
      {'f', SITE "space/other.py", "x"},
      {'f', "usr/bin/foo", "#!/bin/sh"}},
     "deb deb 1 - var/lib/dpkg/status 0\npypi Foo.Bar 1.0 MIT " SITE "Foo_Bar-1.0.dist-info/METADATA 0\n",
     SITE "foo/__init__.py Foo.Bar\n" SITE "foo/data/x.bin Foo.Bar\n" SITE "space/foo/a.py Foo.Bar\n" SITE
          "space/other.py -\n" SITE "odd,name.py Foo.Bar\nusr/bin/foo Foo.Bar\nusr/bin/x deb",
     ""},
    {"what the distribution ships is its own, a newer copy elsewhere is not",
     {STATUS("/usr/lib/python3/dist-packages/six-1.16.egg-info/PKG-INFO\n"),
      {'f', "usr/lib/python3/dist-packages/six-1.16.egg-info/PKG-INFO", "Name: six\nVersion: 1.16\n"},
      {'|', NULL, NULL},
      {'f', "usr/local/lib/python3.11/dist-packages/six-1.17.dist-info/METADATA",
       "Name: six\nVersion: 1.17\nClassifier: License :: OSI Approved :: MIT License\n"}},
     "deb deb 1 - var/lib/dpkg/status 0\n"
     "pypi six 1.17 MIT License usr/local/lib/python3.11/dist-packages/six-1.17.dist-info/METADATA 1\n",
     NULL,
     ""},
    {"egg-info: a folder, a file, an egg; top_level.txt; name and version from the folder's name",
     {STATUS("/usr/bin/x\n"),
      {'f', SITE "a-1.egg-info/PKG-INFO", "Name: a\nVersion: 1\nLicense: UNKNOWN\n"},
      {'f', SITE "a-1.egg-info/top_level.txt", "amod\n"},
      {'f', SITE "b-2.egg-info", "Name: b\nVersion: 2\nLicense-Expression: Apache-2.0\n"},
      {'f', SITE "c.egg/EGG-INFO/PKG-INFO", "Name: c\nVersion: 3\n"},
      {'f', SITE "d-4.dist-info/METADATA", "nothing\n"},
      {'f', SITE "e.dist-info/METADATA", "nothing\n"}},
     "deb deb 1 - var/lib/dpkg/status 0\npypi a 1 - " SITE "a-1.egg-info/PKG-INFO 0\npypi b 2 Apache-2.0 " SITE
     "b-2.egg-info 0\npypi c 3 - " SITE "c.egg/EGG-INFO/PKG-INFO 0\npypi d 4 - " SITE "d-4.dist-info/METADATA 0\n",
     SITE "amod/x.py a\n" SITE "amod.py a\n" SITE "b.py b",
     "partial: tells no name or version"},
    {"node: each copy by its path, scopes, three ways to write a licence; not an application, not a part",
     {STATUS("/usr/bin/x\n"),
      {'f', "app/package.json", "{\"name\":\"app\",\"version\":\"1.0.0\"}"},
      {'f', "app/node_modules/a/package.json", "{\"name\":\"a\",\"version\":\"1.0.0\",\"license\":\"MIT\"}"},
      {'f', "app/node_modules/a/esm/package.json", "{\"name\":\"part\",\"version\":\"1.0.0\"}"},
      {'f', "app/node_modules/@s/b/package.json",
       "\xef\xbb\xbf{\"name\":\"@s/b\",\"version\":\"2.0.0\",\"license\":{\"type\":\"ISC\"}}"},
      {'f', "app/node_modules/@s/b/node_modules/a/package.json",
       "{\"name\":\"a\",\"version\":\"1.0.0\",\"licenses\":[{\"type\":\"BSD\"}]}"},
      {'f', "app/node_modules/none/package.json", "{\"name\":\"none\"}"},
      {'f', "app/node_modules/bad/package.json", "{"}},
     "deb deb 1 - var/lib/dpkg/status 0\nnpm @s/b 2.0.0 ISC app/node_modules/@s/b/package.json 0\n"
     "npm a 1.0.0 BSD app/node_modules/@s/b/node_modules/a/package.json 0\n"
     "npm a 1.0.0 MIT app/node_modules/a/package.json 0\n",
     "app/node_modules/a/esm/x.js a\napp/node_modules/@s/b/x.js @s/b\napp/node_modules/@s/b/node_modules/a/x.js a\n"
     "app/x.js -",
     "note: without a version"},
    {"jars: shaded, nested, by manifest, by the name of the file; no identity, encrypted, cut",
     {STATUS("/usr/bin/x\n"),
      {'F', "opt/shaded-2.0.jar", "jar/shaded.jar"},
      {'F', "opt/app.ear", "jar/nested.ear"},
      {'F', "opt/tool.jar", "jar/titled.jar"},
      {'F', "opt/bundle-4.1.jar", "jar/bundle.jar"},
      {'F', "opt/secret.jar", "jar/secret.jar"},
      {'f', "opt/cut.jar", "PK\3\4 and META-INF/ but no directory at its end, so that none of it can be listed"}},
     "deb deb 1 - var/lib/dpkg/status 0\n"
     "maven com.other:part 0.9 - opt/shaded-2.0.jar 0\n"
     "maven org.acme:bundle 4.1 - opt/bundle-4.1.jar 0\n"
     "maven org.acme:tool 3.1 - opt/tool.jar 0\n"
     "maven org.example:inner 1.0 - opt/app.ear 0\n"
     "maven org.example:inner 1.0 - opt/app.ear 0\n"
     "maven org.example:shaded 2.0 Apache-2.0 opt/shaded-2.0.jar 0\n",
     "opt/shaded-2.0.jar org.example:shaded\nopt/app.ear -\nopt/tool.jar org.acme:tool",
     "partial: no directory\npartial: lib/secret.jar: it is encrypted"},
};

static char *list(const Made *made)
{
  GString *out = g_string_new(NULL);
  GPtrArray *packages = cr_inventory_get_packages(made->inventory);
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *p = packages->pdata[i];
    g_assert_cmpuint(p->index, ==, i);
    g_assert_nonnull(p->purl);
    g_assert_nonnull(p->source_name);
    g_string_append_printf(out, "%s %s %s %s %s %d\n", p->type, p->name, p->version, dash(p->licence), p->paths[0],
                           p->layer);
  }
  return g_string_free(out, FALSE);
}

static void check_owners(const Made *made, const char *expected)
{
  g_auto(GStrv) lines = g_strsplit(expected, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    char *space = strrchr(lines[i], ' ');
    *space = 0;
    const CrPackage *owner = cr_inventory_find_owner(made->inventory, lines[i]);
    g_test_message("%s", lines[i]);
    g_assert_cmpstr(owner ? owner->name : "-", ==, space + 1);
    g_assert_true(!owner || cr_inventory_get_packages(made->inventory)->pdata[owner->index] == owner);
  }
}

static void test_cases(void)
{
  g_auto(Place) place;
  place_init(&place);
  for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_auto(Made) made = make(&place, cases[i].members);
    g_autofree char *packages = list(&made);
    g_test_message("%s", cases[i].what);
    g_assert_cmpstr(packages, ==, cases[i].packages);
    check_problems(&made, cases[i].problems);
    if (cases[i].owners)
      check_owners(&made, cases[i].owners);
  }
}

/* What a package lists is what of its claims is there, each once. */
static void test_files(void)
{
  g_auto(Place) place;
  place_init(&place);
  g_auto(Made) made = make(&place, cases[0].members);
  GPtrArray *packages = cr_inventory_get_packages(made.inventory);
  CrStrv files = cr_inventory_get_files(made.inventory, packages->pdata[1]);
  g_autofree char *text = g_strjoinv("\n", (char **)files);
  g_assert_cmpstr(text, ==,
                  "usr/bin/foo\n" SITE "Foo_Bar-1.0.dist-info/METADATA\n" SITE "Foo_Bar-1.0.dist-info/RECORD\n" SITE
                  "foo/__init__.py\n" SITE "foo/data/x.bin\n" SITE "space/foo/a.py");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/languages/cases", test_cases);
  g_test_add_func("/languages/files", test_files);
  return g_test_run();
}
