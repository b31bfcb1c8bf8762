/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/digest.h"

#include <string.h>

#include "../remove.h"

#define OLD "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define NEW "sha256:2222222222222222222222222222222222222222222222222222222222222222"

/* The first use of a Compose file, or of another where OTHER names it; what stands in FILE of them before and AFTER; or
 * WHY not. */
typedef struct {
  const char *what, *main, *dotenv;
  const char *file, *after, *why;
} Row;

#define WEB(image) "services:\n  web:\n    image: " image "\n"

static const Row compose_rows[] = {
    {"as it is", WEB("nginx:1"), "", "compose.yaml", WEB("nginx:1@" NEW), NULL},
    {"quoted, with a comment", WEB("'nginx:1' # x"), "", "compose.yaml", WEB("'nginx:1@" NEW "' # x"), NULL},
    {"no tag", WEB("nginx"), "", "compose.yaml", WEB("nginx@" NEW), NULL},
    {"a digest", WEB("nginx:1@" OLD), "", "compose.yaml", WEB("nginx:1@" NEW), NULL},
    {"a registry with a port", WEB("h:5000/a/nginx"), "", "compose.yaml", WEB("h:5000/a/nginx@" NEW), NULL},
    {"anchor", "x: &i nginx:1\nservices:\n  web: {image: *i}\n", "", "compose.yaml",
     "x: &i nginx:1@" NEW "\nservices:\n  web: {image: *i}\n", NULL},
    {"escapes", WEB("\"nginx\\x3a1\""), "", NULL, NULL, "it is written with escapes, or over several lines"},
    {"it says so already", WEB("nginx:1@" NEW), "", NULL, NULL, NULL},

    {"a variable: the tag", WEB("nginx:$TAG"), "A=b\nTAG=1 # x\r\n", ".env", "A=b\nTAG=1@" NEW " # x\r\n", NULL},
    {"a variable: the name", WEB("\"${IMAGE}\""), "export IMAGE='nginx:1'\n", ".env",
     "export IMAGE='nginx:1@" NEW "'\n", NULL},
    {"a variable: the digest", WEB("nginx:1@${D:?why}"), "D=\"" OLD "\"", ".env", "D=\"" NEW "\"", NULL},
    {"a variable: tag and digest", WEB("nginx:${TAG}"), " TAG = 1@" OLD, ".env", " TAG = 1@" NEW, NULL},
    {"a variable: the colon, too", WEB("nginx${TAG}"), "TAG=:1", ".env", "TAG=:1@" NEW, NULL},
    {"a variable at the start", WEB("${HUB}/nginx:1"), "HUB=h.example", "compose.yaml", WEB("${HUB}/nginx:1@" NEW),
     NULL},
    {"a variable in the middle", WEB("h/${WHO-x}/nginx:1@" OLD), "WHO=me", "compose.yaml",
     WEB("h/${WHO-x}/nginx:1@" NEW), NULL},
    {"a variable in the name's last part", WEB("my${WHAT}ginx:1"), "WHAT=n", "compose.yaml",
     WEB("my${WHAT}ginx:1@" NEW), NULL},
    {"two, one for the tag", WEB("${HUB}/nginx:${TAG}"), "HUB=h\nTAG=1", ".env", "HUB=h\nTAG=1@" NEW, NULL},
    {"one that is not set", WEB("${HUB}nginx:${TAG}"), "TAG=1", ".env", "TAG=1@" NEW, NULL},
    {"a default", WEB("nginx:${TAG:-1}"), "TAG=\n", "compose.yaml", WEB("nginx:${TAG:-1@" NEW "}"), NULL},
    {"a default: the name", WEB("\"${I-nginx:1}\""), "", "compose.yaml", WEB("\"${I-nginx:1@" NEW "}\""), NULL},
    {"a default that is a variable", WEB("nginx:${TAG:-${OTHER:-2}}"), "OTHER=1", ".env", "OTHER=1@" NEW, NULL},
    {"where it is set", WEB("nginx${TAG:+:1}"), "TAG=x", "compose.yaml", WEB("nginx${TAG:+:1@" NEW "}"), NULL},
    {"a variable of a variable", WEB("$IMAGE"), "TAG=1\nIMAGE=\"nginx:${TAG}\"", ".env",
     "TAG=1@" NEW "\nIMAGE=\"nginx:${TAG}\"", NULL},
    {"the later one", WEB("nginx:$TAG"), "TAG=0\nTAG=1", ".env", "TAG=0\nTAG=1@" NEW, NULL},
    {"characters are not bytes", "services:\n  web: {container_name: \xc3\xa9, image: \"${H}/n:1\"}\n", "H=h",
     "compose.yaml", "services:\n  web: {container_name: \xc3\xa9, image: \"${H}/n:1@" NEW "\"}\n", NULL},
    {"twice the same image", WEB("nginx:$TAG") "  b: {image: \"nginx:${TAG}\"}\n", "TAG=1", ".env", "TAG=1@" NEW, NULL},

    {"a part of the tag", WEB("nginx:1.$MINOR"), "MINOR=2", NULL, NULL,
     "the part that it stands behind is put together from several"},
    {"a part of the tag, in front", WEB("nginx:${MAJOR}-alpine"), "MAJOR=1", NULL, NULL,
     "the part that it stands behind is put together from several"},
    {"the environment", WEB("nginx:$CAREEN_TEST_TAG"), "CAREEN_TEST_TAG=1", NULL, NULL,
     "the environment that careen runs in says it, by the variable CAREEN_TEST_TAG"},
    {"two images", WEB("nginx:$TAG") "  b: {image: \"other:${TAG}\"}\n", "TAG=1", NULL, NULL,
     "the variable TAG says other:1 too (project/b)"},
    {"used elsewhere", WEB("nginx:$TAG") "    environment: {V: \"v${TAG}\"}\n", "TAG=1", NULL, NULL,
     "the variable TAG says more than an image's name: compose.yaml line 4 has it"},
    {"given by its name", WEB("nginx:$TAG") "    environment:\n    - TAG\n", "TAG=1", NULL, NULL,
     "the variable TAG says more than an image's name: compose.yaml line 5 has it"},
    {"given by its name, as a key", WEB("nginx:$TAG") "    build: {context: ., args: {TAG: }}\n", "TAG=1", NULL, NULL,
     "the variable TAG says more than an image's name: compose.yaml line 4 has it"},
    {"given with its file", WEB("nginx:$TAG") "    env_file: ./.env\n", "TAG=1", NULL, NULL,
     "the variable TAG says more than an image's name: the service web is given the whole file"},
    {"used by one that is", WEB("nginx:$TAG") "    hostname: $H\n", "TAG=1\nH=h$TAG", NULL, NULL,
     "the variable TAG says more than an image's name: the variable H has it"},
    {"Compose's own", WEB("nginx:$COMPOSE_X"), "COMPOSE_X=1", NULL, NULL,
     "the variable COMPOSE_X says more than an image's name: Compose itself reads it"},
    {"what is not followed", WEB("nginx:${TAG%x}"), "TAG=1x", NULL, NULL,
     "variables say it, in a way that is not followed"},
};

