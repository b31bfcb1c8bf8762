/* SPDX-License-Identifier: Apache-2.0 */
/* Packages of languages: what their metadata says, whose files are whose, and what belongs to the distribution. */
#include "case.h"

typedef struct {
  const char *what;
  Member members[14];
  const char *packages; /* "type name version licence path layer origin", one a line, sorted as in a report */
  const char *owners;   /* "path name", one a line; '-': nobody */
  const char *problems; /* as in Case */
} LanguageCase;

#define STATUS(files)                                                                                                  \
  {'f', "var/lib/dpkg/status", "Package: deb\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n"},       \
      {'f', "etc/os-release", "ID=debian\nVERSION_ID=12\n"},                                                           \
  {                                                                                                                    \
    'f', "var/lib/dpkg/info/deb.list", files                                                                           \
  }
#define GEMS "usr/lib/ruby/gems/3.1.0/"
#define WWW  "var/www/html/"
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
    {"an address that a package was installed from",
     {STATUS("/usr/bin/x\n"),
      {'f', SITE "f-1.dist-info/METADATA", "Name: f\nVersion: 1\n"},
      {'f', SITE "f-1.dist-info/direct_url.json",
       "{\"url\":\"https://me:secret@example.org/f.git\",\"vcs_info\":{\"vcs\":\"git\"}}"}},
     "deb deb 1 - var/lib/dpkg/status 0\npypi f 1 - " SITE "f-1.dist-info/METADATA 0 https://example.org/f.git\n",
     NULL,
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
    {"gems: installed, for another platform, with Ruby, without a stub, nameless",
     {STATUS("/usr/bin/x\n"),
      {'f', GEMS "specifications/rack-2.0.1.gemspec",
       "# -*- encoding: utf-8 -*-\n# stub: rack 2.0.1 ruby lib\n\nGem::Specification.new do |s|\n  s.licenses = "
       "[\"MIT\".freeze]\n"},
      {'f', GEMS "specifications/nokogiri-1.10.0-x86_64-linux.gemspec", "# stub: nokogiri 1.10.0 x86_64-linux lib\n"},
      {'f', GEMS "specifications/default/net-http-0.3.0.gemspec", "# stub: net-http 0.3.0 ruby lib\n"},
      {'f', GEMS "specifications/old-1.gemspec", "  s.name = %q{old}\n  s.name = \"old\"\n  s.version = \"1\"\n"},
      {'f', GEMS "specifications/none-1.gemspec", "nothing\n"},
      {'f', GEMS "gems/rack-2.0.1/rack.gemspec", "# stub: rack 2.0.1 ruby lib\n"}},
     "deb deb 1 - var/lib/dpkg/status 0\n"
     "gem net-http 0.3.0 - " GEMS "specifications/default/net-http-0.3.0.gemspec 0\n"
     "gem nokogiri 1.10.0 - " GEMS "specifications/nokogiri-1.10.0-x86_64-linux.gemspec 0\n"
     "gem old 1 - " GEMS "specifications/old-1.gemspec 0\ngem rack 2.0.1 MIT " GEMS
     "specifications/rack-2.0.1.gemspec 0\n",
     GEMS "gems/rack-2.0.1/lib/rack.rb rack\n" GEMS
          "gems/nokogiri-1.10.0-x86_64-linux/x.rb nokogiri\nusr/lib/ruby/3.1.0/net/http.rb net-http\n"
          "usr/lib/ruby/3.1.0/net/http/x.rb net-http\nusr/lib/ruby/3.1.0/uri.rb -",
     "partial: gem that tells no name"},
    {"Composer: both forms of its list",
     {STATUS("/usr/bin/x\n"),
      {'f', "app/vendor/composer/installed.json",
       "{\"packages\":[{\"name\":\"symfony/http-kernel\",\"version\":\"v4.4.1\",\"license\":[\"MIT\"],"
       "\"install-path\":\"../symfony/http-kernel\"},{\"name\":\"drupal/ctools\",\"version\":\"3.4.0\","
       "\"install-path\":\"../../web/modules/ctools\"},{\"name\":\"x\"}],\"dev\":true}"},
      {'f', "old/vendor/composer/installed.json", "[{\"name\":\"a/b\",\"version\":\"1.0\",\"license\":\"GPL-2.0\"}]"},
      {'f', "app/web/modules/ctools/ctools.info.yml", "project: 'ctools'\nversion: '8.x-3.4'\n"}},
     "composer a/b 1.0 GPL-2.0 old/vendor/composer/installed.json 0\n"
     "composer drupal/ctools 3.4.0 - app/vendor/composer/installed.json 0\n"
     "composer symfony/http-kernel v4.4.1 MIT app/vendor/composer/installed.json 0\n"
     "deb deb 1 - var/lib/dpkg/status 0\n",
     "app/vendor/symfony/http-kernel/x.php symfony/http-kernel\napp/web/modules/ctools/x.php drupal/ctools\n"
     "old/vendor/a/b/x.php a/b\napp/web/index.php -",
     "partial: without name or version"},
    {".NET: packages, runtime packs and frameworks, not the program itself",
     {STATUS("/usr/bin/x\n"),
      {'f', "app/app.deps.json",
       "{\"targets\":{\".NETCoreApp,Version=v6.0\":{\"Newtonsoft.Json/12.0.1\":{\"runtime\":{\"lib/netstandard2.0/"
       "Newtonsoft.Json.dll\":{}}}}},\"libraries\":{\"app/1.0.0\":{\"type\":\"project\"},\"Newtonsoft.Json/12.0.1\":"
       "{\"type\":\"package\"},\"runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/"
       "6.0.1\":{\"type\":\"runtimepack\"}}}"}},
     "deb deb 1 - var/lib/dpkg/status 0\n"
     "nuget Microsoft.NETCore.App.Runtime.linux-x64 6.0.1 - app/app.deps.json 0\n"
     "nuget Newtonsoft.Json 12.0.1 - app/app.deps.json 0\n",
     "app/Newtonsoft.Json.dll Newtonsoft.Json\napp/app.dll -",
     ""},
    {"WordPress: the program, plug-ins of a folder and of one file, themes; not any other file of theirs",
     {STATUS("/usr/bin/x\n"),
      {'f', WWW "wp-includes/version.php", "<?php\n/* $wp_version */\n$wp_version = '6.1.1';\n"},
      {'f', WWW "wp-content/plugins/akismet/akismet.php",
       "<?php\n/**\n * @package A\n */\n/*\nPlugin Name: Akismet Anti-spam\nVersion: 5.3\nLicense: GPLv2\n*/\n"},
      {'f', WWW "wp-content/plugins/akismet/other.php", "<?php\n// Version: 9\n"},
      {'f', WWW "wp-content/plugins/hello.php", "<?php\n/**\n * Plugin Name: Hello\n * Version: 1.7\n */\n"},
      {'f', WWW "wp-content/themes/two/style.css", "/*\nTheme Name: Two\nVersion: 1.4\n*/\n"}},
     "deb deb 1 - var/lib/dpkg/status 0\n"
     "generic wordpress 6.1.1 - " WWW "wp-includes/version.php 0\n"
     "generic wordpress/plugins/akismet 5.3 GPLv2 " WWW "wp-content/plugins/akismet/akismet.php 0\n"
     "generic wordpress/plugins/hello 1.7 - " WWW "wp-content/plugins/hello.php 0\n"
     "generic wordpress/themes/two 1.4 - " WWW "wp-content/themes/two/style.css 0\n",
     WWW "wp-admin/x.php wordpress\n" WWW "wp-content/plugins/akismet/x/y.php wordpress/plugins/akismet\n" WWW
         "wp-content/plugins/other.php -\n" WWW "wp-content/themes/two/x.php wordpress/themes/two",
     ""},
    {"Drupal: the program under the name of its advisories, each project once",
     {STATUS("/usr/bin/x\n"),
      {'f', WWW "core/lib/Drupal.php", "<?php\nclass Drupal {\n  const VERSION = '9.1.0';\n"},
      {'f', WWW "core/modules/node/node.info.yml", "name: Node\nversion: '9.1.0'\nproject: 'drupal'\n"},
      {'f', WWW "modules/ctools/ctools.info.yml", "name: X\nversion: '8.x-3.4'\nproject: 'ctools'\n"},
      {'f', WWW "modules/ctools/modules/a/a.info.yml", "version: '8.x-3.4'\nproject: 'ctools'\n"},
      {'f', WWW "modules/own/own.info.yml", "name: Own\n"},
      {'f', "d7/includes/bootstrap.inc", "<?php\n/* Drupal */\ndefine('VERSION', '7.80');\n"},
      {'f', "d7/sites/all/modules/views/views.info", "version = \"7.x-3.1\"\nproject = \"views\"\n"}},
     "composer drupal/core 7.80 - d7/includes/bootstrap.inc 0\n"
     "composer drupal/core 9.1.0 - " WWW "core/lib/Drupal.php 0\n"
     "deb deb 1 - var/lib/dpkg/status 0\n"
     "generic drupal/ctools 8.x-3.4 - " WWW "modules/ctools/ctools.info.yml 0\n"
     "generic drupal/views 7.x-3.1 - d7/sites/all/modules/views/views.info 0\n",
     WWW "modules/ctools/modules/a/x.php drupal/ctools\nd7/sites/all/modules/views/x.php drupal/views",
     ""},
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
    g_string_append_printf(out, "%s %s %s %s %s %d%s%s\n", p->type, p->name, p->version, dash(p->licence), p->paths[0],
                           p->layer, p->origin ? " " : "", p->origin ? p->origin : "");
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
