/* SPDX-License-Identifier: Apache-2.0 */
/* What `apk upgrade` would make of a system: apk-tools 2's solver.c, as far as it decides about upgrades. Every package
 * starts at its best choice; a dependency that then nothing satisfies brings a new package, or lowers whichever side
 * moved, until nothing changes. Choices only ever go down (but once up for a package that nobody asked for), so it
 * ends.
 */
#include "vendor/apk-solve.h"

#include <string.h>

#include "model/version.h"

#define MOVES 20000U

/* ---- moves ---- */

static gboolean lower(CrApkPackage *package, const char *why)
{
  guint last = package->package ? package->choices->len - 1 : package->choices->len;
  if (package->chosen >= last)
    return FALSE;
  package->chosen++;
  package->kept_back = why;
  return TRUE;
}

/* The installed packages whose installed version satisfies WANTED and that moved away from it go back. */
static gboolean bring_back(CrApkWorld *world, const CrApkWord *wanted, const char *by)
{
  const GPtrArray *list = g_hash_table_lookup(world->offers, wanted->name);
  gboolean moved = FALSE;
  for (guint i = 0; list && i < list->len; i++) {
    CrApkPackage *package = list->pdata[i];
    CrApkVersion *installed = package->package ? package->choices->pdata[package->choices->len - 1] : NULL;
    if (cr_apk_version_satisfies(installed, wanted, world->arena))
      moved |= lower(package, cr_arena_printf(world->arena, "%s needs %s%s%s", by, wanted->name, wanted->op,
                                              wanted->version ? wanted->version : ""));
  }
  return moved;
}

/* ---- moves up: only where not all packages were asked for, and each package once ---- */

/* Make PACKAGE, which stands at its installed version, one that WANTED accepts (a conflict: does not). */
static gboolean lift(CrApkWorld *world, CrApkPackage *package, const CrApkWord *wanted)
{
  const CrApkVersion *chosen = cr_apk_get_chosen(package);
  if (!world->wanted || package->lifted || !chosen || !chosen->installed)
    return FALSE;
  for (guint i = 0; i + 1 < package->choices->len; i++) {
    if (wanted && cr_apk_version_satisfies(package->choices->pdata[i], wanted, world->arena) == wanted->conflict)
      continue;
    package->chosen = i;
    package->kept_back = NULL;
    return package->lifted = TRUE;
  }
  return FALSE;
}

static gboolean lift_any(CrApkWorld *world, const CrApkWord *wanted)
{
  const GPtrArray *list = g_hash_table_lookup(world->offers, wanted->name);
  for (guint i = 0; list && i < list->len; i++)
    if (lift(world, list->pdata[i], wanted))
      return TRUE;
  return FALSE;
}

/* apk: the highest priority that the index names ("k:"), then the highest version. */
static gboolean is_better(const CrListPackage *a, const CrListPackage *b)
{
  gint64 one = a->priority ? g_ascii_strtoll(a->priority, NULL, 10) : 0;
  gint64 two = b->priority ? g_ascii_strtoll(b->priority, NULL, 10) : 0;
  return one != two ? one > two : cr_version_compare_apk(a->version, b->version) > 0;
}

/* A package that is not there yet and satisfies WANTED. */
static gboolean bring_new(CrApkWorld *world, const CrApkWord *wanted, CrApkPackage *by)
{
  CrListPackage best = {.name = NULL};
  for (guint a = 0; a < world->archives->archives->len; a++) {
    const CrArchiveData *data = world->archives->archives->pdata[a];
    if (!data->list_count || data->tag)
      continue;
    const CrList *list = data->lists[0].list;
    guint32 named = 0, provider = 0;
    guint count = cr_list_find(list, wanted->name, &named);
    guint total = count + cr_list_find_providers(list, wanted->name, &provider);
    for (guint i = 0; i < total; i++) {
      CrListPackage record;
      if (i < count)
        cr_list_get_named(list, named, i, &record);
      else
        cr_list_get_provider(list, provider, i - count, &record);
      CrApkVersion version = {.name = record.name, .version = record.version, .offers = record.offers};
      if (!g_hash_table_contains(world->packages, record.name) &&
          cr_apk_version_satisfies(&version, wanted, world->arena) && (!best.name || is_better(&record, &best)))
        best = record;
    }
  }
  if (!best.name)
    return FALSE;
  CrApkPackage *package = cr_apk_add_package(world, best.name, NULL);
  package->wanted_by = by->name;
  package->cause = by->package ? by->package : by->cause;
  cr_apk_note_offers(world, package);
  return package->choices->len > 0;
}

