/* SPDX-License-Identifier: Apache-2.0 */
/* The message: a subject, plain text, and careen.notice/1. */
#include <string.h>

#include "fleet/tell.h"
#include "base/json.h"
#include "base/log.h"

#define COLUMNS    72
#define SHOWN      40U   /* lines of one kind in the text */
#define JSON_ITEMS 2000U /* in the JSON */

static const struct {
  const char *kind, *heading, *one, *many;
} sections[] = {
    {"rolled-back", "ROLLED BACK", "rolled back", "rolled back"},
    {"failed", "FAILED", "failed", "failed"},
    {"done", "DONE", "done", "done"},
    {"refused", "NOT DONE, BY POLICY", "refused", "refused"},
    {"skipped", "SKIPPED", "skipped", "skipped"},
    {"problem", "TROUBLE", "problem", "problems"},
    {"well", "WELL AGAIN", "well again", "well again"},
    {"fixable", "FLAWS WITH A FIX", "flaw with a fix", "flaws with a fix"},
    {"flaw", "FLAWS WITHOUT A FIX", "flaw without a fix", "flaws without a fix"},
    {"replace", "NO LONGER WATCHED", "image no longer watched", "images no longer watched"},
};

static guint count_kind(const GPtrArray *news, const char *kind)
{
  guint count = 0;
  for (guint i = 0; i < news->len; i++)
    count += !strcmp(((const CrTellItem *)news->pdata[i])->kind, kind);
  return count;
}

/* ---- text ---- */

/* The width in which TEXT's next line may end: at its last blank, or all of a word that is longer. */
static gsize find_break(const char *text, gsize width)
{
  gsize end = 0, columns = 0;
  for (const char *p = text; *p && *p != '\n'; p = g_utf8_next_char(p), columns++) {
    if (*p == ' ' && (columns <= width || !end))
      end = (gsize)(p - text);
    if (columns > width && end)
      return end;
  }
  return columns > width && end ? end : strcspn(text, "\n");
}

char *cr_tell_wrap(const char *text)
{
  GString *out = g_string_new(NULL);
  while (*text) {
    gsize indent = strspn(text, " "), width = COLUMNS - MIN(indent, COLUMNS / 2), more = indent ? 4 : 0;
    gboolean first = TRUE;
    g_string_append_len(out, text, (gssize)indent);
    text += indent;
    for (;;) {
      gsize length = find_break(text, first ? width : width - more);
      if (!first)
        g_string_append_printf(out, "%*s", (int)(indent + more), "");
      g_string_append_len(out, text, (gssize)length);
      g_string_append_c(out, '\n');
      text += length;
      first = FALSE;
      if (*text != ' ')
        break;
      text += strspn(text, " ");
    }
    text += *text == '\n';
  }
  return g_string_free(out, FALSE);
}

static void append_section(GString *out, const GPtrArray *news, const char *kind, const char *heading)
{
  guint count = count_kind(news, kind), shown = 0;
  if (!count)
    return;
  g_string_append_printf(out, "%s%s\n", out->len ? "\n" : "", heading);
  for (guint i = 0; i < news->len && shown < SHOWN; i++) {
    const CrTellItem *item = news->pdata[i];
    if (strcmp(item->kind, kind) != 0)
      continue;
    g_autofree char *safe = cr_escape_terminal(item->text);
    g_string_append_printf(out, "  %s\n", safe);
    shown++;
  }
  if (count > shown)
    g_string_append_printf(out, "  and %u more\n", count - shown);
}

