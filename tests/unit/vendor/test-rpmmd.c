/* SPDX-License-Identifier: Apache-2.0 */
/* rpm repositories: .repo files, repomd.xml, and what becomes of primary.xml and updateinfo.xml. What dnf makes of them
 * is tests/oracle/archives-rpm. */
#include <string.h>

#include "base/error.h"
#include "vendor/list-format.h"
#include "vendor/rpmmd.h"

static GHashTable *make_variables(void)
{
  GHashTable *variables = g_hash_table_new(g_str_hash, g_str_equal);
  g_hash_table_insert(variables, (gpointer) "releasever", (gpointer) "9");
  g_hash_table_insert(variables, (gpointer) "basearch", (gpointer) "x86_64");
  return variables;
}

static void test_expand(void)
{
  static const char *const rows[][2] = {
      {"a/$releasever/$basearch/os", "a/9/x86_64/os"},
      {"${releasever}x", "9x"},
      {"$releaseverx", "$releaseverx"},
      {"${releasever", "${releasever"},
      {"$nope/$", "$nope/$"},
      {"", ""},
  };
  g_autoptr(GHashTable) variables = make_variables();
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *text = cr_rpmmd_expand(rows[i][0], variables);
    g_assert_cmpstr(text, ==, rows[i][1]);
  }
}

static void test_config(void)
{
  static const char text[] =
      "# c\n[main]\nbest=1\n[one]\nname=x\nbaseurl=http://a/$releasever/\n  http://b/\nenabled=1\n"
      "gpgkey=file:///etc/k1,\n file:///etc/k2 https://c/k3\nexcludepkgs=a,b*\n c\npriority=10\n"
      "[two]\nmetalink=https://m?arch=$basearch\nenabled = no\n[bad id]\n[]\n";
  g_autoptr(GHashTable) variables = make_variables();
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  cr_rpmmd_repositories_parse(text, strlen(text), "x.repo", variables, arena, list, problems);
  g_assert_cmpuint(list->len, ==, 2);
  g_assert_cmpuint(cr_problems_get_count(problems), ==, 1);
  const CrRpmRepository *one = list->pdata[0];
  const CrRpmRepository *two = list->pdata[1];
  g_assert_cmpstr(one->id, ==, "one");
  g_assert_cmpstr(one->baseurl, ==, "http://a/9");
  g_assert_true(one->enabled);
  g_assert_cmpstr(one->priority, ==, "10");
  g_autofree char *keys = g_strjoinv(" ", (char **)one->keys);
  g_assert_cmpstr(keys, ==, "/etc/k1 /etc/k2");
  g_autofree char *excludes = g_strjoinv(" ", (char **)one->excludes);
  g_assert_cmpstr(excludes, ==, "a b* c");
  g_assert_cmpstr(two->list, ==, "https://m?arch=x86_64");
  g_assert_null(two->baseurl);
  g_assert_false(two->enabled);
}

#define A64 "0809484e7c46bc38042b3489866a8ff820794874f89ffd9686d1a45e154ca9ce"
#define DATA(type, sum, href)                                                                                          \
  "<data type='" type "'><checksum type='" sum "'>" A64 "</checksum><open-checksum type='sha256'>x</open-checksum>"    \
  "<location href='" href "'/><timestamp>1700000000</timestamp><size>531</size></data>"

static void test_repomd(void)
{
  static const struct {
    const char *text;
    gint64 date; /* 0: refused */
    CrErrorCode code;
  } rows[] = {
      {"<repomd><revision>1795821323</revision>" DATA("primary", "sha256", "repodata/p.xml.gz") "</repomd>", 1795821323,
       0},
      {"<repomd><revision>7</revision>" DATA("primary", "sha256", "repodata/p.xml.gz") "</repomd>", 1700000000, 0},
      {"<repomd><revision>7</revision>" DATA("filelists", "sha256", "repodata/p.xml.gz") "</repomd>", 0,
       CR_ERROR_TRUST},
      {"<repomd>" DATA("primary", "sha1", "repodata/p.xml.gz") "</repomd>", 0, CR_ERROR_TRUST},
      {"<repomd>" DATA("primary", "sha256", "../p.xml.gz") "</repomd>", 0, CR_ERROR_TRUST},
      {"<repomd>" DATA("primary", "sha256", "/p.xml.gz") "</repomd>", 0, CR_ERROR_TRUST},
      {"<repomd>" DATA("primary", "sha256", "p.xml.gz"), 0, CR_ERROR_INPUT},
      {"<!DOCTYPE r [<!ENTITY a 'b'>]><repomd><revision>&a;</revision></repomd>", 0, CR_ERROR_INPUT},
      {"", 0, CR_ERROR_INPUT},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("row %u", i);
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(CrRelease) release = cr_rpmmd_parse(rows[i].text, strlen(rows[i].text), arena, &error);
    g_assert_cmpint(release != NULL, ==, rows[i].date != 0);
    if (!release) {
      g_assert_error(error, CR_ERROR, (gint)rows[i].code);
      continue;
    }
    const CrReleaseFile *file = cr_release_find_file(release, "primary");
    g_assert_cmpint(release->date, ==, rows[i].date);
    g_assert_cmpstr(file->path, ==, "repodata/p.xml.gz");
    g_assert_cmpstr(file->sha256, ==, A64);
    g_assert_cmpuint(file->size_bytes, ==, 531);
  }
}

