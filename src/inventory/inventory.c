/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory/private.h"

#include <string.h>

#include "base/limits.h"
#include "base/order.h"
#include "model/purl.h"

static const CrDatabase *const databases[] = {
    &cr_database_dpkg,
    &cr_database_chisel,
    &cr_database_apk,
    &cr_database_rpm,
    &cr_database_opkg,
    &cr_database_pacman,
    NULL,
};

const CrCollector *const *cr_inventory_get_collectors(void)
{
  static const CrCollector *all[64]; /* as many as the tables have, and room */
  static gsize done;
  if (g_once_init_enter(&done)) {
    guint count = 0;
    all[count++] = &cr_os_collector;
    all[count++] = &cr_program_collector;
    for (guint i = 0; databases[i]; i++)
      for (guint k = 0; databases[i]->collectors[k] && count + 1 < G_N_ELEMENTS(all); k++)
        all[count++] = databases[i]->collectors[k];
    cr_languages_get_collectors(all + count, (guint)G_N_ELEMENTS(all) - count - 1);
    g_once_init_leave(&done, 1);
  }
  return all;
}

/* ---- what members call ---- */

gboolean cr_database_add(CrDatabaseWork *work, const CrDatabasePackage *package)
{
  if (work->packages->len >= CR_LIMIT_PACKAGES) {
    cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, work->database->name,
                    "the database has more than %u packages: the rest was not read", CR_LIMIT_PACKAGES);
    return FALSE;
  }
  CrDatabasePackage *copy = cr_arena_new0(work->arena, CrDatabasePackage);
  *copy = *package;
  copy->database = work->database;
  CrPackage *p = &copy->package;
  p->type = work->database->type;
  if (!p->source_name)
    p->source_name = p->name;
  if (!p->source_version)
    p->source_version = p->version;
  if (!p->paths)
    p->paths = cr_strv_empty;
  if (!p->status)
    p->status = "installed";
  p->layer = -1;
  p->steward.proof = CR_PROOF_UNKNOWN;
  p->support = CR_PACKAGE_SUPPORT_UNKNOWN;
  p->reach = (CrReachOf){CR_REACH_UNKNOWN, cr_strv_empty};
  g_ptr_array_add(work->packages, copy);
  return TRUE;
}

void cr_database_foreach_file(CrDatabaseWork *work, const CrDatabasePackage *only, CrDatabaseFileVisit visit,
                              gpointer data)
{
  if (work->database->foreach_file) {
    work->database->foreach_file(work, only, visit, data);
    return;
  }
  for (guint i = 0; i < work->packages->len; i++)
    if (!only || only == work->packages->pdata[i])
      work->database->list_files(work->packages->pdata[i], visit, data);
}

const guint8 *cr_database_keep(CrDatabaseWork *work, GBytes *bytes, gsize *size)
{
  *size = 0;
  if (!bytes)
    return NULL;
  g_ptr_array_add(work->kept, bytes);
  return g_bytes_get_data(bytes, size);
}

const char *cr_database_text(CrDatabaseWork *work, const char *bytes, gsize length)
{
  length = length ? strnlen(bytes, length) : 0;
  return length ? cr_arena_strndup(work->arena, bytes, length) : NULL;
}

CrStrv cr_database_paths(CrDatabaseWork *work, const char *path)
{
  const char **paths = cr_arena_alloc(work->arena, 2 * sizeof *paths);
  paths[0] = path;
  return paths;
}

gboolean cr_database_collect_whole(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  (void)entry;
  (void)error;
  cr_sink_write_file(sink, file);
  return TRUE;
}

/* ---- reading ---- */

static void work_free(gpointer data)
{
  CrDatabaseWork *work = data;
  g_ptr_array_unref(work->packages);
  g_ptr_array_unref(work->kept);
  g_free(work);
}

