/* SPDX-License-Identifier: Apache-2.0 */
#include "fake-work.h"

#define STRV(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_scan(void)
{
  static const struct {
    CrLanguage language;
    const char *text, *expected;
  } rows[] = {
      {CR_LANGUAGE_PYTHON, "import os\n", "I1 os\n"},
      {CR_LANGUAGE_PYTHON, "import os.path as p, sys ,json\n", "I1 os.path\nI1 sys\nI1 json\n"},
      {CR_LANGUAGE_PYTHON, "from a.b import c as d, e\n", "I1 a.b c,e\n"},
      {CR_LANGUAGE_PYTHON, "from . import (x, # y\n  z)\nimport q\n", "I1 . x,z\nI3 q\n"},
      {CR_LANGUAGE_PYTHON, "from ..p import *\n", "I1 ..p\n"},
      {CR_LANGUAGE_PYTHON, "from a import b, \\\n  c\n", "I1 a b,c\n"},
      {CR_LANGUAGE_PYTHON, "try:\n  import a\nexcept ImportError:\n\timport b\n", "i2 a\ni4 b\n"},
      {CR_LANGUAGE_PYTHON, "\"\"\"\nimport no\n\"\"\"\nimport yes\n", "I4 yes\n"},
      {CR_LANGUAGE_PYTHON, "x = '''\nimport no\n''' # c\nimport yes\n", "I4 yes\n"},
      {CR_LANGUAGE_PYTHON, "\"\"\"one line\"\"\"\nimport yes\n", "I2 yes\n"},
      {CR_LANGUAGE_PYTHON, "imported = 1\nfrom_x = 2\n# import no\n", ""},
      {CR_LANGUAGE_PYTHON, "m = importlib.import_module('a.b')\n__import__(x)\n", "i1 a.b\nd2 \n"},
      {CR_LANGUAGE_PYTHON, "subprocess.run(['ls', '-l', x])\n", "c1 ls\037-l\037\001\n"},
      {CR_LANGUAGE_PYTHON, "os.system('a b')\nsubprocess.Popen(cmd)\n", "s1 a b\nu2 \n"},
      {CR_LANGUAGE_PYTHON, "ctypes.CDLL(\"libc.so.6\")\nfind_library('ssl')\n", "n1 libc.so.6\nn2 ssl\n"},
      {CR_LANGUAGE_PERL, "use strict;\nuse Foo::Bar qw(x);\n  require Baz;\nuse 5.010;\n# use No;\n",
       "I1 strict\nI2 Foo::Bar\ni3 Baz\n"},
      {CR_LANGUAGE_PERL, "system('ls', '-l');\nexec \"x $y\";\n$use = 1;\n", "c1 ls\037-l\nu2 \n"},
      {CR_LANGUAGE_RUBY, "require 'json'\nrequire_relative \"lib/x\"\n  require 'y'\n", "I1 json\nI2 lib/x\ni3 y\n"},
      {CR_LANGUAGE_RUBY, "system(\"ls -l\")\nload \"#{x}\"\n", "s1 ls -l\n"},
      {CR_LANGUAGE_NODE, "const a = require('a');\nimport b from './b';\nimport 'c';\n// require('no')\n",
       "I1 a\nI2 ./b\nI3 c\n"},
      {CR_LANGUAGE_NODE, "function f() {\n  return require('x') }\nx.exec(y)\nspawn('ls', ['-l'])\n",
       "i2 x\nc4 ls\037-l\n"},
      {CR_LANGUAGE_NODE, "require('child_process').execSync('ls -l')\n(/x/).exec('no')\nf('a').exec('no')\n",
       "I1 child_process\ns1 ls -l\n"},
      {CR_LANGUAGE_PHP, "<?php\nrequire __DIR__ . '/a.php';\ninclude('b.php');\nshell_exec(\"ls -l\");\n",
       "I2 ./a.php\ni3 b.php\ns4 ls -l\n"},
      {CR_LANGUAGE_PYTHON, "\"\"\"\nos.system('no')\n\"\"\"\nos.system('yes')\n", "s4 yes\n"},
      {CR_LANGUAGE_PYTHON, "os.system('''a\nb''')\nos.system(f'{x}')\n", "s1 a;b\nu3 \n"},
      {CR_LANGUAGE_PYTHON, "os.system('echo $HOME')\n", "s1 echo $HOME\n"},
      {CR_LANGUAGE_PERL, "my $x = `ls -l`;\nprint `ls $x`;\n# the `no'\n", "s1 ls -l\ns2 ls \001\n"},
      {CR_LANGUAGE_PERL, "qx(ls (a));\nqx{ls};\nexec q(a b);\nsystem $x;\n", "s1 ls (a)\ns2 ls\ns3 a b\nu4 \n"},
      {CR_LANGUAGE_PERL, "open(my $p, '-|', 'ls', '-l');\nopen(P, \"ls |\");\nopen(F, '<x');\n",
       "c1 ls\037-l\ns2 ls\n"},
      {CR_LANGUAGE_PERL, "a();\n=pod\n\n  system('no');\n\n=cut\nuse B;\n", "I7 B\n"},
      {CR_LANGUAGE_RUBY, "puts `ls`\nx = %x(ls -l)\ny = `a #{b}`\nexec cmd\n", "s1 ls\ns2 ls -l\ns3 a \001\nu4 \n"},
      {CR_LANGUAGE_PHP, "<?php\n$x = `ls`;\n", "s2 ls\n"},
      {CR_LANGUAGE_PHP, "require __DIR__ .", ""},
      {CR_LANGUAGE_PERL, "open(a, '-|', ", ""},
      {CR_LANGUAGE_RUBY, "system d", "u1 \n"},
      {CR_LANGUAGE_PERL, "x = `", ""},
      {CR_LANGUAGE_PERL, "qx(", ""},
      {CR_LANGUAGE_PERL, "open(a,", ""},
      {CR_LANGUAGE_RUBY, "%x(", ""},
      {CR_LANGUAGE_PYTHON, "import", ""},
      {CR_LANGUAGE_PYTHON, "from a import (", "I1 a\n"},
      {CR_LANGUAGE_PYTHON, "'''", ""},
      {CR_LANGUAGE_NODE, "require('", ""},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *text = g_memdup2(rows[i].text, strlen(rows[i].text)); /* without a NUL, as in a file */
    cr_statements_scan(rows[i].language, text, strlen(rows[i].text), out);
    g_test_message("%s", rows[i].text);
    g_assert_cmpstr(out->str, ==, rows[i].expected);
  }
}

