/* SPDX-License-Identifier: Apache-2.0 */
#include "web/look.h"

#include <string.h>

/* ---- from the report ---- */

static const char *join(CrWeb *web, const CrJson *list)
{
  g_auto(GStrv) words = cr_json_get_strings(list);
  g_autofree char *text = g_strjoinv(" ", words);
  return *text ? cr_arena_strdup(web->arena, text) : NULL;
}

static void take_updates(CrWeb *web, CrWebLook *look)
{
  const CrJson *list = cr_json_find(look->report, "updates");
  for (guint i = 0; i < cr_json_get_length(list); i++) {
    const CrJson *it = cr_json_get_element(list, i);
    CrWebUpdate *update = cr_arena_new0(web->arena, CrWebUpdate);
    *update = (CrWebUpdate){
        .package = cr_json_find_string(it, "name", ""),
        .from = cr_json_find_string(it, "installed", ""),
        .to = cr_json_find_string(it, "candidate", ""),
        .archive = cr_json_find_string(it, "archive", NULL),
        .reach = cr_json_find_string(it, "reach", "unknown"),
        .since = cr_json_find_string(it, "fix_since", NULL),
        .fixes = join(web, cr_json_find(it, "fixes")),
        .security = cr_json_get_boolean(cr_json_find(it, "security"), FALSE),
    };
    g_ptr_array_add(look->updates, update);
  }
}

static void take_findings(CrWeb *web, CrWebLook *look)
{
  const CrJson *list = cr_json_find(look->report, "findings");
  for (guint i = 0; i < cr_json_get_length(list); i++) {
    const CrJson *it = cr_json_get_element(list, i);
    CrWebFinding *finding = cr_arena_new0(web->arena, CrWebFinding);
    *finding = (CrWebFinding){
        .id = cr_json_find_string(it, "id", ""),
        .package = cr_json_find_string(it, "package", ""),
        .installed = cr_json_find_string(it, "installed", ""),
        .fixed = cr_json_find_string(it, "fixed", NULL),
        .status = cr_json_find_string(it, "status", ""),
        .severity = cr_web_severity_class(cr_json_find_string(it, "severity", NULL)),
        .reach = cr_json_find_string(it, "reach", "unknown"),
        .suppressed = cr_json_find_string(it, "suppressed", NULL),
        .cvss = cr_json_get_double(cr_json_find(it, "cvss"), -1),
        .epss = cr_json_get_double(cr_json_find(it, "epss"), -1),
        .exploited = cr_json_get_boolean(cr_json_find(it, "exploited"), FALSE),
    };
    g_ptr_array_add(look->findings, finding);
  }
}

/* ---- from the record's lists ---- */

typedef struct {
  CrWeb *web;
  CrWebLook *look;
} Taking;

static gboolean take_update(const CrSeenThing *thing, gpointer data)
{
  const Taking *taking = data;
  CrWebUpdate *update = cr_arena_new0(taking->web->arena, CrWebUpdate);
  *update = (CrWebUpdate){.package = thing->package,
                          .from = thing->version,
                          .to = thing->candidate ? thing->candidate : "",
                          .reach = thing->reach ? thing->reach : "unknown",
                          .security = thing->security};
  g_ptr_array_add(taking->look->updates, update);
  return TRUE;
}

static gboolean take_flaw(const CrSeenThing *thing, gpointer data)
{
  const Taking *taking = data;
  CrWebFinding *finding = cr_arena_new0(taking->web->arena, CrWebFinding);
  gboolean hidden = !g_strcmp0(thing->status, "suppressed");
  *finding = (CrWebFinding){.id = thing->flaw,
                            .package = thing->package,
                            .installed = thing->version,
                            .fixed = thing->fixed && *thing->fixed ? thing->fixed : NULL,
                            .status = thing->status ? thing->status : "",
                            .severity = cr_web_severity_class(thing->severity),
                            .reach = thing->reach ? thing->reach : "unknown",
                            .suppressed = hidden ? "by a rule" : NULL,
                            .cvss = -1,
                            .epss = -1,
                            .exploited = thing->exploited};
  g_ptr_array_add(taking->look->findings, finding);
  return TRUE;
}

/* ---- both ---- */

int cr_web_reach_rank(const char *reach)
{
  static const char *const order[] = {"loaded", "possible", "unknown", "unreached"};
  int i = 0;
  while (i < (int)G_N_ELEMENTS(order) && g_strcmp0(order[i], reach) != 0)
    i++;
  return i;
}

static int compare_updates(gconstpointer a, gconstpointer b)
{
  const CrWebUpdate *x = *(const CrWebUpdate *const *)a, *y = *(const CrWebUpdate *const *)b;
  if (x->security != y->security)
    return x->security ? -1 : 1;
  int order = cr_web_reach_rank(x->reach) - cr_web_reach_rank(y->reach);
  order = order ? order : strcmp(x->package, y->package);
  return order ? order : strcmp(x->from, y->from);
}

static gboolean load(CrWeb *web, CrWebLook *look, GError **error)
{
  CrRecord *record = web->request->record;
  GError *cause = NULL;
  const CrSeenReport *report = cr_record_find_report(record, look->image->id, web->arena, &cause);
  if (cause) {
    g_propagate_error(error, cause);
    return FALSE;
  }
  if (report && report->text)
    look->doc = cr_json_parse(report->text, strlen(report->text), "a report on record", NULL);
  if (look->doc) {
    look->report = cr_json_get_root(look->doc);
    take_updates(web, look);
    take_findings(web, look);
    return TRUE;
  }
  Taking taking = {web, look};
  return cr_record_visit_updates(record, look->image->id, web->arena, take_update, &taking, error) &&
         cr_record_visit_flaws(record, look->image->id, web->arena, take_flaw, &taking, error);
}

CrWebLook *cr_web_look_load(CrWeb *web, const CrWebImage *image, GError **error)
{
  g_autoptr(CrWebLook) look = g_new0(CrWebLook, 1);
  look->image = image;
  look->updates = g_ptr_array_new();
  look->findings = g_ptr_array_new();
  if (!load(web, look, error))
    return NULL;
  g_ptr_array_sort(look->updates, compare_updates);
  return g_steal_pointer(&look);
}

void cr_web_look_free(CrWebLook *look)
{
  if (!look)
    return;
  g_ptr_array_unref(look->updates);
  g_ptr_array_unref(look->findings);
  cr_json_doc_free(look->doc);
  g_free(look);
}
