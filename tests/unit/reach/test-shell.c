/* SPDX-License-Identifier: Apache-2.0 */
#include "fake-work.h"

#include "reach/shell.h"

#define STRV(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The programs every row may name. */
#define PROGRAMS                                                                                                       \
  {"bin/sh", "ELF"}, {"bin/bash", "ELF"}, {"usr/bin/a", "ELF"}, {"usr/bin/b", "ELF"}, {"usr/bin/c", "ELF"},            \
      {"usr/bin/d", "ELF"}, {"usr/bin/gosu", "ELF"}, {"usr/bin/find", "ELF"}, {"usr/bin/chown", "ELF"},                \
      {"usr/bin/id", "ELF"}, {"usr/bin/redis-server", "ELF"}, {"usr/bin/postgres", "ELF"}, {"usr/bin/env", "ELF"},     \
  {                                                                                                                    \
    "opt/x/bin/java", "ELF"                                                                                            \
  }

/* One script text: `sh -c TEXT`. */
static void test_texts(void)
{
  static const struct {
    const char *text, *expected;
  } rows[] = {
      {"a", "loaded: usr/bin/a; possible:"},
      {"exec a b", "loaded: usr/bin/a; possible:"},
      {"a; b", "loaded: usr/bin/a usr/bin/b; possible:"},
      {"a # b\n", "loaded: usr/bin/a; possible:"},
      {"echo a 'b' \"c\"", "loaded:; possible:"},
      {"a && b", "loaded: usr/bin/a; possible: usr/bin/b"},
      {"true && b || c", "loaded: usr/bin/b; possible: usr/bin/c"},
      {"a | b", "loaded: usr/bin/a usr/bin/b; possible:"},
      {"a & b", "loaded: usr/bin/a usr/bin/b; possible:"},
      {"if a; then b; else c; fi", "loaded: usr/bin/a; possible: usr/bin/b usr/bin/c"},
      {"if [ x = x ]; then b; else c; fi", "loaded: usr/bin/b; possible: usr/bin/c"},
      {"if [ -f /x ]; then b; elif test 1 -gt 2; then c; else d; fi",
       "loaded:; possible: usr/bin/b usr/bin/c usr/bin/d"},
      {"if [[ abc == a* && ! 1 -eq 2 ]]; then b; fi", "loaded: usr/bin/b; possible:"},
      {"exec a; b", "loaded: usr/bin/a; possible: usr/bin/b"},
      {"X=a; $X", "loaded: usr/bin/a; possible:"},
      {"X=a Y=b; \"${X}\"; ${Z:-$Y}", "loaded: usr/bin/a usr/bin/b; possible:"},
      {"X=/usr/bin/a.conf; ${X%.conf}; Y=${X##*/}; ${Y%%.*}", "loaded: usr/bin/a; possible:"},
      {"X=xbx; ${X:1:1}; Y=xx; ${Y/xx/c}", "loaded: usr/bin/b usr/bin/c; possible:"},
      {"A=(a 'b c'); A+=(d); \"${A[@]}\"; ${A[2]}", "loaded: usr/bin/a usr/bin/d; possible:"},
      {"set -- a x; \"$@\"; shift; echo \"$1\"", "loaded: usr/bin/a; possible:"},
      {"$(echo a)", "loaded: usr/bin/a; possible:"},
      {"echo $(a `b` \"$(c)\")", "loaded: usr/bin/a usr/bin/b usr/bin/c; possible:"},
      {"echo \"x $(a) y\" > $(b)", "loaded: usr/bin/a; possible:"},
      {"cat <<EOF\na\n$(b)\nEOF\nc", "loaded: usr/bin/b usr/bin/c; possible:"},
      {"cat <<'EOF'\n$(a)\nEOF\nc", "loaded: usr/bin/c; possible:"},
      {"sh <<-EOF\n\ta\n\tEOF\nc", "loaded: bin/sh usr/bin/a usr/bin/c; possible:"},
      {"case start in start|run) a;; *) b;; esac", "loaded: usr/bin/a; possible: usr/bin/b"},
      {"case $(x) in (a) a;; b) b; esac", "loaded:; possible: usr/bin/a usr/bin/b"},
      {"f() { a \"$1\"; return 0; }; f x && b", "loaded: usr/bin/a usr/bin/b; possible:"},
      {"function f { a; }\nb", "loaded: usr/bin/b; possible: usr/bin/a"},
      {"for i in a b; do $i; done", "loaded: usr/bin/a usr/bin/b; possible:"},
      {"for i in $(x); do a; done", "loaded:; possible: usr/bin/a"},
      {"while read -r x; do a; done < /f", "loaded:; possible: usr/bin/a"},
      {"while :; do a; b; done", "loaded:; possible: usr/bin/a usr/bin/b"},
      {"(a; b) && { c; }", "loaded: usr/bin/a usr/bin/b; possible: usr/bin/c"},
      {"! a || b", "loaded: usr/bin/a; possible: usr/bin/b"},
      {"eval \"a x\"", "loaded: usr/bin/a; possible:"},
      {"eval \"$UNSET_X\"", "loaded:; possible:"},
      {"read x; $x", "loaded:; possible:; everything"},
      {"read x; eval \"$x\"", "loaded:; possible:; everything"},
      {"J=$(x); $J/bin/java -v", "loaded:; possible: opt/x/bin/java"},
      {"trap 'a' EXIT; b", "loaded: usr/bin/b; possible: usr/bin/a"},
      {"command -v a && b; command -v zz && c", "loaded: usr/bin/b; possible: usr/bin/c"},
      {"PATH=/opt/x/bin; java; a", "loaded: opt/x/bin/java; possible:"},
      {"FOO=1 a; env FOO=1 b", "loaded: usr/bin/a usr/bin/b usr/bin/env; possible:"},
      {"cd /usr/bin; ./a; cd ../bin && ./b", "loaded: usr/bin/a usr/bin/b; possible:"},
      {"cd /usr; bin/a; (cd bin; ./b); ./c", "loaded: usr/bin/a usr/bin/b; possible:"},
      {"cd \"$(x)\"; ./a; bin/b; c", "loaded: usr/bin/c; possible: usr/bin/a usr/bin/b"},
      {"cd \"$(x)\" && exec gosu d ./a", "loaded: usr/bin/gosu; possible: usr/bin/a"},
      {"cd \"$(x)\"; sh run.sh", "loaded: bin/sh; possible: opt/x/run.sh usr/bin/d"},
      {"cd \"$(x)\"; sh bin/gone.sh", "loaded: bin/sh; possible:; everything"},
      {"cd \"$(x)\"; . ./run.sh", "loaded:; possible: bin/sh opt/x/run.sh usr/bin/d"},
      {"cd /opt/x; sh run.sh", "loaded: bin/sh opt/x/run.sh usr/bin/d; possible:"},
      {"PATH=bin:; cd /usr; a; cd bin; b", "loaded: usr/bin/a usr/bin/b; possible:"},
      {"env -C /usr bin/a", "loaded: usr/bin/a usr/bin/env; possible:"},
      {"sh -c 'a \"$1\"; $0' b", "loaded: bin/sh usr/bin/a usr/bin/b; possible:"},
      {"bash", "loaded:; possible:; everything"},
      {"[ \"$(id -u)\" = 0 ] && a", "loaded: usr/bin/a usr/bin/id; possible:"},
      {"[ -z \"$X\" ] || a; [ -n \"$X\" ] && b", "loaded:; possible: usr/bin/a usr/bin/b"},
      {"X=$(x)\nif [ \"$X\" ]; then set -- a; else set -- b; fi\nexec \"$@\"",
       "loaded:; possible: usr/bin/a usr/bin/b"},
      {"x=1; ((x++)); (( x > 2 )) && a", "loaded:; possible: usr/bin/a"},
      {"a 2>&1 >/dev/null <in &>out; b >|x", "loaded: usr/bin/a usr/bin/b; possible:"},
      {"a \\\n  b; 'b'; \\c", "loaded: usr/bin/a usr/bin/b usr/bin/c; possible:"},
      {"until a; do b; done; select x in $(y); do c; done", "loaded: usr/bin/a; possible: usr/bin/b usr/bin/c"},
      {"a; 'b", "loaded: usr/bin/a; possible: usr/bin/b"}, /* cannot be parsed: the words tell */
      {"a; fi; b", "loaded: usr/bin/a; possible: usr/bin/b"},
      {"if a; then b", "loaded: usr/bin/a; possible: usr/bin/b"},
      {"diff <(a) <(b)", "loaded: usr/bin/a usr/bin/b; possible:"},
      {"", "loaded:; possible:"},
  };
  const FakeFile files[] = {PROGRAMS, {"opt/x/run.sh", "d\n"}, {NULL, NULL}};
  g_autoptr(CrReachWork) work = fake_work_new(files);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].text);
    fake_work_reset(work);
    g_assert_true(fake_work_start(work, STRV("bin/bash", "-c", rows[i].text), NULL, NULL));
    g_autofree char *got = fake_work_format(work, "bin/bash"); /* the shell itself is always there */
    g_assert_cmpstr(got, ==, rows[i].expected);
  }
}

