/* SPDX-License-Identifier: Apache-2.0 */
/* What apk-solve.c moves: words of dependencies, versions that there are, who offers a name. */
#include "vendor/apk-solve.h"

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
gboolean cr_apk_next_word(const char **text, const char **word, gsize *size)
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

const char *cr_apk_find_field(const CrPackage *package, const char *mark, CrArena *arena)
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

CrApkVersion *cr_apk_get_chosen(const CrApkPackage *package)
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
const char *cr_apk_find_wish(const CrApkWorld *world, const char *name, CrApkWord *out)
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
  const char *words = cr_apk_find_wish(world, package->name, &wish);
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

CrApkPackage *cr_apk_add_package(CrApkWorld *world, const char *name, const CrPackage *installed)
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
    version->depends = cr_apk_find_field(installed, "D", world->arena);
    version->offers = cr_apk_find_field(installed, "p", world->arena);
    version->installed = installed;
    g_ptr_array_add(package->choices, version);
    if (world->wanted && !g_hash_table_contains(world->wanted, installed))
      package->chosen = package->choices->len - 1;
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

void cr_apk_note_offers(CrApkWorld *world, CrApkPackage *package)
{
  note_offer(world, package->name, package);
  for (guint i = 0; i < package->choices->len; i++) {
    const char *text = ((CrApkVersion *)package->choices->pdata[i])->offers;
    const char *word = NULL;
    gsize size = 0;
    while (cr_apk_next_word(&text, &word, &size)) {
      CrApkWord offer = cr_apk_word_parse(word, size, world->arena);
      note_offer(world, offer.name, package);
    }
  }
}

gboolean cr_apk_version_satisfies(const CrApkVersion *version, const CrApkWord *wanted, CrArena *arena)
{
  if (!version)
    return FALSE;
  if (!strcmp(version->name, wanted->name) && cr_apk_word_accepts(wanted, version->version))
    return TRUE;
  const char *text = version->offers;
  const char *word = NULL;
  gsize size = 0;
  gsize length = strlen(wanted->name);
  while (cr_apk_next_word(&text, &word, &size)) {
    if (size < length || strncmp(word, wanted->name, length) != 0 || (size > length && !strchr("<>=~", word[length])))
      continue;
    CrApkWord offer = cr_apk_word_parse(word, size, arena);
    if (cr_apk_word_accepts(wanted, offer.version))
      return TRUE;
  }
  return FALSE;
}

/* The package whose chosen version satisfies WANTED, or NULL; not EXCEPT. */
CrApkPackage *cr_apk_find_satisfier(const CrApkWorld *world, const CrApkWord *wanted, const CrApkPackage *except)
{
  const GPtrArray *list = g_hash_table_lookup(world->offers, wanted->name);
  for (guint i = 0; list && i < list->len; i++) {
    CrApkPackage *package = list->pdata[i];
    if (package != except && cr_apk_version_satisfies(cr_apk_get_chosen(package), wanted, world->arena))
      return package;
  }
  return NULL;
}
