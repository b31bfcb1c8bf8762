/* SPDX-License-Identifier: Apache-2.0 */
/* The page: what is on record, for people with a browser and for programs. A family: one CrWebPage a page, one file
 * each, one table in web.c; each answers as HTML, most as JSON ("/plan.json") and CSV, too.
 *
 * An answer is a pure function of a request and of the record, which is only read: neither an engine nor a network is
 * asked. HTTP itself, and who may ask, is server.c's. What comes from images is text wherever it goes: everything that
 * is put into HTML goes through cr_markup_printf_xml (WEB_PUT), everything into an address through cr_web_link. */
#pragma once
#include "base/cache.h"
#include "base/json.h"
#include "record/ask.h"
#include "report/markup.h"

typedef enum { CR_WEB_HTML, CR_WEB_JSON, CR_WEB_CSV } CrWebForm;

typedef struct {
  const char *path;                         /* as asked, decoded: "/image/1a2b3c4d5e6f.json"; begins with '/' */
  const char *root;                         /* what stands before PATH in addresses: "/careen", ""; NULL: "" (root.h) */
  const char *const *names, *const *values; /* of the query, decoded, parallel; NULL ends */
  CrRecord *record;
  const CrCache *cache; /* for paths: indexes of layers */
  gint64 now;           /* seconds */
  const char *token;    /* against forged requests, where something may be asked for (apply.h); else NULL */
} CrWebRequest;

typedef struct {
  guint status;
  const char *type;     /* of the body */
  const char *location; /* of a redirect, or NULL; in ARENA */
  GString *body;
  CrArena *arena;
} CrWebAnswer;

/* Always an answer: 200, 303, 400, 404 or 500 with a page that says why. */
void cr_web_answer(const CrWebRequest *request, CrWebAnswer *answer);
void cr_web_answer_clear(CrWebAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CrWebAnswer, cr_web_answer_clear)

/* ---- for the pages ---- */

typedef struct CrWebPage CrWebPage;

/* One answer in the making. */
typedef struct {
  const CrWebRequest *request;
  CrWebAnswer *answer;
  const CrWebPage *page;
  const char *argument; /* what stands behind a page's own path, "1a2b3c4d5e6f"; or NULL */
  const char *root;     /* "" or "/careen": before every address */
  const char *base;     /* the path without ".json" and ".csv": of the forms' own links */
  CrArena *arena;
  GString *out; /* the answer's body */
  CrWebForm form;
} CrWeb;

/* FALSE with ERROR: CR_ERROR_NOT_FOUND is 404, CR_ERROR_USAGE 400, all else 500. */
typedef gboolean (*CrWebWrite)(CrWeb *web, GError **error);

struct CrWebPage {
  const char *path;           /* "/plan"; "/image/" with an argument behind it */
  const char *title;          /* in the list of pages, and of the window */
  gboolean listed;            /* in that list */
  const char *argument;       /* what stands behind it, for OpenAPI and errors; NULL: nothing */
  const char *needs;          /* what the query must have for the other forms; or NULL */
  CrWebWrite html, json, csv; /* NULL: it has no such form */
};

extern const CrWebPage cr_web_fleet, cr_web_image, cr_web_reach, cr_web_plan, cr_web_history, cr_web_run,
    cr_web_calendar, cr_web_status, cr_web_where;

#define WEB_PUT(web, ...) cr_markup_printf_xml((web)->out, __VA_ARGS__)

/* The value of NAME in the query, or FALLBACK; empty counts as none. */
const char *cr_web_find(const CrWeb *web, const char *name, const char *fallback);
guint cr_web_find_number(const CrWeb *web, const char *name, guint fallback, guint most);
/* "PATH" with every byte that is not plain escaped for an address; for one segment or value. In the answer's arena. */
const char *cr_web_link(const CrWeb *web, const char *text);
/* Its first LETTERS, and "…" where it has more. In the arena. */
const char *cr_web_cut(const CrWeb *web, const char *text, guint letters);
/* Is PART in TEXT, whatever the case? Bytes that are no UTF-8 are U+FFFD. */
gboolean cr_web_contains(const char *text, const char *part);
/* "1a2b3c4d5e6f" of "sha256:1a2b…", else all of it, for an address. */
const char *cr_web_name_image(const CrWeb *web, const char *image_id);
/* ROOT "/image/1a2b3c4d5e6f" of "sha256:1a2b…", or "/image/…" of whatever else it is. */
const char *cr_web_link_image(const CrWeb *web, const char *image_id);
/* "1a2b3c4d5e6f" of "sha256:…". */
const char *cr_web_shorten(const CrWeb *web, const char *id);

/* The begin of a page up to its content, TITLE in the window's name; SUBTITLE (may be NULL) below the heading. */
void cr_web_begin(CrWeb *web, const char *title, const char *subtitle);
void cr_web_end(CrWeb *web);
/* "<time datetime=…>2026-11-28 04:00</time>", or "never". */
void cr_web_put_time(CrWeb *web, gint64 seconds);
/* How long ago, for people: "3 hours ago". In the arena. */
const char *cr_web_format_age(const CrWeb *web, gint64 seconds);
/* A verdict's shape and word; "unseen": never looked at. */
void cr_web_put_verdict(CrWeb *web, const char *verdict);
/* Only known words become names of classes. */
const char *cr_web_verdict_class(const char *verdict);
const char *cr_web_verdict_label(const char *verdict);
int cr_web_verdict_rank(const char *verdict); /* 0: the worst */
const char *cr_web_severity_class(const char *severity);
int cr_web_severity_rank(const char *severity); /* 0: critical */
/* "PAGE of PAGES" with links that keep the rest of the query; nothing where there is only one. */
void cr_web_put_pager(CrWeb *web, guint page, guint pages);
/* The query as it is but NAME, which is VALUE (NULL: left out): "?q=x&page=2". */
const char *cr_web_format_query(const CrWeb *web, const char *name, const char *value);
/* An option of a <select>. */
void cr_web_put_option(CrWeb *web, const char *value, const char *label, const char *chosen);
/* A cell of CSV, and the end of a line behind it or a comma. */
void cr_web_csv(CrWeb *web, const char *text, gboolean last);
void cr_web_csv_number(CrWeb *web, gint64 value, gboolean last);
/* JSON: what WRITER has is the body. */
void cr_web_take_json(CrWeb *web, CrJsonWriter *writer);

/* All pages, NULL-terminated. */
const CrWebPage *const *cr_web_pages_get(void);
/* …as OpenAPI 3.1 says them (openapi.c), below ROOT ("": "/"). Free with g_free. */
char *cr_web_openapi_format(const char *root);
