/* SPDX-License-Identifier: Apache-2.0 */
/* Kubernetes' own kinds that have a pod in them (kubernetes.io/docs/reference/kubernetes-api/workload-resources), lists
 * of them, and Kustomizations (kustomize.c). Read only: what applies them is somebody else's. */
#include <string.h>

#include "recipe/private.h"

/* Where the pod's specification is, by keys with '/' between. */
static const struct {
  const char *kind, *path;
} kinds[] = {
    {"Pod", "spec"},
    {"PodTemplate", "template/spec"},
    {"Deployment", "spec/template/spec"},
    {"StatefulSet", "spec/template/spec"},
    {"DaemonSet", "spec/template/spec"},
    {"ReplicaSet", "spec/template/spec"},
    {"ReplicationController", "spec/template/spec"},
    {"Job", "spec/template/spec"},
    {"CronJob", "spec/jobTemplate/spec/template/spec"},
};

static gboolean fits(const char *name, const CrYamlDoc *doc)
{
  if (doc && cr_kustomize_is_name(name)) /* it need not say its kind */
    return TRUE;
  for (guint i = 0; doc && i < cr_yaml_doc_get_count(doc); i++) {
    const CrYaml *root = cr_yaml_doc_get_root(doc, i);
    if (cr_yaml_get_text(cr_yaml_find(root, "apiVersion")) && cr_yaml_get_text(cr_yaml_find(root, "kind")))
      return TRUE;
  }
  return FALSE;
}

static const CrYaml *follow(const CrYaml *node, const char *path)
{
  g_auto(GStrv) keys = g_strsplit(path, "/", -1);
  for (guint i = 0; keys[i]; i++)
    node = cr_yaml_find(node, keys[i]);
  return node;
}

static void add_use(CrRecipes *recipes, const char *file, const char *name, const CrYaml *image)
{
  const char *text = cr_yaml_get_text(image);
  if (!text || !*text)
    return;
  CrImageUse *use = cr_recipes_add(recipes, "kubernetes", name);
  use->image = cr_arena_strdup(recipes->arena, text);
  use->place = cr_recipes_place(recipes, file, image);
  cr_recipes_set_piece(recipes, use, cr_recipes_make_piece(recipes, use->place, text));
}

static void read_pod(CrRecipes *recipes, const char *file, const char *owner, const CrYaml *spec)
{
  static const char *const lists[] = {"initContainers", "containers", "ephemeralContainers"};
  for (guint l = 0; l < G_N_ELEMENTS(lists); l++) {
    const CrYaml *list = cr_yaml_find(spec, lists[l]);
    for (guint i = 0; i < cr_yaml_get_length(list); i++) {
      const CrYaml *item = cr_yaml_get_element(list, i);
      const char *name = cr_yaml_get_text(cr_yaml_find(item, "name"));
      g_autofree char *whole = g_strdup_printf("%s container %s", owner, name ? name : "?");
      add_use(recipes, file, whole, cr_yaml_find(item, "image"));
    }
  }
}

static void read_object(CrRecipes *recipes, const char *file, const CrYaml *root, guint depth)
{
  const char *kind = cr_yaml_get_text(cr_yaml_find(root, "kind"));
  if (!kind || depth > 3)
    return;
  const CrYaml *meta = cr_yaml_find(root, "metadata"), *items = cr_yaml_find(root, "items");
  const char *name = cr_yaml_get_text(cr_yaml_find(meta, "name"));
  const char *space = cr_yaml_get_text(cr_yaml_find(meta, "namespace"));
  g_autofree char *owner = g_strdup_printf("%s %s%s%s", kind, space ? space : "", space ? "/" : "", name ? name : "?");
  for (guint i = 0; g_str_has_suffix(kind, "List") && i < cr_yaml_get_length(items); i++)
    read_object(recipes, file, cr_yaml_get_element(items, i), depth + 1);
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
    if (!strcmp(kinds[i].kind, kind))
      read_pod(recipes, file, owner, follow(root, kinds[i].path));
}

void cr_kubernetes_list_images(const char *path, GPtrArray *images)
{
  g_autoptr(CrYamlDoc) doc = cr_yaml_load(path, NULL);
  g_autoptr(CrRecipes) recipes = cr_recipes_new();
  for (guint i = 0; doc && i < cr_yaml_doc_get_count(doc); i++)
    read_object(recipes, path, cr_yaml_doc_get_root(doc, i), 0);
  for (guint i = 0; i < recipes->uses->len; i++)
    g_ptr_array_add(images, g_strdup(((const CrImageUse *)recipes->uses->pdata[i])->image));
}

static gboolean read_kubernetes(const char *path, const CrYamlDoc *doc, const CrRecipeOptions *options,
                                CrRecipes *recipes, GError **error)
{
  (void)options;
  (void)error;
  g_autofree char *name = g_path_get_basename(path);
  for (guint i = 0; i < cr_yaml_doc_get_count(doc); i++) {
    const CrYaml *root = cr_yaml_doc_get_root(doc, i);
    const char *kind = cr_yaml_get_text(cr_yaml_find(root, "kind"));
    if (kind ? !strcmp(kind, "Kustomization") : cr_kustomize_is_name(name))
      cr_kustomize_read(recipes, path, root);
    else
      read_object(recipes, path, root, 0);
  }
  return TRUE;
}

const CrRecipeReader cr_recipe_kubernetes = {.kind = "kubernetes", .fits = fits, .read = read_kubernetes};
