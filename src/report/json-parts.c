/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json-parts.h"

#include "base/day.h"

#include "base/error.h"
#include "config.h"

void cr_report_write_time(CrJsonWriter *writer, const char *name, gint64 seconds)
{
  g_autofree char *text = cr_time_format_utc(seconds);
  cr_json_key_string(writer, name, text);
}

void cr_report_write_count(CrJsonWriter *writer, const char *name, gint64 value)
{
  if (value >= 0) {
    cr_json_key_integer(writer, name, value);
    return;
  }
  cr_json_key(writer, name);
  cr_json_null(writer);
}

void cr_report_write_tool(CrJsonWriter *writer, const CrScan *scan)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", "careen");
  cr_json_key_string(writer, "version", CR_VERSION);
  cr_json_key(writer, "data");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "advisories", scan->data_advisories);
  cr_json_key_string(writer, "support", scan->data_support);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
}

static void write_labels(CrJsonWriter *writer, const CrImage *image)
{
  cr_json_begin_object(writer);
  for (guint i = 0; image->label_names[i]; i++)
    cr_json_key_string(writer, image->label_names[i], image->label_values[i]);
  cr_json_end_object(writer);
}

static void write_layer(CrJsonWriter *writer, const CrLayerInfo *layer)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "digest", layer->digest);
  cr_json_key_string(writer, "diff_id", layer->diff_id);
  cr_json_key_integer(writer, "size", layer->size_bytes);
  cr_json_key_string(writer, "created_by", layer->created_by);
  cr_json_end_object(writer);
}

void cr_report_write_image_names(CrJsonWriter *writer, const CrImage *image)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "ref", image->ref);
  cr_json_key_string(writer, "source", image->source);
  cr_json_key_string(writer, "name", image->name);
  cr_json_key_string(writer, "id", image->id);
  cr_json_key_string(writer, "digest", image->digest);
  cr_json_key_string(writer, "platform", image->platform);
  cr_json_end_object(writer);
}

void cr_report_write_image(CrJsonWriter *writer, const CrImage *image)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "ref", image->ref);
  cr_json_key_string(writer, "source", image->source);
  cr_json_key_string(writer, "id", image->id);
  cr_json_key_string(writer, "digest", image->digest);
  cr_json_key_string(writer, "platform", image->platform && *image->platform ? image->platform : NULL);
  cr_json_key_string(writer, "created", image->created);
  cr_json_key_integer(writer, "size", image->size_bytes);
  cr_json_key_strings(writer, "entrypoint", image->entrypoint);
  cr_json_key_strings(writer, "cmd", image->cmd);
  cr_json_key_string(writer, "user", image->user ? image->user : "");
  cr_json_key_string(writer, "workdir", image->workdir ? image->workdir : "");
  cr_json_key(writer, "labels");
  write_labels(writer, image);
  cr_json_key(writer, "layers");
  cr_json_begin_array(writer);
  for (guint i = 0; i < image->layer_count; i++)
    write_layer(writer, &image->layers[i]);
  cr_json_end_array(writer);
  cr_json_end_object(writer);
}

void cr_report_write_os(CrJsonWriter *writer, const CrOs *os)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "id", os->id);
  cr_json_key_string(writer, "version", os->version);
  cr_json_key_string(writer, "codename", os->codename);
  cr_json_key_string(writer, "name", os->name);
  cr_json_key(writer, "support");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "phase", cr_support_phase_get_name(os->support.phase));
  cr_json_key_string(writer, "until", os->support.until);
  cr_json_key_string(writer, "steward", os->support.steward);
  cr_json_key_string(writer, "evidence", os->support.evidence);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
}

static void write_steward(CrJsonWriter *writer, const CrSteward *steward)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "kind", cr_steward_kind_get_name(steward->kind));
  cr_json_key_string(writer, "name", steward->name);
  cr_json_key_string(writer, "until", steward->until);
  cr_json_key_string(writer, "proof", cr_proof_get_name(steward->proof));
  cr_json_key_string(writer, "evidence", steward->evidence);
  cr_json_end_object(writer);
}

static void write_reach(CrJsonWriter *writer, const CrReachOf *reach)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "level", cr_reach_level_get_name(reach->level));
  cr_json_key_strings(writer, "via", reach->via);
  cr_json_end_object(writer);
}

void cr_report_write_identity(CrJsonWriter *writer, const CrPackage *package)
{
  cr_json_key_string(writer, "purl", package->purl);
  cr_json_key_string(writer, "type", package->type);
  cr_json_key_string(writer, "name", package->name);
  cr_json_key_string(writer, "version", package->version);
  cr_json_key_string(writer, "arch", package->arch);
  cr_json_key(writer, "source");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", package->source_name);
  cr_json_key_string(writer, "version", package->source_version);
  cr_json_end_object(writer);
}

void cr_report_write_package(CrJsonWriter *writer, gconstpointer item)
{
  const CrPackage *package = item;
  cr_json_begin_object(writer);
  cr_report_write_identity(writer, package);
  cr_json_key_strings(writer, "paths", package->paths);
  cr_report_write_count(writer, "layer", package->layer);
  cr_json_key_string(writer, "status", package->status);
  cr_json_key(writer, "steward");
  write_steward(writer, &package->steward);
  cr_json_key(writer, "support");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "status", cr_package_support_get_name(package->support));
  cr_json_key_string(writer, "note", package->support_note);
  cr_json_end_object(writer);
  cr_json_key(writer, "reach");
  write_reach(writer, &package->reach);
  cr_json_end_object(writer);
}

