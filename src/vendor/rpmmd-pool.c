/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/rpmmd.h"

#include <string.h>

#include <solv/poolarch.h>

#include "base/limits.h"
#include "model/version.h"
#include "vendor/list-format.h"

/* ---- names that are still to be looked up ---- */

/* By what: a package's own name, and the kinds of CrListMention. */
#define BY_NAME 'n'

static void want(CrRpmWorld *world, char kind, const char *name, gsize length)
{
  char *key = g_strdup_printf("%c%.*s", kind, (int)length, name);
  if (g_hash_table_contains(world->names, key)) {
    g_free(key);
    return;
  }
  g_hash_table_add(world->names, key);
  g_ptr_array_add(world->wanted, key);
}

/* Whoever has the name, offers it, or would take its place. */
static void want_name(CrRpmWorld *world, const char *name, gsize length)
{
  want(world, BY_NAME, name, length);
  want(world, CR_LIST_MENTION_OBSOLETES, name, length);
}

static gboolean want_provider(const char *name, gsize length, gpointer data)
{
  CrRpmWorld *world = data;
  if (*name == '/') {
    g_autofree char *path = g_strndup(name, length);
    Id id = pool_str2id(world->pool, path, 1);
    g_hash_table_insert(world->paths, g_steal_pointer(&path), GINT_TO_POINTER(id));
  }
  want(world, BY_NAME, name, length);
  want(world, CR_LIST_MENTION_PROVIDES, name, length);
  return TRUE;
}

static gboolean want_supplement(const char *name, gsize length, gpointer data)
{
  want(data, CR_LIST_MENTION_SUPPLEMENTS, name, length);
  return TRUE;
}

/* ---- solvables ---- */

static Solvable *add_solvable(CrRpmWorld *world, Repo *repo, const CrRpmSolvable *what, const char *const identity[4])
{
  Id id = repo_add_solvable(repo);
  Solvable *solvable = pool_id2solvable(world->pool, id);
  solvable->name = pool_str2id(world->pool, identity[0], 1);
  solvable->evr = pool_str2id(world->pool, identity[1], 1);
  solvable->arch = pool_str2id(world->pool, identity[2], 1);
  solvable->vendor = identity[3] ? pool_str2id(world->pool, identity[3], 1) : 0;
  Id itself = pool_rel2id(world->pool, solvable->name, solvable->evr, REL_EQ, 1);
  solvable->provides = repo_addid_dep(repo, solvable->provides, itself, 0);
  g_array_set_size(world->solvables, (guint)id + 1);
  g_array_index(world->solvables, CrRpmSolvable, (guint)id) = *what;
  return solvable;
}

static Offset *get_list(Solvable *solvable, CrExactRelation kind)
{
  switch (kind) {
  case CR_EXACT_REQUIRES:
    return &solvable->requires
    ;
  case CR_EXACT_CONFLICTS:
    return &solvable->conflicts;
  case CR_EXACT_OBSOLETES:
    return &solvable->obsoletes;
  case CR_EXACT_RECOMMENDS:
    return &solvable->recommends;
  case CR_EXACT_SUGGESTS:
    return &solvable->suggests;
  case CR_EXACT_SUPPLEMENTS:
    return &solvable->supplements;
  case CR_EXACT_ENHANCES:
    return &solvable->enhances;
  case CR_EXACT_PROVIDES:
  default:
    return &solvable->provides;
  }
}

static void add_relation(CrRpmWorld *world, Solvable *solvable, CrExactRelation kind, const char *text, gsize length)
{
  Id id = cr_rpmmd_parse_relation(world->pool, text, length);
  Offset *list = get_list(solvable, kind);
  if (id)
    *list = repo_addid_dep(solvable->repo, *list, id, 0);
}

/* What is in KIND is looked up where it decides what else comes in. */
static void want_relations(CrRpmWorld *world, CrExactRelation kind, const char *field, gsize length)
{
  if (kind == CR_EXACT_REQUIRES || kind == CR_EXACT_RECOMMENDS)
    cr_list_foreach_mention(field, length, want_provider, world);
}

