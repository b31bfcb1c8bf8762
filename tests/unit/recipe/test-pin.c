/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/pin.h"

#include <string.h>

static const CrBasePin pins[] = {{"debian:12", "debian@sha256:0123"}, {"shop/base:1", "careen-base-1:latest"}};

static const struct {
  const char *what, *text, *fresh, *after; /* AFTER NULL: refused */
} rows[] = {
    {"plain", "FROM debian:12\n", NULL, "FROM debian@sha256:0123\n"},
    {"without an end", "FROM debian:12", NULL, "FROM debian@sha256:0123"},
    {"stage and platform", "FROM --platform=linux/amd64  debian:12\tAS a\r\nFROM a\r\n", NULL,
     "FROM --platform=linux/amd64  debian@sha256:0123\tAS a\r\nFROM a\r\n"},
    {"a variable", "ARG B=debian:12\nFROM $B\n", NULL, "ARG B=debian:12\nFROM debian@sha256:0123\n"},
    {"two bases", "FROM debian:12 AS a\nFROM shop/base:1\nCOPY --from=a /x /y\n", NULL,
     "FROM debian@sha256:0123 AS a\nFROM careen-base-1:latest\nCOPY --from=a /x /y\n"},
    {"another base", "FROM debian:11\n", NULL, "FROM debian:11\n"},
    {"a stage of that name", "FROM scratch AS debian\nFROM debian\n", NULL, "FROM scratch AS debian\nFROM debian\n"},
    {"a comment", "# FROM debian:12\nFROM debian:12\n", NULL, "# FROM debian:12\nFROM debian@sha256:0123\n"},
    {"continued", "FROM \\\n  debian:12\n", NULL, NULL},
    {"quoted", "FROM \"debian:12\"\n", NULL, NULL},
    {"anew from the first install on",
     "# syntax=docker/dockerfile:1\nFROM debian:12\nRUN echo a\nRUN apt-get update && \\\n apt-get install -y x\nRUN "
     "apt-get install -y y\n",
     "ab12",
     "# syntax=docker/dockerfile:1\nFROM debian@sha256:0123\nRUN echo a\nARG CAREEN_FRESH=ab12\nRUN apt-get update && "
     "\\\n apt-get install -y x\nRUN apt-get install -y y\n"},
    {"in every stage", "FROM debian:12 AS a\nRUN apk add x\nFROM a\nRUN dnf -y install y\n", "1",
     "FROM debian@sha256:0123 AS a\nARG CAREEN_FRESH=1\nRUN apk add x\nFROM a\nARG CAREEN_FRESH=1\nRUN dnf -y install "
     "y\n"},
    {"nothing installs", "FROM debian:12\nRUN true\n", "1", "FROM debian@sha256:0123\nRUN true\n"},
    {"a line of its own", "FROM debian:12\n", "1\nRUN evil", NULL},
};

static void test_rows(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].what);
    gsize size = strlen(rows[i].text);
    g_autoptr(GError) error = NULL;
    g_autoptr(CrDockerfile) file = cr_dockerfile_parse(rows[i].text, size, "Dockerfile", NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    g_autofree char *after =
        cr_dockerfile_pin(file, rows[i].text, size, pins, G_N_ELEMENTS(pins), rows[i].fresh, &error);
    g_assert_cmpstr(after, ==, rows[i].after);
    if (!rows[i].after)
      g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
  }
}

static void test_hostile_name(void)
{
  const CrBasePin pin = {"a", "b\nRUN evil"};
  g_autoptr(GError) error = NULL;
  g_autoptr(CrDockerfile) file = cr_dockerfile_parse("FROM a\n", 7, "Dockerfile", NULL, NULL, NULL, &error);
  g_assert_no_error(error);
  g_assert_null(cr_dockerfile_pin(file, "FROM a\n", 7, &pin, 1, NULL, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/recipe/pin/rows", test_rows);
  g_test_add_func("/recipe/pin/hostile-name", test_hostile_name);
  return g_test_run();
}
