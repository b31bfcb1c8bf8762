/* SPDX-License-Identifier: Apache-2.0 */
/* careen graph: what is built on what, and what runs it. */
#include "cli/fleet-look.h"
#include "fleet/graph.h"
#include "report/json-parts.h"

#include <string.h>

/* Lines of boxes only where the terminal's characters are UTF-8 (locale(7): LC_ALL, LC_CTYPE, LANG). */
static gboolean is_plain(void)
{
  static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  for (guint i = 0; i < G_N_ELEMENTS(variables); i++) {
    const char *value = g_getenv(variables[i]);
    g_autofree char *lower = value && *value ? g_ascii_strdown(value, -1) : NULL;
    if (lower)
      return !strstr(lower, "utf-8") && !strstr(lower, "utf8");
  }
  return TRUE;
}

static void write_text(const CrCall *call, const CrFleet *fleet, CrReport *report)
{
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  cr_graph_write_text(fleet, text, is_plain(), call->settings->all);
  cr_report_take_text(report, text);
}

static void write_json(const CrFleet *fleet, CrReport *report)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_graph_write_json(fleet, writer);
  cr_report_take_json(report, writer);
}

static int run(const CrCall *call, GError **error)
{
  const char *format = call->settings->format;
  g_autoptr(CrFleetLook) look =
      cr_fleet_look_new(call->settings, call->arguments,
                        CR_FLEET_LOOK_REGISTRIES | (call->settings->all ? CR_FLEET_LOOK_ALL : 0U), error);
  const CrFleet *fleet = look ? look->fleet : NULL;
  if (!fleet)
    return -1;
  g_autoptr(CrReport) report = cr_look_report_new(call);
  if (cr_look_wants_json(call))
    write_json(fleet, report);
  else if (format && !strcmp(format, "dot"))
    cr_graph_write_dot(fleet, report->text);
  else if (format && !strcmp(format, "svg"))
    cr_graph_write_svg(fleet, report->text);
  else
    write_text(call, fleet, report);
  return cr_look_flush(call, report, error) ? cr_problems_are_complete(fleet->problems) ? 0 : 3 : -1;
}

static const CrExample examples[] = {
    {"careen graph", "every image that is named, under its base, with its containers"},
    {"careen graph debian:12", "what is built on debian:12, and what runs that"},
    {"careen graph -f svg -o fleet.svg", "the same as a picture"},
    {"careen graph -f json | jq -r '.containers[] | select(.outdated).name'", "containers whose image has a newer one"},
    {NULL, NULL},
};

const CrCommand cr_command_graph = {
    .name = "graph",
    .arguments = "[IMAGE…]",
    .max = G_MAXUINT,
    .summary = "what is built on what, and which containers run it",
    .description =
        "Draw images, what each is built on and the containers that run them: from careen.yaml, the recipes, Compose "
        "files and manifests that it names, and the local daemons. With IMAGE (a name or a glob) only what these are "
        "built on and what is built on them.\n\n"
        "A parent is what careen.yaml (from:) or the recipe (FROM) declares; else what the image's annotation or label "
        "says, else the image whose layers are under it. How it is known is said where it is not declared. An "
        "image whose parent nobody knows is a root. Nothing is scanned. What no engine here has is asked for in its "
        "registry, but for what is built here under a name without a registry's host.\n\n"
        "'built on an older …' is an image whose layers are not those that its base's name has now; an 'outdated' "
        "container runs another image than its name has now. Exit 2: nothing has a name that was given; 3: a "
        "daemon or a file could not be read.",
    .examples = examples,
    .formats = "table json dot svg",
    .run = run,
};
