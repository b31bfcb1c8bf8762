/* SPDX-License-Identifier: Apache-2.0 */
/* What `apk upgrade` would make of a system: apk-tools 2's solver.c, as far as it decides about upgrades. Every package
 * starts at its best choice; a dependency that then nothing satisfies brings a new package, or lowers whichever side
 * moved, until nothing changes. Choices only ever go down, so it ends. */
#include "vendor/apk.h"

#include <string.h>

#include "model/version.h"

/* ---- words ---- */

CrApkWord cr_apk_word_parse(const char *text, gsize size, CrArena *arena)
{
  CrApkWord word = {.conflict = size && text[0] == '!'};
  gsize at = word.conflict;
  gsize start = at;
  while (at < size && !strchr("<>=~@", text[at]))
    at++;
  word.name = cr_arena_strndup(arena, text + start, at - start);
  gsize op = 0;
  for (; at < size && text[at] != '@' && strchr("<>=~", text[at]); at++)
    if (op < sizeof word.op - 1)
      word.op[op++] = text[at];
  start = at;
  while (at < size && text[at] != '@')
    at++;
  word.version = at > start ? cr_arena_strndup(arena, text + start, at - start) : NULL;
  word.tag = at + 1 < size ? cr_arena_strndup(arena, text + at + 1, size - at - 1) : NULL;
  return word;
}

/* "1.2" of "1.2.5-r0", not of "1.20". */
static gboolean is_prefix(const char *prefix, const char *version)
{
  gsize length = strlen(prefix);
  return !strncmp(prefix, version, length) && !g_ascii_isdigit(version[length]);
}

gboolean cr_apk_word_accepts(const CrApkWord *word, const char *version)
{
  if (!word->version)
    return TRUE;
  if (!version)
    return FALSE;
  gboolean near = strchr(word->op, '~') && is_prefix(word->version, version);
  int order = cr_version_compare_apk(version, word->version);
  return near || (strchr(word->op, '=') && !strchr(word->op, '~') && !order) || (strchr(word->op, '<') && order < 0) ||
         (strchr(word->op, '>') && order > 0);
}

/* The next word of *TEXT, or FALSE. */
static gboolean next_word(const char **text, const char **word, gsize *size)
{
  if (!*text)
    return FALSE;
  *text += strspn(*text, " ");
  *size = strcspn(*text, " ");
  *word = *text;
  *text += *size;
  return *size > 0;
}

/* ---- versions ---- */

static const char *find_field(const CrPackage *package, const char *mark, CrArena *arena)
{
  const char *at = package->control;
  const char *end = at ? at + package->control_bytes : NULL;
  while (at && at < end) {
    const char *stop = memchr(at, '\n', (gsize)(end - at));
    stop = stop ? stop : end;
    if (stop - at > 2 && at[0] == mark[0] && at[1] == ':')
      return cr_arena_strndup(arena, at + 2, (gsize)(stop - at) - 2);
    if (stop - at > 2 && at[0] == 'F' && at[1] == ':')
      break; /* files from here on */
    at = stop + 1;
  }
  return NULL;
}

static CrApkVersion *version_of_record(CrApkWorld *world, const CrArchiveData *data, const CrListPackage *record)
{
  CrApkVersion *version = cr_arena_new0(world->arena, CrApkVersion);
  version->name = record->name;
  version->version = record->version;
  version->depends = record->depends;
  version->offers = record->offers;
  version->data = data;
  version->record = *record;
  return version;
}

static CrApkVersion *get_chosen(const CrApkPackage *package)
{
  return package->chosen < package->choices->len ? package->choices->pdata[package->chosen] : NULL;
}