static void check_list(CrStream *(*translate)(CrStream *stream), const char *xml, const char *wanted)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static(xml, strlen(xml));
  g_autoptr(CrStream) stream = translate(cr_stream_new_bytes(bytes));
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) text = cr_stream_read_all(stream, 1 << 20, &error);
  g_assert_cmpint(text != NULL, ==, wanted != NULL);
  if (!text) {
    g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
    return;
  }
  gsize size = 0;
  const char *data = g_bytes_get_data(text, &size);
  g_autofree char *copy = g_strndup(data, size);
  g_assert_cmpstr(copy, ==, wanted);
}

static void test_primary(void)
{
  check_list(
      cr_list_translate_primary,
      "<metadata><package type='rpm'><name>bash</name><arch>x86_64</arch><version epoch='0' ver='5.1' rel='6.el9'/>"
      "<checksum type='sha256'>" A64 "</checksum><time file='1' build='1700000000'/><size package='10' "
      "installed='20'/><location href='Packages/bash.rpm'/><format><rpm:vendor>AlmaLinux</rpm:vendor>"
      "<rpm:sourcerpm>bash-5.1-6.el9.src.rpm</rpm:sourcerpm></format></package></metadata>",
      "Package: bash\nVersion: 5.1-6.el9\nArchitecture: x86_64\nSource: bash (5.1-6.el9)\nFilename: "
      "Packages/bash.rpm\nSHA256: " A64 "\nSize: 10\nInstalled-Size: 20\nBuilt: 1700000000\nOrigin: AlmaLinux\n"
      "Capabilities: bash = 5.1-6.el9\n\n");
  check_list(cr_list_translate_primary,
             "<metadata><package><name>a</name><arch>noarch</arch><version epoch='2' ver='1' rel='1'/></package>"
             "<package><name>a</name><arch>src</arch><version epoch='2' ver='1' rel='1'/></package>"
             "<package><name>two words</name><arch>noarch</arch><version ver='1' rel='1'/></package></metadata>",
             "Package: a\nVersion: 2:1-1\nArchitecture: noarch\nCapabilities: a = 2:1-1\n\n");
  /* no value makes a line of its own */
  check_list(cr_list_translate_primary,
             "<metadata><package><name>a</name><arch>noarch</arch><version ver='1' rel='1'/><format><rpm:vendor>v&#10;"
             "Package: b</rpm:vendor></format></package></metadata>",
             "Package: a\nVersion: 1-1\nArchitecture: noarch\nOrigin: v Package: b\nCapabilities: a = 1-1\n\n");
  check_list(cr_list_translate_primary, "<metadata><package>", NULL);
}

#define PACKAGE(format)                                                                                                \
  "<metadata><package><name>a</name><arch>noarch</arch><version ver='1' rel='1'/><format>" format                      \
  "</format></package></metadata>"

static void test_relations(void)
{
  check_list(cr_list_translate_primary,
             PACKAGE("<rpm:provides><rpm:entry name='a' flags='EQ' epoch='0' ver='1' rel='1'/><rpm:entry "
                     "name='libz.so.1()(64bit)'/></rpm:provides><rpm:requires><rpm:entry name='b' flags='GE' epoch='1' "
                     "ver='2'/><rpm:entry name='rpmlib(X)' flags='LE' ver='1'/><rpm:entry name='(c if d)'/>"
                     "</rpm:requires><rpm:obsoletes><rpm:entry name='old' flags='LT' ver='3' rel='4'/></rpm:obsoletes>"
                     "<file>/usr/bin/a</file><file type='dir'>/etc/a</file>"),
             "Package: a\nVersion: 1-1\nArchitecture: noarch\nCapabilities: a = 1-1\tlibz.so.1()(64bit)\n"
             "Depends: b >= 1:2\t(c if d)\nReplaces: old < 3-4\nFiles: /usr/bin/a\t/etc/a\n\n");
  /* neither another relation nor another line */
  check_list(cr_list_translate_primary,
             PACKAGE("<rpm:requires><rpm:entry name='x&#10;Package: y'/><rpm:entry name='p&#9;q'/><rpm:entry name=''/>"
                     "</rpm:requires>"),
             "Package: a\nVersion: 1-1\nArchitecture: noarch\nCapabilities: a = 1-1\n\n");
}