#define POD(image) "kind: Pod\napiVersion: v1\nspec: {containers: [{name: c, image: \"" image "\"}]}\n"

/* DOTENV is pod.yaml here. */
static const Row kustomize_rows[] = {
    {"newTag", "images:\n- name: nginx\n  newTag: \"1\" # x\n", "", "kustomization.yaml",
     "images:\n- name: nginx\n  digest: " NEW "\n  newTag: \"1\" # x\n", NULL},
    {"newTag first, other line ends", "images:\r\n  - newTag: 1\r\n    name: nginx\r\n", "", "kustomization.yaml",
     "images:\r\n  - digest: " NEW "\r\n    newTag: 1\r\n    name: nginx\r\n", NULL},
    {"braces", "images: [{name: nginx, newTag: \"1\"}]\n", "", "kustomization.yaml",
     "images: [{name: nginx, digest: " NEW ", newTag: \"1\"}]\n", NULL},
    {"quoted keys", "{\"images\": [{\"name\": \"nginx\", \"newTag\": \"1\"}]}\n", "", "kustomization.yaml",
     "{\"images\": [{\"name\": \"nginx\", \"digest\": \"" NEW "\", \"newTag\": \"1\"}]}\n", NULL},
    {"digest", "images:\n- name: nginx\n  newTag: 1\n  digest: " OLD "\n", "", "kustomization.yaml",
     "images:\n- name: nginx\n  newTag: 1\n  digest: " NEW "\n", NULL},
    {"a digest in the tag", "images:\n- name: nginx\n  newTag: 1@" OLD "\n", "", "kustomization.yaml",
     "images:\n- name: nginx\n  newTag: 1@" NEW "\n", NULL},
    {"only newName", "resources: [pod.yaml]\nimages:\n- name: nginx\n  newName: h/nginx\n", POD("nginx:1"),
     "kustomization.yaml",
     "resources: [pod.yaml]\nimages:\n- name: nginx\n  digest: " NEW "\n  newTag: \"1\"\n  newName: h/nginx\n", NULL},
    {"only newName, no tag", "resources: [pod.yaml]\nimages:\n- {name: nginx, newName: h/nginx}\n", POD("nginx"),
     "kustomization.yaml", "resources: [pod.yaml]\nimages:\n- {name: nginx, digest: " NEW ", newName: h/nginx}\n",
     NULL},
    {"only newName, a digest there", "resources: [pod.yaml]\nimages:\n- {name: nginx, newName: h/nginx}\n",
     POD("nginx:1@" OLD), "kustomization.yaml",
     "resources: [pod.yaml]\nimages:\n- {name: nginx, digest: " NEW ", newTag: \"1\", newName: h/nginx}\n", NULL},
    {"only newName, a folder's", "resources: [sub]\nimages:\n- {name: h/b, newName: h/c}\n", "", "kustomization.yaml",
     "resources: [sub]\nimages:\n- {name: h/b, digest: " NEW ", newTag: \"2\", newName: h/c}\n", NULL},
    {"only newName, two tags", "resources: [pod.yaml]\nimages:\n- {name: nginx, newName: h/nginx}\n",
     POD("nginx:1") "---\n" POD("nginx:2"), NULL, NULL,
     "the manifests have it with several tags, and a Kustomization says one"},
    {"only newName, none here", "resources: [\"https://example.org/x\"]\nimages:\n- {name: nginx, newName: h/nginx}\n",
     "", NULL, NULL, "its tag is in manifests that are not here"},
    {"a circle", "resources: [.]\nimages:\n- {name: nginx, newName: h/nginx}\n", "", NULL, NULL,
     "its tag is in manifests that are not here"},
    {"escapes", "images:\n- {name: nginx, newTag: 1, \"dig\\x65st\": \"sha256\\x3a1\"}\n", "", NULL, NULL,
     "it is written with escapes, or over several lines"},
};

