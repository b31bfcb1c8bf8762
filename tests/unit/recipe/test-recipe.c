/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/recipe.h"

#include <string.h>

#include "../remove.h"

static void put(const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename(folder, name, NULL), *parent = g_path_get_dirname(path);
  g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static CrRecipes *load(const char *folder, const char *name, const CrRecipeOptions *options)
{
  g_autofree char *path = *name ? g_build_filename(folder, name, NULL) : g_strdup(folder);
  g_autoptr(GError) error = NULL;
  CrRecipes *recipes = cr_recipes_load(path, options, &error);
  g_assert_no_error(error);
  return recipes;
}

static gboolean is_written(const CrImageUse *use)
{
  return use->piece_count == 1 && use->pieces[0].place.file;
}

/* "NAME=IMAGE@LINE:COLUMN" of each, '!' where it must not be edited, '-' where it is not active. */
static char *list(const CrRecipes *recipes)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < recipes->uses->len; i++) {
    const CrImageUse *use = recipes->uses->pdata[i];
    g_string_append_printf(text, "%s%s%s%s=%s@%u:%u", i ? " " : "", use->active ? "" : "-", is_written(use) ? "" : "!",
                           use->name, use->image ? use->image : "", use->place.line, use->place.column);
  }
  return g_string_free(text, FALSE);
}

static const CrImageUse *get(const CrRecipes *recipes, const char *name)
{
  for (guint i = 0; i < recipes->uses->len; i++)
    if (!strcmp(((const CrImageUse *)recipes->uses->pdata[i])->name, name))
      return recipes->uses->pdata[i];
  g_error("there is no %s", name);
}

static void clear_environment(void)
{
  static const char *const names[] = {"COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME", "TAG", "V"};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++)
    g_unsetenv(names[i]);
}

/* ---- Compose ---- */

static void test_compose(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-recipe-XXXXXX", NULL);
  put(folder, "shop/.env", "# tags\nTAG=1.25\nQUOTED='a b' # x\nV=\"$TAG-x\"\n");
  put(folder, "shop/compose.yaml",
      "name: My-Shop\n"
      "x-common: &common {image: \"redis:7\"}\n"
      "services:\n"
      "  web:\n"
      "    image: nginx:${TAG}\n"
      "    depends_on: [db, cache]\n"
      "    container_name: front\n"
      "  db:\n"
      "    image: \"postgres:16\"\n"
      "    depends_on: {cache: {condition: service_started}}\n"
      "  cache:\n"
      "    <<: *common\n"
      "  own:\n"
      "    image: shop/own:1\n"
      "    build: {context: ./own, dockerfile: D, target: run, args: {A: \"${V}\", B:}, network: host, secrets: [s, "
      "{source: t}]}\n"
      "  built: {build: ./own}\n"
      "  debug:\n"
      "    image: busybox\n"
      "    profiles: [debug, test]\n"
      "  none: {command: x}\n"
      "secrets: {s: {file: ./s.txt}, t: {environment: T}}\n");
  clear_environment();
  g_autoptr(CrRecipes) recipes = load(folder, "shop/compose.yaml", NULL);
  g_autofree char *text = list(recipes);
  g_assert_cmpstr(text, ==,
                  "!my-shop/web=nginx:1.25@5:12 my-shop/db=postgres:16@9:12 my-shop/cache=redis:7@2:27 "
                  "my-shop/own=shop/own:1@14:12 !my-shop/built=@16:18 -my-shop/debug=busybox@18:12");
  const CrImageUse *web = get(recipes, "my-shop/web"), *own = get(recipes, "my-shop/own");
  g_autofree char *needs = g_strjoinv(" ", (char **)web->depends_on);
  g_assert_cmpstr(needs, ==, "my-shop/db my-shop/cache");
  g_assert_cmpstr(get(recipes, "my-shop/db")->depends_on[0], ==, "my-shop/cache");
  g_assert_cmpstr(web->container, ==, "front");
  g_autofree char *context = g_build_filename(folder, "shop", "own", NULL),
                  *file = g_build_filename(context, "D", NULL);
  g_assert_cmpstr(own->build->context, ==, context);
  g_assert_cmpstr(own->build->dockerfile, ==, file);
  g_assert_cmpstr(own->build->target, ==, "run");
  g_assert_cmpstr(own->build->args[0], ==, "A=1.25-x");
  g_assert_cmpstr(own->build->args[1], ==, "B");
  g_assert_cmpstr(own->build->secrets[1], ==, "id=t,env=T");
  g_assert_true(g_str_has_prefix(own->build->secrets[0], "id=s,src=/"));
  g_assert_true(g_str_has_suffix(own->build->secrets[0], "/shop/s.txt"));
  g_assert_cmpuint(cr_problems_get_count(recipes->problems), ==, 1); /* of none */

  static const char *const profiles[] = {"test", NULL};
  CrRecipeOptions options = {.profiles = profiles, .project = "other"};
  g_setenv("TAG", "1.27", TRUE); /* the environment wins over .env */
  g_autoptr(CrRecipes) other = load(folder, "shop/compose.yaml", &options);
  g_assert_true(get(other, "other/debug")->active);
  g_assert_cmpstr(get(other, "other/web")->image, ==, "nginx:1.27");
  clear_environment();
}

