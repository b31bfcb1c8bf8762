/* SPDX-License-Identifier: Apache-2.0 */
/* images: of a Kustomization (kubectl.docs.kubernetes.io/references/kustomize/kustomization/images): what has NAME in
 * the manifests becomes newName:newTag@digest; what is not given stays as the manifests have it. */
#include <string.h>

#include "recipe/private.h"

#define DEPTH 10U /* of Kustomizations that are made from others */

static const char *const file_names[] = {"kustomization.yaml", "kustomization.yml", "Kustomization"};

gboolean cr_kustomize_is_name(const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS(file_names); i++)
    if (!strcmp(name, file_names[i]))
      return TRUE;
  return FALSE;
}

/* A row of images:. */
typedef struct {
  const char *name, *new_name, *new_tag, *digest; /* NULL: not given */
} Rule;

static Rule read_rule(const CrYaml *item)
{
  return (Rule){cr_yaml_get_text(cr_yaml_find(item, "name")), cr_yaml_get_text(cr_yaml_find(item, "newName")),
                cr_yaml_get_text(cr_yaml_find(item, "newTag")), cr_yaml_get_text(cr_yaml_find(item, "digest"))};
}

/* ---- what the manifests have ---- */

static gsize measure_name(const char *image)
{
  gsize length = strcspn(image, "@"), end = length;
  while (end && image[end - 1] != ':' && image[end - 1] != '/')
    end--;
  return end && image[end - 1] == ':' ? end - 1 : length;
}

/* IMAGE as RULE makes it; NULL: it is not of that name. Free with g_free. */
static char *change(const Rule *rule, const char *image)
{
  gsize length = measure_name(image);
  if (!rule->name || strlen(rule->name) != length || strncmp(image, rule->name, length) != 0)
    return NULL;
  const char *name = rule->new_name ? rule->new_name : rule->name;
  if (!rule->new_tag && !rule->digest)
    return g_strconcat(name, image + length, NULL);
  return g_strconcat(name, rule->new_tag ? ":" : "", rule->new_tag ? rule->new_tag : "", rule->digest ? "@" : "",
                     rule->digest ? rule->digest : "", NULL);
}

static void change_all(const CrYaml *rules, GPtrArray *images)
{
  for (guint i = 0; i < cr_yaml_get_length(rules); i++) {
    Rule rule = read_rule(cr_yaml_get_element(rules, i));
    for (guint k = 0; k < images->len; k++) {
      char *changed = change(&rule, images->pdata[k]);
      if (!changed)
        continue;
      g_free(images->pdata[k]);
      images->pdata[k] = changed;
    }
  }
}

static void list_sources(const char *folder, const CrYaml *root, guint depth, GPtrArray *images);

static void list_folder(const char *folder, guint depth, GPtrArray *images)
{
  for (guint i = 0; depth < DEPTH && i < G_N_ELEMENTS(file_names); i++) {
    g_autofree char *path = g_build_filename(folder, file_names[i], NULL);
    g_autoptr(CrYamlDoc) doc = g_file_test(path, G_FILE_TEST_IS_REGULAR) ? cr_yaml_load(path, NULL) : NULL;
    if (!doc)
      continue;
    const CrYaml *root = cr_yaml_doc_get_root(doc, 0);
    g_autoptr(GPtrArray) own = g_ptr_array_new();
    list_sources(folder, root, depth + 1, own);
    change_all(cr_yaml_find(root, "images"), own);
    g_ptr_array_extend_and_steal(images, g_steal_pointer(&own));
    return;
  }
}

/* Images of the manifests that ROOT, a Kustomization in FOLDER, is made from, as char*: of files and folders here. */
static void list_sources(const char *folder, const CrYaml *root, guint depth, GPtrArray *images)
{
  static const char *const keys[] = {"resources", "bases", "components"};
  for (guint k = 0; k < G_N_ELEMENTS(keys); k++) {
    const CrYaml *list = cr_yaml_find(root, keys[k]);
    for (guint i = 0; i < cr_yaml_get_length(list); i++) {
      const char *text = cr_yaml_get_text(cr_yaml_get_element(list, i));
      g_autofree char *path = text ? g_canonicalize_filename(text, folder) : NULL;
      if (path && g_file_test(path, G_FILE_TEST_IS_DIR))
        list_folder(path, depth, images);
      else if (path && g_file_test(path, G_FILE_TEST_IS_REGULAR))
        cr_kubernetes_list_images(path, images);
    }
  }
}

/* ---- what is used ---- */