void cr_report_write_update(CrJsonWriter *writer, gconstpointer item)
{
  const CrUpdate *update = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", update->package->name);
  cr_json_key_string(writer, "arch", update->package->arch);
  cr_json_key_string(writer, "installed", update->package->version);
  cr_json_key_string(writer, "candidate", update->candidate);
  cr_json_key_string(writer, "source", update->source);
  cr_json_key_string(writer, "archive", update->archive ? update->archive->name : NULL);
  cr_json_key_boolean(writer, "security", update->security);
  cr_json_key_boolean(writer, "configured", update->configured);
  cr_json_key_boolean(writer, "held", update->held);
  cr_json_key_string(writer, "by", cr_update_by_get_name(update->by));
  cr_json_key_string(writer, "kept_back", update->kept_back);
  cr_json_key_string(writer, "reach", cr_reach_level_get_name(update->package->reach.level));
  cr_json_key_string(writer, "from", cr_from_get_name(update->from));
  cr_json_key_strings(writer, "brings", update->brings);
  cr_json_key_strings(writer, "removes", update->removes);
  if (update->fixes) {
    cr_json_key_strings(writer, "fixes", update->fixes);
  } else {
    cr_json_key(writer, "fixes");
    cr_json_null(writer);
  }
  cr_json_key_string(writer, "fix_since", update->fix_since);
  cr_json_end_object(writer);
}

static void write_number(CrJsonWriter *writer, const char *name, double value)
{
  cr_json_key(writer, name);
  if (value < 0)
    cr_json_null(writer);
  else
    cr_json_double(writer, value);
}

void cr_report_write_finding(CrJsonWriter *writer, gconstpointer item)
{
  const CrFinding *finding = item;
  const CrPackage *package = finding->package;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "id", finding->id);
  cr_json_key_strings(writer, "aliases", finding->aliases);
  cr_json_key_string(writer, "package", package ? package->name : NULL);
  cr_json_key_string(writer, "purl", package ? package->purl : NULL);
  cr_json_key_string(writer, "installed", package ? package->version : NULL);
  cr_json_key_string(writer, "fixed", finding->fixed);
  cr_json_key_string(writer, "status", finding->status);
  cr_json_key_string(writer, "vendor_status", finding->vendor_status);
  cr_json_key_string(writer, "severity", cr_severity_get_name(finding->severity));
  cr_json_key_string(writer, "severity_source", finding->severity_source);
  write_number(writer, "cvss", finding->cvss);
  cr_json_key_string(writer, "cvss_vector", finding->cvss_vector);
  write_number(writer, "epss", finding->epss);
  cr_json_key_boolean(writer, "exploited", finding->exploited);
  cr_json_key_string(writer, "reach", cr_reach_level_get_name(finding->reach));
  cr_report_write_count(writer, "layer", package ? package->layer : -1);
  cr_json_key_string(writer, "source", finding->source);
  cr_json_key_string(writer, "seen_since", finding->seen_since);
  cr_json_key_string(writer, "suppressed", finding->suppressed);
  cr_json_end_object(writer);
}

void cr_report_write_unowned(CrJsonWriter *writer, gconstpointer item)
{
  const CrUnowned *file = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "path", file->path);
  cr_json_key_string(writer, "kind", file->kind);
  cr_json_key_string(writer, "built_with", file->built_with);
  cr_report_write_count(writer, "layer", file->layer);
  cr_json_key(writer, "steward");
  write_steward(writer, &file->steward);
  cr_json_key(writer, "reach");
  write_reach(writer, &file->reach);
  cr_json_end_object(writer);
}

void cr_report_write_problems(CrJsonWriter *writer, const CrProblems *problems)
{
  cr_json_begin_array(writer);
  for (guint i = 0; i < cr_problems_get_count(problems); i++) {
    const CrProblem *problem = cr_problems_get(problems, i);
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "kind", cr_problem_kind_get_name(problem->kind));
    cr_json_key_string(writer, "where", problem->where);
    cr_json_key_string(writer, "what", problem->what);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}

void cr_report_write_error(CrJsonWriter *writer, const char *schema, const char *ref, const GError *error)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", schema);
  cr_json_key(writer, "image");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "ref", ref);
  cr_json_end_object(writer);
  cr_json_key(writer, "error");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "code", cr_error_get_name(error));
  cr_json_key_string(writer, "message", error->message);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
}

void cr_report_write_array(CrJsonWriter *writer, const char *name, const GPtrArray *items, CrReportWrite write)
{
  cr_json_key(writer, name);
  cr_json_begin_array(writer);
  for (guint i = 0; i < items->len; i++)
    write(writer, items->pdata[i]);
  cr_json_end_array(writer);
}

void cr_report_take_json(CrReport *report, CrJsonWriter *writer)
{
  cr_json_writer_take(writer, report->text);
  cr_report_relieve(report);
}

void cr_report_stream_array(CrReport *report, CrJsonWriter *writer, const char *name, const GPtrArray *items,
                            CrReportWrite write)
{
  cr_json_key(writer, name);
  cr_json_begin_array(writer);
  for (guint i = 0; i < items->len; i++) {
    write(writer, items->pdata[i]);
    if (i % 256 == 255)
      cr_report_take_json(report, writer);
  }
  cr_json_end_array(writer);
}