/* The configured archive of two that have the same, then the first. */
static int compare_choices(gconstpointer a, gconstpointer b)
{
  const CrApkVersion *one = *(CrApkVersion *const *)a;
  const CrApkVersion *two = *(CrApkVersion *const *)b;
  int order = cr_version_compare_apk(two->version, one->version);
  if (order)
    return order;
  if (one->data->archive.configured != two->data->archive.configured)
    return one->data->archive.configured ? -1 : 1;
  return (one->data->order > two->data->order) - (one->data->order < two->data->order);
}

/* The word of world that names PACKAGE, or NULL. */
static const char *find_wish(const CrApkWorld *world, const char *name, CrApkWord *out)
{
  CrStrv words = world->archives->world;
  for (guint i = 0; words && words[i]; i++) {
    *out = cr_apk_word_parse(words[i], strlen(words[i]), world->arena);
    if (!strcmp(out->name, name))
      return words[i];
  }
  *out = (CrApkWord){.name = name};
  return NULL;
}

static void pass_over(CrApkWorld *world, CrApkPackage *package, const char *words, const CrArchiveData *data,
                      const CrListPackage *record)
{
  package->held = words;
  if (!package->beyond || cr_version_compare_apk(record->version, package->beyond->version) > 0)
    package->beyond = version_of_record(world, data, record);
}

/* Every record NAME that world allows, best first, into PACKAGE's choices. */
static void add_choices(CrApkWorld *world, CrApkPackage *package)
{
  CrApkWord wish;
  const char *words = find_wish(world, package->name, &wish);
  const char *installed = package->package ? package->package->version : NULL;
  for (guint a = 0; a < world->archives->archives->len; a++) {
    const CrArchiveData *data = world->archives->archives->pdata[a];
    guint32 first = 0;
    guint count = data->list_count ? cr_list_find(data->lists[0].list, package->name, &first) : 0;
    if (data->tag && g_strcmp0(data->tag, wish.tag) != 0)
      continue;
    for (guint i = 0; i < count; i++) {
      CrListPackage record;
      cr_list_get_named(data->lists[0].list, first, i, &record);
      if (installed && cr_version_compare_apk(record.version, installed) <= 0)
        continue;
      if (cr_apk_word_accepts(&wish, record.version) != wish.conflict)
        g_ptr_array_add(package->choices, version_of_record(world, data, &record));
      else
        pass_over(world, package, words, data, &record);
    }
  }
  g_ptr_array_sort(package->choices, compare_choices);
}

static CrApkPackage *add_package(CrApkWorld *world, const char *name, const CrPackage *installed)
{
  CrApkPackage *package = cr_arena_new0(world->arena, CrApkPackage);
  package->name = name;
  package->package = installed;
  package->choices = g_ptr_array_new();
  add_choices(world, package);
  if (installed) {
    CrApkVersion *version = cr_arena_new0(world->arena, CrApkVersion);
    version->name = installed->name;
    version->version = installed->version;
    version->depends = find_field(installed, "D", world->arena);
    version->offers = find_field(installed, "p", world->arena);
    version->installed = installed;
    g_ptr_array_add(package->choices, version);
  }
  g_hash_table_insert(world->packages, (gpointer)name, package);
  g_ptr_array_add(world->order, package);
  return package;
}

/* ---- who offers a name ---- */

static void note_offer(CrApkWorld *world, const char *name, CrApkPackage *package)
{
  GPtrArray *list = g_hash_table_lookup(world->offers, name);
  if (!list) {
    list = g_ptr_array_new();
    g_hash_table_insert(world->offers, (gpointer)name, list);
  }
  if (!g_ptr_array_find(list, package, NULL))
    g_ptr_array_add(list, package);
}

static void note_offers(CrApkWorld *world, CrApkPackage *package)
{
  note_offer(world, package->name, package);
  for (guint i = 0; i < package->choices->len; i++) {
    const char *text = ((CrApkVersion *)package->choices->pdata[i])->offers;
    const char *word = NULL;
    gsize size = 0;
    while (next_word(&text, &word, &size)) {
      CrApkWord offer = cr_apk_word_parse(word, size, world->arena);
      note_offer(world, offer.name, package);
    }
  }
}