#define LIB "usr/lib/python3.11/"
static const FakeFile files[] = {
    {"usr/bin/python3.11", "ELF"},
    {"usr/bin/python3", "-> python3.11"},
    {"usr/bin/env", "ELF"},
    {"usr/bin/ls", "ELF"},
    {"bin/sh", "ELF"},
    {LIB "site.py", "import os\n"},
    {LIB "os.py", "import abc\n"},
    {LIB "abc.py", "pass\n"},
    {LIB "ssl.py", "import _ssl\ntry:\n  import lazy\nexcept ImportError: pass\n"},
    {LIB "lazy.py", "pass\n"},
    {LIB "json/__init__.py", "from .decoder import JSONDecoder\n"},
    {LIB "json/decoder.py", "from json import scanner\n"},
    {LIB "json/scanner.py", "pass\n"},
    {LIB "json/tool.py", "import argparse\n"},
    {LIB "argparse.py", "pass\n"},
    {LIB "runpy.py", "pass\n"},
    {LIB "lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so", "ELF"},
    {LIB "lib-dynload/_curses.cpython-311-x86_64-linux-gnu.so", "ELF"},
    {"usr/lib/python3/dist-packages/more.pth", "/opt/more\n# x\nimport os\n"},
    {"usr/lib/python3/dist-packages/gunicorn/__init__.py", "pass\n"},
    {"usr/lib/python3/dist-packages/gunicorn/app.py", "import ssl\n"},
    {"opt/more/extra.py", "pass\n"},
    {"usr/bin/gunicorn", "#!/usr/bin/python3\nfrom gunicorn.app import run\nrun()\n"},
    {"app/app.py", "#!/usr/bin/env python3\nimport ssl, helper\nimport extra\ndef f():\n  import json\n"
                   "subprocess.run(['ls'])\n"},
    {"app/helper.py", "import json\n"},
    {"app/wsgi.py", "import helper\n"},
    {"app/unknown.py", "import subprocess\nsubprocess.run(sys.argv[1])\n"},
    {NULL, NULL},
};

