/* SPDX-License-Identifier: Apache-2.0 */
/* What the pages are made of: head and foot, times, verdicts, links, cells of CSV. */
#include <string.h>

#include "base/day.h"
#include "base/order.h"
#include "config.h"
#include "web/asset.h"
#include "web/web.h"

/* ---- words ---- */

typedef struct {
  const char *word, *label;
} Word;

/* The worst first, as in careen status. */
static const Word verdicts[] = {
    {"blind", "blind"},     {"replace", "replace"}, {"patch", "patch"},
    {"rebuild", "rebuild"}, {"unseen", "not seen"}, {"current", "current"},
};
static const char *const severities[] = {"critical", "high", "medium", "low", "negligible", "unknown"};

static int find_verdict(const char *verdict)
{
  for (guint i = 0; verdict && i < G_N_ELEMENTS(verdicts); i++)
    if (!strcmp(verdicts[i].word, verdict))
      return (int)i;
  return -1;
}

int cr_web_verdict_rank(const char *verdict)
{
  int i = find_verdict(verdict);
  return i < 0 ? (int)G_N_ELEMENTS(verdicts) : i;
}

const char *cr_web_verdict_class(const char *verdict)
{
  int i = find_verdict(verdict);
  return i < 0 ? "unseen" : verdicts[i].word;
}

const char *cr_web_verdict_label(const char *verdict)
{
  int i = find_verdict(verdict);
  return i < 0 ? "not seen" : verdicts[i].label;
}

int cr_web_severity_rank(const char *severity)
{
  int i = 0;
  while (i < (int)G_N_ELEMENTS(severities) && g_strcmp0(severities[i], severity) != 0)
    i++;
  return i;
}

const char *cr_web_severity_class(const char *severity)
{
  int i = cr_web_severity_rank(severity);
  return i < (int)G_N_ELEMENTS(severities) ? severities[i] : "unknown";
}

void cr_web_put_verdict(CrWeb *web, const char *verdict)
{
  WEB_PUT(web, "<span class=\"verdict v-%s\">%s</span>", cr_web_verdict_class(verdict), cr_web_verdict_label(verdict));
}

const char *cr_web_cut(const CrWeb *web, const char *text, guint letters)
{
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  if (g_utf8_strlen(valid, -1) <= (glong)letters)
    return cr_arena_strdup(web->arena, valid);
  g_autofree char *head = g_utf8_substring(valid, 0, (glong)letters - 1);
  return cr_arena_printf(web->arena, "%s…", head);
}

gboolean cr_web_contains(const char *text, const char *part)
{
  g_autofree char *valid = g_utf8_make_valid(text, -1), *other = g_utf8_make_valid(part, -1);
  g_autofree char *a = g_utf8_strdown(valid, -1), *b = g_utf8_strdown(other, -1);
  return strstr(a, b) != NULL;
}

/* ---- links ---- */

const char *cr_web_shorten(const CrWeb *web, const char *id)
{
  const char *colon = id ? strchr(id, ':') : NULL, *hex = colon ? colon + 1 : id ? id : "";
  return cr_arena_strndup(web->arena, hex, strnlen(hex, 12)); /* a record may hold anything */
}

/* The first twelve digits tell images apart, as engines have it; what is no digest is named in full. */
const char *cr_web_name_image(const CrWeb *web, const char *image_id)
{
  gboolean digest = g_str_has_prefix(image_id, "sha256:") && strlen(image_id) == 71;
  return digest ? cr_web_shorten(web, image_id) : cr_web_link(web, image_id);
}

const char *cr_web_link_image(const CrWeb *web, const char *image_id)
{
  return cr_arena_printf(web->arena, "%s/image/%s", web->root, cr_web_name_image(web, image_id));
}

/* ---- times ---- */

const char *cr_web_format_age(const CrWeb *web, gint64 seconds)
{
  gint64 minutes = MAX(web->request->now - seconds, 0) / 60;
  if (!seconds)
    return "never";
  if (minutes < 120)
    return cr_arena_printf(web->arena, "%" G_GINT64_FORMAT " min ago", minutes);
  if (minutes < 48 * 60)
    return cr_arena_printf(web->arena, "%" G_GINT64_FORMAT " hours ago", minutes / 60);
  return cr_arena_printf(web->arena, "%" G_GINT64_FORMAT " days ago", minutes / 60 / 24);
}

void cr_web_put_time(CrWeb *web, gint64 seconds)
{
  g_autofree char *utc = cr_time_format_utc(seconds), *local = cr_time_format_local(seconds);
  if (utc && local)
    WEB_PUT(web, "<time datetime=\"%s\" title=\"%s\">%s</time>", utc, cr_web_format_age(web, seconds), local);
  else
    WEB_PUT(web, "<span class=\"dim\">never</span>");
}