static void add_relations(CrRpmWorld *world, Solvable *solvable, CrExactRelation kind, const char *field)
{
  const char *end = field ? field + strlen(field) : NULL;
  for (const char *at = field; at && at < end;) {
    const char *stop = memchr(at, '\t', (gsize)(end - at));
    stop = stop ? stop : end;
    add_relation(world, solvable, kind, at, (gsize)(stop - at));
    at = stop + 1;
  }
  if (field)
    want_relations(world, kind, field, strlen(field));
}

/* ---- records of lists ---- */

Id cr_rpmmd_world_find(const CrRpmWorld *world, const CrArchiveData *data, guint32 record)
{
  for (guint i = 0; i < world->order->len; i++)
    if (world->order->pdata[i] == data)
      return GPOINTER_TO_INT(g_hash_table_lookup(world->records->pdata[i], GUINT_TO_POINTER(record)));
  return 0;
}

/* Only what is newer: dnf goes back to an older version only when it is told to. */
static gboolean is_older(const CrRpmWorld *world, const CrListPackage *record)
{
  Id name = pool_str2id(world->pool, record->name, 0);
  for (Id id = world->installed->start; name && id < world->installed->end; id++) {
    const Solvable *solvable = pool_id2solvable(world->pool, id);
    const CrPackage *package = cr_rpmmd_world_get(world, id)->package;
    if (solvable->repo == world->installed && solvable->name == name && cr_rpmmd_fits_arch(package, record) &&
        cr_version_compare_rpm(record->version, package->version) <= 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean has_installed(const CrRpmWorld *world, const char *name)
{
  Id id = pool_str2id(world->pool, name, 0);
  for (Id p = world->installed->start; id && p < world->installed->end; p++)
    if (pool_id2solvable(world->pool, p)->repo == world->installed && pool_id2solvable(world->pool, p)->name == id)
      return TRUE;
  return FALSE;
}

/* Of what is installed only the archives of the best priority that have it count. */
static gboolean is_outranked(const CrRpmWorld *world, const CrArchiveData *data, const char *name)
{
  gboolean installed = has_installed(world, name);
  for (guint a = 0; installed && a < world->order->len; a++) {
    const CrArchiveData *other = world->order->pdata[a];
    guint32 first = 0;
    if (other->priority < data->priority && cr_list_find(other->lists[0].list, name, &first))
      return TRUE;
  }
  return FALSE;
}

static gboolean is_out(const CrRpmWorld *world, const CrArchiveData *data, const CrListPackage *record)
{
  Id arch = pool_str2id(world->pool, record->arch, 0);
  return !arch || !pool_arch2score(world->pool, arch) || is_older(world, record) ||
         is_outranked(world, data, record->name) || cr_rpmmd_is_excluded(data, record) ||
         !cr_rpmmd_modules_shows(world->modules, data, record);
}

static void add_record(CrRpmWorld *world, guint archive, guint32 id)
{
  const CrArchiveData *data = world->order->pdata[archive];
  GHashTable *records = world->records->pdata[archive];
  if (world->full || g_hash_table_contains(records, GUINT_TO_POINTER(id)))
    return;
  CrListPackage record;
  cr_list_get(data->lists[0].list, id, &record);
  if (!*record.name || is_out(world, data, &record)) {
    g_hash_table_insert(records, GUINT_TO_POINTER(id), NULL);
    return;
  }
  const char *const identity[] = {record.name, record.version, record.arch, record.origin};
  const CrRpmSolvable what = {.data = data, .record = id};
  Solvable *solvable = add_solvable(world, world->repos->pdata[archive], &what, identity);
  g_hash_table_insert(records, GUINT_TO_POINTER(id), GINT_TO_POINTER(pool_solvable2id(world->pool, solvable)));
  world->full = world->solvables->len > CR_LIMIT_RPM_SOLVABLES;
  const struct {
    CrExactRelation kind;
    const char *field;
  } rows[] = {{CR_EXACT_PROVIDES, record.capabilities},   {CR_EXACT_REQUIRES, record.depends},
              {CR_EXACT_CONFLICTS, record.conflicts},     {CR_EXACT_OBSOLETES, record.replaces},
              {CR_EXACT_RECOMMENDS, record.recommends},   {CR_EXACT_SUGGESTS, record.suggests},
              {CR_EXACT_SUPPLEMENTS, record.supplements}, {CR_EXACT_ENHANCES, record.enhances}};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    add_relations(world, solvable, rows[i].kind, rows[i].field);
  want(world, CR_LIST_MENTION_OBSOLETES, record.name, strlen(record.name));
  if (record.capabilities)
    cr_list_foreach_mention(record.capabilities, strlen(record.capabilities), want_supplement, world);
}

static void look_up(CrRpmWorld *world, char kind, const char *name)
{
  for (guint a = 0; a < world->order->len; a++) {
    const CrList *list = ((const CrArchiveData *)world->order->pdata[a])->lists[0].list;
    guint32 first = 0;
    guint count = kind == BY_NAME ? cr_list_find(list, name, &first)
                                  : cr_list_find_mentions(list, (CrListMention)kind, name, &first);
    for (guint i = 0; i < count; i++)
      add_record(world, a, kind == BY_NAME ? first + i : cr_list_get_mention(list, first, i));
  }
}

/* ---- what is installed ---- */

static void take_relation(const CrPackage *package, CrExactRelation kind, const char *text, gpointer data)
{
  CrRpmWorld *world = data;
  Id id = GPOINTER_TO_INT(g_hash_table_lookup(world->packages, package));
  world->relation_bytes += strlen(text);
  world->full |= world->relation_bytes > CR_LIMIT_RPM_RELATION_BYTES;
  if (!id || world->full)
    return;
  add_relation(world, pool_id2solvable(world->pool, id), kind, text, strlen(text));
  if (kind == CR_EXACT_REQUIRES)
    want_relations(world, kind, text, strlen(text));
}

static void add_installed(CrRpmWorld *world)
{
  const GPtrArray *packages = cr_inventory_get_packages(world->inventory);
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *package = packages->pdata[i];
    world->full |= world->solvables->len > CR_LIMIT_RPM_SOLVABLES;
    if (strcmp(package->type, "rpm") != 0 || !package->arch || world->full)
      continue;
    const char *const identity[] = {package->name, package->version, package->arch, package->origin};
    const CrRpmSolvable what = {.package = package};
    Solvable *solvable = add_solvable(world, world->installed, &what, identity);
    g_hash_table_insert(world->packages, (gpointer)package, GINT_TO_POINTER(pool_solvable2id(world->pool, solvable)));
    want_name(world, package->name, strlen(package->name));
  }
  world->related = cr_inventory_foreach_exact_relation(world->inventory, take_relation, world);
}

/* ---- files that something needs ---- */

static void provide(CrRpmWorld *world, Id id, Id path)
{
  Solvable *solvable = pool_id2solvable(world->pool, id);
  solvable->provides = repo_addid_dep(solvable->repo, solvable->provides, path, 0);
}

/* "/bin/sh" and "/usr/bin/sh" are one where bin is a link, as everywhere today. */
static void provide_listed(CrRpmWorld *world, Id id, const char *file, gsize length, GHashTable *met)
{
  g_autofree char *path = g_strdup_printf("/usr%.*s", (int)length, file);
  const char *names[] = {path + 4, g_str_has_prefix(path + 4, "/usr/") ? path + 8 : path};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    gpointer found = g_hash_table_lookup(world->paths, names[i]);
    if (!found)
      continue;
    provide(world, id, GPOINTER_TO_INT(found));
    g_hash_table_add(met, found);
  }
}

static void provide_all_listed(CrRpmWorld *world, Id id, GHashTable *met)
{
  const CrRpmSolvable *row = cr_rpmmd_world_get(world, id);
  CrListPackage record;
  cr_list_get(row->data->lists[0].list, row->record, &record);
  for (const char *at = record.files; at && *at;) {
    gsize length = strcspn(at, "\t");
    provide_listed(world, id, at, length, met);
    at += length + (at[length] == '\t');
  }
}

/* The package that has PATH now; and the next versions of it, where primary.xml does not list such paths. */
static void provide_owned(CrRpmWorld *world, const char *path, Id path_id, GHashTable *met)
{
  const CrPackage *owner = cr_inventory_find_owner(world->inventory, path + 1);
  Id id = owner ? GPOINTER_TO_INT(g_hash_table_lookup(world->packages, owner)) : 0;
  if (!id)
    return;
  g_hash_table_add(met, GINT_TO_POINTER(path_id));
  Id name = pool_id2solvable(world->pool, id)->name;
  gboolean listed = cr_rpmmd_is_primary_path(path);
  for (Id p = 0; p < (Id)world->solvables->len; p++)
    if (p == id || (!listed && cr_rpmmd_world_get(world, p)->data && pool_id2solvable(world->pool, p)->name == name))
      provide(world, p, path_id);
}

static void add_paths(CrRpmWorld *world)
{
  g_autoptr(GHashTable) met = g_hash_table_new(NULL, NULL);
  for (guint i = 0; g_hash_table_size(world->paths) && i < world->solvables->len; i++)
    if (cr_rpmmd_world_get(world, (Id)i)->data)
      provide_all_listed(world, (Id)i, met);
  GHashTableIter iter;
  gpointer path = NULL;
  gpointer value = NULL;
  g_hash_table_iter_init(&iter, world->paths);
  while (g_hash_table_iter_next(&iter, &path, &value)) {
    provide_owned(world, path, GPOINTER_TO_INT(value), met);
    if (!g_hash_table_contains(met, value) && !cr_rpmmd_is_primary_path(path))
      g_ptr_array_add(world->unlisted, g_strdup(path));
  }
}

/* ---- the world ---- */

const CrRpmSolvable *cr_rpmmd_world_get(const CrRpmWorld *world, Id id)
{
  return &g_array_index(world->solvables, CrRpmSolvable, (guint)id);
}

CrRpmWorld *cr_rpmmd_world_new(const CrArchives *archives, CrInventory *inventory, CrRpmModules *modules)
{
  CrRpmWorld *world = g_new0(CrRpmWorld, 1);
  world->archives = archives;
  world->inventory = inventory;
  world->modules = modules;
  world->pool = pool_create();
  pool_setdisttype(world->pool, DISTTYPE_RPM);
  pool_set_flag(world->pool, POOL_FLAG_IMPLICITOBSOLETEUSESCOLORS, 1); /* both architectures of a library stay */
  pool_setarch(world->pool, archives->native);
  world->order = cr_rpmmd_list_archives(archives);
  world->repos = g_ptr_array_new();
  world->solvables = g_array_new(FALSE, TRUE, sizeof(CrRpmSolvable));
  world->records = g_ptr_array_new_with_free_func((GDestroyNotify)g_hash_table_unref);
  world->packages = g_hash_table_new(NULL, NULL);
  world->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  world->wanted = g_ptr_array_new();
  world->paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  world->unlisted = g_ptr_array_new_with_free_func(g_free);
  world->installed = repo_create(world->pool, "@System");
  pool_set_installed(world->pool, world->installed);
  for (guint i = 0; i < world->order->len; i++) {
    const CrArchiveData *data = world->order->pdata[i];
    Repo *repo = repo_create(world->pool, data->archive.name);
    repo->priority = -(int)MIN(data->priority, 100000U); /* libsolv's higher goes before */
    g_ptr_array_add(world->repos, repo);
    g_ptr_array_add(world->records, g_hash_table_new(NULL, NULL));
  }
  add_installed(world);
  while (world->wanted->len && !world->full && world->related) {
    const char *key = g_ptr_array_steal_index_fast(world->wanted, world->wanted->len - 1);
    look_up(world, *key, key + 1);
  }
  add_paths(world);
  pool_createwhatprovides(world->pool);
  return world;
}

void cr_rpmmd_world_free(CrRpmWorld *world)
{
  if (!world)
    return;
  pool_free(world->pool);
  g_ptr_array_unref(world->order);
  g_ptr_array_unref(world->repos);
  g_array_unref(world->solvables);
  g_ptr_array_unref(world->records);
  g_hash_table_unref(world->packages);
  g_ptr_array_unref(world->wanted);
  g_hash_table_unref(world->names);
  g_hash_table_unref(world->paths);
  g_ptr_array_unref(world->unlisted);
  g_free(world);
}