static void test_override(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-recipe-XXXXXX", NULL);
  clear_environment();
  put(folder, "p/docker-compose.yml",
      "services:\n  a: {image: \"a:1\", build: {context: ./a, args: {X: 1, Y: 1}}}\n  b: {image: \"b:1\"}\n");
  put(folder, "p/docker-compose.override.yml",
      "services:\n  a: {image: \"a:2\", build: {args: [Y=2]}}\n  b: {image: !reset null, build: ./b}\n  c: {image: "
      "c}\n");
  g_autoptr(CrRecipes) recipes = load(folder, "p/docker-compose.yml", NULL);
  g_assert_cmpuint(recipes->uses->len, ==, 3);
  const CrImageUse *a = get(recipes, "p/a");
  g_assert_cmpstr(a->image, ==, "a:2");
  g_assert_true(g_str_has_suffix(a->place.file, "docker-compose.override.yml"));
  g_assert_true(g_str_has_suffix(a->build->context, "/p/a"));
  g_autofree char *args = g_strjoinv(" ", (char **)a->build->args);
  g_assert_cmpstr(args, ==, "X=1 Y=2");
  g_assert_null(get(recipes, "p/b")->image); /* reset */
  g_assert_nonnull(get(recipes, "p/b")->build);
  g_assert_cmpstr(get(recipes, "p/c")->image, ==, "c");
}

static void test_extends(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-recipe-XXXXXX", NULL);
  clear_environment();
  put(folder, "p/compose.yaml",
      "services:\n"
      "  web: {extends: {file: ../common/base.yaml, service: app}, container_name: w}\n"
      "  worker: {extends: web, image: \"worker:1\"}\n"
      "  plain: {extends: {service: worker}}\n");
  put(folder, "common/base.yaml",
      "services:\n  app: {image: \"app:1\", build: ./src, extends: {service: root}}\n  root: {image: \"root:1\", "
      "depends_on: [x]}\n");
  g_autoptr(CrRecipes) recipes = load(folder, "p/compose.yaml", NULL);
  const CrImageUse *web = get(recipes, "p/web");
  g_assert_cmpstr(web->image, ==, "app:1");
  g_assert_true(g_str_has_suffix(web->build->context, "/common/src")); /* from the file that says so */
  g_assert_cmpstr(web->depends_on[0], ==, "p/x");
  g_assert_true(g_str_has_suffix(web->place.file, "/common/base.yaml"));
  g_assert_cmpstr(get(recipes, "p/worker")->image, ==, "worker:1");
  g_assert_cmpstr(get(recipes, "p/plain")->image, ==, "worker:1");
}

static void test_include(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-recipe-XXXXXX", NULL);
  clear_environment();
  put(folder, "p/compose.yaml",
      "include:\n  - ../db/compose.yaml\n  - {path: [../mail/a.yaml, ../mail/b.yaml], env_file: mail.env}\nservices:\n "
      " web: {image: web}\n");
  put(folder, "p/mail.env", "TAG=9\n");
  put(folder, "db/compose.yaml", "services:\n  db: {image: \"db:${TAG:-1}\", build: .}\n");
  put(folder, "mail/a.yaml", "services:\n  mail: {image: \"mail:${TAG}\"}\n");
  put(folder, "mail/b.yaml", "services:\n  mail: {container_name: m}\n");
  g_autoptr(CrRecipes) recipes = load(folder, "p/compose.yaml", NULL);
  g_assert_cmpstr(get(recipes, "p/db")->image, ==, "db:1");
  g_assert_true(g_str_has_suffix(get(recipes, "p/db")->build->context, "/db"));
  g_assert_cmpstr(get(recipes, "p/mail")->image, ==, "mail:9");
  g_assert_cmpstr(get(recipes, "p/mail")->container, ==, "m");
}

static const struct {
  const char *text, *why;
} wrong[] = {
    {"services:\n  a: {extends: a}\n", "extends goes in a circle"},
    {"services:\n  a: {extends: {service: none}}\n", "there is no service 'none'"},
    {"services:\n  a: {extends: [x]}\n", "extends names no service"},
    {"include: [compose.yaml]\nservices: {}\n", "include goes in a circle"},
    {"include: [none.yaml]\nservices: {}\n", "none.yaml"},
    {"include: [{}]\nservices: {}\n", "include names no path"},
    {"just: text\n", "it is no Compose file"},
    {"- a\n", "it is no Compose file"},
};