/* One dependency of PACKAGE's chosen version; TRUE: something moved. */
static gboolean mend(CrApkWorld *world, CrApkPackage *package, const CrApkWord *wanted, const char *text)
{
  if (wanted->conflict) {
    CrApkPackage *other = cr_apk_find_satisfier(world, wanted, package);
    return other && (lift(world, other, wanted) ||
                     lower(other, cr_arena_printf(world->arena, "%s conflicts with it", package->name)) ||
                     lower(package, cr_arena_printf(world->arena, "it conflicts with %s", other->name)));
  }
  if (cr_apk_find_satisfier(world, wanted, NULL))
    return FALSE;
  if (lift_any(world, wanted) || bring_new(world, wanted, package) || lift(world, package, NULL))
    return TRUE;
  gboolean moved_itself = package->chosen + 1 < package->choices->len || !package->package;
  if (moved_itself && lower(package, cr_arena_printf(world->arena, "it needs %s, which is not to be had", text)))
    return TRUE;
  return bring_back(world, wanted, package->name);
}

static gboolean mend_package(CrApkWorld *world, CrApkPackage *package)
{
  const CrApkVersion *chosen = cr_apk_get_chosen(package);
  const char *text = chosen ? chosen->depends : NULL;
  const char *word = NULL;
  gsize size = 0;
  while (cr_apk_next_word(&text, &word, &size)) {
    CrApkWord wanted = cr_apk_word_parse(word, size, world->arena);
    if (mend(world, package, &wanted, cr_arena_strndup(world->arena, word, size)))
      return TRUE;
  }
  return FALSE;
}

/* ---- one holder of a name ---- */

/* The version with which VERSION holds NAME: its own, or one that it offers; NULL: it does not. */
static const char *find_held(const CrApkVersion *version, const char *name, CrArena *arena)
{
  if (!version)
    return NULL;
  if (!strcmp(version->name, name))
    return version->version;
  const char *text = version->offers;
  const char *word = NULL;
  gsize size = 0;
  while (cr_apk_next_word(&text, &word, &size)) {
    CrApkWord offer = cr_apk_word_parse(word, size, arena);
    if (!strcmp(offer.name, name))
      return offer.version;
  }
  return NULL;
}

/* A name offered with a version is as good as a package's own, and only one package in a system may hold it
 * (apk-tools, doc/apk-package.5 "provides"): the higher version wins. */
static gboolean settle_offer(CrApkWorld *world, CrApkPackage *package, const CrApkWord *offer)
{
  const GPtrArray *list = offer->version ? g_hash_table_lookup(world->offers, offer->name) : NULL;
  for (guint i = 0; list && i < list->len; i++) {
    CrApkPackage *other = list->pdata[i];
    const char *held = other != package ? find_held(cr_apk_get_chosen(other), offer->name, world->arena) : NULL;
    int order = held ? cr_version_compare_apk(offer->version, held) : 0;
    if (order < 0)
      return lower(package, cr_arena_printf(world->arena, "%s has a higher %s", other->name, offer->name));
    if (order > 0) {
      other->chosen = other->choices->len;
      return TRUE;
    }
  }
  return FALSE;
}

/* Does world, or what a package needs, ask for NAME itself? */
static gboolean is_asked_for(const CrApkWorld *world, const char *name)
{
  CrApkWord wish;
  if (cr_apk_find_wish(world, name, &wish))
    return TRUE;
  gsize length = strlen(name);
  for (guint i = 0; i < world->order->len; i++) {
    const CrApkVersion *chosen = cr_apk_get_chosen(world->order->pdata[i]);
    const char *text = chosen ? chosen->depends : NULL;
    const char *word = NULL;
    gsize size = 0;
    while (cr_apk_next_word(&text, &word, &size))
      if (size >= length && !strncmp(word, name, length) && (size == length || strchr("<>=~", word[length])))
        return TRUE;
  }
  return FALSE;
}

