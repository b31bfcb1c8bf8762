/* SPDX-License-Identifier: Apache-2.0 */
/* careen db export, import: the advisories as one file, to a site without a network. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "advisory/refresh.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/look.h"
#include "report/text.h"

/* ---- what was carried ---- */

typedef struct {
  const char *action, *file;
  guint64 file_bytes, bytes, records;
  guint feeds;
  const char *date;
} Carried;

static guint64 get_size(const char *path)
{
  struct stat st = {0};
  return path && stat(path, &st) == 0 ? (guint64)st.st_size : 0;
}

static int write_json(const CrCall *call, const Carried *carried, GError **error)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.db-carry/1");
  cr_json_key_string(writer, "action", carried->action);
  cr_json_key_string(writer, "file", carried->file);
  cr_json_key_integer(writer, "file_size", (gint64)carried->file_bytes);
  cr_json_key_integer(writer, "size", (gint64)carried->bytes);
  cr_json_key_string(writer, "date", carried->date);
  cr_json_key_integer(writer, "feeds", (gint64)carried->feeds);
  cr_json_key_integer(writer, "records", (gint64)carried->records);
  cr_json_end_object(writer);
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  return cr_output_write(call->output, text, size, error) ? 0 : -1;
}

static int write_table(const CrCall *call, const Carried *carried, GError **error)
{
  g_autoptr(CrText) text = cr_text_new(cr_output_get_width(call->output), FALSE);
  g_autofree char *records = cr_text_format_count(carried->records);
  g_autofree char *size = g_format_size_full(carried->file_bytes, G_FORMAT_SIZE_IEC_UNITS);
  cr_text_line(text, "%sed %s: %s records of %u feeds, newest data of %.10s, %s", carried->action, carried->file,
               records, carried->feeds, carried->date ? carried->date : "unknown", size);
  return cr_output_write(call->output, text->out->str, text->out->len, error) ? 0 : -1;
}

/* Of the database that is in place now. */
static int report(const CrCall *call, const CrCache *cache, const char *action, GError **error)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(CrAdvisories) advisories = cr_advisories_open(cache, &why);
  if (!advisories) {
    if (why)
      g_propagate_error(error, g_steal_pointer(&why));
    else
      g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot read the advisory database: it is gone");
    return -1;
  }
  g_autofree char *path = cr_cache_get_path(cache, "advisories", "advisories.db");
  const GPtrArray *feeds = cr_advisories_get_feeds(advisories);
  Carried carried = {.action = action,
                     .file = call->arguments[0],
                     .file_bytes = get_size(call->arguments[0]),
                     .bytes = get_size(path),
                     .feeds = feeds->len,
                     .date = cr_advisories_get_date(advisories)};
  for (guint i = 0; i < feeds->len; i++)
    carried.records += ((const CrFeedState *)feeds->pdata[i])->records;
  if (cr_look_wants_json(call))
    return write_json(call, &carried, error);
  return call->settings->quiet ? 0 : write_table(call, &carried, error);
}

/* ---- export ---- */

static gboolean write_piece(const void *bytes, gsize size, gpointer data, GError **error)
{
  return cr_output_write(data, bytes, size, error);
}

static int run_export(const CrCall *call, GError **error)
{
  g_autoptr(CrCache) cache = cr_cache_new(call->settings->cache_dir);
  if (!g_strcmp0(call->settings->output, call->arguments[0])) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot write the report into '%s': the advisories go there",
                call->arguments[0]);
    return -1;
  }
  CrOutput *file = cr_output_open(call->arguments[0], error);
  if (!file)
    return -1;
  if (!cr_advisories_export(cache, write_piece, file, error)) {
    cr_output_discard(file);
    return -1;
  }
  return cr_output_finish(file, error) ? report(call, cache, "export", error) : -1;
}

static const CrExample export_examples[] = {
    {"careen db export advisories.tar.zst", "to be carried to a site without a network"},
    {NULL, NULL},
};

const CrCommand cr_command_db_export = {
    .name = "db export",
    .arguments = "FILE",
    .min = 1,
    .max = 1,
    .summary = "the advisories as one file",
    .description = "Write the database to FILE, a tar.zst with a manifest of hashes: one file to carry to a site "
                   "without a network. What is in it is said on the screen.",
    .examples = export_examples,
    .run = run_export,
};

/* ---- import ---- */

static int run_import(const CrCall *call, GError **error)
{
  const char *name = call->arguments[0];
  g_autoptr(CrCache) cache = cr_cache_new(call->settings->cache_dir);
  int fd = open(name, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT)
      g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s': %s", name, g_strerror(errno));
    else
      cr_error_set_errno(error, errno, "cannot read '%s'", name);
    return -1;
  }
  gboolean ok = cr_advisories_import(cache, fd, name, error);
  close(fd);
  return ok ? report(call, cache, "import", error) : -1;
}

static const CrExample import_examples[] = {
    {"careen db import advisories.tar.zst", "use what another machine exported"},
    {NULL, NULL},
};

const CrCommand cr_command_db_import = {
    .name = "db import",
    .arguments = "FILE",
    .min = 1,
    .max = 1,
    .summary = "use the advisories of another machine",
    .description = "Put the database that careen db export wrote in the place of this machine's. Sizes and hashes are "
                   "proved first; a file that is damaged, cut short or something else changes nothing.",
    .examples = import_examples,
    .run = run_import,
};