/* Entry points as well-known images have them, written anew from their idioms. */
static const char redis_script[] = "#!/bin/sh\n"
                                   "set -e\n"
                                   "if [ \"${1#-}\" != \"$1\" ] || [ \"${1%.conf}\" != \"$1\" ]; then\n"
                                   "\tset -- redis-server \"$@\"\n"
                                   "fi\n"
                                   "if [ \"$1\" = 'redis-server' -a \"$(id -u)\" = '0' ]; then\n"
                                   "\tfind . \\! -user redis -exec chown redis '{}' +\n"
                                   "\texec gosu redis \"$0\" \"$@\"\n"
                                   "fi\n"
                                   "exec \"$@\"\n";
static const char postgres_script[] =
    "#!/usr/bin/env bash\n"
    "set -Eeo pipefail\n"
    "file_env() { local var=\"$1\"; export \"$var\"=\"$(d)\"; }\n"
    "_is_sourced() {\n"
    "\t[ \"${#FUNCNAME[@]}\" -ge 2 ] \\\n"
    "\t\t&& [ \"${FUNCNAME[0]}\" = '_is_sourced' ] \\\n"
    "\t\t&& [ \"${FUNCNAME[1]}\" = 'source' ]\n"
    "}\n"
    "_want_help() {\n"
    "\tlocal arg\n"
    "\tfor arg; do case \"$arg\" in -'?'|--help) return 0 ;; esac; done\n"
    "\treturn 1\n"
    "}\n"
    "_main() {\n"
    "\tif [ \"${1:0:1}\" = '-' ]; then set -- postgres \"$@\"; fi\n"
    "\tif [ \"$1\" = 'postgres' ] && ! _want_help \"$@\"; then\n"
    "\t\tfile_env X\n"
    "\t\tif [ \"$(id -u)\" = '0' ]; then exec gosu postgres \"$BASH_SOURCE\" \"$@\"; fi\n"
    "\tfi\n"
    "\texec \"$@\"\n"
    "}\n"
    "if ! _is_sourced; then _main \"$@\"; fi\n";