static gboolean add_word(const char *name, gsize length, gpointer data)
{
  g_string_append_printf(data, "%.*s|", (int)length, name);
  return TRUE;
}

static void test_mentions(void)
{
  static const char *const rows[][2] = {
      {"a", "a|"},
      {"a >= 1:2-3\tlibz.so.1()(64bit)", "a|libz.so.1()(64bit)|"},
      {"(a if b)\tc", "a|b|c|"},
      {"((a >= 1 with a < 2) or libz.so()(64bit))", "a|1|a|2|libz.so()(64bit)|"},
      {"/usr/share/a b", "/usr/share/a b|"},
      {"(", ""},
      {"(()))((", ""},
      {"\t\t", ""},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GString) words = g_string_new(NULL);
    cr_list_foreach_mention(rows[i][0], strlen(rows[i][0]), add_word, words);
    g_assert_cmpstr(words->str, ==, rows[i][1]);
  }
}

static void test_updateinfo(void)
{
  check_list(
      cr_list_translate_updateinfo,
      "<updates><update type='security'><issued date='2026-03-05 10:00:00'/><pkglist><collection><package name='a' "
      "version='1' release='2' epoch='1' arch='noarch'/><package name='b' version='1' release='2' arch='i686'/>"
      "</collection></pkglist><references><reference id='CVE-2026-1' type='cve'/><reference id='7' type='bugzilla'/>"
      "<reference id='CVE-2026-2' type='cve'/></references></update></updates>",
      "Package: a\nVersion: 1:1-2\nArchitecture: noarch\nAdvisory: security\nFixes: CVE-2026-1 CVE-2026-2\n"
      "Built: 1772668800\n\nPackage: b\nVersion: 1-2\nArchitecture: i686\nAdvisory: security\n"
      "Fixes: CVE-2026-1 CVE-2026-2\nBuilt: 1772668800\n\n");
}

static void test_modules(void)
{
  check_list(
      cr_list_translate_modules,
      "---\ndocument: modulemd\nversion: 2\ndata:\n  name: nodejs\n  stream: \"18\"\n  artifacts:\n    rpms:\n"
      "    - nodejs-1:18.9.1-1.module_el8.7.0+3343+ea2b7901.x86_64\n    - npm-docs-0:8-1.noarch\n    - x-1-2.src\n"
      "    - broken\n...\n---\ndocument: modulemd-defaults\nversion: 1\ndata:\n  module: nodejs\n  stream: \"20\"\n",
      "Package: nodejs\nVersion: 1:18.9.1-1.module_el8.7.0+3343+ea2b7901\nArchitecture: x86_64\nAdvisory: "
      "nodejs:18\n\nPackage: npm-docs\nVersion: 8-1\nArchitecture: noarch\nAdvisory: nodejs:18\n\n"
      "Package: :defaults\nVersion: nodejs\nArchitecture: 20\n\n");
  check_list(cr_list_translate_modules, "---\n\t: [", NULL);
}

static void test_mirrors(void)
{
  static const char *const rows[][2] = {
      {"# c\nhttps://a/x/\nhttp://b/x\n https://c/y/repodata/repomd.xml \n", "https://a/x https://c/y"},
      {"https://a b\nfile:///etc\nhttps://\nhttps://c?x=1\nhttps://d", "https://d"},
      {"https://1\nhttps://2\nhttps://3\nhttps://4\nhttps://5\n", "https://1 https://2 https://3 https://4"},
      {"<metalink><files><file name='repomd.xml'><resources><url protocol='https'>https://a/repodata/repomd.xml</url>"
       "<url protocol='rsync'>rsync://a/repodata/repomd.xml</url><url>http://b/repodata/repomd.xml</url></resources>"
       "</file></files></metalink>",
       "https://a"},
      {"<metalink><url>https://a", NULL},
      {"http://only\n", NULL},
      {"", NULL},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("row %u", i);
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) found = cr_rpmmd_mirrors_parse(rows[i][0], strlen(rows[i][0]), arena, &error);
    g_assert_cmpint(found != NULL, ==, rows[i][1] != NULL);
    if (!found) {
      g_assert_nonnull(error);
      continue;
    }
    g_ptr_array_add(found, NULL);
    g_autofree char *text = g_strjoinv(" ", (char **)found->pdata);
    g_assert_cmpstr(text, ==, rows[i][1]);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/rpmmd/expand", test_expand);
  g_test_add_func("/rpmmd/config", test_config);
  g_test_add_func("/rpmmd/repomd", test_repomd);
  g_test_add_func("/rpmmd/primary", test_primary);
  g_test_add_func("/rpmmd/relations", test_relations);
  g_test_add_func("/rpmmd/mentions", test_mentions);
  g_test_add_func("/rpmmd/updateinfo", test_updateinfo);
  g_test_add_func("/rpmmd/modules", test_modules);
  g_test_add_func("/rpmmd/mirrors", test_mirrors);
  return g_test_run();
}