/* ---- the frame ---- */

/* With and without the end of a form; the query goes with it, so that a filtered list is a filtered file. */
static void put_forms(CrWeb *web)
{
  const char *base = !strcmp(web->base, "/") ? "/fleet" : web->base;
  const char *query = cr_web_format_query(web, "page", NULL);
  query = strcmp(query, "?") != 0 ? query : "";
  g_autofree char *path = g_uri_escape_string(base, "/:", FALSE);
  gboolean whole = web->page && (!web->page->needs || cr_web_find(web, web->page->needs, NULL));
  if (whole && web->page->json)
    WEB_PUT(web, "<a href=\"%s%s.json%s\">JSON</a> ", web->root, path, query);
  if (whole && web->page->csv)
    WEB_PUT(web, "<a href=\"%s%s.csv%s\">CSV</a> ", web->root, path, query);
  WEB_PUT(web, "<a href=\"%s/openapi.json\">API</a>", web->root);
}

static void put_navigation(CrWeb *web)
{
  const CrWebPage *const *pages = cr_web_pages_get();
  WEB_PUT(web, "<nav aria-label=\"Pages\"><ul>");
  for (guint i = 0; pages[i]; i++)
    if (pages[i]->listed)
      WEB_PUT(web, "<li><a href=\"%s%s\" aria-current=\"%s\">%s</a></li>", web->root, pages[i]->path,
              pages[i] == web->page ? "page" : "false", pages[i]->title);
  WEB_PUT(web, "</ul></nav>");
}

void cr_web_begin(CrWeb *web, const char *title, const char *subtitle)
{
  WEB_PUT(web,
          "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n"
          "<title>%s · careen</title>\n<link rel=\"icon\" href=\"%s%s\" type=\"image/svg+xml\">\n"
          "<link rel=\"stylesheet\" href=\"%s%s\">\n<script src=\"%s%s\" defer></script>\n</head>\n<body>\n"
          "<a class=\"skip\" href=\"#main\">Skip to the content</a>\n<header><a class=\"brand\" href=\"%s/\">careen</a>"
          "<span class=\"host\">%s</span>",
          title, web->root, cr_web_asset_get("icon.svg")->path, web->root, cr_web_asset_get("page.css")->path,
          web->root, cr_web_asset_get("page.js")->path, web->root, g_get_host_name());
  put_navigation(web);
  WEB_PUT(web,
          "</header>\n<div id=\"live\" role=\"status\" data-root=\"%s\" hidden></div>\n<main id=\"main\">\n"
          "<h1>%s</h1>\n",
          web->root, title);
  if (subtitle)
    WEB_PUT(web, "<p class=\"dim subtitle\">%s</p>\n", subtitle);
}

void cr_web_end(CrWeb *web)
{
  WEB_PUT(web, "</main>\n<footer><p>");
  put_forms(web);
  WEB_PUT(web, " <span class=\"dim\">careen " CR_VERSION ", from the record at ");
  cr_web_put_time(web, web->request->now);
  WEB_PUT(web, "</span></p></footer>\n</body>\n</html>\n");
}

void cr_web_put_pager(CrWeb *web, guint page, guint pages)
{
  if (pages < 2)
    return;
  WEB_PUT(web, "<nav class=\"pager\" aria-label=\"Parts of this list\">");
  for (int step = -1; step <= 1; step++) {
    guint other = (guint)((int)page + step);
    if (!step)
      WEB_PUT(web, " <span>%u of %u</span> ", page, pages);
    else if (other >= 1 && other <= pages)
      WEB_PUT(web, "<a rel=\"%s\" href=\"%s\">%s</a>", step < 0 ? "prev" : "next",
              cr_web_format_query(web, "page", cr_arena_printf(web->arena, "%u", other)),
              step < 0 ? "previous" : "next");
  }
  WEB_PUT(web, "</nav>\n");
}

void cr_web_put_option(CrWeb *web, const char *value, const char *label, const char *chosen)
{
  WEB_PUT(web, "<option value=\"%s\"%s>%s</option>", value, !g_strcmp0(value, chosen) ? " selected" : "", label);
}

/* ---- the other forms ---- */

void cr_web_csv(CrWeb *web, const char *text, gboolean last)
{
  cr_markup_append_csv(web->out, text ? text : "");
  g_string_append(web->out, last ? "\r\n" : ",");
}

void cr_web_csv_number(CrWeb *web, gint64 value, gboolean last)
{
  g_string_append_printf(web->out, "%" G_GINT64_FORMAT "%s", value, last ? "\r\n" : ",");
}

void cr_web_take_json(CrWeb *web, CrJsonWriter *writer)
{
  web->answer->type = "application/json";
  cr_json_writer_take(writer, web->out);
}
