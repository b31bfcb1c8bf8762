/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/known-ask.h"

#include <string.h>
#include <sys/stat.h>

#include "advisory/database.h"
#include "base/order.h"
#include "image/source-private.h"

typedef struct {
  char *name;
  char *digest; /* NULL: no answer */
  gint64 asked; /* seconds; 0: never */
} Tag;

typedef struct {
  const CrArchiveState *state; /* one of those that are asked alike */
  gboolean stands;
} Archive;

struct CrKnownAsker {
  CrKnownNow now;
  char *world;
  CrSurroundings *surroundings;
  GHashTable *archives; /* cr_archive_state_format → Archive*: of this round */
  GHashTable *tags;     /* name → Tag* */
  const CrScanOptions *options;
};

/* ---- the world ---- */

static void describe_file(GString *text, const char *path)
{
  struct stat info = {0};
  if (stat(path, &info) < 0)
    g_string_append_printf(text, "%s -\n", path);
  else
    g_string_append_printf(text, "%s %lu:%lu %ld %ld.%09ld\n", path, (gulong)info.st_dev, (gulong)info.st_ino,
                           (glong)info.st_size, (glong)info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

static void describe_place(GString *text, const char *path)
{
  describe_file(text, path);
  g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (const char *name = folder ? g_dir_read_name(folder) : NULL; name; name = g_dir_read_name(folder))
    g_ptr_array_add(names, g_build_filename(path, name, NULL));
  g_ptr_array_sort(names, cr_compare_texts);
  for (guint i = 0; i < names->len; i++)
    describe_file(text, names->pdata[i]);
}

char *cr_known_describe_world(const CrScanOptions *options, CrStrv files)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GDateTime) now = g_date_time_new_now_local();
  g_autofree char *day = g_date_time_format(now, "%Y-%m-%d");
  g_autoptr(CrAdvisories) advisories = cr_advisories_open(options->cache, NULL);
  GString *text = g_string_new(NULL);
  g_string_append_printf(text, "day %s\n", day);
  g_string_append_printf(text, "advisories %s\n", advisories ? cr_advisories_get_identity(advisories) : "-");
  CrStrv places = cr_vendor_list_places(&options->vendor, arena);
  for (guint i = 0; places[i]; i++)
    describe_place(text, places[i]);
  for (guint i = 0; files && files[i]; i++)
    describe_place(text, files[i]);
  return g_string_free(text, FALSE);
}

/* ---- answers ---- */

static gboolean stands(const CrArchiveState *state, gpointer data)
{
  const CrKnownAsker *asker = data;
  g_autofree char *key = cr_archive_state_format(state);
  const Archive *archive = g_hash_table_lookup(asker->archives, key);
  return archive && archive->stands;
}

static const char *resolve(const char *name, gpointer data)
{
  const CrKnownAsker *asker = data;
  const Tag *tag = g_hash_table_lookup(asker->tags, name);
  return tag ? tag->digest : NULL;
}

/* ---- asking ---- */

static void free_tag(gpointer data)
{
  Tag *tag = data;
  g_free(tag->name);
  g_free(tag->digest);
  g_free(tag);
}

CrKnownAsker *cr_known_asker_new(void)
{
  CrKnownAsker *asker = g_new0(CrKnownAsker, 1);
  asker->archives = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  asker->tags = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_tag);
  return asker;
}

void cr_known_asker_free(CrKnownAsker *asker)
{
  g_hash_table_unref(asker->archives);
  g_hash_table_unref(asker->tags);
  g_clear_pointer(&asker->surroundings, cr_surroundings_free);
  g_free(asker->world);
  g_free(asker);
}

const CrKnownNow *cr_known_asker_get_now(const CrKnownAsker *asker)
{
  return &asker->now;
}

