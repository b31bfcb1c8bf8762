/* SPDX-License-Identifier: Apache-2.0 */
/* Compose files, manifests, units and Dockerfiles that careen.yaml names; and what every recipe is built from. */
#include "fleet/discover.h"

#include "base/day.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/order.h"
#include "fleet/kept-recipe.h"
#include "recipe/dockerfile.h"
#include "recipe/remote.h"

#include <glob.h>
#include <string.h>

/* ---- which files ---- */

/* PATTERN's files and folders, sorted by glob(3); what stands for nothing is said. */
static void list_paths(CrFleetBuilder *builder, const char *key, const char *pattern, GPtrArray *paths)
{
  glob_t found = {0};
  int status = glob(pattern, GLOB_NOSORT | GLOB_BRACE, NULL, &found);
  gsize count = status ? 0 : found.gl_pathc;
  if (!count)
    cr_problems_add(builder->fleet->problems, CR_PROBLEM_PARTIAL, key, "there is no '%s'", pattern);
  if (count > CR_LIMIT_FLEET_FILES)
    cr_problems_add(builder->fleet->problems, CR_PROBLEM_PARTIAL, key, "'%s' stands for %zu files, and %u are read",
                    pattern, count, CR_LIMIT_FLEET_FILES);
  g_autoptr(GPtrArray) sorted = g_ptr_array_new();
  for (gsize i = 0; i < count; i++)
    g_ptr_array_add(sorted, found.gl_pathv[i]);
  g_ptr_array_sort(sorted, cr_compare_texts);
  for (guint i = 0; i < sorted->len && i < CR_LIMIT_FLEET_FILES; i++)
    g_ptr_array_add(paths, g_strdup(sorted->pdata[i]));
  globfree(&found);
}

static gboolean is_dockerfile_name(const char *name)
{
  return g_str_has_prefix(name, "Dockerfile") || g_str_has_prefix(name, "Containerfile") ||
         g_str_has_suffix(name, ".Dockerfile") || g_str_has_suffix(name, ".Containerfile") ||
         g_str_has_suffix(name, ".dockerfile");
}

/* A folder stands for the Dockerfiles in it and in its own folders. */
static void list_folder(const char *folder, guint depth, GPtrArray *paths)
{
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  const char *entry = NULL;
  while (dir && (entry = g_dir_read_name(dir)))
    g_ptr_array_add(names, g_strdup(entry));
  g_ptr_array_sort(names, cr_compare_texts);
  for (guint i = 0; i < names->len && paths->len < CR_LIMIT_FLEET_FILES; i++) {
    const char *name = names->pdata[i];
    g_autofree char *path = g_build_filename(folder, name, NULL);
    gboolean link = g_file_test(path, G_FILE_TEST_IS_SYMLINK);
    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
      if (!link && depth < 2 && name[0] != '.')
        list_folder(path, depth + 1, paths);
    } else if (is_dockerfile_name(name) && !g_str_has_suffix(name, ".dockerignore")) {
      g_ptr_array_add(paths, g_steal_pointer(&path));
    }
  }
}

/* ---- one Dockerfile ---- */

/* An additional context takes NAME's place: "debian:12=docker-image://debian:13". *IMAGE FALSE: what it names is no
 * image that is known here (a folder, a service, a URL). */
static const char *replace_by_context(const CrBuildRecipe *build, const char *name, gboolean *is_image)
{
  *is_image = TRUE;
  for (guint i = 0; build->contexts && build->contexts[i]; i++) {
    const char *equals = strchr(build->contexts[i], '=');
    if (!equals || strncmp(build->contexts[i], name, (gsize)(equals - build->contexts[i])) != 0 ||
        strlen(name) != (gsize)(equals - build->contexts[i]))
      continue;
    const char *image = "docker-image://";
    *is_image = g_str_has_prefix(equals + 1, image);
    return *is_image ? equals + 1 + strlen(image) : name;
  }
  return name;
}

