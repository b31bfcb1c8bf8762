/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/dockerfile-lines.h"

#include <string.h>

static const struct {
  const char *what, *text, *args, *target;
  const char *images; /* of the target: its base first; "?NAME" where a variable has no value */
} rows[] = {
    {"one stage", "FROM debian:12\nRUN true\n", NULL, NULL, "debian:12"},
    {"comments, blanks and case", "\n# x\n  from  debian:12  # not a comment of Docker's\n", NULL, NULL, NULL},
    {"cut short", "ARG A\nFROM ${A:", NULL, NULL, "?A"},
    {"lower case", "from debian:12\n", NULL, NULL, "debian:12"},
    {"two, the last counts", "FROM golang:1.22 AS build\nRUN go build\nFROM debian:12\nCOPY --from=build /a /a\n", NULL,
     NULL, "debian:12 golang:1.22"},
    {"a stage that is not needed",
     "FROM golang AS build\nFROM node AS other\nFROM debian:12\nCOPY --from=build /a /a\n", NULL, NULL,
     "debian:12 golang"},
    {"a target", "FROM debian:12 AS base\nFROM base AS test\nRUN x\nFROM alpine\n", NULL, "TEST", "debian:12"},
    {"a target by number", "FROM debian:12\nFROM alpine\n", NULL, "0", "debian:12"},
    {"a chain of stages", "FROM debian:12 AS a\nFROM a AS b\nFROM b\n", NULL, NULL, "debian:12"},
    {"copied from an image", "FROM scratch\nCOPY --from=busybox:1.36 /bin/sh /sh\n", NULL, NULL, "busybox:1.36"},
    {"copied by number", "FROM golang\nFROM debian\nCOPY --chown=0 --from=0 /a /a\n", NULL, NULL, "debian golang"},
    {"ADD and mounts",
     "FROM debian\nADD --from=a:1 / /\nRUN --mount=type=bind,from=b:1,target=/x --mount=type=cache,target=/y cmd "
     "--from=c\n",
     NULL, NULL, "debian a:1 b:1"},
    {"an argument", "ARG BASE=debian:12\nFROM $BASE\n", NULL, NULL, "debian:12"},
    {"given", "ARG BASE=debian:12\nFROM ${BASE}\n", "BASE=alpine:3.20", NULL, "alpine:3.20"},
    {"without a value", "ARG BASE\nFROM $BASE\n", NULL, NULL, "?BASE"},
    {"part of a name", "ARG V\nFROM debian:${V:-12}-slim\n", NULL, NULL, "debian:12-slim"},
    {"…given", "ARG V\nFROM debian:${V:-12}-slim\n", "V=13", NULL, "debian:13-slim"},
    {"an argument of a stage is not one of FROM", "FROM a AS x\nARG B=b\nFROM ${B:-c}\n", NULL, NULL, "c"},
    {"redeclared in a stage", "ARG V=1\nFROM a\nARG V\nCOPY --from=tool:$V /x /x\n", NULL, NULL, "a tool:1"},
    {"an environment", "FROM a\nENV V=2 W=3\nCOPY --from=tool:$V$W /x /x\n", NULL, NULL, "a tool:23"},
    {"the old form of ENV", "FROM a\nENV V 2\nCOPY --from=tool:$V /x /x\n", NULL, NULL, "a tool:2"},
    {"the platform", "FROM --platform=$BUILDPLATFORM golang AS b\nFROM debian-$TARGETARCH\n", NULL, NULL,
     "debian-arm64"},
    {"substitutions",
     "ARG V=1.2.3\nFROM a:${V%.*} AS x\nFROM b:${V%%.*} AS y\nFROM c:${V#*.}\nCOPY --from=x / /\nCOPY --from=y / /\n",
     NULL, NULL, "c:2.3 a:1.2 b:1"},
    {"more substitutions", "ARG V=a-b-c\nFROM i:${V/-/_} AS x\nFROM i:${V//-/_}\nCOPY --from=x / /\n", NULL, NULL,
     "i:a_b_c i:a_b-c"},
    {"if set", "ARG V=1\nFROM i:${V:+new}${W:+old}\n", NULL, NULL, "i:new"},
    {"lines that go on", "FROM \\\n  debian:12 \\\n# in between\n\n  AS x\n", NULL, NULL, "debian:12"},
    {"another escape", "# escape=`\nFROM `\n  debian:12\n", NULL, NULL, "debian:12"},
    {"a here-document with FROM in it",
     "FROM debian:12\nRUN <<EOF\nFROM alpine\nEOF\nCOPY <<-\"X Y\" /z\n\tFROM busybox\n\tX Y\nRUN true\n", NULL, NULL,
     "debian:12"},
    {"no here-document", "FROM a\nRUN echo $((1<<2)) && cat<<x && wc <<<y\nCOPY --from=b / /\n", NULL, NULL, "a b"},
    {"Windows' line ends", "FROM debian:12\r\nRUN true\r\n", NULL, NULL, "debian:12"},
    {"a byte order mark",
     "\xef\xbb\xbf"
     "FROM debian:12\n",
     NULL, NULL, "debian:12"},
    {"quotes", "FROM \"debian:12\"\n", NULL, NULL, "debian:12"},
    {"an escaped dollar is a dollar", "FROM a\nCOPY --from=b:\\$V /x /x\n", NULL, NULL, "a b:$V"},
    {"a stage of the name of an image", "FROM debian AS debian\nFROM debian\n", NULL, NULL, "debian"},
    {"scratch alone", "FROM scratch\nADD x /\n", NULL, NULL, ""},
    {"ONBUILD is another image's", "FROM a\nONBUILD COPY --from=b / /\n", NULL, NULL, "a"},
};