/* A digest comes before the first member that may have one beside it. */
static void set_insertion(CrRecipes *recipes, const char *file, CrImageUse *use, const CrYaml *item, const char *tag)
{
  static const char *const names[] = {"newTag", "newName", "name"};
  const CrYaml *key = NULL;
  for (guint n = 0; !key && n < G_N_ELEMENTS(names); n++)
    for (guint i = 0; i < cr_yaml_get_length(item); i++)
      if (!strcmp(cr_yaml_get_text(cr_yaml_get_key(item, i)), names[n]))
        key = cr_yaml_get_key(item, i);
  if (!key)
    return;
  const char *mark = cr_yaml_is_quoted(key) ? "\"" : "", *text = cr_yaml_get_text(key);
  CrInsertion *insertion = cr_arena_new0(recipes->arena, CrInsertion);
  insertion->at = cr_recipes_make_piece(recipes, cr_recipes_place(recipes, file, key), text);
  guint column = insertion->at.place.column;
  g_autofree char *gap = cr_yaml_is_flow(item) ? g_strdup(", ") : g_strdup_printf("\n%*s", (int)column - 1, "");
  const char *pause = cr_yaml_is_flow(item) ? gap : cr_arena_strdup(recipes->arena, gap);
  insertion->head = cr_arena_printf(recipes->arena, "digest%s: %s", mark, mark);
  insertion->tail = tag ? cr_arena_printf(recipes->arena, "%s%s%snewTag%s: \"%s\"%s%s%s", mark, pause, mark, mark, tag,
                                          pause, mark, text)
                        : cr_arena_printf(recipes->arena, "%s%s%s%s", mark, pause, mark, text);
  use->insertion = insertion;
}

/* NAME, its newTag and its digest as they stand there; a digest that is not there can be put in. */
static void set_pieces(CrRecipes *recipes, const char *file, CrImageUse *use, const CrYaml *item, const Rule *rule)
{
  const struct {
    const char *before, *key;
  } rows[] = {{"", rule->new_name ? "newName" : "name"}, {":", "newTag"}, {"@", "digest"}};
  g_autoptr(GArray) pieces = g_array_new(FALSE, FALSE, sizeof(CrPiece));
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const CrYaml *value = cr_yaml_find(item, rows[i].key);
    if (!cr_yaml_get_text(value))
      continue;
    CrPiece gap = cr_recipes_make_fixed(recipes, rows[i].before, "a Kustomization says it");
    CrPiece piece = cr_recipes_make_piece(recipes, cr_recipes_place(recipes, file, value), cr_yaml_get_text(value));
    g_array_append_val(pieces, gap);
    g_array_append_val(pieces, piece);
  }
  cr_recipes_set_pieces(recipes, use, pieces);
  if (!rule->digest)
    set_insertion(recipes, file, use, item, NULL);
}

static void add_use(CrRecipes *recipes, const char *file, const CrYaml *item, const char *image, const char *why)
{
  Rule rule = read_rule(item);
  g_autofree char *label = g_strdup_printf("Kustomization image %s", rule.name);
  CrImageUse *use = cr_recipes_add(recipes, "kubernetes", label);
  use->image = cr_arena_strdup(recipes->arena, image);
  use->place = cr_recipes_place(recipes, file, item);
  if (rule.new_tag || rule.digest) {
    set_pieces(recipes, file, use, item, &rule);
    return;
  }
  cr_recipes_set_piece(recipes, use, cr_recipes_make_fixed(recipes, image, why));
  if (why)
    return;
  gsize name = measure_name(image), length = strcspn(image, "@");
  const char *tag = name < length ? cr_arena_strndup(recipes->arena, image + name + 1, length - name - 1) : NULL;
  set_insertion(recipes, file, use, item, tag);
}

static gboolean has_text(const GPtrArray *texts, const char *text)
{
  for (guint i = 0; i < texts->len; i++)
    if (!strcmp(texts->pdata[i], text))
      return TRUE;
  return FALSE;
}

/* Only newName: the rest of the name is what the manifests have. */
static void add_renamed(CrRecipes *recipes, const char *file, const CrYaml *root, const CrYaml *item)
{
  Rule rule = read_rule(item);
  g_autoptr(GPtrArray) images = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
  g_autofree char *whole = g_canonicalize_filename(file, NULL), *folder = g_path_get_dirname(whole);
  list_sources(folder, root, 0, images);
  for (guint i = 0; i < images->len; i++) {
    char *image = change(&rule, images->pdata[i]);
    if (image && !has_text(found, image))
      g_ptr_array_add(found, g_steal_pointer(&image));
    g_free(image);
  }
  if (!found->len)
    add_use(recipes, file, item, rule.new_name, "its tag is in manifests that are not here");
  for (guint i = 0; i < found->len; i++)
    add_use(recipes, file, item, found->pdata[i],
            found->len > 1 ? "the manifests have it with several tags, and a Kustomization says one" : NULL);
}

void cr_kustomize_read(CrRecipes *recipes, const char *file, const CrYaml *root)
{
  const CrYaml *list = cr_yaml_find(root, "images");
  for (guint i = 0; i < cr_yaml_get_length(list); i++) {
    const CrYaml *item = cr_yaml_get_element(list, i);
    Rule rule = read_rule(item);
    g_autofree char *image = rule.name ? change(&rule, rule.name) : NULL;
    if (rule.name && (rule.new_tag || rule.digest))
      add_use(recipes, file, item, image, NULL);
    else if (rule.name && rule.new_name)
      add_renamed(recipes, file, root, item);
  }
}