static const char nginx_script[] =
    "#!/bin/sh\n"
    "set -e\n"
    "if [ \"$1\" = \"a\" ] || [ \"$1\" = \"b\" ]; then\n"
    "  if /usr/bin/find \"/docker-entrypoint.d/\" -mindepth 1; then\n"
    "    find \"/docker-entrypoint.d/\" -follow -type f | sort -V | while read -r f; do\n"
    "      case \"$f\" in *.sh) if [ -x \"$f\" ]; then \"$f\"; fi;; esac\n"
    "    done\n"
    "  fi\n"
    "fi\n"
    "exec \"$@\"\n";
static const char library_script[] =
    "#!/bin/bash\n. /opt/lib.sh\nexport LD=/x\nfor f in /opt/d/*.sh; do . \"$f\"; done\n"
    "cmd=(a -x)\ncmd+=(\"$@\")\nexec \"${cmd[@]}\"\n";

static void test_entrypoints(void)
{
  static const struct {
    const char *script;
    const char *arguments[4];
    const char *user;
    const char *expected;
  } rows[] = {
      {redis_script,
       {"redis-server"},
       "",
       "loaded: bin/sh e.sh usr/bin/find usr/bin/gosu usr/bin/id usr/bin/redis-server; possible: usr/bin/chown"},
      {redis_script,
       {"/x/r.conf"},
       "redis",
       "loaded: bin/sh e.sh usr/bin/id usr/bin/redis-server; possible: usr/bin/chown usr/bin/find usr/bin/gosu"},
      {redis_script,
       {"a", "b"},
       "",
       "loaded: bin/sh e.sh usr/bin/a usr/bin/id; possible: usr/bin/chown usr/bin/find usr/bin/gosu"},
      {postgres_script,
       {"postgres"},
       "",
       "loaded: bin/bash e.sh usr/bin/d usr/bin/env usr/bin/gosu usr/bin/id usr/bin/postgres; possible:"},
      {postgres_script,
       {"-c", "x"},
       "70",
       "loaded: bin/bash e.sh usr/bin/d usr/bin/env usr/bin/id usr/bin/postgres; possible: usr/bin/gosu"},
      {nginx_script, {"c", "-g"}, "", "loaded: bin/sh e.sh usr/bin/c; possible: usr/bin/find"},
      {nginx_script, {"a", "-g"}, "", "loaded: bin/sh e.sh usr/bin/a usr/bin/find; possible:; everything"},
      {library_script,
       {"y"},
       "",
       "loaded: bin/bash e.sh opt/d/1.sh opt/d/2.sh opt/lib.sh usr/bin/a usr/bin/c usr/bin/d; possible: usr/bin/b"},
      {"a\nb\n", {NULL}, "", "loaded: bin/sh e.sh usr/bin/a usr/bin/b; possible:"}, /* no #! line */
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const FakeFile files[] = {PROGRAMS,
                              {"e.sh", rows[i].script},
                              {"opt/lib.sh", "helper() { b; }\nd\n"},
                              {"opt/d/1.sh", "c"},
                              {"opt/d/2.sh", ":\n"},
                              {"docker-entrypoint.d/10.sh", "#!/bin/sh\nd\n"},
                              {NULL, NULL}};
    g_test_message("%.60s… %s", rows[i].script, rows[i].arguments[0] ? rows[i].arguments[0] : "");
    g_autoptr(CrReachWork) work = fake_work_new(files);
    const char *words[6] = {"/e.sh"};
    for (guint j = 0; rows[i].arguments[j]; j++)
      words[j + 1] = rows[i].arguments[j];
    g_assert_true(fake_work_start(work, words, STRV("PATH=/usr/bin:/bin"), rows[i].user));
    g_autofree char *got = fake_work_format(work, NULL);
    g_assert_cmpstr(got, ==, rows[i].expected);
  }
}