static void test_follow(void)
{
  static const struct {
    const char *words[5];
    const char *loaded; /* each must be loaded */
    const char *possible;
  } rows[] = {
      {{"python3", "/app/app.py"},
       "app/app.py app/helper.py opt/more/extra.py " LIB "ssl.py " LIB
       "lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so " LIB "json/__init__.py " LIB "json/scanner.py " LIB
       "site.py " LIB "abc.py",
       LIB "lazy.py " LIB "json/tool.py " LIB
           "lib-dynload/_curses.cpython-311-x86_64-linux-gnu.so usr/bin/ls app/wsgi.py"},
      {{"/app/app.py"}, "usr/bin/env usr/bin/python3.11 app/app.py app/helper.py " LIB "ssl.py", LIB "lazy.py"},
      {{"python3", "-m", "json.tool"}, LIB "json/__init__.py " LIB "json/tool.py " LIB "argparse.py", LIB "ssl.py"},
      {{"python3", "-uc", "import ssl"}, LIB "ssl.py", LIB "argparse.py"},
      {{"gunicorn", "wsgi:app"},
       "usr/bin/gunicorn usr/lib/python3/dist-packages/gunicorn/app.py " LIB "ssl.py app/wsgi.py app/helper.py",
       LIB "argparse.py"},
      {{"python3", "/app/unknown.py"}, "app/unknown.py", LIB "ssl.py everything"},
      {{"python3"}, "usr/bin/python3.11", LIB "ssl.py everything"},
  };
  g_autoptr(CrReachWork) work = fake_work_new(files);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    fake_work_reset(work);
    work->context.workdir = "/app";
    g_test_message("%s %s", rows[i].words[0], rows[i].words[1] ? rows[i].words[1] : "");
    g_assert_true(fake_work_start(work, rows[i].words, NULL, NULL));
    CrNode node;
    g_assert_cmpint(cr_tree_find(work->tree, "usr/bin/python3", &node), ==, CR_TREE_FOUND);
    cr_reach_expand_interpreter(work, &node, CR_REACH_LOADED, &work->context);
    const char *lists[] = {rows[i].loaded, rows[i].possible};
    for (guint k = 0; k < 2; k++) {
      g_auto(GStrv) paths = g_strsplit(lists[k], " ", 0);
      for (guint j = 0; paths[j]; j++) {
        if (strcmp(paths[j], "everything") == 0)
          continue;
        g_test_message("  %s", paths[j]);
        g_assert_cmpuint(GPOINTER_TO_UINT(g_hash_table_lookup(work->levels, paths[j])), ==,
                         k ? CR_REACH_POSSIBLE : CR_REACH_LOADED);
      }
    }
    g_assert_cmpint(work->everything != NULL, ==, rows[i].possible && strstr(rows[i].possible, "everything"));
  }
  fake_work_reset(work);
  fake_work_start(work, STRV("python3", "/app/app.py"), NULL, NULL);
  g_assert_cmpstr(g_hash_table_lookup(work->evidence, LIB "ssl.py"), ==, "import ssl (line 2)");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/reach/statements", test_scan);
  g_test_add_func("/reach/python", test_follow);
  return g_test_run();
}
