/* SPDX-License-Identifier: Apache-2.0 */
/* Which page answers, and in which form. */
#include "web/web.h"

#include <string.h>

#include "base/error.h"
#include "web/asset.h"

static const CrWebPage *const pages[] = {
    &cr_web_fleet,  &cr_web_plan,  &cr_web_history, &cr_web_calendar, &cr_web_where,
    &cr_web_status, &cr_web_image, &cr_web_reach,   &cr_web_run,      NULL,
};

const CrWebPage *const *cr_web_pages_get(void)
{
  return pages;
}

/* ---- the query ---- */

const char *cr_web_find(const CrWeb *web, const char *name, const char *fallback)
{
  const CrWebRequest *request = web->request;
  for (guint i = 0; request->names && request->names[i]; i++)
    if (!strcmp(request->names[i], name) && request->values[i] && *request->values[i])
      return request->values[i];
  return fallback;
}

guint cr_web_find_number(const CrWeb *web, const char *name, guint fallback, guint most)
{
  guint64 number = 0;
  const char *text = cr_web_find(web, name, NULL);
  return text && g_ascii_string_to_unsigned(text, 10, 1, most, &number, NULL) ? (guint)number : fallback;
}

const char *cr_web_link(const CrWeb *web, const char *text)
{
  g_autofree char *escaped = g_uri_escape_bytes((const guint8 *)text, strlen(text), NULL);
  return cr_arena_strdup(web->arena, escaped);
}

const char *cr_web_format_query(const CrWeb *web, const char *name, const char *value)
{
  const CrWebRequest *request = web->request;
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; request->names && request->names[i]; i++)
    if (strcmp(request->names[i], name) != 0 && request->values[i] && *request->values[i])
      g_string_append_printf(text, "%c%s=%s", text->len ? '&' : '?', cr_web_link(web, request->names[i]),
                             cr_web_link(web, request->values[i]));
  if (value)
    g_string_append_printf(text, "%c%s=%s", text->len ? '&' : '?', name, cr_web_link(web, value));
  return cr_arena_strdup(web->arena, text->len ? text->str : "?");
}

/* ---- which ---- */

/* PATH without the end that says a form, which goes to *FORM. */
static const char *take_form(const char *path, CrArena *arena, CrWebForm *form)
{
  static const char *const ends[] = {[CR_WEB_JSON] = ".json", [CR_WEB_CSV] = ".csv"};
  *form = CR_WEB_HTML;
  for (guint i = CR_WEB_JSON; i < G_N_ELEMENTS(ends); i++)
    if (g_str_has_suffix(path, ends[i])) {
      *form = i;
      return cr_arena_strndup(arena, path, strlen(path) - strlen(ends[i]));
    }
  return path;
}

static const CrWebPage *find_page(const char *path, const char **argument)
{
  *argument = NULL;
  for (guint i = 0; pages[i]; i++) {
    gsize length = strlen(pages[i]->path);
    if (!pages[i]->argument && !strcmp(pages[i]->path, path))
      return pages[i];
    if (pages[i]->argument && !strncmp(pages[i]->path, path, length) && path[length]) {
      *argument = path + length;
      return pages[i];
    }
  }
  return NULL;
}

static CrWebWrite get_write(const CrWebPage *page, CrWebForm form)
{
  return form == CR_WEB_JSON ? page->json : form == CR_WEB_CSV ? page->csv : page->html;
}

/* ---- what went wrong ---- */

static guint get_status(const GError *error)
{
  if (g_error_matches(error, CR_ERROR, CR_ERROR_NOT_FOUND))
    return 404;
  return g_error_matches(error, CR_ERROR, CR_ERROR_USAGE) || g_error_matches(error, CR_ERROR, CR_ERROR_INPUT) ||
                 g_error_matches(error, CR_ERROR, CR_ERROR_LIMIT)
             ? 400
             : 500;
}

static void put_error_json(CrWeb *web, const GError *error)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key(writer, "error");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "code", cr_error_get_name(error));
  cr_json_key_string(writer, "message", error->message);
  cr_json_key_string(writer, "hint", cr_error_get_hint(error));
  cr_json_end_object(writer);
  cr_json_end_object(writer);
  cr_web_take_json(web, writer);
}

static void put_error(CrWeb *web, const GError *error)
{
  g_string_truncate(web->out, 0);
  web->answer->status = get_status(error);
  if (web->form == CR_WEB_JSON) {
    put_error_json(web, error);
    return;
  }
  web->form = CR_WEB_HTML;
  web->answer->type = "text/html; charset=utf-8";
  const char *hint = cr_error_get_hint(error);
  cr_web_begin(web, web->answer->status == 404 ? "Not found" : "That went wrong", NULL);
  WEB_PUT(web, "<p class=\"note\">%s</p>\n", error->message);
  if (hint)
    WEB_PUT(web, "<p class=\"dim\">%s</p>\n", hint);
  cr_web_end(web);
}

/* ---- the answer ---- */

static gboolean write_page(CrWeb *web, GError **error)
{
  static const char *const types[] = {[CR_WEB_HTML] = "text/html; charset=utf-8",
                                      [CR_WEB_JSON] = "application/json",
                                      [CR_WEB_CSV] = "text/csv; charset=utf-8"};
  CrWebWrite one = web->page ? get_write(web->page, web->form) : NULL;
  if (!one)
    return cr_error_refuse(error, CR_ERROR_NOT_FOUND,
                           "the pages are listed above, their JSON is described by API below", "nothing is at '%s'",
                           web->request->path);
  web->answer->type = types[web->form];
  return one(web, error);
}

void cr_web_answer(const CrWebRequest *request, CrWebAnswer *answer)
{
  *answer = (CrWebAnswer){.status = 200, .body = g_string_new(NULL), .arena = cr_arena_new()};
  CrWeb web = {.request = request, .answer = answer, .arena = answer->arena, .out = answer->body};
  web.root = request->root ? request->root : "";
  if (!strcmp(request->path, "/openapi.json")) {
    g_autofree char *text = cr_web_openapi_format(web.root);
    answer->type = "application/json";
    g_string_append(answer->body, text);
    return;
  }
  web.base = take_form(request->path, web.arena, &web.form);
  if (!strcmp(web.base, "/fleet")) /* "/" has no name to which an end could be put */
    web.base = "/";
  else if (!strcmp(web.base, "/") && web.form != CR_WEB_HTML)
    web.base = "/.";
  web.page = find_page(web.base, &web.argument);
  g_autoptr(GError) error = NULL;
  if (!write_page(&web, &error))
    put_error(&web, error);
}

void cr_web_answer_clear(CrWebAnswer *answer)
{
  if (answer->body)
    g_string_free(g_steal_pointer(&answer->body), TRUE);
  g_clear_pointer(&answer->arena, cr_arena_free);
}