static void test_evidence(void)
{
  const FakeFile files[] = {PROGRAMS, {"e.sh", "#!/bin/sh\n\nexec a -g 'x y'\n"}, {NULL, NULL}};
  g_autoptr(CrReachWork) work = fake_work_new(files);
  fake_work_start(work, STRV("/e.sh"), NULL, NULL);
  g_assert_cmpstr(g_hash_table_lookup(work->evidence, "usr/bin/a"), ==, "line 3: exec a -g x y");
  g_assert_cmpstr(g_hash_table_lookup(work->evidence, "e.sh"), ==, "Entrypoint");
  g_assert_cmpstr(g_hash_table_lookup(work->evidence, "bin/sh"), ==, "#! /bin/sh");
}

/* A script that nobody is known to start, with words nobody knows: it names what it names, and no more. */
static void test_without_words(void)
{
  const FakeFile files[] = {PROGRAMS, {"e.sh", "#!/bin/sh\na\nexec \"$@\"\n"}, {NULL, NULL}};
  g_autoptr(CrReachWork) work = fake_work_new(files);
  CrNode node;
  g_assert_cmpint(cr_tree_find(work->tree, "e.sh", &node), ==, CR_TREE_FOUND);
  g_assert_true(cr_reach_expand_script(work, &node, CR_REACH_POSSIBLE, &work->context));
  g_autofree char *got = fake_work_format(work, NULL);
  g_assert_cmpstr(got, ==, "loaded:; possible: bin/sh e.sh usr/bin/a");
}

