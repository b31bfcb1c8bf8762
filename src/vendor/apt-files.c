/* SPDX-License-Identifier: Apache-2.0 */
/* The image's own apt settings and preferences, out of the merged tree. */
#include "vendor/apt.h"
#include <string.h>

GBytes *cr_apt_read_file(CrTree *tree, const char *path)
{
  const CrCollector *const *collectors = cr_vendor_get_collectors();
  for (guint i = 0; collectors[i]; i++) {
    GBytes *bytes = cr_tree_find_facts(tree, path, collectors[i]->name);
    if (bytes)
      return bytes;
  }
  return NULL;
}

typedef struct {
  CrTree *tree;
  const char *extension;
  void (*visit)(const char *path, GBytes *text, gpointer data);
  gpointer data;
} Parts;

/* The rule of run-parts(8) with an extension, as apt has it for all of its .d folders. */
static gboolean visit_part(const CrNode *node, gpointer data)
{
  const Parts *parts = data;
  const char *slash = strrchr(node->path, '/');
  const char *name = slash ? slash + 1 : node->path;
  const char *dot = strrchr(name, '.');
  if (dot && strcmp(dot + 1, parts->extension) != 0)
    return TRUE;
  for (const char *p = name; *p; p++)
    if (!g_ascii_isalnum(*p) && !strchr("-_.", *p))
      return TRUE;
  if (*name == '.')
    return TRUE;
  g_autoptr(GBytes) text = cr_apt_read_file(parts->tree, node->path);
  if (text)
    parts->visit(node->path, text, parts->data);
  return TRUE;
}

void cr_apt_foreach_part(CrTree *tree, const char *folder, const char *extension,
                         void (*visit)(const char *path, GBytes *text, gpointer data), gpointer data)
{
  Parts parts = {tree, extension, visit, data};
  cr_tree_foreach_child(tree, folder, visit_part, &parts);
}

typedef struct {
  GHashTable *settings;
  CrAptPins *pins;
  CrProblems *problems;
} Reading;

static void read_part(const char *path, GBytes *text, gpointer data)
{
  Reading *reading = data;
  g_autoptr(GError) error = NULL;
  gsize size = 0;
  const char *bytes = g_bytes_get_data(text, &size);
  if (!cr_apt_config_parse(reading->settings, bytes ? bytes : "", size, &error))
    cr_problems_add(reading->problems, CR_PROBLEM_NOTE, path, "cannot read all of it as apt settings: %s",
                    error->message);
}

GHashTable *cr_apt_config_read(CrTree *tree, CrProblems *problems)
{
  Reading reading = {.settings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free), .problems = problems};
  cr_apt_foreach_part(tree, "etc/apt/apt.conf.d", "conf", read_part, &reading);
  g_autoptr(GBytes) text = cr_apt_read_file(tree, "etc/apt/apt.conf");
  if (text)
    read_part("etc/apt/apt.conf", text, &reading);
  return reading.settings;
}

const char *cr_apt_machine_id_read(CrTree *tree, GHashTable *settings, CrArena *arena)
{
  const char *set = cr_apt_config_get(settings, "apt::machine-id", NULL);
  if (set && *set)
    return cr_arena_strdup(arena, set);
  g_autoptr(GBytes) text = cr_apt_read_file(tree, "etc/machine-id");
  gsize size = 0;
  const char *bytes = text ? g_bytes_get_data(text, &size) : NULL;
  const char *end = bytes ? memchr(bytes, '\n', size) : NULL;
  size = end ? (gsize)(end - bytes) : size;
  return size ? cr_arena_strndup(arena, bytes, size) : NULL;
}

static void read_preferences(const char *path, GBytes *text, gpointer data)
{
  Reading *reading = data;
  gsize size = 0;
  const char *bytes = g_bytes_get_data(text, &size);
  cr_apt_pins_parse(reading->pins, bytes ? bytes : "", size, path, reading->problems);
}

gpointer cr_apt_pins_read(CrTree *tree, GHashTable *settings, CrArena *arena, CrProblems *problems)
{
  Reading reading = {.problems = problems, .pins = cr_apt_pins_new(arena)};
  const char *release = cr_apt_config_get(settings, "apt::default-release", NULL);
  if (release && *release)
    cr_apt_pins_add_default_release(reading.pins, release);
  g_autoptr(GBytes) text = cr_apt_read_file(tree, "etc/apt/preferences");
  if (text)
    read_preferences("etc/apt/preferences", text, &reading);
  cr_apt_foreach_part(tree, "etc/apt/preferences.d", "pref", read_preferences, &reading);
  return reading.pins;
}