/* TRUE: the database was there and could not be read. */
static gboolean read_database(CrInventory *inventory, const CrDatabase *database)
{
  CrDatabaseWork *work = g_new0(CrDatabaseWork, 1);
  *work = (CrDatabaseWork){.database = database,
                           .tree = inventory->tree,
                           .arena = inventory->arena,
                           .problems = inventory->problems,
                           .packages = g_ptr_array_new(),
                           .kept = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref)};
  CrDatabaseState state = database->read(work);
  if (state != CR_DATABASE_READ) {
    work_free(work);
    return state == CR_DATABASE_BROKEN;
  }
  cr_layers_attribute(work);
  inventory->has_database = TRUE;
  g_ptr_array_add(inventory->works, work);
  return FALSE;
}

static int compare_text(const char *a, const char *b)
{
  return strcmp(a ? a : "", b ? b : "");
}

static int compare_packages(gconstpointer a, gconstpointer b)
{
  const CrPackage *x = *(const CrPackage *const *)a, *y = *(const CrPackage *const *)b;
  int order = strcmp(x->type, y->type);
  order = order ? order : strcmp(x->name, y->name);
  order = order ? order : compare_text(x->arch, y->arch);
  return order ? order : strcmp(x->version, y->version);
}

/* Of languages there may be many copies of one version. */
static int compare_copies(gconstpointer a, gconstpointer b)
{
  const CrPackage *x = *(const CrPackage *const *)a, *y = *(const CrPackage *const *)b;
  int order = compare_packages(a, b);
  order = order ? order : compare_text(x->paths[0], y->paths[0]);
  return order || !x->paths[0] || !y->paths[0] ? order : compare_text(x->paths[1], y->paths[1]);
}

/* Of the databases, each once: a package that two record (status and status.d, dpkg and chisel) is one. */
static void join_recorded(CrInventory *inventory)
{
  GPtrArray *recorded = inventory->recorded;
  for (guint i = 0; i < inventory->works->len; i++) {
    const CrDatabaseWork *work = inventory->works->pdata[i];
    for (guint k = 0; k < work->packages->len; k++)
      g_ptr_array_add(recorded, work->packages->pdata[k]);
  }
  g_ptr_array_sort(recorded, compare_packages); /* stable */
  guint count = 0;
  for (guint i = 0; i < recorded->len; i++) {
    CrDatabasePackage *package = recorded->pdata[i];
    if (count && !compare_packages(&recorded->pdata[count - 1], &recorded->pdata[i])) {
      package->number = count - 1; /* what it lists belongs to the one that stays */
      continue;
    }
    package->number = count;
    recorded->pdata[count++] = package;
  }
  g_ptr_array_set_size(recorded, (int)count);
}

static void join_packages(CrInventory *inventory)
{
  GPtrArray *packages = inventory->packages;
  g_ptr_array_extend(packages, inventory->recorded, NULL, NULL);
  g_ptr_array_extend(packages, inventory->found, NULL, NULL);
  g_ptr_array_sort(packages, compare_copies);
  for (guint i = 0; i < packages->len; i++)
    ((CrPackage *)packages->pdata[i])->index = i;
  for (guint i = 0; i < inventory->works->len; i++) { /* those recorded twice as well */
    const CrDatabaseWork *work = inventory->works->pdata[i];
    for (guint k = 0; k < work->packages->len; k++) {
      CrDatabasePackage *entry = work->packages->pdata[k];
      entry->package.index = ((const CrPackage *)inventory->recorded->pdata[entry->number])->index;
    }
  }
}

/* ---- names ---- */

static void name_recorded(CrInventory *inventory)
{
  const CrOs *os = &inventory->os;
  const char *release = os->version ? os->version : os->codename;
  const char *distro = os->id && release ? cr_arena_printf(inventory->arena, "%s-%s", os->id, release) : os->id;
  for (guint i = 0; i < inventory->recorded->len; i++) {
    CrDatabasePackage *entry = inventory->recorded->pdata[i];
    CrPackage *package = &entry->package;
    const char *namespace = os->id ? os->id : entry->database->family;
    const char *version = package->version, *epoch = NULL;
    if (!strcmp(package->type, "rpm")) { /* the epoch is a qualifier of its own there */
      const char *colon = strchr(version, ':');
      if (colon) {
        epoch = strncmp(version, "0:", 2) != 0 ? cr_arena_strndup(inventory->arena, version, (gsize)(colon - version))
                                               : NULL;
        version = colon + 1;
      }
      namespace = os->id;
    }
    package->purl = cr_purl_format(inventory->arena, package->type, namespace, package->name, version, "arch",
                                   package->arch, "distro", distro, "epoch", epoch, NULL);
  }
}

