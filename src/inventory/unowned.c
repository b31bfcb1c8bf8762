/* SPDX-License-Identifier: Apache-2.0 */
/* Files that no package owns and that run: ELF programs and libraries, jars, scripts on PATH or reached. Nobody updates
 * them with the system. Data, byte code and what package managers and ldconfig generate are not listed. */
#include "inventory/private.h"

#include <string.h>

#include "base/limits.h"
#include "reach/elf.h"

#define PROGRAM "program"

/* ---- what the pass keeps: one byte, "this is one" ---- */

static gboolean wants_program(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  (void)entry;
  return head_bytes > 2 && head[0] == '#' && head[1] == '!';
}

static gboolean collect_program(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  (void)entry;
  (void)file;
  (void)error;
  cr_sink_write(sink, "s", 1);
  return TRUE;
}

const CrCollector cr_program_collector = {PROGRAM, 1, wants_program, collect_program};

/* ---- looking ---- */

typedef struct {
  CrInventory *inventory;
  CrTree *tree;
  CrArena *arena;
  GHashTable *reached;
  GHashTable *seen;  /* paths */
  GHashTable *files; /* a file's first name → its CrUnowned: all its names (hard links) are one entry */
  GString *name;     /* of find_first_name */
  GPtrArray *found;
} Looking;

/* Kernel file systems, which an image has by accident, and what package managers make themselves. */
static gboolean is_left_out(const char *path)
{
  static const char *const folders[] = {
      "proc/",          "sys/",       "dev/",         "var/lib/dpkg/",     "lib/apk/",      "usr/lib/apk/db/",
      "var/lib/apt/",   "var/cache/", "var/lib/rpm/", "usr/lib/sysimage/", "usr/lib/opkg/", "var/lib/pacman/",
      "usr/lib/debug/", ".dockerenv"};
  static const char *const ends[] = {".pyc", ".pyo", ".elc", ".debug", "ld.so.cache"};
  for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
    if (g_str_has_prefix(path, folders[i]))
      return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS(ends); i++)
    if (g_str_has_suffix(path, ends[i]))
      return TRUE;
  return FALSE;
}

/* Modules in the folders of a language's package manager: parts of packages that other inventories list. */
static gboolean is_module(const char *path)
{
  static const char *const parts[] = {"/site-packages/", "/dist-packages/", "/node_modules/", "/gems/", "/vendor/"};
  for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
    if (strstr(path, parts[i]))
      return TRUE;
  return FALSE;
}

/* The name under which the file that NODE shows was first written: of hard links the one they lead to. Valid until the
 * next call. */
static const char *find_first_name(Looking *looking, const CrNode *node)
{
  const CrLayer *layer = cr_tree_get_layer(looking->tree, node->content_layer);
  g_string_assign(looking->name, node->path);
  g_autoptr(CrLayerCursor) cursor = layer ? cr_layer_cursor_new(layer) : NULL;
  for (guint links = 0; cursor && links < CR_LIMIT_SYMLINKS; links++) {
    CrLayerEntry entry;
    cr_layer_cursor_seek(cursor, looking->name->str);
    if (!cr_layer_cursor_next(cursor, &entry) || entry.entry.type != CR_ENTRY_HARDLINK ||
        strcmp(entry.entry.path, looking->name->str) != 0)
      break;
    g_string_assign(looking->name, entry.entry.target);
  }
  return looking->name->str;
}

static gboolean is_reached(const Looking *looking, const char *path)
{
  return looking->reached && g_hash_table_contains(looking->reached, path);
}

/* The name that is shown of a file with several: a reached one, else the first in order. */
static gboolean is_better_name(const Looking *looking, const char *path, const char *than)
{
  gboolean reached = is_reached(looking, path), other = is_reached(looking, than);
  return reached != other ? reached : strcmp(path, than) < 0;
}

static void add(Looking *looking, const CrNode *node, const char *kind, const char *built_with)
{
  if (node->type != CR_ENTRY_FILE || cr_inventory_find_owner(looking->inventory, node->path) ||
      is_left_out(node->path) || !g_hash_table_add(looking->seen, (gpointer)node->path))
    return;
  const char *first = find_first_name(looking, node);
  if (cr_inventory_find_owner(looking->inventory, first))
    return; /* a package's file under another name */
  CrUnowned *known = g_hash_table_lookup(looking->files, first);
  if (known) {
    if (is_better_name(looking, node->path, known->path))
      known->path = node->path;
    return;
  }
  CrUnowned *file = cr_arena_new0(looking->arena, CrUnowned);
  file->path = node->path;
  file->kind = kind;
  file->built_with = built_with;
  file->layer = (int)node->layer;
  file->reach = (CrReachOf){CR_REACH_UNKNOWN, cr_strv_empty};
  g_hash_table_insert(looking->files, g_strdup(first), file);
  g_ptr_array_add(looking->found, file);
}

