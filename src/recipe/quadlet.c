/* SPDX-License-Identifier: Apache-2.0 */
/* Podman's units for systemd (podman-systemd.unit(5)): NAME.container, NAME.image, NAME.build, with drop-ins in
 * NAME.container.d/. A later file's value takes the place of an earlier one's. */
#include <string.h>

#include "base/limits.h"
#include "base/read-file.h"
#include "recipe/private.h"
#include "recipe/remote.h"

static const struct {
  const char *suffix, *section, *key, *service;
} units[] = {
    {".container", "Container", "Image", ".service"},
    {".image", "Image", "Image", "-image.service"},
    {".build", "Build", "ImageTag", "-build.service"},
};
enum { CONTAINER, IMAGE, BUILD };

static gboolean fits(const char *name, const CrYamlDoc *doc)
{
  (void)doc;
  for (guint i = 0; i < G_N_ELEMENTS(units); i++)
    if (g_str_has_suffix(name, units[i].suffix))
      return TRUE;
  return FALSE;
}

typedef struct {
  char *value;
  char *file;
  guint line, column;
} Found;

static void clear_found(Found *found)
{
  g_clear_pointer(&found->value, g_free);
  g_clear_pointer(&found->file, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Found, clear_found)

/* KEY=VALUE in [SECTION]; an empty value resets what was before (systemd.syntax(7)). */
static void find_in(const char *file, const char *text, const char *section, const char *key, Found *found)
{
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  g_autofree char *head = g_strdup_printf("[%s]", section);
  gboolean inside = FALSE;
  for (guint i = 0; lines[i]; i++) {
    char *line = lines[i] + strspn(lines[i], " \t");
    g_strchomp(line);
    if (*line == '[')
      inside = !strcmp(line, head);
    gsize length = strlen(key);
    if (!inside || strncmp(line, key, length) != 0)
      continue;
    const char *equals = line + length + strspn(line + length, " \t");
    if (*equals != '=')
      continue;
    const char *value = equals + 1 + strspn(equals + 1, " \t");
    clear_found(found);
    if (*value)
      *found = (Found){g_strdup(value), g_strdup(file), i + 1, (guint)g_utf8_pointer_to_offset(lines[i], value) + 1};
  }
}

static char *read_text(const char *path, GError **error)
{
  g_autoptr(GBytes) bytes = cr_read_file(path, CR_LIMIT_RECIPE_BYTES, error);
  gsize size = 0;
  const char *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  return bytes ? g_utf8_make_valid(data ? data : "", (gssize)size) : NULL;
}

static int compare_names(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void find_in_drop_ins(const char *path, const char *section, const char *key, Found *found)
{
  g_autofree char *folder = g_strconcat(path, ".d", NULL);
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (const char *name = dir ? g_dir_read_name(dir) : NULL; name; name = g_dir_read_name(dir))
    if (g_str_has_suffix(name, ".conf"))
      g_ptr_array_add(names, g_strdup(name));
  g_ptr_array_sort(names, compare_names);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *file = g_build_filename(folder, names->pdata[i], NULL);
    g_autofree char *text = read_text(file, NULL);
    if (text)
      find_in(file, text, section, key, found);
  }
}

/* KEY of the unit at PATH, whose file says TEXT, and of its drop-ins. */
static void find_key(const char *path, const char *text, const char *section, const char *key, Found *found)
{
  find_in(path, text, section, key, found);
  find_in_drop_ins(path, section, key, found);
}

static guint find_unit(const char *name)
{
  guint unit = 0;
  while (unit < G_N_ELEMENTS(units) && !g_str_has_suffix(name, units[unit].suffix))
    unit++;
  return unit;
}

/* "web.image" in Image= is another unit's: what that one beside it says. NULL: it is not there. */
static char *follow_unit(const char *path, const char *value)
{
  g_autofree char *folder = g_path_get_dirname(path), *other = g_build_filename(folder, value, NULL);
  g_autofree char *text = strchr(value, '/') ? NULL : read_text(other, NULL);
  guint unit = find_unit(value);
  g_auto(Found) found = {0};
  if (text)
    find_key(other, text, units[unit].section, units[unit].key, &found);
  return g_steal_pointer(&found.value);
}

/* A template ("web@.container") has a container for each of its instances. */
static char *find_container_name(const char *path, const char *text, const char *stem)
{
  g_auto(Found) found = {0};
  find_key(path, text, "Container", "ContainerName", &found);
  if (strchr(found.value ? found.value : stem, found.value ? '%' : '@'))
    return NULL; /* a specifier of systemd's */
  return found.value ? g_steal_pointer(&found.value) : g_strdup_printf("systemd-%s", stem);
}

static char *find_service(const char *path, const char *text, const char *stem, guint unit)
{
  g_auto(Found) found = {0};
  find_key(path, text, units[unit].section, "ServiceName", &found);
  return found.value ? g_strconcat(found.value, ".service", NULL) : g_strconcat(stem, units[unit].service, NULL);
}

/* ---- NAME.build ---- */

static const char *find_word(CrRecipes *recipes, const char *path, const char *text, const char *key)
{
  g_auto(Found) found = {0};
  find_key(path, text, "Build", key, &found);
  return cr_arena_strdup(recipes->arena, found.value);
}

/* SetWorkingDirectory= is the context: a folder, a URL, "unit" or "file" for where these are. */
static const CrBuildRecipe *read_build(CrRecipes *recipes, const char *path, const char *text, const CrImageUse *use)
{
  CrBuildRecipe *build = cr_arena_new0(recipes->arena, CrBuildRecipe);
  build->args = build->contexts = build->secrets = build->ssh = cr_strv_empty;
  build->labels = build->extra_hosts = build->cache_from = cr_strv_empty;
  g_autofree char *whole = g_canonicalize_filename(path, NULL), *folder = g_path_get_dirname(whole);
  const char *file = find_word(recipes, path, text, "File");
  const char *context = find_word(recipes, path, text, "SetWorkingDirectory");
  build->dockerfile = file ? cr_recipes_resolve(recipes, folder, file) : NULL;
  build->remote = context && cr_remote_is_address(context);
  if (build->remote)
    build->context = context;
  else if (context && strcmp(context, "unit") != 0 && strcmp(context, "file") != 0)
    build->context = cr_recipes_resolve(recipes, folder, context);
  if (build->context && file)
    build->dockerfile = build->remote ? file : cr_recipes_resolve(recipes, build->context, file);
  if (!build->context) {
    g_autofree char *beside = build->dockerfile ? g_path_get_dirname(build->dockerfile) : NULL;
    gboolean unit = !beside || (context && !strcmp(context, "unit"));
    build->context = cr_arena_strdup(recipes->arena, unit ? folder : beside);
  }
  build->target = find_word(recipes, path, text, "Target");
  build->network = find_word(recipes, path, text, "Network");
  if (find_word(recipes, path, text, "Secret") || find_word(recipes, path, text, "BuildArg"))
    cr_problems_add(recipes->problems, CR_PROBLEM_PARTIAL, path,
                    "Secret= and BuildArg= of a build are not read: let systemd rebuild it (%s)", use->unit);
  build->place = use->place;
  return build;
}

static gboolean read_quadlet(const char *path, const CrYamlDoc *doc, const CrRecipeOptions *options, CrRecipes *recipes,
                             GError **error)
{
  (void)doc;
  (void)options;
  g_autofree char *text = read_text(path, error), *name = g_path_get_basename(path);
  if (!text)
    return FALSE;
  guint unit = find_unit(name);
  g_auto(Found) found = {0};
  find_key(path, text, units[unit].section, units[unit].key, &found);
  gboolean other = found.value && unit == CONTAINER && !strchr(found.value, '/') &&
                   find_unit(found.value) != CONTAINER && find_unit(found.value) < G_N_ELEMENTS(units);
  g_autofree char *image = other ? follow_unit(path, found.value) : g_strdup(found.value);
  if (!image) {
    cr_problems_add(recipes->problems, CR_PROBLEM_NOTE, path, "it names no image: there is no %s= in [%s]%s%s",
                    units[unit].key, units[unit].section, other ? " or in " : "", other ? found.value : "");
    return TRUE;
  }
  g_autofree char *stem = g_strndup(name, strlen(name) - strlen(units[unit].suffix));
  g_autofree char *container = unit == CONTAINER ? find_container_name(path, text, stem) : NULL;
  g_autofree char *service = find_service(path, text, stem, unit);
  CrImageUse *use = cr_recipes_add(recipes, "quadlet", name);
  use->image = cr_arena_strdup(recipes->arena, image);
  use->place = (CrPlace){cr_arena_strdup(recipes->arena, found.file), found.line, found.column};
  const char *why = unit == BUILD        ? "a build gives it its name"
                    : other              ? "another unit says it"
                    : strchr(image, '%') ? "it has a specifier of systemd's"
                                         : NULL;
  cr_recipes_set_piece(recipes, use,
                       why ? cr_recipes_make_fixed(recipes, image, why)
                           : cr_recipes_make_piece(recipes, use->place, image));
  use->container = cr_arena_strdup(recipes->arena, container);
  use->unit = cr_arena_strdup(recipes->arena, service);
  if (unit == BUILD)
    use->build = read_build(recipes, path, text, use);
  return TRUE;
}

const CrRecipeReader cr_recipe_quadlet = {.kind = "quadlet", .fits = fits, .read = read_quadlet};
