/* SPDX-License-Identifier: Apache-2.0 */
#include "record/stage.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "base/json.h"
#include "base/process.h"
#include "base/read-file.h"

#define PAUSE_USEC G_USEC_PER_SEC
#define MOST_BYTES (64U * 1024)

struct CrStage {
  char *path, *what, *unit;
  guint done, total;
  gint64 next; /* when it is written again */
  gboolean written;
  GMutex lock;
};

static char *format_path(const CrRecord *record)
{
  g_autofree char *folder = g_path_get_dirname(cr_record_get_path(record));
  return g_build_filename(folder, "stage.json", NULL);
}

/* When PID started, in ticks since the boot, so that one that was given again is not taken for it; 0: it is not there.
 */
static gint64 find_start(gint64 pid)
{
  g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/stat", pid), *text = NULL;
  return g_file_get_contents(path, &text, NULL, NULL) ? cr_process_parse_stat(text, 22) : 0;
}

CrStage *cr_stage_new(const CrRecord *record, const char *what, const char *unit, guint total)
{
  if (!record || !total)
    return NULL;
  CrStage *stage = g_new0(CrStage, 1);
  stage->path = format_path(record);
  stage->what = g_strdup(what);
  stage->unit = g_strdup(unit);
  stage->total = total;
  stage->next = g_get_monotonic_time() + PAUSE_USEC;
  g_mutex_init(&stage->lock);
  return stage;
}

static void write_stage(CrStage *stage, const char *subject)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_integer(writer, "pid", getpid());
  cr_json_key_integer(writer, "started", find_start(getpid()));
  cr_json_key_string(writer, "what", stage->what);
  cr_json_key_string(writer, "unit", stage->unit);
  cr_json_key_integer(writer, "done", stage->done);
  cr_json_key_integer(writer, "total", stage->total);
  cr_json_key_string(writer, "subject", subject);
  cr_json_end_object(writer);
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  stage->written |= g_file_set_contents_full(stage->path, text, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
}

void cr_stage_advance(CrStage *stage, const char *subject)
{
  if (!stage)
    return;
  g_mutex_lock(&stage->lock);
  gint64 now = g_get_monotonic_time();
  stage->done++;
  if (now >= stage->next) {
    write_stage(stage, subject);
    stage->next = now + PAUSE_USEC;
  }
  g_mutex_unlock(&stage->lock);
}

void cr_stage_free(CrStage *stage)
{
  if (!stage)
    return;
  if (stage->written)
    g_unlink(stage->path);
  g_mutex_clear(&stage->lock);
  g_free(stage->path);
  g_free(stage->what);
  g_free(stage->unit);
  g_free(stage);
}

/* One that was killed leaves its file behind, and one is read while it is written: neither is anything. */
const CrStageSeen *cr_stage_find(const CrRecord *record, CrArena *arena)
{
  g_autofree char *path = format_path(record);
  g_autoptr(GBytes) bytes = cr_file_is_there(path, FALSE) ? cr_read_file(path, MOST_BYTES, NULL) : NULL;
  gsize size = 0;
  const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  g_autoptr(CrJsonDoc) doc = text ? cr_json_parse(text, size, "a stage", NULL) : NULL;
  const CrJson *root = doc ? cr_json_get_root(doc) : NULL;
  gint64 pid = cr_json_find_integer(root, "pid", 0), started = cr_json_find_integer(root, "started", 0);
  gint64 done = cr_json_find_integer(root, "done", -1), total = cr_json_find_integer(root, "total", -1);
  if (pid <= 0 || !started || find_start(pid) != started || done < 0 || total < done || total > G_MAXINT)
    return NULL;
  CrStageSeen *seen = cr_arena_new0(arena, CrStageSeen);
  *seen = (CrStageSeen){
      .what = cr_arena_strdup(arena, cr_json_find_string(root, "what", "")),
      .unit = cr_arena_strdup(arena, cr_json_find_string(root, "unit", "")),
      .subject = cr_arena_strdup(arena, cr_json_find_string(root, "subject", NULL)),
      .done = (guint)done,
      .total = (guint)total,
  };
  return seen;
}