static gboolean look_at_elf(const CrNode *node, gpointer data)
{
  Looking *looking = data;
  if (cr_inventory_find_owner(looking->inventory, node->path) || is_left_out(node->path))
    return TRUE; /* before the facts are unpacked: nearly all end here */
  g_autoptr(CrArena) scratch = cr_arena_new();
  const CrElfFacts *facts = cr_elf_facts_get(looking->tree, node, scratch);
  add(looking, node, "elf", facts ? cr_arena_strdup(looking->arena, facts->built_with) : NULL);
  return TRUE;
}

static gboolean look_at_jar(const CrNode *node, gpointer data)
{
  add(data, node, "jar", NULL);
  return TRUE;
}

static gboolean is_script(CrTree *tree, const CrNode *node)
{
  g_autoptr(GBytes) facts = cr_tree_get_facts(tree, node, PROGRAM);
  return facts != NULL;
}

/* A child of a folder on PATH; a link there counts for the file it leads to. */
static gboolean look_at_command(const CrNode *node, gpointer data)
{
  Looking *looking = data;
  CrNode target;
  if (cr_tree_find(looking->tree, node->path, &target) == CR_TREE_FOUND && target.type == CR_ENTRY_FILE &&
      (target.mode & 0111) && is_script(looking->tree, &target))
    add(looking, &target, "script", NULL);
  return TRUE;
}

static const char *find_path_variable(const CrImage *image)
{
  for (guint i = 0; image && image->env && image->env[i]; i++)
    if (g_str_has_prefix(image->env[i], "PATH="))
      return image->env[i] + strlen("PATH=");
  return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"; /* what runtimes set without one */
}

/* Scripts that need no "#!" because their interpreter is named beside them: `python3 app.py`. */
static gboolean has_script_name(const char *path)
{
  static const char *const ends[] = {".sh", ".py", ".pl", ".rb", ".js", ".mjs", ".cjs", ".php", ".lua", ".tcl"};
  for (guint i = 0; i < G_N_ELEMENTS(ends); i++)
    if (g_str_has_suffix(path, ends[i]))
      return TRUE;
  return FALSE;
}

static void look_at_reached(Looking *looking, const char *path)
{
  CrNode node;
  if (cr_tree_find(looking->tree, path, &node) != CR_TREE_FOUND || node.type != CR_ENTRY_FILE)
    return;
  if (is_script(looking->tree, &node) || (has_script_name(node.path) && !is_module(node.path)))
    add(looking, &node, "script", NULL);
}

static int compare_found(gconstpointer a, gconstpointer b)
{
  return strcmp((*(const CrUnowned *const *)a)->path, (*(const CrUnowned *const *)b)->path);
}

GPtrArray *cr_inventory_find_unowned(CrInventory *inventory, CrTree *tree, const CrImage *image, GHashTable *reached,
                                     CrProblems *problems)
{
  (void)problems;
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GHashTable) files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GString) name = g_string_new(NULL);
  Looking looking = {.inventory = inventory,
                     .tree = tree,
                     .arena = inventory->arena,
                     .reached = reached,
                     .seen = seen,
                     .files = files,
                     .name = name,
                     .found = g_ptr_array_new()};
  cr_tree_foreach_facts(tree, "elf", look_at_elf, &looking);
  cr_tree_foreach_facts(tree, cr_jar_collector.name, look_at_jar, &looking);
  g_auto(GStrv) folders = g_strsplit(find_path_variable(image), ":", -1);
  for (guint i = 0; folders[i] && i < CR_LIMIT_PATH_ALIASES; i++)
    cr_tree_foreach_child(tree, folders[i], look_at_command, &looking);
  GHashTableIter iter;
  gpointer path;
  if (reached)
    g_hash_table_iter_init(&iter, reached);
  while (reached && g_hash_table_iter_next(&iter, &path, NULL))
    look_at_reached(&looking, path);
  g_ptr_array_sort(looking.found, compare_found);
  return looking.found;
}
