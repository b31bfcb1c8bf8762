/* SPDX-License-Identifier: Apache-2.0 */
/* "/status": is all well, as far as the record can say? */
#include <string.h>

#include "fleet/history.h"
#include "fleet/status.h"
#include "report/json-parts.h"
#include "web/fleet.h"
#include "web/progress.h"

typedef struct {
  CrWebFleet *fleet;
  CrWebProgress *progress;
  GPtrArray *bad;     /* CrMark*: digests that failed once */
  GPtrArray *worries; /* char*: what needs a look */
  guint urgent, unseen, older;
  gint64 newest, oldest; /* looks */
  const char *data;      /* the oldest advisories used */
} Status;

static void clear(Status *status)
{
  g_clear_pointer(&status->fleet, cr_web_fleet_free);
  g_clear_pointer(&status->bad, g_ptr_array_unref);
  g_clear_pointer(&status->worries, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Status, clear)

/* ---- what is so ---- */

static void look_at_images(Status *status)
{
  for (guint i = 0; i < status->fleet->images->len; i++) {
    const CrWebImage *image = status->fleet->images->pdata[i];
    status->older += image->replaced;
    if (!image->seen) {
      status->unseen++;
      continue;
    }
    status->urgent += cr_web_verdict_rank(image->verdict) <= cr_web_verdict_rank("patch");
    status->oldest = status->oldest ? MIN(status->oldest, image->seen->when) : image->seen->when;
    status->newest = MAX(status->newest, image->seen->when);
    if (image->seen->data && (!status->data || strcmp(image->seen->data, status->data) < 0))
      status->data = image->seen->data;
  }
}

static void worry(CrWeb *web, Status *status, guint count, const char *one, const char *more)
{
  if (count)
    g_ptr_array_add(status->worries, (gpointer)cr_arena_printf(web->arena, "%u %s", count, count == 1 ? one : more));
}

static void list_worries(CrWeb *web, Status *status)
{
  const CrWebProgress *progress = status->progress;
  cr_history_add_worries(status->worries, web->arena, progress->last, progress->cut_off, progress->interrupted);
  worry(web, status, status->urgent, "image is blind, to be replaced or to be patched",
        "images are blind, to be replaced or to be patched");
  worry(web, status, status->older, "image is run that has lost its name to a newer one",
        "images are run that have lost their names to newer ones");
  worry(web, status, status->unseen, "image was never looked at", "images were never looked at");
  if (status->newest && web->request->now - status->newest > 2 * 24 * 3600)
    g_ptr_array_add(status->worries, (gpointer)cr_arena_printf(web->arena, "nothing was looked at since %s",
                                                               cr_web_format_age(web, status->newest)));
}

static gboolean load(CrWeb *web, Status *status, GError **error)
{
  CrRecord *record = web->request->record;
  status->worries = g_ptr_array_new();
  status->fleet = cr_web_fleet_load(web, error);
  status->progress = status->fleet ? cr_web_progress_load(record, web->arena, error) : NULL;
  status->bad = status->progress ? cr_record_list_marks(record, "bad", web->arena, error) : NULL;
  if (!status->bad)
    return FALSE;
  look_at_images(status);
  list_worries(web, status);
  return TRUE;
}

/* ---- html ---- */

static void put_processes(CrWeb *web, const Status *status)
{
  const CrWebProgress *progress = status->progress;
  WEB_PUT(web, "<div><dt>watch</dt><dd>");
  if (progress->watcher) {
    WEB_PUT(web, "<b class=\"good\">running</b>, process %" G_GINT64_FORMAT " since ", progress->watcher);
    cr_web_put_time(web, progress->watcher_since);
  } else {
    WEB_PUT(web, "<b class=\"warn\">not running</b>");
  }
  WEB_PUT(web, "</dd></div><div><dt>at work</dt><dd>");
  if (progress->worker)
    WEB_PUT(web, "<code>%s</code>, process %" G_GINT64_FORMAT, progress->worker_command, progress->worker);
  else
    WEB_PUT(web, "nobody");
  WEB_PUT(web, "</dd></div>");
  if (progress->stage)
    WEB_PUT(web, "<div><dt>just now</dt><dd>%s: %u of %u %s</dd></div>", progress->stage->what, progress->stage->done,
            progress->stage->total, progress->stage->unit);
}

static void put_run(CrWeb *web, const CrWebProgress *progress)
{
  const CrRun *run = progress->last;
  WEB_PUT(web, "<div><dt>last run</dt><dd>");
  if (!run) {
    WEB_PUT(web, "none</dd></div>");
    return;
  }
  WEB_PUT(web, "<a href=\"%s/run/%" G_GINT64_FORMAT "\">%s</a> ", web->root, run->id, run->command);
  cr_web_put_time(web, run->started);
  WEB_PUT(web, " %s", cr_history_get_outcome(run, progress->cut_off));
  for (guint i = 0; i < G_N_ELEMENTS(progress->steps); i++)
    if (progress->steps[i])
      WEB_PUT(web, ", %u %s", progress->steps[i], cr_step_state_get_name(i));
  if (progress->current)
    WEB_PUT(web, "<br>now: %s %s", progress->current->kind, progress->current->subject);
  WEB_PUT(web, "</dd></div>");
}

static void put_bad(CrWeb *web, const Status *status)
{
  if (!status->bad->len)
    return;
  WEB_PUT(web, "<h2>Failed once, and not tried again</h2>\n<ul class=\"problems\">\n");
  for (guint i = 0; i < status->bad->len && i < 200; i++) {
    const CrMark *mark = status->bad->pdata[i];
    WEB_PUT(web, "<li><code>%s</code> %s</li>\n", mark->key, mark->value);
  }
  WEB_PUT(web, "</ul>\n");
}

static gboolean write_html(CrWeb *web, GError **error)
{
  g_auto(Status) status = {0};
  if (!load(web, &status, error))
    return FALSE;
  cr_web_begin(web, "Status", NULL);
  if (!status.worries->len && status.fleet->images->len)
    WEB_PUT(web, "<p class=\"note good\">All is well.</p>\n");
  if (status.worries->len) {
    WEB_PUT(web, "<ul class=\"worries\">");
    for (guint i = 0; i < status.worries->len; i++)
      WEB_PUT(web, "<li>%s</li>", (const char *)status.worries->pdata[i]);
    WEB_PUT(web, "</ul>\n");
  }
  WEB_PUT(web, "<dl class=\"facts\">");
  put_processes(web, &status);
  put_run(web, status.progress);
  WEB_PUT(web, "<div><dt>images</dt><dd><a href=\"%s/\">%u</a>, %u container%s</dd></div>", web->root,
          status.fleet->images->len, status.fleet->containers, status.fleet->containers == 1 ? "" : "s");
  WEB_PUT(web, "<div><dt>looked at</dt><dd>");
  cr_web_put_time(web, status.newest);
  if (status.oldest != status.newest) {
    WEB_PUT(web, ", the first of them ");
    cr_web_put_time(web, status.oldest);
  }
  WEB_PUT(web, "</dd></div><div><dt>advisories</dt><dd>%s%s</dd></div></dl>\n", status.data ? "of " : "none used",
          status.data ? status.data : "");
  put_bad(web, &status);
  cr_web_end(web);
  return TRUE;
}

/* ---- json ---- */

static gboolean write_json(CrWeb *web, GError **error)
{
  g_auto(Status) status = {0};
  if (!load(web, &status, error))
    return FALSE;
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  g_ptr_array_add(status.worries, NULL);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.page-status/1");
  cr_json_key_string(writer, "host", g_get_host_name());
  cr_report_write_time(writer, "when", web->request->now);
  cr_json_key_strings(writer, "worries", (CrStrv)status.worries->pdata);
  cr_json_key_integer(writer, "images", status.fleet->images->len);
  cr_json_key_integer(writer, "containers", status.fleet->containers);
  cr_json_key_integer(writer, "unseen", status.unseen);
  cr_json_key_string(writer, "advisories", status.data);
  cr_report_write_time(writer, "newest_look", status.newest);
  cr_report_write_time(writer, "oldest_look", status.oldest);
  cr_report_write_array(writer, "failed_digests", status.bad, cr_status_write_bad);
  cr_json_key(writer, "progress");
  cr_web_progress_write(status.progress, writer);
  cr_json_end_object(writer);
  cr_web_take_json(web, writer);
  return TRUE;
}

const CrWebPage cr_web_status = {
    .path = "/status", .title = "Status", .listed = TRUE, .html = write_html, .json = write_json};