static void test_starts(void)
{
  static const struct {
    const char *start;
    gboolean known;
    const char *problem;
  } rows[] = {
      {"a", TRUE, NULL},
      {"/usr/bin/a", TRUE, NULL},
      {"nothing", FALSE, "cannot find 'nothing' in the image: no such program in PATH; what is reached is unknown"},
      {"/nothing", FALSE, "cannot find '/nothing' in the image: no such file; what is reached is unknown"},
      {"/dangling", FALSE, "cannot find '/dangling' in the image: it is a link to nothing; what is reached is unknown"},
      {"/loop", FALSE, "cannot find '/loop' in the image: its links lead in a circle; what is reached is unknown"},
      {"/usr", FALSE, "cannot find '/usr' in the image: it is no regular file; what is reached is unknown"},
      {"/data", FALSE, "cannot find '/data' in the image: it is not executable; what is reached is unknown"},
      {NULL, FALSE, "the image names no command: what is reached is unknown (--command names one)"},
  };
  const FakeFile files[] = {PROGRAMS, {"dangling", "-> gone"}, {"loop", "-> loop"}, {"data", "x"}, {NULL, NULL}};
  g_autoptr(CrReachWork) work = fake_work_new(files);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    fake_work_reset(work);
    g_assert_cmpint(fake_work_start(work, STRV(rows[i].start), NULL, NULL), ==, rows[i].known);
    g_assert_cmpuint(cr_problems_get_count(work->problems), ==, rows[i].problem ? 1 : 0);
    if (rows[i].problem)
      g_assert_cmpstr(cr_problems_get(work->problems, 0)->what, ==, rows[i].problem);
  }
}

static void test_health_check(void)
{
  static const struct {
    const char *kind;
    const char *words[4];
    const char *expected;
  } rows[] = {
      {"CMD", {"b", "x"}, "loaded: usr/bin/a usr/bin/b; possible:"},
      {"CMD-SHELL", {"b || exit 1"}, "loaded: bin/sh usr/bin/a usr/bin/b; possible:"},
      {"NONE", {NULL}, "loaded: usr/bin/a; possible:"},
  };
  const FakeFile files[] = {PROGRAMS, {NULL, NULL}};
  g_autoptr(CrReachWork) work = fake_work_new(files);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    fake_work_reset(work);
    work->image = (CrImage){.entrypoint = STRV("a"), .cmd = cr_strv_empty, .has_config = TRUE};
    work->image.health = (CrHealthCheck){rows[i].kind, rows[i].words};
    g_assert_true(cr_reach_add_starts(work, NULL));
    g_autofree char *got = fake_work_format(work, NULL);
    g_assert_cmpstr(got, ==, rows[i].expected);
  }
}

/* Hostile: deep, long, and growing texts end. */
static void test_hostile(void)
{
  const FakeFile files[] = {PROGRAMS, {NULL, NULL}};
  g_autoptr(GString) deep = g_string_new(NULL), chain = g_string_new("a"), grow = g_string_new("X=aaaaaaaa\n"),
                     calls = g_string_new("f() { f; f; f; }\nf\n"), forks = g_string_new(NULL);
  for (guint i = 0; i < 20000; i++)
    g_string_append(deep, "$((`\"(");
  for (guint i = 0; i < 20000; i++)
    g_string_append(chain, " && a");
  for (guint i = 0; i < 60; i++) {
    g_string_append(grow, "X=$X$X$X; set -- \"$@\" \"$@\" b\n");
    g_string_append_printf(forks, "if x; then V%u=$(x); A=$A%u; set -- \"$@\" %u; fi\n", i, i, i);
  }
  const char *const texts[] = {deep->str, chain->str, grow->str, calls->str, forks->str};
  g_autoptr(CrReachWork) work = fake_work_new(files);
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
    fake_work_reset(work);
    fake_work_start(work, STRV("bin/bash", "-c", texts[i]), NULL, NULL);
    g_assert_cmpuint(cr_arena_get_size(work->arena), <, 256U << 20);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/reach/shell/texts", test_texts);
  g_test_add_func("/reach/shell/entrypoints", test_entrypoints);
  g_test_add_func("/reach/shell/evidence", test_evidence);
  g_test_add_func("/reach/shell/without-words", test_without_words);
  g_test_add_func("/reach/command/starts", test_starts);
  g_test_add_func("/reach/command/health-check", test_health_check);
  g_test_add_func("/reach/shell/hostile", test_hostile);
  return g_test_run();
}
