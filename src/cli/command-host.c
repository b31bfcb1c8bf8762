/* SPDX-License-Identifier: Apache-2.0 */
/* careen host: kernel and container tooling of this machine. */
#include "cli/look.h"
#include "fleet/show.h"
#include "image/engine.h"

typedef struct {
  CrJsonDoc *info, *version;
} Answers;

static void clear_answers(Answers *answers)
{
  g_clear_pointer(&answers->info, cr_json_doc_free);
  g_clear_pointer(&answers->version, cr_json_doc_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answers, clear_answers)

/* What the engine says of itself; FALSE: none is there. A service of Podman's is not started for it. */
static gboolean ask(gboolean podman, const CrSourceOptions *options, Answers *answers)
{
  g_autoptr(CrEngine) engine = cr_engine_open(options, podman, FALSE, NULL);
  answers->info = engine ? cr_engine_get(engine, "/info", NULL) : NULL;
  answers->version = answers->info ? cr_engine_get(engine, "/version", NULL) : NULL;
  return answers->version != NULL;
}

static int run(const CrCall *call, GError **error)
{
  if (!cr_look_check_gate(call, "host", "pending", error))
    return -1;
  g_autoptr(CrLook) look = cr_look_new(call->settings, error);
  if (!look)
    return -1;
  g_auto(Answers) docker = {0}, podman = {0};
  CrHostEngine engines[2];
  guint count = 0;
  if (ask(FALSE, &look->options.source, &docker))
    engines[count++] = (CrHostEngine){"docker", cr_json_get_root(docker.info), cr_json_get_root(docker.version)};
  if (ask(TRUE, &look->options.source, &podman))
    engines[count++] = (CrHostEngine){"podman", cr_json_get_root(podman.info), cr_json_get_root(podman.version)};
  g_autoptr(CrHost) host = cr_host_look(&look->options, engines, count, error);
  g_autoptr(CrReport) report = host ? cr_look_report_new(call) : NULL;
  if (!report)
    return -1;
  if (cr_look_wants_json(call))
    cr_host_write_json(host, report);
  else
    cr_host_write_table(host, report);
  if (!cr_look_flush(call, report, error))
    return -1;
  return call->settings->fail_on && cr_host_needs_something(host) ? 1 : cr_scan_get_exit_code(host->scan);
}

static const CrExample examples[] = {
    {"careen host", "what is pending for the kernel and for what runs containers"},
    {"careen host --fail-on pending", "for monitoring: exit 1 when something is to be done"},
    {"careen host -f json | jq '.tools[] | select(.security)'", "tools with security updates"},
    {NULL, NULL},
};

const CrCommand cr_command_host = {
    .name = "host",
    .summary = "kernel and container tooling of this machine",
    .description =
        "Look at what containers of this machine stand on: the kernel that runs against those that are installed and "
        "what the archive has; docker.io, containerd, runc, crun, podman, buildah and their like with pending updates, "
        "known flaws and support; copies of them that no package owns (static Go programs in /usr/local/bin), by what "
        "was built into them; settings of the engines that decide what an update costs (live-restore, user "
        "namespaces, the API's version); and containers that are held by a program which was replaced since they "
        "began.\n\n"
        "Only a few folders are read, so it takes a moment; careen scan host:/ looks at the whole machine. Root sees "
        "all processes; others see their own, and that is said.",
    .examples = examples,
    .run = run,
};