static CrInventory *inventory_new(CrTree *tree, const CrImage *image, CrProblems *problems)
{
  CrInventory *inventory = g_new0(CrInventory, 1);
  g_mutex_init(&inventory->lock);
  inventory->tree = tree;
  inventory->image = image;
  inventory->problems = problems;
  inventory->arena = cr_arena_new();
  inventory->works = g_ptr_array_new_with_free_func(work_free);
  inventory->recorded = g_ptr_array_new();
  inventory->found = g_ptr_array_new();
  inventory->claims = g_array_new(FALSE, FALSE, sizeof(CrClaim));
  inventory->packages = g_ptr_array_new();
  return inventory;
}

CrInventory *cr_inventory_read(CrTree *tree, const CrImage *image, CrProblems *problems)
{
  CrInventory *inventory = inventory_new(tree, image, problems);
  gboolean broken = FALSE;
  for (guint i = 0; databases[i]; i++)
    broken |= read_database(inventory, databases[i]);
  join_recorded(inventory);
  cr_os_read(&inventory->os, tree, inventory->arena, inventory->recorded, problems);
  name_recorded(inventory);
  cr_languages_read(inventory);
  join_packages(inventory);
  if (!inventory->has_database || (broken && !inventory->recorded->len))
    cr_absent_report(tree, image, &inventory->os, databases, broken, problems);
  return inventory;
}

CrInventory *cr_inventory_read_sbom(CrTree *tree, const CrImage *image, GBytes *document, CrProblems *problems,
                                    GError **error)
{
  g_autoptr(CrInventory) inventory = inventory_new(tree, image, problems);
  if (!cr_sbom_read(inventory, document, error))
    return NULL;
  join_packages(inventory);
  return g_steal_pointer(&inventory);
}

void cr_inventory_free(CrInventory *inventory)
{
  if (!inventory)
    return;
  cr_owners_free(inventory->owners);
  cr_owners_free(inventory->claimed);
  g_clear_pointer(&inventory->programs, g_hash_table_unref);
  g_clear_pointer(&inventory->asked_facts, g_bytes_unref);
  g_free(inventory->asked);
  g_ptr_array_unref(inventory->packages);
  g_ptr_array_unref(inventory->recorded);
  g_ptr_array_unref(inventory->found);
  g_array_unref(inventory->claims);
  g_ptr_array_unref(inventory->works);
  cr_arena_free(inventory->arena);
  g_mutex_clear(&inventory->lock);
  g_free(inventory);
}

CrOs *cr_inventory_get_os(CrInventory *inventory)
{
  return &inventory->os;
}

GPtrArray *cr_inventory_get_packages(CrInventory *inventory)
{
  return inventory->packages;
}

CrArena *cr_inventory_get_arena(CrInventory *inventory)
{
  return inventory->arena;
}

gboolean cr_inventory_has_database(const CrInventory *inventory)
{
  return inventory->has_database;
}

/* ---- files ---- */

const CrPackage *cr_inventory_find_recorded(CrInventory *inventory, const char *path)
{
  CrOwners *owners = g_atomic_pointer_get(&inventory->owners);
  if (!owners) {
    g_mutex_lock(&inventory->lock);
    owners = inventory->owners;
    if (!owners) {
      owners = cr_owners_new(inventory->works, inventory->tree, inventory->arena, inventory->problems);
      g_atomic_pointer_set(&inventory->owners, owners);
    }
    g_mutex_unlock(&inventory->lock);
  }
  int number = cr_owners_find(owners, path);
  return number < 0 ? NULL : inventory->recorded->pdata[number];
}