/* FILE is what people find it by. Where it is an earlier one, from: of careen.yaml may be right already. */
static void add_from(CrFleetBuilder *builder, CrFleetImage *image, const CrDockerfrom *from, const char *file,
                     gboolean base)
{
  CrFleet *fleet = builder->fleet;
  const char *place = cr_arena_printf(fleet->arena, "%s line %u", file, from->line);
  gboolean earlier = image->build->remote && !image->build->text;
  if (from->unknown)
    cr_problems_add(fleet->problems, CR_PROBLEM_PARTIAL, place, "FROM %s: %s has no value, so its base is not known",
                    from->raw, from->unknown);
  gboolean is_image = TRUE;
  const char *name = from->image ? replace_by_context(image->build, from->image, &is_image) : NULL;
  if (!name || !is_image)
    return;
  const CrFleetParent *told = base ? cr_fleet_image_get_base(image) : NULL;
  CrFleetImage *parent = cr_fleet_get_node(builder, name, image->daemon);
  if (told && told->image != parent)
    cr_problems_add(fleet->problems, earlier ? CR_PROBLEM_NOTE : CR_PROBLEM_PARTIAL, place,
                    "it is built on %s, but careen.yaml says from: %s", parent->name, told->image->name);
  CrFleetParent *edge = cr_fleet_add_parent(builder, image, parent, "declared", CR_CONFIDENCE_CERTAIN, !base);
  if (!edge)
    return;
  edge->place = place;
  edge->digest = parent->digest && strchr(name, '@') ? parent->digest : NULL;
}

static CrDockerfile *load_recipe(const CrBuildRecipe *build, const char *path, GError **error)
{
  if (build->text)
    return cr_dockerfile_parse(build->text, strlen(build->text), "dockerfile_inline", build->args, build->target,
                               build->platform, error);
  return cr_dockerfile_load(path, build->args, build->target, build->platform, error);
}

static void add_parents(CrFleetBuilder *builder, CrFleetImage *image, const CrDockerfile *file, const char *name)
{
  const CrDockerfrom *base = file->target >= 0 ? cr_dockerfile_get_base(file) : NULL;
  if (base)
    add_from(builder, image, base, name, TRUE);
  g_autoptr(GPtrArray) needed = cr_dockerfile_list_images(file);
  for (guint i = 0; i < needed->len; i++)
    if (needed->pdata[i] != base)
      add_from(builder, image, needed->pdata[i], name, FALSE);
}

/* A recipe at an address: what it said when a rebuild last fetched it. */
static void read_kept_recipe(CrFleetBuilder *builder, CrFleetImage *image)
{
  CrFleet *fleet = builder->fleet;
  const CrBuildRecipe *build = image->build;
  g_autofree char *safe = cr_remote_redact(build->context);
  g_autoptr(GError) error = NULL;
  g_autoptr(CrRecord) record = cr_record_open(NULL, FALSE, &error);
  const CrKeptRecipe *kept = record ? cr_kept_recipe_find(record, build, fleet->arena) : NULL;
  if (!kept) {
    cr_problems_add(fleet->problems, CR_PROBLEM_NOTE, image->name, "its recipe is at '%s', %s%s: %s", safe,
                    error ? "and what it said is not known: " : "which no rebuild has fetched yet",
                    error ? error->message : "",
                    cr_fleet_image_get_base(image) ? "its base is by from:" : "from: says what it is built on");
    return;
  }
  g_autoptr(CrDockerfile) file =
      cr_dockerfile_parse(kept->text, strlen(kept->text), safe, build->args, build->target, build->platform, &error);
  if (!file) {
    cr_problems_add_error(fleet->problems, CR_PROBLEM_PARTIAL, image->name, error);
    return;
  }
  g_autofree char *when = cr_time_format_utc(kept->fetched);
  cr_problems_add(fleet->problems, CR_PROBLEM_NOTE, image->name,
                  "its recipe is at '%s', and its base is what that said at its last fetch, %s (%s)", safe, when,
                  kept->revision);
  add_parents(builder, image, file, cr_arena_strdup(fleet->arena, safe));
}

/* What IMAGE's recipe says of its base and of what it copies from. */
static void read_recipe(CrFleetBuilder *builder, CrFleetImage *image)
{
  const CrBuildRecipe *build = image->build;
  CrFleet *fleet = builder->fleet;
  if (build->remote && !build->text) {
    read_kept_recipe(builder, image);
    return;
  }
  g_autofree char *path = build->text         ? NULL
                          : build->dockerfile ? g_strdup(build->dockerfile)
                                              : cr_dockerfile_find(build->context);
  g_autoptr(GError) error = NULL;
  g_autoptr(CrDockerfile) file = load_recipe(build, path, &error);
  if (!file) {
    cr_problems_add_error(fleet->problems, CR_PROBLEM_PARTIAL, image->name, error);
    return;
  }
  const char *name = path           ? cr_arena_strdup(fleet->arena, cr_fleet_shorten_path(fleet, path))
                     : image->owner ? image->owner
                                    : "dockerfile_inline";
  if (path)
    g_hash_table_add(builder->recipes, (gpointer)cr_arena_strdup(fleet->arena, path));
  add_parents(builder, image, file, name);
}

/* ---- a Dockerfile without an image ---- */

