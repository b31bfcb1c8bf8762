/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/rules.h"

#include <string.h>

#define STRV(...) ((const char *const[]){__VA_ARGS__, NULL})
#define DIGEST    "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* An image whose layers have these diff_ids and were made by these lines. */
static CrImage make_image(CrLayerInfo *layers, guint count, const char *const *diff_ids, const char *const *created_by)
{
  for (guint i = 0; i < count; i++)
    layers[i] =
        (CrLayerInfo){.diff_id = diff_ids ? diff_ids[i] : "sha256:x", .created_by = created_by ? created_by[i] : NULL};
  return (CrImage){.has_config = TRUE, .layers = layers, .layer_count = count};
}

static void check(gboolean told, const CrBase *base, const char *name, const char *digest, int layers, const char *how)
{
  g_assert_cmpint(told, ==, name != NULL);
  if (!name)
    return;
  g_assert_cmpstr(base->name, ==, name);
  g_assert_cmpstr(base->digest, ==, digest);
  g_assert_cmpint(base->layers, ==, layers);
  g_assert_cmpstr(base->how, ==, how);
}

static void test_names(void)
{
  const char *const rows[][2] = {
      {"docker.io/library/debian:12-slim", "debian:12-slim"},
      {"index.docker.io/library/nginx", "nginx:latest"},
      {"docker.io/grafana/grafana:10", "grafana/grafana:10"},
      {"ghcr.io/a/b:1@" DIGEST, "ghcr.io/a/b:1"},
      {"localhost:5000/app", "localhost:5000/app:latest"},
      {"debian@" DIGEST, "debian:latest"},
      {"quay.io/x/y:2", "quay.io/x/y:2"},
      {"", ""},
  };
  g_autoptr(CrArena) arena = cr_arena_new();
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpstr(cr_lineage_format_name(rows[i][0], arena), ==, rows[i][1]);
}

static void test_annotation(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  const char *const names[] = {"org.opencontainers.image.base.digest", "org.opencontainers.image.base.name", NULL};
  const struct {
    const char *name, *digest, *expected, *expected_digest;
  } rows[] = {
      {"docker.io/library/debian:12", DIGEST, "debian:12", DIGEST},
      {"debian:12", "not a digest", "debian:12", NULL},
      {"debian:12", "sha256:ABCDEF", "debian:12", NULL},
      {"", DIGEST, NULL, NULL}, /* buildah writes this for FROM scratch */
      {"debian:12@" DIGEST, "", "debian:12", DIGEST},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    CrImage image = {
        .has_config = TRUE, .annotation_names = names, .annotation_values = STRV(rows[i].digest, rows[i].name)};
    CrBase base = {0};
    gboolean told = cr_lineage_by_annotation(&image, arena, &base);
    check(told, &base, rows[i].expected, rows[i].expected_digest, 0, "annotation");
    g_assert_false(cr_lineage_by_label(&image, arena, &base));
  }
}

static void test_labels(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  const char *pack = "{\"runImage\":{\"topLayer\":\"sha256:b\",\"reference\":\"index.docker.io/p/run@" DIGEST "\"},"
                     "\"stack\":{\"runImage\":{\"image\":\"paketobuildpacks/run:base\"}}}";
  const char *elsewhere = "{\"runImage\":{\"topLayer\":\"sha256:z\",\"image\":\"p/run:1\"}}";
  const struct {
    const char *label, *value, *expected, *digest;
    int layers;
  } rows[] = {
      {"org.opencontainers.image.base.name", "docker.io/library/alpine:3.20", "alpine:3.20", NULL, 0},
      {"BaseImage", "docker.io/library/nginx:1.21.6", "nginx:1.21.6", NULL, 0},
      {"io.buildpacks.lifecycle.metadata", pack, "paketobuildpacks/run:base", DIGEST, 2},
      {"io.buildpacks.lifecycle.metadata", elsewhere, "p/run:1", NULL, 0},
      {"io.buildpacks.lifecycle.metadata", "[1,2", NULL, NULL, 0},
      {"io.buildpacks.lifecycle.metadata", "{\"runImage\":7}", NULL, NULL, 0},
      {"maintainer", "debian:12", NULL, NULL, 0},
  };
  CrLayerInfo layers[3];
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    CrImage image = make_image(layers, 3, STRV("sha256:a", "sha256:b", "sha256:c"), NULL);
    image.label_names = STRV(rows[i].label);
    image.label_values = STRV(rows[i].value);
    CrBase base = {0};
    gboolean told = cr_lineage_by_label(&image, arena, &base);
    check(told, &base, rows[i].expected, rows[i].digest, rows[i].layers, "label");
  }
}