static void note_archives(CrKnownAsker *asker, const CrHangsOn *hangs, GPtrArray *asks)
{
  for (guint i = 0; i < hangs->archives->len; i++) {
    const CrArchiveState *state = hangs->archives->pdata[i];
    g_autofree char *key = cr_archive_state_format(state);
    if (g_hash_table_contains(asker->archives, key))
      continue;
    Archive *archive = g_new0(Archive, 1);
    archive->state = state;
    g_hash_table_insert(asker->archives, g_steal_pointer(&key), archive);
    g_ptr_array_add(asks, archive);
  }
}

static void note_tags(CrKnownAsker *asker, const CrHangsOn *hangs, GHashTable *wanted)
{
  for (guint i = 0; i < hangs->tags->len; i++) {
    const CrKnownTag *known = hangs->tags->pdata[i];
    Tag *tag = g_hash_table_lookup(asker->tags, known->name);
    if (!tag) {
      tag = g_new0(Tag, 1);
      tag->name = g_strdup(known->name);
      g_hash_table_insert(asker->tags, tag->name, tag);
    }
    g_hash_table_add(wanted, tag);
  }
}

static gboolean is_unwanted(gpointer key, gpointer value, gpointer data)
{
  (void)key;
  return !g_hash_table_contains(data, value);
}

typedef struct {
  CrKnownAsker *asker;
  GPtrArray *archives, *tags;
} Asking;

static void ask_tag(const CrKnownAsker *asker, Tag *tag)
{
  gint64 now = g_get_real_time() / G_USEC_PER_SEC;
  if (asker->options->source.offline || (tag->asked <= now && now - tag->asked < CR_KNOWN_FRESH_SECONDS))
    return;
  g_clear_pointer(&tag->digest, g_free);
  cr_source_resolve_tag(tag->name, &asker->options->source, &tag->digest, NULL);
  tag->asked = now;
}

static gboolean ask(guint i, gpointer data, GError **error)
{
  (void)error;
  const Asking *asking = data;
  if (i < asking->archives->len) {
    Archive *archive = asking->archives->pdata[i];
    archive->stands = cr_archive_state_stands(archive->state, &asking->asker->options->vendor);
  } else {
    ask_tag(asking->asker, asking->tags->pdata[i - asking->archives->len]);
  }
  return TRUE;
}

static void set_now(CrKnownAsker *asker, const GPtrArray *local, const CrScanOptions *options, CrStrv files)
{
  g_clear_pointer(&asker->surroundings, cr_surroundings_free);
  g_free(asker->world);
  asker->options = options;
  asker->world = cr_known_describe_world(options, files);
  asker->surroundings = cr_surroundings_new(local);
  asker->now = (CrKnownNow){
      .world = asker->world,
      .now = MAX(options->now, g_get_real_time() / G_USEC_PER_SEC),
      .surroundings = asker->surroundings,
      .offline = options->source.offline,
      .stands = stands,
      .resolve = resolve,
      .data = asker,
  };
}

void cr_known_asker_ask(CrKnownAsker *asker, const GPtrArray *local, const CrScanOptions *options, CrStrv files,
                        const GPtrArray *hangs)
{
  g_autoptr(GPtrArray) archives = g_ptr_array_new(), tags = g_ptr_array_new();
  g_autoptr(GHashTable) wanted = g_hash_table_new(NULL, NULL);
  set_now(asker, local, options, files);
  g_hash_table_remove_all(asker->archives);
  for (guint i = 0; i < hangs->len; i++) {
    const CrHangsOn *each = hangs->pdata[i];
    if (strcmp(each->world, asker->world) != 0) /* it will be looked into, whatever is answered */
      continue;
    note_archives(asker, each, archives);
    note_tags(asker, each, wanted);
  }
  g_hash_table_foreach_remove(asker->tags, is_unwanted, wanted);
  GHashTableIter iter;
  gpointer tag = NULL;
  g_hash_table_iter_init(&iter, wanted);
  while (g_hash_table_iter_next(&iter, &tag, NULL))
    g_ptr_array_add(tags, tag);
  Asking asking = {asker, archives, tags};
  cr_source_run_jobs(archives->len + tags->len, options->jobs, ask, &asking, NULL);
}
