/* SPDX-License-Identifier: Apache-2.0 */
/* Modules of Perl, Ruby, Node and PHP, from the started file on, and what else each can import. */
#include "fake-work.h"

static const FakeFile files[] = {
    {"bin/sh", "ELF"},
    {"usr/bin/perl5.36", "ELF"},
    {"usr/bin/ruby3.1", "ELF"},
    {"usr/bin/node", "ELF"},
    {"usr/bin/php8.2", "ELF"},
    {"usr/bin/ls", "ELF"},
    {"app/a.pl", "use Foo::Bar;\nuse lib 'x';\nsystem('ls', '-l');\n"},
    {"usr/share/perl5/Foo/Bar.pm", "use Foo::Deep;\n"},
    {"usr/share/perl5/Foo/Deep.pm", "use Foo::Bar;\n1;\n"},
    {"usr/share/perl5/Other.pm", "1;\n"},
    {"opt/perl/Foo/Bar.pm", "1;\n"},
    {"app/a.rb", "require 'json'\nrequire_relative 'b'\n"},
    {"app/b.rb", "require 'c.so'\n"},
    {"usr/lib/ruby/3.1.0/json.rb", "require 'json/ext'\n"},
    {"usr/lib/ruby/3.1.0/json/ext.rb", "require 'json'\n"},
    {"usr/lib/ruby/3.1.0/x86_64-linux-gnu/c.so", "ELF"},
    {"usr/lib/ruby/3.1.0/other.rb", "1\n"},
    {"opt/gems/g.rb", "1\n"},
    {"app/a.js", "const p = require('p');\nrequire('./b');\n"},
    {"app/b.js", "require('./a.js'); require('gone');\n"},
    {"app/package.json", "{\"main\": \"a.js\"}\n"},
    {"app/node_modules/p/package.json", "{\"main\": \"lib/p.js\"}\n"},
    {"app/node_modules/p/lib/p.js", "module.exports = require('../other');\n"},
    {"app/node_modules/p/other.js", "1\n"},
    {"app/node_modules/q.js", "1\n"},
    {"opt/node/n.js", "1\n"},
    {"app/a.php", "<?php require __DIR__ . '/b.php';\n"},
    {"app/b.php", "<?php\n"},
    {"usr/share/php/c.php", "<?php\n"},
    {"etc/php.ini", "extension = curl\n"},
    {"usr/lib/php/modules/curl.so", "ELF"},
    {"usr/lib/php/modules/other.so", "ELF"},
    {NULL, NULL},
};

static const struct {
  const char *words[3];
  const char *environment;
  const char *loaded, *possible; /* each must be that */
} rows[] = {
    {{"/usr/bin/perl5.36", "/app/a.pl"},
     "A=",
     "app/a.pl usr/share/perl5/Foo/Bar.pm usr/share/perl5/Foo/Deep.pm",
     "usr/share/perl5/Other.pm usr/bin/ls"},
    {{"/usr/bin/perl5.36", "/app/a.pl"},
     "PERL5LIB=/opt/perl:",
     "app/a.pl opt/perl/Foo/Bar.pm",
     "usr/share/perl5/Foo/Bar.pm"},
    {{"/usr/bin/ruby3.1", "/app/a.rb"},
     "GEM_HOME=/opt/gems",
     "app/a.rb app/b.rb usr/lib/ruby/3.1.0/json.rb usr/lib/ruby/3.1.0/json/ext.rb "
     "usr/lib/ruby/3.1.0/x86_64-linux-gnu/c.so",
     "usr/lib/ruby/3.1.0/other.rb opt/gems/g.rb"},
    {{"/usr/bin/node", "/app/a.js"},
     "NODE_PATH=relative:/:/opt/node",
     "app/a.js app/b.js app/node_modules/p/package.json app/node_modules/p/lib/p.js app/node_modules/p/other.js",
     "app/node_modules/q.js opt/node/n.js"},
    {{"/usr/bin/php8.2", "/app/a.php"},
     "A=",
     "app/a.php app/b.php etc/php.ini usr/lib/php/modules/curl.so",
     "usr/share/php/c.php usr/lib/php/modules/other.so"},
};

static void check(CrReachWork *work, const char *list, CrReachLevel level)
{
  g_auto(GStrv) paths = g_strsplit(list, " ", 0);
  for (guint i = 0; paths[i]; i++) {
    g_test_message("  %s", paths[i]);
    g_assert_cmpuint(GPOINTER_TO_UINT(g_hash_table_lookup(work->levels, paths[i])), ==, level);
  }
}

static void test_follow(void)
{
  g_autoptr(CrReachWork) work = fake_work_new(files);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *const environment[] = {rows[i].environment, NULL};
    CrNode node;
    fake_work_reset(work);
    g_test_message("%s %s", rows[i].words[0], rows[i].environment);
    g_assert_true(fake_work_start(work, rows[i].words, environment, NULL));
    g_assert_cmpint(cr_tree_find(work->tree, rows[i].words[0], &node), ==, CR_TREE_FOUND);
    cr_reach_expand_interpreter(work, &node, CR_REACH_LOADED, &work->context);
    check(work, rows[i].loaded, CR_REACH_LOADED);
    check(work, rows[i].possible, CR_REACH_POSSIBLE);
    g_assert_null(work->everything);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/reach/modules", test_follow);
  return g_test_run();
}