static void test_layers(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrLayerInfo own[4], lower[1], middle[2], other[2], equal[4], untagged[3];
  CrImage image = make_image(own, 4, STRV("a", "b", "c", "d"), NULL);
  CrImage debian = make_image(lower, 1, STRV("a"), NULL), python = make_image(middle, 2, STRV("a", "b"), NULL);
  CrImage stranger = make_image(other, 2, STRV("a", "x"), NULL),
          same = make_image(equal, 4, STRV("a", "b", "c", "d"), NULL);
  CrImage dangling = make_image(untagged, 3, STRV("a", "b", "c"), NULL);
  debian.repo_tags = STRV("docker.io/library/debian:latest", "debian:12", "shop/debian:12");
  python.repo_tags = STRV("localhost/mine/py:1", "python:3.12-slim-bookworm", "python:3.12");
  stranger.repo_tags = STRV("stranger:1");
  same.repo_tags = STRV("copy:1");
  dangling.repo_tags = STRV("<none>:<none>");
  CrImage *all[] = {&stranger, &debian, &python, &same, &dangling};
  g_autoptr(GPtrArray) known = g_ptr_array_new();
  CrBase base = {0};
  g_assert_false(cr_lineage_by_layers(&image, known, NULL, arena, &base, NULL));
  for (guint i = 0; i < G_N_ELEMENTS(all); i++)
    g_ptr_array_add(known, all[i]);
  const CrImage *found = NULL;
  check(cr_lineage_by_layers(&image, known, NULL, arena, &base, &found), &base, "python:3.12", NULL, 2, "layers");
  g_assert_true(found == &python);
  check(cr_lineage_by_layers(&image, known, "localhost/mine/py:1", arena, &base, NULL), &base, "localhost/mine/py:1",
        NULL, 2, "layers");
  check(cr_lineage_by_layers(&python, known, NULL, arena, &base, NULL), &base, "debian:12", NULL, 1, "layers");
  g_assert_false(cr_lineage_by_layers(&debian, known, NULL, arena, &base, NULL));
  g_assert_cmpint(cr_lineage_count_prefix(&image, &stranger), ==, -1);
  g_assert_cmpint(cr_lineage_count_prefix(&image, &same), ==, 4);
  g_assert_cmpint(cr_lineage_count_prefix(&debian, &image), ==, -1);
}