static gboolean version_satisfies(const CrApkVersion *version, const CrApkWord *wanted, CrArena *arena)
{
  if (!version)
    return FALSE;
  if (!strcmp(version->name, wanted->name) && cr_apk_word_accepts(wanted, version->version))
    return TRUE;
  const char *text = version->offers;
  const char *word = NULL;
  gsize size = 0;
  gsize length = strlen(wanted->name);
  while (next_word(&text, &word, &size)) {
    if (size < length || strncmp(word, wanted->name, length) != 0 || (size > length && !strchr("<>=~", word[length])))
      continue;
    CrApkWord offer = cr_apk_word_parse(word, size, arena);
    if (cr_apk_word_accepts(wanted, offer.version))
      return TRUE;
  }
  return FALSE;
}

/* The package whose chosen version satisfies WANTED, or NULL; not EXCEPT. */
static CrApkPackage *find_satisfier(const CrApkWorld *world, const CrApkWord *wanted, const CrApkPackage *except)
{
  const GPtrArray *list = g_hash_table_lookup(world->offers, wanted->name);
  for (guint i = 0; list && i < list->len; i++) {
    CrApkPackage *package = list->pdata[i];
    if (package != except && version_satisfies(get_chosen(package), wanted, world->arena))
      return package;
  }
  return NULL;
}

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
    if (version_satisfies(installed, wanted, world->arena))
      moved |= lower(package, cr_arena_printf(world->arena, "%s needs %s%s%s", by, wanted->name, wanted->op,
                                              wanted->version ? wanted->version : ""));
  }
  return moved;
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
      if (!g_hash_table_contains(world->packages, record.name) && version_satisfies(&version, wanted, world->arena) &&
          (!best.name || is_better(&record, &best)))
        best = record;
    }
  }
  if (!best.name)
    return FALSE;
  CrApkPackage *package = add_package(world, best.name, NULL);
  package->wanted_by = by->name;
  package->cause = by->package ? by->package : by->cause;
  note_offers(world, package);
  return package->choices->len > 0;
}

/* One dependency of PACKAGE's chosen version; TRUE: something moved. */
static gboolean mend(CrApkWorld *world, CrApkPackage *package, const CrApkWord *wanted, const char *text)
{
  if (wanted->conflict) {
    CrApkPackage *other = find_satisfier(world, wanted, package);
    return other && (lower(other, cr_arena_printf(world->arena, "%s conflicts with it", package->name)) ||
                     lower(package, cr_arena_printf(world->arena, "it conflicts with %s", other->name)));
  }
  if (find_satisfier(world, wanted, NULL))
    return FALSE;
  if (bring_new(world, wanted, package))
    return TRUE;
  gboolean moved_itself = package->chosen + 1 < package->choices->len || !package->package;
  if (moved_itself && lower(package, cr_arena_printf(world->arena, "it needs %s, which is not to be had", text)))
    return TRUE;
  return bring_back(world, wanted, package->name);
}