/* The installed package has no newer version, and another package that is not there offers its name with one. */
static gboolean move_on(CrApkWorld *world, CrApkPackage *package)
{
  const CrApkVersion *chosen = cr_apk_get_chosen(package);
  if (!chosen || !chosen->installed || package->beyond || package->choices->len > 1 || package->moved)
    return FALSE;
  package->moved = TRUE;
  CrApkWord wanted = {.name = package->name, .version = chosen->version, .op = ">"};
  return is_asked_for(world, package->name) && bring_new(world, &wanted, package);
}

static gboolean settle(CrApkWorld *world, CrApkPackage *package)
{
  const CrApkVersion *chosen = cr_apk_get_chosen(package);
  const char *text = chosen ? chosen->offers : NULL;
  const char *word = NULL;
  gsize size = 0;
  while (cr_apk_next_word(&text, &word, &size)) {
    CrApkWord offer = cr_apk_word_parse(word, size, world->arena);
    if (settle_offer(world, package, &offer))
      return TRUE;
  }
  return move_on(world, package);
}

/* ---- what is still needed ---- */

static void mark(CrApkWorld *world, CrApkPackage *package, GPtrArray *queue)
{
  if (package->needed)
    return;
  package->needed = TRUE;
  g_ptr_array_add(queue, package);
}

static void mark_words(CrApkWorld *world, const char *text, GPtrArray *queue)
{
  const char *word = NULL;
  gsize size = 0;
  while (cr_apk_next_word(&text, &word, &size)) {
    CrApkWord wanted = cr_apk_word_parse(word, size, world->arena);
    CrApkPackage *found = wanted.conflict ? NULL : cr_apk_find_satisfier(world, &wanted, NULL);
    if (found)
      mark(world, found, queue);
  }
}

/* install_if: a package that stays because all of its words are there. */
static gboolean is_wanted_if(const CrApkWorld *world, const CrApkPackage *package)
{
  const CrApkVersion *chosen = cr_apk_get_chosen(package);
  const char *text = !chosen             ? NULL
                     : chosen->installed ? cr_apk_find_field(chosen->installed, "i", world->arena)
                                         : chosen->record.enhances;
  const char *word = NULL;
  gsize size = 0;
  gboolean any = FALSE;
  while (cr_apk_next_word(&text, &word, &size)) {
    CrApkWord wanted = cr_apk_word_parse(word, size, world->arena);
    const CrApkPackage *found = cr_apk_find_satisfier(world, &wanted, NULL);
    if (!found || !found->needed)
      return FALSE;
    any = TRUE;
  }
  return any;
}

static void mark_needed(CrApkWorld *world)
{
  g_autoptr(GPtrArray) queue = g_ptr_array_new();
  CrStrv words = world->archives->world;
  for (guint i = 0; i < world->order->len; i++)
    ((CrApkPackage *)world->order->pdata[i])->needed = !words;
  for (guint i = 0; words && words[i]; i++)
    mark_words(world, words[i], queue);
  for (guint done = 0; words;) {
    for (; done < queue->len; done++) {
      const CrApkVersion *chosen = cr_apk_get_chosen(queue->pdata[done]);
      mark_words(world, chosen ? chosen->depends : NULL, queue);
    }
    for (guint i = 0; i < world->order->len; i++) {
      CrApkPackage *package = world->order->pdata[i];
      if (!package->needed && is_wanted_if(world, package))
        mark(world, package, queue);
    }
    if (done == queue->len)
      return;
  }
}

/* ---- packages that come by themselves ---- */