static char *list(const CrDockerfile *file)
{
  GString *text = g_string_new(NULL);
  g_autoptr(GPtrArray) images = cr_dockerfile_list_images(file);
  for (guint i = 0; i < images->len; i++) {
    const CrDockerfrom *from = images->pdata[i];
    g_string_append_printf(text, "%s%s%s", i ? " " : "", from->image ? "" : "?",
                           from->image ? from->image : from->unknown);
  }
  return g_string_free(text, FALSE);
}

static void test_images(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *args[] = {rows[i].args, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(CrDockerfile) file = cr_dockerfile_parse(rows[i].text, strlen(rows[i].text), "Dockerfile", args,
                                                       rows[i].target, "linux/arm64", &error);
    g_test_message("%s", rows[i].what);
    if (!rows[i].images) {
      g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
      continue;
    }
    g_assert_no_error(error);
    g_autofree char *images = list(file);
    g_assert_cmpstr(images, ==, rows[i].images);
  }
}

static void test_base(void)
{
  static const char text[] = "FROM debian:12 AS a\nRUN apt-get update\nFROM a\nRUN apt-get update \\\n && apt-get -y "
                             "install curl\nRUN echo apt-get install\nRUN true\n";
  g_autoptr(CrDockerfile) file = cr_dockerfile_parse(text, strlen(text), "D", NULL, NULL, NULL, NULL);
  const CrDockerfrom *base = cr_dockerfile_get_base(file);
  g_assert_cmpstr(base->image, ==, "debian:12");
  g_assert_cmpuint(base->line, ==, 1);
  const CrDockerstage *last = file->stages->pdata[1];
  g_assert_cmpint(last->from.stage, ==, 0);
  g_assert_cmpuint(last->installs->len, ==, 2); /* what only speaks of it counts, too: a layer more is built, no harm */
  g_assert_cmpuint(((const CrDockerline *)last->installs->pdata[0])->line, ==, 4);
  g_assert_cmpuint(((const CrDockerstage *)file->stages->pdata[0])->installs->len, ==, 0);
}

static const struct {
  const char *command;
  gboolean installs;
} commands[] = {
    {"apt-get install -y x", TRUE},
    {"set -e; apt-get -qq -o X=y upgrade", TRUE},
    {"[\"apt-get\", \"install\", \"x\"]", TRUE},
    {"/usr/bin/apt-get install x", TRUE},
    {"apk --no-cache add curl", TRUE},
    {"microdnf update", TRUE},
    {"zypper -n in x", TRUE},
    {"\nset -e\napt-get update\napt-get install x\n", TRUE},
    {"apt-get update", FALSE},
    {"make install", FALSE},
    {"apt-cache policy", FALSE},
    {"my-apt-get install", FALSE},
    {"apt-get-install x", FALSE},
    {"yum-config-manager --add x", FALSE},
    {"rm -rf /var/lib/apt/lists", FALSE},
};

static void test_installs(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
    g_test_message("%s", commands[i].command);
    g_assert_cmpint(cr_docker_installs(commands[i].command), ==, commands[i].installs);
  }
}

static const struct {
  const char *text, *why;
} wrong[] = {
    {"", "line 1: it has no FROM"},
    {"# only a comment\n", "it has no FROM"},
    {"RUN x\nFROM a\n", "line 1: RUN stands before the first FROM"},
    {"\n\nFORM a\n", "line 3: 'FORM' is no instruction"},
    {"FROM\n", "line 1: FROM takes an image"},
    {"FROM a b\n", "FROM takes an image"},
    {"FROM a AS\n", "FROM takes an image"},
    {"FROM --privileged a\n", "no option '--privileged'"},
    {"FROM a\nRUN <<EOF\nx\n", "line 2: a here-document has no end"},
    {"FROM a\nRUN \xff\n", "line 2: it is not UTF-8"},
};

static void test_wrong(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(cr_dockerfile_parse(wrong[i].text, strlen(wrong[i].text), "D", NULL, NULL, NULL, &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
    if (!strstr(error->message, wrong[i].why))
      g_error("'%s' does not say '%s'", error->message, wrong[i].why);
  }
  g_autoptr(GError) error = NULL;
  g_assert_null(cr_dockerfile_parse("FROM a\n", 7, "D", NULL, "none", NULL, &error));
  g_assert_cmpstr(error->message, ==, "cannot find the stage 'none' in 'D'");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/recipe/dockerfile/images", test_images);
  g_test_add_func("/recipe/dockerfile/base", test_base);
  g_test_add_func("/recipe/dockerfile/installs", test_installs);
  g_test_add_func("/recipe/dockerfile/wrong", test_wrong);
  return g_test_run();
}