static gboolean mend_package(CrApkWorld *world, CrApkPackage *package)
{
  const CrApkVersion *chosen = get_chosen(package);
  const char *text = chosen ? chosen->depends : NULL;
  const char *word = NULL;
  gsize size = 0;
  while (next_word(&text, &word, &size)) {
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
  while (next_word(&text, &word, &size)) {
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
    const char *held = other != package ? find_held(get_chosen(other), offer->name, world->arena) : NULL;
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
  if (find_wish(world, name, &wish))
    return TRUE;
  gsize length = strlen(name);
  for (guint i = 0; i < world->order->len; i++) {
    const CrApkVersion *chosen = get_chosen(world->order->pdata[i]);
    const char *text = chosen ? chosen->depends : NULL;
    const char *word = NULL;
    gsize size = 0;
    while (next_word(&text, &word, &size))
      if (size >= length && !strncmp(word, name, length) && (size == length || strchr("<>=~", word[length])))
        return TRUE;
  }
  return FALSE;
}

/* The installed package has no newer version, and another package that is not there offers its name with one. */
static gboolean move_on(CrApkWorld *world, CrApkPackage *package)
{
  const CrApkVersion *chosen = get_chosen(package);
  if (!chosen || !chosen->installed || package->beyond || package->choices->len > 1 || package->moved)
    return FALSE;
  package->moved = TRUE;
  CrApkWord wanted = {.name = package->name, .version = chosen->version, .op = ">"};
  return is_asked_for(world, package->name) && bring_new(world, &wanted, package);
}

static gboolean settle(CrApkWorld *world, CrApkPackage *package)
{
  const CrApkVersion *chosen = get_chosen(package);
  const char *text = chosen ? chosen->offers : NULL;
  const char *word = NULL;
  gsize size = 0;
  while (next_word(&text, &word, &size)) {
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
  while (next_word(&text, &word, &size)) {
    CrApkWord wanted = cr_apk_word_parse(word, size, world->arena);
    CrApkPackage *found = wanted.conflict ? NULL : find_satisfier(world, &wanted, NULL);
    if (found)
      mark(world, found, queue);
  }
}

/* install_if: a package that stays because all of its words are there. */
static gboolean is_wanted_if(const CrApkWorld *world, const CrApkPackage *package)
{
  const CrApkVersion *chosen = get_chosen(package);
  const char *text = !chosen             ? NULL
                     : chosen->installed ? find_field(chosen->installed, "i", world->arena)
                                         : chosen->record.enhances;
  const char *word = NULL;
  gsize size = 0;
  gboolean any = FALSE;
  while (next_word(&text, &word, &size)) {
    CrApkWord wanted = cr_apk_word_parse(word, size, world->arena);
    const CrApkPackage *found = find_satisfier(world, &wanted, NULL);
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
      const CrApkVersion *chosen = get_chosen(queue->pdata[done]);
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

/* ---- the whole ---- */

static int compare_names(gconstpointer a, gconstpointer b)
{
  return strcmp((*(CrApkPackage *const *)a)->name, (*(CrApkPackage *const *)b)->name);
}

CrApkWorld *cr_apk_world_solve(CrArchives *archives, const GPtrArray *packages, CrArena *arena)
{
  CrApkWorld *world = g_new0(CrApkWorld, 1);
  world->arena = arena;
  world->archives = archives;
  world->packages = g_hash_table_new(g_str_hash, g_str_equal);
  world->offers = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
  world->order = g_ptr_array_new();
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *package = packages->pdata[i];
    if (!strcmp(package->type, "apk") && !g_hash_table_contains(world->packages, package->name))
      add_package(world, package->name, package);
  }
  g_ptr_array_sort(world->order, compare_names);
  for (guint i = 0; i < world->order->len; i++)
    note_offers(world, world->order->pdata[i]);
  /* each move takes a choice away or brings one package: twice the packages of a large image is beyond any real one */
  guint moves = 0;
  for (gboolean moved = TRUE; moved && moves < 20000;) {
    moved = FALSE;
    for (guint i = 0; i < world->order->len; i++)
      while ((settle(world, world->order->pdata[i]) || mend_package(world, world->order->pdata[i])) && ++moves < 20000)
        moved = TRUE;
  }
  world->unsolved = moves >= 20000;
  mark_needed(world);
  return world;
}

void cr_apk_world_free(CrApkWorld *world)
{
  if (!world)
    return;
  for (guint i = 0; i < world->order->len; i++)
    g_ptr_array_unref(((CrApkPackage *)world->order->pdata[i])->choices);
  g_hash_table_unref(world->packages);
  g_hash_table_unref(world->offers);
  g_ptr_array_unref(world->order);
  g_free(world);
}