static gboolean has_all(CrApkWorld *world, const char *text, CrApkPackage **cause)
{
  const char *word = NULL;
  gsize size = 0;
  gboolean any = FALSE;
  while (cr_apk_next_word(&text, &word, &size)) {
    CrApkWord wanted = cr_apk_word_parse(word, size, world->arena);
    CrApkPackage *found = cr_apk_find_satisfier(world, &wanted, NULL);
    if (wanted.conflict ? found != NULL : !found || !found->needed)
      return FALSE;
    if (found && found->package && cr_apk_get_chosen(found)->installed == NULL)
      *cause = found;
    any = TRUE;
  }
  return any;
}

/* install_if: apk adds a package when all of its words are there (apk-package(5)). */
static gboolean bring_by_itself(CrApkWorld *world)
{
  gboolean moved = FALSE;
  for (guint a = 0; a < world->archives->archives->len; a++) {
    const CrArchiveData *data = world->archives->archives->pdata[a];
    if (!data->list_count || data->tag)
      continue;
    guint32 first = 0;
    guint count = cr_list_find_providers(data->lists[0].list, CR_LIST_INSTALL_IF, &first);
    for (guint i = 0; i < count; i++) {
      CrListPackage record;
      CrApkPackage *cause = NULL;
      cr_list_get_provider(data->lists[0].list, first, i, &record);
      if (g_hash_table_contains(world->packages, record.name) || !has_all(world, record.enhances, &cause))
        continue;
      CrApkPackage *package = cr_apk_add_package(world, cr_arena_strdup(world->arena, record.name), NULL);
      package->cause = cause ? cause->package : NULL;
      cr_apk_note_offers(world, package);
      moved |= package->choices->len > 0;
    }
  }
  return moved;
}

/* ---- the whole ---- */

static int compare_names(gconstpointer a, gconstpointer b)
{
  return strcmp((*(CrApkPackage *const *)a)->name, (*(CrApkPackage *const *)b)->name);
}

/* Until nothing changes. Each move takes a choice away, raises a package for the first time or brings one: twice the
 * packages of a large image is beyond any real one. */
static void come_to_rest(CrApkWorld *world, guint *moves)
{
  for (gboolean moved = TRUE; moved && *moves < MOVES;) {
    moved = FALSE;
    for (guint i = 0; i < world->order->len; i++)
      while ((settle(world, world->order->pdata[i]) || mend_package(world, world->order->pdata[i])) && ++*moves < MOVES)
        moved = TRUE;
  }
  mark_needed(world);
}

static GHashTable *make_set(const GPtrArray *wanted)
{
  GHashTable *set = g_hash_table_new(NULL, NULL);
  for (guint i = 0; i < wanted->len; i++)
    g_hash_table_add(set, wanted->pdata[i]);
  return set;
}

CrApkWorld *cr_apk_world_solve(CrArchives *archives, const GPtrArray *packages, const GPtrArray *wanted, CrArena *arena)
{
  CrApkWorld *world = g_new0(CrApkWorld, 1);
  world->arena = arena;
  world->archives = archives;
  world->wanted = wanted ? make_set(wanted) : NULL;
  world->packages = g_hash_table_new(g_str_hash, g_str_equal);
  world->offers = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
  world->order = g_ptr_array_new();
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *package = packages->pdata[i];
    if (!strcmp(package->type, "apk") && !g_hash_table_contains(world->packages, package->name))
      cr_apk_add_package(world, package->name, package);
  }
  g_ptr_array_sort(world->order, compare_names);
  for (guint i = 0; i < world->order->len; i++)
    cr_apk_note_offers(world, world->order->pdata[i]);
  guint moves = 0;
  do
    come_to_rest(world, &moves);
  while (moves < MOVES && archives->world && bring_by_itself(world));
  world->unsolved = moves >= MOVES;
  return world;
}

void cr_apk_world_free(CrApkWorld *world)
{
  if (!world)
    return;
  for (guint i = 0; i < world->order->len; i++)
    g_ptr_array_unref(((CrApkPackage *)world->order->pdata[i])->choices);
  g_clear_pointer(&world->wanted, g_hash_table_unref);
  g_hash_table_unref(world->packages);
  g_hash_table_unref(world->offers);
  g_ptr_array_unref(world->order);
  g_free(world);
}