static void test_wrong(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
    autofolder char *folder = g_dir_make_tmp("careen-recipe-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "compose.yaml", NULL);
    g_autoptr(GError) error = NULL;
    put(folder, "compose.yaml", wrong[i].text);
    g_test_message("%s", wrong[i].text);
    g_assert_null(cr_recipes_load(path, NULL, &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
    if (!strstr(error->message, wrong[i].why))
      g_error("'%s' does not say '%s'", error->message, wrong[i].why);
  }
}

/* ---- Kubernetes, Quadlet, folders ---- */

static void test_kubernetes(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-recipe-XXXXXX", NULL);
  put(folder, "all.yaml",
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  template:\n    spec:\n"
      "      initContainers: [{name: init, image: \"init:1\"}]\n      containers:\n      - name: nginx\n        image: "
      "nginx:1.25\n"
      "---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\nspec: {jobTemplate: {spec: {template: "
      "{spec: {containers: [{name: j, image: job}]}}}}}\n"
      "---\napiVersion: v1\nkind: List\nitems: [{kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: "
      "\"c@sha256:1\"}]}}]\n"
      "---\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nimages: [{name: nginx, newName: "
      "mirror/nginx, newTag: \"1.26\"}]\n"
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\n---\n");
  g_autoptr(CrRecipes) recipes = load(folder, "all.yaml", NULL);
  g_autofree char *text = list(recipes);
  g_assert_cmpstr(text, ==,
                  "Deployment shop/web container init=init:1@7:44 Deployment shop/web container nginx=nginx:1.25@10:16 "
                  "CronJob nightly container j=job@15:77 Pod p container c=c@sha256:1@19:79 "
                  "!Kustomization image nginx=mirror/nginx:1.26@23:11");
}

static void test_quadlet(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-recipe-XXXXXX", NULL);
  put(folder, "web.container",
      "[Unit]\nImage=no\n# Image=no\n[Container]\nImage = docker.io/library/nginx:1.25\n[Service]\nImage=no\n");
  put(folder, "db.container", "[Container]\nImage=old:1\nContainerName=thedb\n");
  put(folder, "db.container.d/10-new.conf", "[Container]\nImage=new:2\n");
  put(folder, "own.container", "[Container]\nImage=own.build\n");
  put(folder, "own.build", "[Build]\nImageTag=localhost/own:1\nFile=src/Containerfile\nTarget=run\n");
  put(folder, "empty.container", "[Container]\nExec=x\n");
  g_autoptr(CrRecipes) recipes = load(folder, "", NULL);
  g_autofree char *text = list(recipes);
  g_assert_cmpstr(text, ==,
                  "db.container=new:2@2:7 !own.build=localhost/own:1@2:10 !own.container=localhost/own:1@2:7 "
                  "web.container=docker.io/library/nginx:1.25@5:9");
  g_assert_cmpstr(get(recipes, "web.container")->container, ==, "systemd-web");
  g_assert_cmpstr(get(recipes, "web.container")->unit, ==, "web.service");
  const CrImageUse *built = get(recipes, "own.build");
  g_assert_cmpstr(built->unit, ==, "own-build.service");
  g_assert_true(g_str_has_suffix(built->build->context, "/src"));
  g_assert_true(g_str_has_suffix(built->build->dockerfile, "/src/Containerfile"));
  g_assert_cmpstr(built->build->target, ==, "run");
  g_assert_cmpstr(get(recipes, "db.container")->container, ==, "thedb");
  g_assert_true(g_str_has_suffix(get(recipes, "db.container")->place.file, "10-new.conf"));
  g_assert_cmpuint(cr_problems_get_count(recipes->problems), ==, 1);
}

static void test_folder(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-recipe-XXXXXX", NULL);
  clear_environment();
  put(folder, "a/compose.yaml", "services: {a: {image: a}}\n");
  put(folder, "a/compose.override.yaml", "services: {a: {image: b}}\n");
  put(folder, "k8s/pod.yml",
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: c}]}\n");
  put(folder, "helm/t.yaml", "{{- if .Values.x }}\nkind: Pod\n{{ end }}\n");
  put(folder, "other.yaml", "some: thing\n");
  put(folder, ".git/compose.yaml", "services: {hidden: {image: hidden}}\n");
  put(folder, "node_modules/x/compose.yaml", "services: {deep: {image: deep}}\n");
  g_autoptr(CrRecipes) recipes = load(folder, "", NULL);
  g_autofree char *text = list(recipes);
  g_assert_cmpstr(text, ==, "a/a=b@1:23 Pod p container c=c@4:38");
  g_assert_cmpuint(cr_problems_get_count(recipes->problems), ==, 1); /* the template */
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/recipe/compose", test_compose);
  g_test_add_func("/recipe/override", test_override);
  g_test_add_func("/recipe/extends", test_extends);
  g_test_add_func("/recipe/include", test_include);
  g_test_add_func("/recipe/wrong", test_wrong);
  g_test_add_func("/recipe/kubernetes", test_kubernetes);
  g_test_add_func("/recipe/quadlet", test_quadlet);
  g_test_add_func("/recipe/folder", test_folder);
  return g_test_run();
}