static const CrPackage *find_claimed(CrInventory *inventory, const char *path)
{
  CrOwners *claimed = g_atomic_pointer_get(&inventory->claimed);
  if (!claimed) {
    g_mutex_lock(&inventory->lock);
    claimed = inventory->claimed;
    if (!claimed) {
      claimed = cr_owners_new_claims(inventory->claims, inventory->arena, inventory->problems);
      g_atomic_pointer_set(&inventory->claimed, claimed);
    }
    g_mutex_unlock(&inventory->lock);
  }
  int index = cr_owners_find_claim(claimed, path);
  return index < 0 ? NULL : inventory->packages->pdata[index];
}

const CrPackage *cr_inventory_find_owner(CrInventory *inventory, const char *path)
{
  const CrPackage *owner = cr_inventory_find_recorded(inventory, path);
  return owner || !inventory->claims->len ? owner : find_claimed(inventory, path);
}

typedef struct {
  CrInventory *inventory;
  const CrPackage *package;
  CrArena *arena;
  GPtrArray *paths;
} Files;

static void take_file(const CrDatabasePackage *package, const char *path, gsize length, gboolean stable, gpointer data)
{
  (void)package;
  (void)stable;
  Files *files = data;
  g_ptr_array_add(files->paths, (gpointer)cr_arena_strndup(files->arena, path, length));
}

static void list_recorded(CrInventory *inventory, Files *files)
{
  g_mutex_lock(&inventory->lock);
  for (guint i = 0; i < inventory->works->len; i++) {
    CrDatabaseWork *work = inventory->works->pdata[i];
    for (guint k = 0; k < work->packages->len; k++) {
      const CrDatabasePackage *entry = work->packages->pdata[k];
      if (inventory->recorded->pdata[entry->number] == files->package)
        cr_database_foreach_file(work, entry, take_file, files);
    }
  }
  g_mutex_unlock(&inventory->lock);
}

static gboolean take_claimed(const CrNode *node, gpointer data)
{
  Files *files = data;
  if (node->type != CR_ENTRY_DIR && cr_inventory_find_owner(files->inventory, node->path) == files->package)
    g_ptr_array_add(files->paths, (gpointer)node->path);
  return TRUE;
}

/* What it claims and what of it is there. */
static void list_claimed(CrInventory *inventory, Files *files)
{
  for (guint i = 0; i < inventory->claims->len; i++) {
    const CrClaim *claim = &g_array_index(inventory->claims, CrClaim, i);
    CrNode node;
    gsize length = strlen(claim->path);
    if (claim->package != files->package)
      continue;
    g_autofree char *path = g_strndup(claim->path, claim->path[length - 1] == '/' ? length - 1 : length);
    if (cr_tree_find_nofollow(inventory->tree, path, &node) != CR_TREE_FOUND)
      continue;
    if (node.type == CR_ENTRY_DIR)
      cr_tree_foreach(inventory->tree, node.path, take_claimed, files);
    else
      take_claimed(&node, files);
  }
}

static gboolean is_recorded(const CrInventory *inventory, const CrPackage *package)
{
  return g_ptr_array_find(inventory->recorded, package, NULL);
}

CrStrv cr_inventory_get_files(CrInventory *inventory, const CrPackage *package)
{
  g_autoptr(GPtrArray) paths = g_ptr_array_new();
  Files files = {inventory, package, inventory->arena, paths};
  gboolean recorded = is_recorded(inventory, package);
  (recorded ? list_recorded : list_claimed)(inventory, &files);
  if (!recorded)
    g_ptr_array_sort(paths, cr_compare_texts);
  g_mutex_lock(&inventory->lock);
  const char **out = cr_arena_alloc(inventory->arena, (paths->len + 1) * sizeof *out);
  g_mutex_unlock(&inventory->lock);
  guint count = 0;
  for (guint i = 0; i < paths->len; i++)
    if (recorded || !count || strcmp(out[count - 1], paths->pdata[i]) != 0) /* claims may lie in each other */
      out[count++] = paths->pdata[i];
  return out;
}