static void put(const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void assert_contents(const char *folder, const char *name, const char *expected)
{
  g_autofree char *path = g_build_filename(folder, name, NULL), *text = NULL;
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_assert_cmpstr(text, ==, expected);
}

static void check(const char *folder, const char *main, const Row *row)
{
  g_autofree char *path = g_build_filename(folder, main, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(CrRecipes) recipes = cr_recipes_load(path, NULL, &error);
  g_assert_no_error(error);
  g_test_message("%s", row->what);
  g_assert_cmpuint(recipes->uses->len, >, 0);
  const char *why = NULL;
  g_autoptr(GPtrArray) changes = g_ptr_array_new();
  const CrFileChange *change =
      cr_image_use_put_digest(recipes->uses->pdata[0], NEW, recipes->uses, recipes->arena, &why);
  g_assert_cmpstr(why, ==, row->why);
  g_assert_cmpint(change != NULL, ==, row->after != NULL);
  if (!change)
    return;
  g_ptr_array_add(changes, (gpointer)change);
  g_autoptr(GPtrArray) files = cr_file_changes_make(changes, &error);
  g_assert_no_error(error);
  g_assert_true(cr_rewritten_files_write(files, &error));
  assert_contents(folder, row->file, row->after);
}

/* What was written is read as what it should be, and needs nothing more. */
static void check_again(const char *folder, const char *main)
{
  g_autofree char *path = g_build_filename(folder, main, NULL);
  g_autoptr(CrRecipes) recipes = cr_recipes_load(path, NULL, NULL);
  g_assert_nonnull(recipes);
  const CrImageUse *use = recipes->uses->pdata[0];
  const char *why = NULL;
  g_assert_true(g_str_has_suffix(use->image, "@" NEW));
  g_assert_null(cr_image_use_put_digest(use, NEW, recipes->uses, recipes->arena, &why));
  g_assert_null(why);
}

static void test_compose(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(compose_rows); i++) {
    const Row *row = &compose_rows[i];
    autofolder char *folder = g_dir_make_tmp("careen-digest-XXXXXX", NULL);
    g_autofree char *named = g_strconcat("name: project\n", row->main, NULL);
    put(folder, "compose.yaml", strstr(row->what, "two images") ? named : row->main);
    put(folder, ".env", row->dotenv);
    check(folder, "compose.yaml", row);
    if (row->after)
      check_again(folder, "compose.yaml");
  }
}

static void test_kustomize(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(kustomize_rows); i++) {
    const Row *row = &kustomize_rows[i];
    autofolder char *folder = g_dir_make_tmp("careen-digest-XXXXXX", NULL);
    g_autofree char *sub = g_build_filename(folder, "sub", NULL);
    g_assert_cmpint(g_mkdir_with_parents(sub, 0755), ==, 0);
    put(sub, "kustomization.yml", "resources: [pod.yaml]\nimages: [{name: a, newName: h/b, newTag: \"2\"}]\n");
    put(sub, "pod.yaml", POD("a:1"));
    put(folder, "kustomization.yaml", row->main);
    put(folder, "pod.yaml", row->dotenv);
    check(folder, "kustomization.yaml", row);
    if (row->after)
      check_again(folder, "kustomization.yaml");
  }
}

int main(int argc, char **argv)
{
  static const char *const names[] = {"TAG",  "A", "IMAGE", "D", "HUB",   "WHO",
                                      "WHAT", "I", "OTHER", "H", "MINOR", "MAJOR"};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++)
    g_unsetenv(names[i]);
  g_setenv("CAREEN_TEST_TAG", "2", TRUE);
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/recipe/digest/compose", test_compose);
  g_test_add_func("/recipe/digest/kustomize", test_kustomize);
  return g_test_run();
}
