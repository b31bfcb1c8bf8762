/* SPDX-License-Identifier: Apache-2.0 */
/* Podman's units for systemd (podman-systemd.unit(5)): NAME.container, NAME.image, NAME.build, with drop-ins in
 * NAME.container.d/. A later file's value takes the place of an earlier one's. */
#include <string.h>

#include "base/limits.h"
#include "base/read-file.h"
#include "recipe/private.h"

static const struct {
  const char *suffix, *section, *key;
} units[] = {
    {".container", "Container", "Image"},
    {".image", "Image", "Image"},
    {".build", "Build", "ImageTag"},
};

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
      *found = (Found){g_strdup(value), g_strdup(file), i + 1, (guint)(value - lines[i]) + 1};
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

/* "web.image" in Image= is another unit's. */
static gboolean is_unit(const char *value)
{
  return g_str_has_suffix(value, ".image") || g_str_has_suffix(value, ".build");
}

static char *find_container_name(const char *path, const char *text, const char *stem)
{
  g_auto(Found) found = {0};
  find_in(path, text, "Container", "ContainerName", &found);
  find_in_drop_ins(path, "Container", "ContainerName", &found);
  if (found.value && strchr(found.value, '%'))
    return NULL; /* a specifier of systemd's */
  return found.value ? g_steal_pointer(&found.value) : g_strdup_printf("systemd-%s", stem);
}

static gboolean read_quadlet(const char *path, const CrYamlDoc *doc, const CrRecipeOptions *options, CrRecipes *recipes,
                             GError **error)
{
  (void)doc;
  (void)options;
  g_autofree char *text = read_text(path, error), *name = g_path_get_basename(path);
  if (!text)
    return FALSE;
  guint unit = 0;
  while (!g_str_has_suffix(name, units[unit].suffix))
    unit++;
  g_auto(Found) found = {0};
  find_in(path, text, units[unit].section, units[unit].key, &found);
  find_in_drop_ins(path, units[unit].section, units[unit].key, &found);
  if (!found.value) {
    cr_problems_add(recipes->problems, CR_PROBLEM_NOTE, path, "it names no image: there is no %s= in [%s]",
                    units[unit].key, units[unit].section);
    return TRUE;
  }
  if (is_unit(found.value))
    return TRUE;
  CrImageUse *use = cr_recipes_add(recipes, "quadlet", name);
  use->image = cr_arena_strdup(recipes->arena, found.value);
  use->place = (CrPlace){cr_arena_strdup(recipes->arena, found.file), found.line, found.column};
  use->editable = unit != 2 && !strchr(found.value, '%');
  g_autofree char *stem = g_strndup(name, strlen(name) - strlen(units[unit].suffix));
  g_autofree char *container = unit == 0 ? find_container_name(path, text, stem) : NULL;
  use->container = cr_arena_strdup(recipes->arena, container);
  return TRUE;
}

const CrRecipeReader cr_recipe_quadlet = {.kind = "quadlet", .fits = fits, .read = read_quadlet};