/* A base that was pulled and lost its tag to a newer pull; and one with two names, of which one can be asked about. */
static void test_layers_pulled(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrLayerInfo own[2], old_layers[1], new_layers[1], other_layers[1];
  CrImage image = make_image(own, 2, STRV("a", "b"), NULL);
  CrImage old = make_image(old_layers, 1, STRV("a"), NULL), newer = make_image(new_layers, 1, STRV("n"), NULL);
  CrImage other = make_image(other_layers, 1, STRV("o"), NULL);
  old.repo_digests = STRV("shop/base@" DIGEST);
  newer.repo_tags = STRV("docker.io/shop/base:1", "shop/based:1");
  g_autoptr(GPtrArray) known = g_ptr_array_new();
  CrBase base = {0};
  g_ptr_array_add(known, &old);
  g_assert_false(cr_lineage_by_layers(&image, known, NULL, arena, &base, NULL)); /* which tag it had, nobody knows */
  g_ptr_array_add(known, &newer);
  check(cr_lineage_by_layers(&image, known, NULL, arena, &base, NULL), &base, "shop/base:1", DIGEST, 1, "layers");
  other.repo_tags = STRV("shop/base:2");
  g_ptr_array_add(known, &other);
  g_assert_false(cr_lineage_by_layers(&image, known, NULL, arena, &base, NULL)); /* 1 or 2? */
  old.repo_tags = STRV("mine:1", "shop/base:0");
  check(cr_lineage_by_layers(&image, known, NULL, arena, &base, NULL), &base, "shop/base:0", DIGEST, 1, "layers");
}

#define NOP "/bin/sh -c #(nop) "
static const CrOs debian_12 = {.id = "debian", .version = "12"}, alpine_318 = {.id = "alpine", .version = "3.18.9"},
                  ubuntu = {.id = "ubuntu", .version = "22.04"}, sid = {.id = "debian", .codename = "sid"}, none = {0};

static void test_history(void)
{
  const struct {
    const char *what;
    const CrOs *os;
    const char *lines[12]; /* history, in order */
    const char *layers[6]; /* those that made a layer */
    const char *name;
    int count;
  } rows[] = {
      {"an image on debian, classic builder",
       &debian_12,
       {NOP "ADD file:1f in / ", NOP " CMD [\"bash\"]", "/bin/sh -c apt-get update", NOP " CMD [\"nginx\"]"},
       {NOP "ADD file:1f in / ", "/bin/sh -c apt-get update"},
       "debian:12",
       1},
      {"debian itself",
       &debian_12,
       {NOP "ADD file:1f in / ", NOP " CMD [\"bash\"]"},
       {NOP "ADD file:1f in / "},
       NULL,
       0},
      {"debian itself, since 2024",
       &debian_12,
       {"# debian.sh --arch 'amd64' out/ 'bookworm' '@1'"},
       {"# debian.sh --arch 'amd64' out/ 'bookworm' '@1'"},
       NULL,
       0},
      {"only a command added",
       &debian_12,
       {"# debian.sh --arch 'amd64' out/", "CMD [\"app\"]"},
       {"# debian.sh --arch 'amd64' out/"},
       "debian:12",
       1},
      {"only a command added, classic",
       &debian_12,
       {NOP "ADD file:1f in / ", NOP " CMD [\"bash\"]", NOP " CMD [\"app\"]"},
       {NOP "ADD file:1f in / "},
       "debian:12",
       1},
      {"an official python on debian",
       &debian_12,
       {"# debian.sh --arch 'amd64' out/", "ENV PATH=/x", "RUN /bin/sh -c apt-get # buildkit",
        "ENV PYTHON_VERSION=3.12.4", "RUN /bin/sh -c make # buildkit", "CMD [\"python3\"]"},
       {"# debian.sh --arch 'amd64' out/", "RUN /bin/sh -c apt-get # buildkit", "RUN /bin/sh -c make # buildkit"},
       "debian:12",
       1},
      {"an application on it",
       &debian_12,
       {"# debian.sh --arch 'amd64' out/", "ENV PYTHON_VERSION=3.12.4", "RUN /bin/sh -c make # buildkit",
        "CMD [\"python3\"]", "COPY . /app # buildkit", "CMD [\"python3\" \"app.py\"]"},
       {"# debian.sh --arch 'amd64' out/", "RUN /bin/sh -c make # buildkit", "COPY . /app # buildkit"},
       "python:3.12.4",
       2},
      {"the same layers line twice",
       &alpine_318,
       {"ADD alpine-minirootfs-3.18.9-x86_64.tar.gz / # buildkit", "CMD [\"/bin/sh\"]", "RUN x # buildkit",
        "RUN x # buildkit"},
       {"ADD alpine-minirootfs-3.18.9-x86_64.tar.gz / # buildkit", "RUN x # buildkit", "RUN x # buildkit"},
       "alpine:3.18",
       1},
      {"an own CMD in the middle is nobody's end",
       &alpine_318,
       {"ADD alpine.tar.gz / # buildkit", "CMD [\"/bin/sh\"]", "COPY a / # buildkit", "CMD [\"mine\"]",
        "COPY b / # buildkit"},
       {"ADD alpine.tar.gz / # buildkit", "COPY a / # buildkit", "COPY b / # buildkit"},
       "alpine:3.18",
       1},
      {"ubuntu with ARG and LABEL before",
       &ubuntu,
       {NOP " ARG RELEASE", NOP " LABEL org.opencontainers.image.version=22.04", NOP " ADD file:ab in / ",
        NOP " CMD [\"/bin/bash\"]", "RUN x"},
       {NOP " ADD file:ab in / ", "RUN x"},
       "ubuntu:22.04",
       1},
      {"sid",
       &sid,
       {NOP " ADD file:ab in / ", NOP " CMD [\"/bin/bash\"]", "RUN x"},
       {NOP " ADD file:ab in / ", "RUN x"},
       "debian:sid",
       1},
      {"a file added to a folder is no root",
       &debian_12,
       {"COPY app / # buildkit", "RUN x"},
       {"COPY app / # buildkit", "RUN x"},
       NULL,
       0},
      {"nothing known of the system",
       &none,
       {NOP "ADD file:1f in / ", "RUN x"},
       {NOP "ADD file:1f in / ", "RUN x"},
       NULL,
       0},
      {"no history", &debian_12, {NULL}, {NULL}, NULL, 0},
  };
  g_autoptr(CrArena) arena = cr_arena_new();
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    CrLayerInfo layers[6];
    guint count = g_strv_length((char **)rows[i].layers);
    CrImage image = make_image(layers, count ? count : 1, NULL, rows[i].layers);
    image.history = rows[i].lines;
    CrBase base = {0};
    g_test_message("%s", rows[i].what);
    gboolean told = cr_lineage_by_history(&image, rows[i].os, arena, &base);
    check(told, &base, rows[i].name, NULL, rows[i].count, "history");
  }
}