/* It makes something, but nobody says what that is called: it is a use of its base. */
static void add_nameless(CrFleetBuilder *builder, const char *path)
{
  CrFleet *fleet = builder->fleet;
  if (g_hash_table_contains(builder->recipes, path))
    return;
  const char *name = cr_arena_strdup(fleet->arena, cr_fleet_shorten_path(fleet, path));
  g_autoptr(GError) error = NULL;
  g_autoptr(CrDockerfile) file = cr_dockerfile_load(path, NULL, NULL, NULL, &error);
  if (!file) {
    cr_problems_add_error(fleet->problems, CR_PROBLEM_PARTIAL, name, error);
    return;
  }
  cr_problems_add(fleet->problems, CR_PROBLEM_NOTE, name,
                  "what it makes has no name here: name it under images: with build:, and it is kept up to date");
  g_autoptr(GPtrArray) needed = cr_dockerfile_list_images(file);
  for (guint i = 0; i < needed->len; i++) {
    const CrDockerfrom *from = needed->pdata[i];
    if (!from->image)
      continue;
    CrImageUse *use = cr_arena_new0(fleet->arena, CrImageUse);
    *use = (CrImageUse){.kind = "dockerfile", .name = name, .image = cr_arena_strdup(fleet->arena, from->image)};
    use->place = (CrPlace){.file = name, .line = from->line, .column = 1};
    use->active = TRUE;
    g_ptr_array_add(cr_fleet_get_node(builder, use->image, NULL)->uses, use);
  }
}

/* ---- Compose, manifests, units ---- */

/* Compose names what it only builds PROJECT-SERVICE. */
static char *format_built_name(const CrImageUse *use)
{
  char *name = g_strdup(use->name);
  g_strdelimit(name, "/", '-');
  return name;
}

static void add_use(CrFleetBuilder *builder, const CrImageUse *use, gboolean read_only)
{
  if (!use->image && !use->build)
    return;
  g_autofree char *built = use->image ? NULL : format_built_name(use);
  CrFleetImage *image = cr_fleet_get_node(builder, use->image ? use->image : built, NULL);
  g_ptr_array_add(image->uses, (gpointer)use);
  if (read_only && !use->build)
    return;
  if (!image->owner)
    image->owner = cr_fleet_format_place(builder->fleet, &use->place);
  image->ours = TRUE;
  if (use->build && !image->build)
    image->build = use->build;
}

static void load_uses(CrFleetBuilder *builder, const char *key, const char *path)
{
  CrFleet *fleet = builder->fleet;
  g_autoptr(GError) error = NULL;
  CrRecipes *recipes = cr_recipes_load(path, NULL, &error);
  if (!recipes) {
    cr_problems_add_error(fleet->problems, CR_PROBLEM_PARTIAL, key, error);
    return;
  }
  g_ptr_array_add(fleet->recipes_behind, recipes);
  cr_problems_add_all(fleet->problems, recipes->problems);
  for (guint i = 0; i < recipes->uses->len; i++) {
    const CrImageUse *use = recipes->uses->pdata[i];
    add_use(builder, use, !strcmp(use->kind, "kubernetes"));
  }
}

typedef void (*LoadPath)(CrFleetBuilder *builder, const char *key, const char *path);

static void load_dockerfiles(CrFleetBuilder *builder, const char *key, const char *path)
{
  (void)key;
  g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
  if (g_file_test(path, G_FILE_TEST_IS_DIR))
    list_folder(path, 0, files);
  else
    g_ptr_array_add(files, g_strdup(path));
  for (guint i = 0; i < files->len; i++)
    add_nameless(builder, files->pdata[i]);
}

static void load_patterns(CrFleetBuilder *builder, const char *key, CrStrv patterns, LoadPath load)
{
  g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; patterns && patterns[i]; i++)
    list_paths(builder, key, patterns[i], paths);
  for (guint i = 0; i < paths->len; i++)
    load(builder, key, paths->pdata[i]);
}

void cr_fleet_discover_recipes(CrFleetBuilder *builder)
{
  CrFleet *fleet = builder->fleet;
  load_patterns(builder, "compose:", fleet->config->compose, load_uses);
  load_patterns(builder, "manifests:", fleet->config->manifests, load_uses);
  for (guint i = 0; i < fleet->nodes->len; i++) /* parents that are made on the way have no recipe */
    if (((const CrFleetImage *)fleet->nodes->pdata[i])->build)
      read_recipe(builder, fleet->nodes->pdata[i]);
  load_patterns(builder, "dockerfiles:", fleet->config->dockerfiles, load_dockerfiles);
}
