/* SPDX-License-Identifier: Apache-2.0 */
/* careen ps: needrestart for containers. */
#include "cli/fleet-look.h"
#include "fleet/ps.h"

#include <string.h>

/* Nagios has exit codes of its own; else 3 where something could not be looked at. */
static int write_answer(const CrPs *ps, const CrCall *call, CrReport *report)
{
  const char *format = call->settings->format ? call->settings->format : "table";
  if (!strcmp(format, "nagios"))
    return cr_ps_write_nagios(ps, report);
  if (!strcmp(format, "json"))
    cr_ps_write_json(ps, report);
  else if (!strcmp(format, "batch"))
    cr_ps_write_batch(ps, report);
  else
    cr_ps_write_table(ps, report);
  return cr_problems_are_complete(ps->problems) ? 0 : 3;
}

static int run(const CrCall *call, GError **error)
{
  if (!cr_look_check_gate(call, "ps", "restart", error))
    return -1;
  g_autoptr(CrFleetLook) look = cr_fleet_look_new(call->settings, NULL, 0, error);
  if (!look)
    return -1;
  g_autoptr(CrPs) ps = cr_ps_new(look->fleet, "/proc");
  g_autoptr(CrReport) report = cr_look_report_new(call);
  int code = write_answer(ps, call, report);
  if (!cr_look_flush(call, report, error))
    return -1;
  return call->settings->fail_on && cr_ps_needs_restart(ps) ? 1 : code;
}

static const CrExample examples[] = {
    {"careen ps", "containers that run something else than what is there now, and what to do"},
    {"careen ps --all", "every container, and the files that its processes still hold"},
    {"careen ps -f nagios", "a plug-in's line and exit code"},
    {"careen ps -f batch | grep ^CAREEN-CONT", "lines for scripts, as needrestart -b has them"},
    {NULL, NULL},
};

const CrCommand cr_command_ps = {
    .name = "ps",
    .summary = "which running containers use outdated images or outdated files",
    .description =
        "needrestart for containers. A container is named when its image is not what the image's name is now on this "
        "machine; when a process in it maps a program or library that was deleted or replaced since; when its package "
        "database was changed inside, which a new container would not have; when the program that holds it "
        "(containerd-shim, conmon) was replaced since it began. That the image was built on an older base than this "
        "machine has is said, too.\n\n"
        "Containers of Docker and Podman are named by their engines, those of containerd and cri-o by their cgroups. "
        "No registry is asked: careen plan does. Root sees all processes; others see their own, and that is said.\n\n"
        "Exit codes: 0, 1 with --fail-on restart, 3 something could not be looked at; with -f nagios 0 OK, 1 WARN, "
        "2 CRIT, 3 UNKNOWN.",
    .examples = examples,
    .formats = "table json batch nagios",
    .run = run,
};
