/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of image/: tars by hand, so that odd ones can be made too, and one layer through the pass. */
#pragma once
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "../remove.h"
#include "image/pass.h"

/* A member: a ustar header (POSIX.1-1988 §10.1.1) with a right check sum, and DATA in blocks. */
static inline void tar_add(GByteArray *tar, char type, const char *name, const char *link, const void *data, gsize size)
{
  char head[512] = {0};
  g_assert_cmpuint(strlen(name), <=, 100);
  memcpy(head, name, strlen(name));
  g_snprintf(head + 100, 8, "%07o", type == '5' ? 0755 : 0644);
  g_snprintf(head + 108, 8, "%07o", 0);
  g_snprintf(head + 116, 8, "%07o", 0);
  g_snprintf(head + 124, 12, "%011o", (guint)size);
  g_snprintf(head + 136, 12, "%011o", 1000);
  head[156] = type;
  if (link)
    memcpy(head + 157, link, strlen(link));
  memcpy(head + 257, "ustar\00000", 8);
  memset(head + 148, ' ', 8);
  guint sum = 0;
  for (guint i = 0; i < sizeof head; i++)
    sum += (guint8)head[i];
  g_snprintf(head + 148, 8, "%06o", sum);
  g_byte_array_append(tar, (const guint8 *)head, sizeof head);
  if (!size)
    return;
  static const guint8 zeros[512];
  g_byte_array_append(tar, data, (guint)size);
  g_byte_array_append(tar, zeros, (guint)(-size & 511));
}

static inline void tar_add_text(GByteArray *tar, const char *name, const char *text)
{
  tar_add(tar, '0', name, NULL, text, strlen(text));
}

static inline void tar_end(GByteArray *tar)
{
  static const guint8 zeros[1024];
  g_byte_array_append(tar, zeros, sizeof zeros);
}

/* A tar from words: "f path", "d path", "l path target", "h path target", "w path" (a whiteout), "o path" (an opaque
 * mark), "p path" (a FIFO), "c path", "b path" (devices). A file holds its own path. */
static inline GByteArray *tar_make(const char *const *members)
{
  GByteArray *tar = g_byte_array_new();
  for (guint i = 0; members[i]; i++) {
    g_auto(GStrv) words = g_strsplit(members[i], " ", 3);
    g_autofree char *folder = g_path_get_dirname(words[1]), *base = g_path_get_basename(words[1]);
    g_autofree char *white = g_strdup_printf("%s/.wh.%s", folder, base);
    g_autofree char *opaque = g_strdup_printf("%s/.wh..wh..opq", words[1]);
    switch (words[0][0]) {
    case 'f':
      tar_add_text(tar, words[1], words[2] ? words[2] : words[1]);
      break;
    case 'w':
      tar_add(tar, '0', white, NULL, NULL, 0);
      break;
    case 'o':
      tar_add(tar, '0', opaque, NULL, NULL, 0);
      break;
    default: {
      static const char kinds[] = "d5l2h1p6c3b4";
      tar_add(tar, strchr(kinds, words[0][0])[1], words[1], words[2], NULL, 0);
    }
    }
  }
  tar_end(tar);
  return tar;
}

/* ---- a folder for the cache ---- */

typedef struct {
  char *dir;
  CrCache *cache;
} Place;

static inline void place_init(Place *place)
{
  place->dir = g_dir_make_tmp("careen-test-XXXXXX", NULL);
  g_assert_nonnull(place->dir);
  place->cache = cr_cache_new(place->dir);
}

static inline void place_clear(Place *place)
{
  cr_cache_free(place->cache);
  remove_all(place->dir);
  g_free(place->dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Place, place_clear)

/* ---- a collector that keeps whole files, and refuses one ---- */

static inline gboolean keep_wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  g_assert_true(entry->type == CR_ENTRY_FILE && entry->size > 0);
  g_assert_cmpuint(head_bytes, <=, CR_COLLECT_HEAD_BYTES);
  g_assert_true(!head_bytes || head);
  return TRUE;
}

static inline gboolean keep_collect(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  if (strstr(entry->path, "refused")) {
    cr_sink_write(sink, "half", 4);
    g_set_error_literal(error, g_quark_from_static_string("test"), 0, "is refused by the test");
    return FALSE;
  }
  cr_sink_write_file(sink, file);
  return TRUE;
}

static const CrCollector keep_collector = {"keep", 1, keep_wants, keep_collect};
static const CrCollector *const keep_collectors[] = {&keep_collector, NULL};

static inline CrLayer *read_bytes(const Place *place, GBytes *bytes, const char *diff_id, GError **error)
{
  CrPassOptions options = {.cache = place->cache,
                           .collectors = keep_collectors,
                           .name = "layer T",
                           .expected_diff_id = diff_id,
                           .keep = TRUE};
  return cr_pass_read_layer(cr_stream_new_bytes(bytes), &options, error);
}

/* Frees TAR. */
static inline CrLayer *read_tar(const Place *place, GByteArray *tar)
{
  g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(tar);
  g_autoptr(GError) error = NULL;
  CrLayer *layer = read_bytes(place, bytes, NULL, &error);
  g_assert_no_error(error);
  return layer;
}

/* Entries of LAYER in index order: "f path", "l path target", …, one a line. */
static inline char *list_layer(const CrLayer *layer)
{
  static const char letters[] = "fdlhcbpswo";
  GString *out = g_string_new(NULL);
  g_autoptr(CrLayerCursor) cursor = cr_layer_cursor_new(layer);
  CrLayerEntry entry;
  while (cr_layer_cursor_next(cursor, &entry))
    g_string_append_printf(out, "%c %s%s%s\n", letters[entry.entry.type], entry.entry.path,
                           entry.entry.target ? " " : "", entry.entry.target ? entry.entry.target : "");
  return g_string_free(out, FALSE);
}

/* The problems of LAYER, "kind: where: what", one a line. */
static inline char *list_problems(const CrLayer *layer)
{
  g_autoptr(CrProblems) problems = cr_problems_new();
  cr_layer_add_problems(layer, "layer", problems);
  GString *out = g_string_new(NULL);
  for (guint i = 0; i < cr_problems_get_count(problems); i++) {
    const CrProblem *problem = cr_problems_get(problems, i);
    g_string_append_printf(out, "%s: %s: %s\n", cr_problem_kind_get_name(problem->kind), problem->where, problem->what);
  }
  return g_string_free(out, FALSE);
}