static void test_guess(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrLayerInfo layers[2];
  CrBase base = {0};
  CrImage image = make_image(layers, 2, NULL, NULL);
  check(cr_lineage_by_guess(&image, &debian_12, arena, &base), &base, "debian:12", NULL, 0, "guess");
  check(cr_lineage_by_guess(&image, &alpine_318, arena, &base), &base, "alpine:3.18", NULL, 0, "guess");
  const CrOs edge = {.id = "alpine", .version = "3.21.0_alpha20240923"}, unknown = {.id = "slackware", .version = "15"};
  check(cr_lineage_by_guess(&image, &edge, arena, &base), &base, "alpine:edge", NULL, 0, "guess");
  g_assert_false(cr_lineage_by_guess(&image, &unknown, arena, &base));
  image.has_config = FALSE; /* a root file system is built on nothing */
  g_assert_false(cr_lineage_by_guess(&image, &debian_12, arena, &base));
  CrImage itself = make_image(layers, 1, NULL, STRV("# debian.sh --arch 'amd64' out/"));
  g_assert_false(cr_lineage_by_guess(&itself, &debian_12, arena, &base));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/lineage/names", test_names);
  g_test_add_func("/lineage/annotation", test_annotation);
  g_test_add_func("/lineage/labels", test_labels);
  g_test_add_func("/lineage/layers", test_layers);
  g_test_add_func("/lineage/layers-pulled", test_layers_pulled);
  g_test_add_func("/lineage/history", test_history);
  g_test_add_func("/lineage/guess", test_guess);
  return g_test_run();
}
