/* SPDX-License-Identifier: Apache-2.0 */
/* careen scan: a report of each image. */
#include "base/log.h"
#include "cli/gate.h"
#include "cli/look.h"
#include "fleet/facts.h"
#include "fleet/fleet.h"
#include "record/stage.h"
#include "report/news.h"

#include <string.h>

/* The first of 2, 4, 1, 3, 0 that occurs (CONTRACT.md "Exit codes"); a bug comes before all. */
static int join_codes(int a, int b)
{
  static const int order[] = {70, 2, 4, 1, 3};
  for (guint i = 0; i < G_N_ELEMENTS(order); i++)
    if (a == order[i] || b == order[i])
      return order[i];
  return 0;
}

static int judge(const CrScan *scan, const CrGates *gates)
{
  g_autofree char *why = NULL;
  int code = cr_scan_get_exit_code(scan);
  const char *advised = scan->data_advisories ? NULL : cr_gates_find_advised(gates);
  if (advised) {
    cr_log_note("gate '%s' could not be judged for '%s': there is no advisory data (careen db update)", advised,
                scan->image->ref);
    code = 3; /* found nothing must not look like could not look */
  }
  if (!cr_gates_judge(gates, scan, &why))
    return code;
  cr_log_note("gate tripped for '%s': %s", scan->image->ref, why);
  return 1;
}

typedef struct {
  const CrCall *call;
  const CrLook *look;
  const CrGates *gates;
  const CrReportFormat *format;
  CrReport *report;
  CrRecord *record; /* --remember, or NULL */
} Scanning;

/* As the fleet names it, so that careen plan knows it for the same and forgets it when it has gone: the daemon's own
 * name, or the word for what is no daemon. Free with g_free. */
static char *format_place(const Scanning *scanning, const CrImage *image)
{
  gboolean local = !strcmp(image->source, "docker") || !strcmp(image->source, "podman");
  g_autoptr(CrDaemon) daemon = local ? cr_daemon_open(image->source, &scanning->look->options.source, NULL) : NULL;
  return g_strdup(daemon ? cr_daemon_get_name(daemon) : image->source);
}

/* What was found and where it is, for careen where and status. A root file system has no name that would last. */
static gboolean remember(const Scanning *scanning, const CrScan *scan, GError **error)
{
  const CrImage *image = scan->image;
  if (!scanning->record || !image->id) {
    if (scanning->record)
      cr_log_note("'%s' is not remembered: it has no image id", image->ref);
    return TRUE;
  }
  g_autofree char *place = format_place(scanning, image);
  return cr_facts_remember(scan, place, NULL, NULL, scanning->record, error);
}

/* The code, or -1 with ERROR when nothing can be written or, of a single image, there is no report. */
static int scan_one(const Scanning *scanning, const char *image, GError **error)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(CrScan) scan = cr_look_scan(scanning->look, scanning->call->settings, image, &why);
  if (!scan) {
    if (scanning->report->images == 1) {
      g_propagate_error(error, g_steal_pointer(&why));
      return -1;
    }
    cr_cli_print_error(why);
    scanning->format->add_error(scanning->report, image, why);
    return cr_look_flush(scanning->call, scanning->report, error) ? cr_error_get_exit_code(why) : -1;
  }
  scanning->format->add(scanning->report, scan);
  if (!remember(scanning, scan, error))
    return -1;
  return cr_look_flush(scanning->call, scanning->report, error) ? judge(scan, scanning->gates) : -1;
}

/* The format, for --new-since one of its own, whose earlier report goes to *NEWS. NULL with ERROR. */
static const CrReportFormat *get_format(const CrSettings *settings, CrNews **news, GError **error)
{
  const CrReportFormat *format = cr_report_format_get(settings->format);
  if (!settings->new_since)
    return format;
  gboolean json = !strcmp(format->name, "json");
  if (!json && strcmp(format->name, "table") != 0) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot write what is new as '%s': --new-since has table and json",
                format->name);
    return NULL;
  }
  *news = cr_news_load(settings->new_since, error);
  return !*news ? NULL : json ? &cr_report_news_json : &cr_report_news;
}

static int run(const CrCall *call, GError **error)
{
  g_autoptr(CrGates) gates = cr_gates_parse(call->settings->fail_on, error);
  if (!gates)
    return -1;
  g_autoptr(CrNews) news = NULL;
  const CrReportFormat *format = get_format(call->settings, &news, error);
  g_autoptr(CrLook) look = format ? cr_look_new(call->settings, error) : NULL;
  if (!look)
    return -1;
  g_autoptr(CrRecord) record = call->settings->remember ? cr_record_open(NULL, TRUE, error) : NULL;
  if (call->settings->remember && !record)
    return -1;
  g_autoptr(CrReport) report = cr_look_report_new(call);
  report->images = g_strv_length(call->arguments);
  g_autofree char *author = call->settings->author ? g_strdup(call->settings->author)
                                                   : g_strdup_printf("%s@%s", g_get_user_name(), g_get_host_name());
  report->author = author;
  report->news = news;
  Scanning scanning = {.call = call, .look = look, .gates = gates, .format = format, .report = report};
  scanning.record = record;
  int code = 0;
  scanning.format->begin(report);
  g_autoptr(CrStage) stage = cr_stage_new(record, "looking into images", "images", report->images);
  for (guint i = 0; code >= 0 && call->arguments[i]; i++) {
    int one = scan_one(&scanning, call->arguments[i], error);
    code = one < 0 ? -1 : join_codes(code, one);
    cr_stage_advance(stage, call->arguments[i]);
  }
  scanning.format->end(report);
  if (code < 0)
    return -1;
  return cr_look_flush(call, report, error) ? code : -1;
}

static const CrExample examples[] = {
    {"careen scan nginx:1.22", "a path, else the daemon's image, else a registry's: what was taken is said"},
    {"careen scan docker:shop/web:4 registry:debian:12", "several images, a report of each"},
    {"careen scan -f json oci-archive:web.oci.tar | jq .summary", "for programs"},
    {"careen scan --fail-on security+reached,unsupported web.oci.tar", "exit 1 when CI should stop"},
    {"careen scan --remember registry:shop/web:4", "into the record, too: for careen where and status"},
    {"careen scan --command 'nginx-debug' docker:nginx", "reach of another start than the image's own"},
    {NULL, NULL},
};

const CrCommand cr_command_scan = {
    .name = "scan",
    .arguments = "IMAGE…",
    .min = 1,
    .max = G_MAXUINT,
    .formats = "table json sarif junit gitlab markdown html csv openvex summary simple bugs packages detail",
    .summary = "the report: fixes ready to install, who watches, base, verdict",
    .description =
        "Look into each IMAGE and say what is in it, which fixes the distribution's signed archives have ready today, "
        "which of them the image's own process reaches, who watches each part and until when, and what the image is "
        "built on. Nothing of the image is executed, nothing is written to a daemon, and no root is needed.\n\n"
        "IMAGE is docker:REF, podman:REF, registry:REF (also docker://REF), docker-archive:FILE, oci-archive:FILE, "
        "oci:DIR[:TAG], rootfs:DIR, rootfs:FILE.tar[.gz|.xz|.zst], container:NAME, host:/ or sbom:FILE. A plain word "
        "is a path that exists, else an image of the local daemon, else one of a registry.\n\n"
        "Exit codes: 0 done; 1 a gate of --fail-on tripped; 2 wrong use, or not an image; 3 a report, but something "
        "could not be examined and the report says what; 4 no report because of the environment: no daemon, no "
        "network, no permission, no space.",
    .examples = examples,
    .run = run,
};