static char *format_text(const CrTelling *telling, const GPtrArray *news, guint known, gboolean summary,
                         const char *earlier)
{
  g_autoptr(GString) out = g_string_new(NULL);
  if (summary)
    g_string_append_printf(out,
                           "The first message of careen on this machine. %u flaw%s known in what it looks after; from "
                           "now on it tells what is new.\n",
                           known, known == 1 ? " is" : "s are");
  if (earlier)
    g_string_append_printf(out, "%sWhat could not be told before:\n%s", out->len ? "\n" : "", earlier);
  for (guint i = 0; i < G_N_ELEMENTS(sections); i++)
    append_section(out, news, sections[i].kind, sections[i].heading);
  if (!out->len)
    g_string_append(out, "Nothing was to be done, and nothing is new.\n");
  if (telling->applied && telling->applied->run)
    g_string_append_printf(out, "\n'careen history %" G_GINT64_FORMAT "' has all of this run.\n",
                           telling->applied->run);
  return cr_tell_wrap(out->str);
}

/* "[careen] host: 3 done, 1 rolled back": of the first three kinds. */
static char *format_subject(const GPtrArray *news, gboolean summary, const char *earlier)
{
  g_autoptr(GString) out = g_string_new(NULL);
  guint named = 0;
  for (guint i = 0; i < G_N_ELEMENTS(sections) && named < 3; i++) {
    guint count = count_kind(news, sections[i].kind);
    if (!count)
      continue;
    g_string_append_printf(out, "%s%u %s", named++ ? ", " : "", count, count == 1 ? sections[i].one : sections[i].many);
  }
  g_autofree char *subject = g_strdup_printf("[careen] %s: %s", g_get_host_name(),
                                             out->len  ? out->str
                                             : earlier ? "what could not be told before"
                                             : summary ? "at work"
                                                       : "nothing new");
  return cr_escape_terminal(subject);
}

/* ---- json ---- */

static void write_earlier(const char *earlier, CrJsonWriter *writer)
{
  g_auto(GStrv) lines = g_strsplit(earlier ? earlier : "", "\n", -1);
  cr_json_key(writer, "earlier");
  cr_json_begin_array(writer);
  for (guint i = 0; lines[i]; i++)
    if (*g_strstrip(lines[i]))
      cr_json_string(writer, lines[i]);
  cr_json_end_array(writer);
}

static char *format_json(const CrTelling *telling, const GPtrArray *news, const char *earlier, const CrNotice *notice)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(telling->now);
  g_autofree char *when = g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.notice/1");
  cr_json_key_string(writer, "host", g_get_host_name());
  cr_json_key_string(writer, "time", when);
  cr_json_key_string(writer, "command", telling->command);
  cr_json_key_integer(writer, "run", telling->applied ? telling->applied->run : 0);
  cr_json_key_string(writer, "subject", notice->subject);
  cr_json_key_boolean(writer, "failure", notice->failure);
  cr_json_key(writer, "items");
  cr_json_begin_array(writer);
  for (guint i = 0; i < news->len && i < JSON_ITEMS; i++) {
    const CrTellItem *item = news->pdata[i];
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "kind", item->kind);
    cr_json_key_string(writer, "text", item->text);
    cr_json_key_boolean(writer, "failure", item->failure);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
  write_earlier(earlier, writer);
  cr_json_key_integer(writer, "left_out", news->len > JSON_ITEMS ? news->len - JSON_ITEMS : 0);
  cr_json_end_object(writer);
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}

void cr_tell_format_notice(const CrTelling *telling, const GPtrArray *news, guint known, gboolean summary,
                           const char *earlier, CrNotice *notice)
{
  /* what went wrong while it could not be told is no less wrong */
  *notice = (CrNotice){.failure = earlier && strstr(earlier, "  rolled-back ")};
  for (guint i = 0; i < news->len; i++)
    notice->failure = notice->failure || ((const CrTellItem *)news->pdata[i])->failure;
  notice->subject = format_subject(news, summary, earlier);
  notice->text = format_text(telling, news, known, summary, earlier);
  notice->json = format_json(telling, news, earlier, notice);
}

void cr_tell_clear_notice(CrNotice *notice)
{
  g_free((char *)notice->subject);
  g_free((char *)notice->text);
  g_free((char *)notice->json);
}
