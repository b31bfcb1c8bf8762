/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON beside the pages, as OpenAPI 3.1: from the table of pages, with a schema for each answer. */
#include "config.h"
#include "web/web.h"

#include <string.h>

/* ---- schemas: an object each; "?" behind a type: or null; TYPE "[X]": an array of X; "@NAME": another of these ----
 */

typedef struct {
  const char *name, *type;
} Member;

typedef struct {
  const char *name;
  const Member *members; /* ended by one without a name */
  gboolean open;         /* it may have others */
} Schema;

/* clang-format off */
static const Member error_members[] = {{"error", "@ErrorBody"}, {0}};
static const Member error_body[] = {{"code", "string"}, {"message", "string"}, {"hint", "string?"}, {0}};
static const Member place[] = {{"host", "string"}, {"engine", "string"}, {"name", "string"}, {"state", "string?"},
                               {"since", "string?"}, {"seen", "string?"}, {0}};
static const Member image[] = {
    {"id", "string"}, {"name", "string"}, {"verdict", "string"}, {"reason", "string?"}, {"system", "string?"},
    {"platform", "string?"}, {"digest", "string?"}, {"base", "string?"}, {"base_id", "string?"}, {"looked", "string?"},
    {"advisories", "string?"}, {"older", "boolean"}, {"updates", "integer?"}, {"security_updates", "integer?"},
    {"reached_security_updates", "integer?"}, {"findings", "integer?"}, {"urgent", "integer?"}, {"exploited", "integer?"},
    {"names", "[@Place]"}, {"containers", "[@Place]"}, {0}};
static const Member fleet[] = {{"schema", "string"}, {"images", "[@Image]"}, {0}};
static const Member update[] = {{"package", "string"}, {"installed", "string"}, {"candidate", "string"},
                                {"security", "boolean"}, {"reach", "string"}, {"archive", "string?"}, {0}};
static const Member finding[] = {{"id", "string"}, {"package", "string"}, {"installed", "string"}, {"fixed", "string?"},
                                 {"status", "string"}, {"severity", "string"}, {"reach", "string"},
                                 {"exploited", "boolean"}, {"suppressed", "string?"}, {0}};
static const Member report[] = {{"packages", "integer"}, {"ways", "[@Way]"}, {0}};
static const Member image_page[] = {{"schema", "string"}, {"image", "@Image"}, {"updates", "[@Update]"},
                                    {"findings", "[@Finding]"}, {"report", "@Report?"}, {0}};
static const Member way[] = {{"path", "string"}, {"level", "string"}, {"kind", "string?"}, {"evidence", "string?"},
                             {"package", "string?"}, {"from", "integer?"}, {0}};
static const Member reach[] = {{"schema", "string"}, {"image", "string"}, {"id", "string"}, {"ways", "[@Way]?"}, {0}};
static const Member plan[] = {{"schema", "string"}, {"created", "string?"}, {"steps", "[@Step]"}, {0}};
static const Member step[] = {{"id", "string"}, {"image", "string"}, {"image_id", "string?"}, {"action", "string"},
                              {"reason", "string"}, {"state", "string"}, {"wave", "integer"}, {0}};
static const Member history[] = {{"schema", "string"}, {"runs", "[@Run]"}, {"more", "boolean"}, {0}};
static const Member run[] = {{"run", "integer"}, {"command", "string"}, {"began", "string?"}, {"finished", "string?"},
                             {"result", "string"}, {"summary", "string?"}, {"undoes", "integer?"}, {"steps", "[@RunStep]"}, {0}};
static const Member run_step[] = {{"number", "integer"}, {"kind", "string"}, {"subject", "string"}, {"state", "string"},
                                  {"before", "string?"}, {"after", "string?"}, {0}};
static const Member calendar[] = {{"schema", "string"}, {"releases", "[@Release]"}, {0}};
static const Member release[] = {{"system", "string"}, {"phase", "string"}, {"steward", "string?"}, {"until", "string?"},
                                 {"days_left", "integer?"}, {"containers", "integer"}, {"images", "[string]"}, {0}};
static const Member status[] = {{"schema", "string"}, {"host", "string"}, {"when", "string?"}, {"worries", "[string]"},
                                {"images", "integer"}, {"containers", "integer"}, {"unseen", "integer"},
                                {"advisories", "string?"}, {"newest_look", "string?"}, {"oldest_look", "string?"},
                                {"failed_digests", "[@Digest]"}, {"progress", "@Progress"}, {0}};
