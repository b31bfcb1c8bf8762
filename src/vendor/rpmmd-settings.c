/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/rpmmd.h"

#include <string.h>

#include "base/limits.h"
#include "base/order.h"

/* Calls VISIT for each "key = value" of the file at PATH. */
static void foreach_value(CrTree *tree, const char *path,
                          void (*visit)(const char *key, const char *value, gpointer data), gpointer data)
{
  g_autoptr(GBytes) bytes = cr_vendor_read_file(tree, path);
  gsize size = 0;
  const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  if (!text)
    return;
  g_autofree char *copy = g_strndup(text, size);
  g_autofree char *valid = g_utf8_make_valid(copy, -1);
  g_auto(GStrv) lines = g_strsplit(valid, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    char *line = g_strstrip(lines[i]);
    char *equals = *line == '#' || *line == ';' ? NULL : strchr(line, '=');
    if (!equals)
      continue;
    *equals = '\0';
    visit(g_strchomp(line), g_strchug(equals + 1), data);
  }
}

static void take_dnf(const char *key, const char *value, gpointer data)
{
  CrRpmSettings *settings = data;
  const struct {
    const char *key;
    gboolean *to;
  } rows[] = {{"allow_vendor_change", &settings->vendor_change},
              {"best", &settings->best},
              {"install_weak_deps", &settings->weak},
              {"obsoletes", &settings->obsoletes}};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    if (!strcmp(rows[i].key, key))
      *rows[i].to = cr_rpmmd_is_true(value);
}

static void take_zypp(const char *key, const char *value, gpointer data)
{
  CrRpmSettings *settings = data;
  if (!strcmp(key, "solver.allowVendorChange"))
    settings->vendor_change = cr_rpmmd_is_true(value);
  else if (!strcmp(key, "solver.onlyRequires"))
    settings->weak = !cr_rpmmd_is_true(value);
}

/* ---- modules.d ---- */

typedef struct {
  CrArena *arena;
  GArray *streams; /* CrRpmStream */
  const char *name, *stream, *state;
} Modules;

static void take_module(const char *key, const char *value, gpointer data)
{
  Modules *modules = data;
  if (!strcmp(key, "name"))
    modules->name = cr_arena_strdup(modules->arena, value);
  else if (!strcmp(key, "stream"))
    modules->stream = cr_arena_strdup(modules->arena, value);
  else if (!strcmp(key, "state"))
    modules->state = cr_arena_strdup(modules->arena, value);
}

static gboolean visit_module(const CrNode *node, gpointer data)
{
  if (g_str_has_suffix(node->path, ".module"))
    g_ptr_array_add(data, g_strdup(node->path));
  return TRUE;
}

static void read_modules(CrTree *tree, CrArena *arena, CrRpmSettings *settings)
{
  g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GArray) streams = g_array_new(FALSE, FALSE, sizeof(CrRpmStream));
  cr_tree_foreach_child(tree, "etc/dnf/modules.d", visit_module, files);
  g_ptr_array_sort(files, cr_compare_texts);
  for (guint i = 0; i < files->len && i < CR_LIMIT_REPOSITORIES; i++) {
    Modules modules = {.arena = arena, .streams = streams};
    foreach_value(tree, files->pdata[i], take_module, &modules);
    gboolean enabled = !g_strcmp0(modules.state, "enabled") && modules.stream && *modules.stream;
    CrRpmStream stream = {.name = modules.name, .stream = enabled ? modules.stream : NULL};
    if (modules.name && (enabled || !g_strcmp0(modules.state, "disabled")))
      g_array_append_val(streams, stream);
  }
  CrRpmStream *copy = cr_arena_alloc(arena, (streams->len + 1) * sizeof *copy);
  if (streams->len)
    memcpy(copy, streams->data, streams->len * sizeof *copy);
  settings->streams = copy;
  settings->stream_count = streams->len;
}

const CrRpmSettings *cr_rpmmd_settings_read(CrTree *tree, const CrOs *os, CrArena *arena)
{
  gboolean zypp = os->id && (g_str_has_prefix(os->id, "opensuse") || g_str_has_prefix(os->id, "sle"));
  CrRpmSettings *settings = cr_arena_new0(arena, CrRpmSettings);
  settings->vendor_change = !zypp;
  settings->weak = settings->obsoletes = TRUE;
  if (zypp) {
    foreach_value(tree, "etc/zypp/zypp.conf", take_zypp, settings);
  } else {
    foreach_value(tree, "etc/yum.conf", take_dnf, settings);
    foreach_value(tree, "etc/dnf/dnf.conf", take_dnf, settings);
  }
  read_modules(tree, arena, settings);
  return settings;
}