static const Member digest[] = {{"digest", "string"}, {"why", "string"}, {"since", "string?"}, {0}};
static const Member progress[] = {{"schema", "string"}, {"run", "@Working?"}, {"stage", "@Stage?"}, {"working", "boolean"},
                                  {"worker", "string?"}, {"watching", "boolean"}, {"interrupted", "integer"}, {0}};
static const Member working[] = {{"id", "integer"}, {"command", "string"}, {"result", "string"}, {"started", "string?"},
                                 {"ended", "string?"}, {"planned", "integer"}, {"current", "string?"}, {"subject", "string?"}, {0}};
static const Member stage[] = {{"what", "string"}, {"unit", "string"}, {"done", "integer"}, {"total", "integer"}, {"subject", "string?"}, {0}};
static const Member where[] = {{"schema", "string"}, {"hits", "[@Hit]"}, {0}};
static const Member hit[] = {{"image", "string?"}, {"what", "string?"}, {0}};

static const Schema schemas[] = {
    {"Error", error_members, FALSE}, {"ErrorBody", error_body, FALSE}, {"Place", place, FALSE}, {"Image", image, FALSE},
    {"Fleet", fleet, FALSE}, {"Update", update, FALSE}, {"Finding", finding, FALSE}, {"Report", report, TRUE},
    {"ImagePage", image_page, FALSE}, {"Way", way, FALSE}, {"Reach", reach, FALSE}, {"Plan", plan, TRUE},
    {"Step", step, TRUE}, {"History", history, FALSE}, {"Run", run, TRUE}, {"RunStep", run_step, TRUE},
    {"Calendar", calendar, FALSE}, {"Release", release, FALSE}, {"Status", status, FALSE}, {"Digest", digest, FALSE},
    {"Progress", progress, FALSE}, {"Working", working, TRUE}, {"Stage", stage, FALSE}, {"Where", where, TRUE}, {"Hit", hit, TRUE},
};

typedef struct {
  const char *name, *what;
} Parameter;

static const Parameter fleet_query[] = {{"q", "part of a name, system, base or container"}, {"verdict", "only of this verdict"}, {0}};
static const Parameter image_query[] = {
    {"q", "part of a flaw's or package's name"}, {"severity", "this one and worse"}, {"reach", "this one and nearer"},
    {"status", "only of this status"}, {"sort", "severity, reach, package, flaw or epss"},
    {"suppressed", "1: also what rules hide"}, {0}};
static const Parameter plan_query[] = {{"all", "1: of CSV, also images with nothing to do"}, {0}};
static const Parameter history_query[] = {{"subject", "only runs with a step of this image or container"}, {"limit", "runs"}, {0}};
static const Parameter where_query[] = {{"q", "a flaw, package, path or digest: required"}, {0}};
static const Parameter none[] = {{0}};

static const struct {
  const CrWebPage *page;
  const char *path, *schema, *what; /* PATH without its end */
  const Parameter *query;
} rows[] = {
    {&cr_web_fleet, "/fleet", "Fleet", "Images of the fleet", fleet_query},
    {&cr_web_image, "/image/{id}", "ImagePage", "One image", image_query},
    {&cr_web_reach, "/reach/{id}", "Reach", "Ways from the start of an image to what has something to be said of", none},
    {&cr_web_plan, "/plan", "Plan", "The newest plan of the whole fleet, careen.plan/1", plan_query},
    {&cr_web_history, "/history", "History", "What was done, careen.history/1", history_query},
    {&cr_web_run, "/run/{run}", "History", "One run with its plan", none},
    {&cr_web_calendar, "/calendar", "Calendar", "When the watching ends", none},
    {&cr_web_status, "/status", "Status", "Is all well?", none},
    {&cr_web_where, "/where", "Where", "Which images have it, careen.where/1", where_query},
};
/* clang-format on */

/* ---- writing ---- */

static void write_reference(CrJsonWriter *writer, const char *name)
{
  g_autofree char *path = g_strconcat("#/components/schemas/", name, NULL);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "$ref", path);
  cr_json_end_object(writer);
}

static void write_type(CrJsonWriter *writer, const char *type);

static void write_plain_type(CrJsonWriter *writer, const char *type, gboolean nullable)
{
  const char *const words[] = {type, "null", NULL};
  cr_json_begin_object(writer);
  if (nullable)
    cr_json_key_strings(writer, "type", words);
  else
    cr_json_key_string(writer, "type", type);
  cr_json_end_object(writer);
}

static void write_array_type(CrJsonWriter *writer, const char *inner)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "type", "array");
  cr_json_key(writer, "items");
  write_type(writer, inner);
  cr_json_end_object(writer);
}

static void write_type(CrJsonWriter *writer, const char *type)
{
  gboolean nullable = g_str_has_suffix(type, "?");
  g_autofree char *name = g_strndup(type, strlen(type) - nullable);
  if (*name != '@' && *name != '[') {
    write_plain_type(writer, name, nullable);
    return;
  }
  if (nullable) {
    cr_json_begin_object(writer);
    cr_json_key(writer, "oneOf");
    cr_json_begin_array(writer);
  }
  if (*name == '@') {
    write_reference(writer, name + 1);
  } else {
    name[strlen(name) - 1] = '\0';
    write_array_type(writer, name + 1);
  }
  if (nullable) {
    write_plain_type(writer, "null", FALSE);
    cr_json_end_array(writer);
    cr_json_end_object(writer);
  }
}

static void write_schema(CrJsonWriter *writer, const Schema *schema)
{
  cr_json_key(writer, schema->name);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "type", "object");
  cr_json_key(writer, "properties");
  cr_json_begin_object(writer);
  for (const Member *member = schema->members; member->name; member++) {
    cr_json_key(writer, member->name);
    write_type(writer, member->type);
  }
  cr_json_end_object(writer);
  cr_json_key(writer, "required");
  cr_json_begin_array(writer);
  for (const Member *member = schema->members; member->name; member++)
    cr_json_string(writer, member->name);
  cr_json_end_array(writer);
  cr_json_key_boolean(writer, "additionalProperties", schema->open);
  cr_json_end_object(writer);
}

static void write_parameter(CrJsonWriter *writer, const char *name, const char *in, const char *what)
{
  gboolean required = !strcmp(in, "path") || (what && strstr(what, "required"));
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", name);
  cr_json_key_string(writer, "in", in);
  cr_json_key_boolean(writer, "required", required);
  if (what)
    cr_json_key_string(writer, "description", what);
  cr_json_key(writer, "schema");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "type", "string");
  cr_json_end_object(writer);
  cr_json_end_object(writer);
}

static void write_response(CrJsonWriter *writer, const char *code, const char *what, const char *type,
                           const char *schema)
{
  cr_json_key(writer, code);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "description", what);
  cr_json_key(writer, "content");
  cr_json_begin_object(writer);
  cr_json_key(writer, type);
  cr_json_begin_object(writer);
  if (schema) {
    cr_json_key(writer, "schema");
    write_reference(writer, schema);
  }
  cr_json_end_object(writer);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
}

static void write_path(CrJsonWriter *writer, guint i, const char *end)
{
  gboolean json = !strcmp(end, ".json");
  g_autofree char *path = g_strconcat(rows[i].path, end, NULL);
  cr_json_key(writer, path);
  cr_json_begin_object(writer);
  cr_json_key(writer, "get");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "summary", rows[i].what);
  cr_json_key(writer, "parameters");
  cr_json_begin_array(writer);
  if (rows[i].page->argument)
    write_parameter(writer, rows[i].page->argument, "path", NULL);
  for (const Parameter *it = rows[i].query; it->name; it++)
    write_parameter(writer, it->name, "query", it->what);
  cr_json_end_array(writer);
  cr_json_key(writer, "responses");
  cr_json_begin_object(writer);
  write_response(writer, "200", rows[i].what, json ? "application/json" : "text/csv", json ? rows[i].schema : NULL);
  write_response(writer, "400", "The question cannot be understood", json ? "application/json" : "text/html",
                 json ? "Error" : NULL);
  write_response(writer, "404", "Nothing of that name is on record", json ? "application/json" : "text/html",
                 json ? "Error" : NULL);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
}

/* Where PATHs are below; without it they are below "/". */
static void write_server(CrJsonWriter *writer, const char *root)
{
  cr_json_key(writer, "servers");
  cr_json_begin_array(writer);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "url", root);
  cr_json_end_object(writer);
  cr_json_end_array(writer);
}

char *cr_web_openapi_format(const char *root)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "openapi", "3.1.0");
  cr_json_key(writer, "info");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "title", "careen");
  cr_json_key_string(writer, "version", CR_VERSION);
  cr_json_key_string(writer, "description", "What careen has on record, read only.");
  cr_json_end_object(writer);
  if (*root)
    write_server(writer, root);
  cr_json_key(writer, "paths");
  cr_json_begin_object(writer);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    if (rows[i].page->json)
      write_path(writer, i, ".json");
    if (rows[i].page->csv)
      write_path(writer, i, ".csv");
  }
  cr_json_end_object(writer);
  cr_json_key(writer, "components");
  cr_json_begin_object(writer);
  cr_json_key(writer, "schemas");
  cr_json_begin_object(writer);
  for (guint i = 0; i < G_N_ELEMENTS(schemas); i++)
    write_schema(writer, &schemas[i]);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}
