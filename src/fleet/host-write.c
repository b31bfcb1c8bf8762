/* SPDX-License-Identifier: Apache-2.0 */
/* careen host, for people and as careen.host/1. */
#include <string.h>

#include "fleet/show.h"
#include "report/json-parts.h"
#include "report/table-parts.h"

/* ---- what it comes to ---- */

typedef struct {
  guint fixes, loose, old;
} Count;

static Count count(const CrHost *host)
{
  Count count = {0};
  for (guint i = 0; i < host->tools->len; i++) {
    const CrHostTool *tool = host->tools->pdata[i];
    count.fixes += tool->update && tool->update->security;
    count.loose += tool->loose && tool->fixable;
    count.old += tool->running_old != NULL;
  }
  return count;
}

static gboolean is_blind(const CrHost *host)
{
  for (guint i = 0; i < cr_problems_get_count(host->problems); i++)
    if (cr_problems_get(host->problems, i)->kind == CR_PROBLEM_BLIND)
      return TRUE;
  return FALSE;
}

/* "3 tools still run the file of before", behind "; " */
static void add_part(GString *line, guint number, const char *one, const char *more)
{
  if (number)
    g_string_append_printf(line, "%s%u %s", line->len ? "; " : "", number, number == 1 ? one : more);
}

static void write_verdict(CrText *text, const CrHost *host)
{
  Count all = count(host);
  g_autoptr(GString) line = g_string_new(NULL);
  if (cr_kernel_needs_reboot(host->kernel))
    g_string_append(line, host->kernel->state >= CR_KERNEL_ABI ? "a newer kernel is installed and does not run yet"
                                                               : "packages ask for a reboot");
  if (host->kernel_update)
    g_string_append_printf(line, "%sthe archive has a newer kernel", line->len ? "; " : "");
  add_part(line, all.fixes, "container tool has security updates", "container tools have security updates");
  add_part(line, all.loose, "program beside the package manager needs a newer build",
           "programs beside the package manager need a newer build");
  add_part(line, all.old, "tool still runs the file of before", "tools still run the file of before");
  add_part(line, host->held->len, "container is held by a program that was replaced since",
           "containers are held by a program that was replaced since");
  const char *word = is_blind(host)                         ? "BLIND"
                     : cr_kernel_needs_reboot(host->kernel) ? "REBOOT"
                     : line->len                            ? "UPDATE"
                                                            : "CURRENT";
  CrStyle style = !strcmp(word, "CURRENT") ? CR_STYLE_GREEN : !strcmp(word, "UPDATE") ? CR_STYLE_YELLOW : CR_STYLE_LOUD;
  cr_text_gap(text);
  cr_text_span(text, style, "%s", word);
  cr_text_span(text, CR_STYLE_PLAIN, "   %s",
               line->len        ? line->str
               : is_blind(host) ? "what is pending could not be looked up"
                                : "kernel and container tools have no fix pending");
  cr_text_end(text, 6);
}

/* ---- the table ---- */

static void write_kernel(CrText *text, const CrHost *host)
{
  const CrKernel *kernel = host->kernel;
  cr_table_write_heading(text, "KERNEL", NULL);
  CrTextGrid *grid = cr_text_grid_new(text, 3);
  cr_text_grid_add(grid, "running", kernel->running, kernel->running_build, NULL);
  if (host->kernel_exploited || host->kernel_flaws)
    cr_text_grid_note(grid, host->kernel_exploited ? CR_STYLE_RED : CR_STYLE_DIM, "%u known flaw%s in it%s",
                      host->kernel_flaws, cr_table_plural(host->kernel_flaws),
                      host->kernel_exploited ? ", some exploited in the wild" : "");
  if (kernel->state == CR_KERNEL_UNKNOWN)
    cr_text_grid_add(grid, "installed", "none", "no kernel image in /boot: whoever runs this machine has it", NULL);
  else if (kernel->state >= CR_KERNEL_ABI)
    cr_text_grid_add(grid, "installed", kernel->installed, kernel->installed_build ? kernel->installed_build : "newer",
                     NULL);
  if (host->kernel_update)
    cr_text_grid_add(grid, "archive", host->kernel_update->candidate, host->kernel_update->archive->name, NULL);
  cr_text_grid_end(grid);
  if (!kernel->reboot_required)
    return;
  g_autofree char *names = g_strjoinv(", ", (char **)kernel->reboot_packages);
  cr_text_span(text, CR_STYLE_RED, "  reboot required");
  cr_text_span(text, CR_STYLE_PLAIN, "%s%s", *names ? " by " : "", names);
  cr_text_end(text, 4);
}

/* "3 flaws, high, exploited · limited support" */
static char *format_flaws(const CrHostTool *tool)
{
  GString *cell = g_string_new(NULL);
  gboolean limited = tool->package && tool->package->support == CR_PACKAGE_SUPPORT_LIMITED;
  if (!tool->flaws)
    return g_string_free(g_string_append(cell, limited ? "limited support" : ""), FALSE);
  g_string_append_printf(cell, "%u flaw%s%s%s", tool->flaws, cr_table_plural(tool->flaws),
                         tool->worst == CR_SEVERITY_UNKNOWN ? "" : ", ",
                         tool->worst == CR_SEVERITY_UNKNOWN ? "" : cr_severity_get_name(tool->worst));
  if (tool->exploited)
    g_string_append(cell, ", exploited");
  if (tool->loose && tool->fixable)
    g_string_append_printf(cell, "; %u fixed by a newer build", tool->fixable);
  if (limited)
    g_string_append(cell, " · limited support");
  return g_string_free(cell, FALSE);
}

static void add_tool(CrTextGrid *grid, const CrHostTool *tool)
{
  g_autofree char *flaws = format_flaws(tool);
  g_autofree char *name = tool->loose ? g_strconcat("/", tool->name, NULL) : g_strdup(tool->name);
  g_autofree char *step = tool->update ? g_strdup_printf("%s → %s", tool->version, tool->update->candidate)
                                       : g_strdup(tool->version      ? tool->version
                                                  : tool->built_with ? tool->built_with
                                                                     : "");
  g_autofree char *what = tool->update ? g_strdup_printf("%s%s%s", tool->update->security ? "security" : "update",
                                                         *flaws ? ", " : "", flaws)
                                       : g_steal_pointer(&flaws);
  cr_text_grid_add(grid, name, step, what, NULL);
  if (tool->update && tool->update->security)
    cr_text_grid_style(grid, 0, CR_STYLE_BOLD);
  if (tool->loose)
    cr_text_grid_note(grid, CR_STYLE_DIM, "no package owns it%s%s: nobody updates it but who put it there",
                      tool->built_with ? ", built with " : "", tool->built_with ? tool->built_with : "");
  if (tool->package && tool->package->support == CR_PACKAGE_SUPPORT_ENDED)
    cr_text_grid_note(grid, CR_STYLE_RED, "its security support has ended%s%s", tool->package->support_note ? ": " : "",
                      tool->package->support_note ? tool->package->support_note : "");
  if (tool->running_old)
    cr_text_grid_note(grid, CR_STYLE_YELLOW, "%s still runs the file of before the last update: restart it",
                      tool->running_old);
}

static void write_tools(CrText *text, const CrHost *host)
{
  cr_table_write_heading(text, "CONTAINER TOOLS", NULL);
  if (!host->tools->len) {
    cr_text_line(text, "  none is installed");
    return;
  }
  CrTextGrid *grid = cr_text_grid_new(text, 3);
  for (guint i = 0; i < host->tools->len; i++)
    add_tool(grid, host->tools->pdata[i]);
  cr_text_grid_end(grid);
}

static void write_engines(CrText *text, const CrHost *host)
{
  g_autofree char *names = NULL;
  g_ptr_array_add(host->engines, NULL);
  names = g_strjoinv(" · ", (char **)host->engines->pdata);
  g_ptr_array_set_size(host->engines, (int)host->engines->len - 1);
  if (!host->engines->len)
    return;
  cr_table_write_heading(text, "ENGINES", names);
  CrTextGrid *grid = cr_text_grid_new(text, 4);
  for (guint i = 0; i < host->settings->len; i++) {
    const CrHostSetting *setting = host->settings->pdata[i];
    cr_text_grid_add(grid, setting->daemon, setting->name, setting->value, setting->what, NULL);
    cr_text_grid_style(grid, 2, setting->good ? CR_STYLE_PLAIN : CR_STYLE_YELLOW);
  }
  cr_text_grid_end(grid);
}

static void write_held(CrText *text, const CrHost *host)
{
  if (!host->held->len)
    return;
  cr_table_write_heading(text, "HELD BY THE PROGRAM OF BEFORE", NULL);
  CrTextGrid *grid = cr_text_grid_new(text, 3);
  for (guint i = 0; i < host->held->len; i++) {
    const CrContainerProcess *process = host->held->pdata[i];
    g_autofree char *id = g_strndup(process->id, 12);
    g_autofree char *what = g_strdup_printf("%s was replaced since it began: recreate the container", process->parent);
    cr_text_grid_add(grid, process->engine, id, what, NULL);
  }
  cr_text_grid_end(grid);
}

void cr_host_write_table(const CrHost *host, CrReport *report)
{
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  cr_table_write_identity(text, host->scan->image, host->scan->os);
  write_verdict(text, host);
  write_kernel(text, host);
  write_tools(text, host);
  write_engines(text, host);
  write_held(text, host);
  cr_table_write_problem_list(text, host->problems, report->all);
  cr_report_take_text(report, text);
}

/* ---- json ---- */

static void write_tool(CrJsonWriter *writer, gconstpointer item)
{
  const CrHostTool *tool = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", tool->name);
  cr_json_key_string(writer, "kind", tool->loose ? "program" : "package");
  cr_json_key_string(writer, "version", tool->version);
  cr_json_key_string(writer, "built_with", tool->built_with);
  cr_json_key_string(writer, "candidate", tool->update ? tool->update->candidate : NULL);
  cr_json_key_string(writer, "archive", tool->update ? tool->update->archive->name : NULL);
  cr_json_key_boolean(writer, "security", tool->update && tool->update->security);
  cr_json_key_integer(writer, "findings", tool->flaws);
  cr_json_key_integer(writer, "fixable", tool->fixable);
  cr_json_key_integer(writer, "exploited", tool->exploited);
  cr_json_key_string(writer, "severity", tool->flaws ? cr_severity_get_name(tool->worst) : NULL);
  cr_json_key_string(writer, "support", tool->package ? cr_package_support_get_name(tool->package->support) : NULL);
  cr_json_key_string(writer, "support_note", tool->package ? tool->package->support_note : NULL);
  cr_json_key_string(writer, "runs_old", tool->running_old);
  cr_json_end_object(writer);
}

static void write_setting(CrJsonWriter *writer, gconstpointer item)
{
  const CrHostSetting *setting = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "engine", setting->daemon);
  cr_json_key_string(writer, "name", setting->name);
  cr_json_key_string(writer, "value", setting->value);
  cr_json_key_boolean(writer, "good", setting->good);
  cr_json_key_string(writer, "what", setting->what);
  cr_json_end_object(writer);
}

static void write_engine(CrJsonWriter *writer, gconstpointer item)
{
  cr_json_string(writer, item);
}

static void write_holder(CrJsonWriter *writer, gconstpointer item)
{
  const CrContainerProcess *process = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "engine", process->engine);
  cr_json_key_string(writer, "container", process->id);
  cr_json_key_string(writer, "program", process->parent);
  cr_json_end_object(writer);
}

void cr_kernel_write_json(const CrKernel *kernel, CrJsonWriter *writer)
{
  cr_json_key_string(writer, "state", cr_kernel_state_get_name(kernel->state));
  cr_json_key_string(writer, "running", kernel->running);
  cr_json_key_string(writer, "running_build", kernel->running_build);
  cr_json_key_string(writer, "installed", kernel->installed);
  cr_json_key_string(writer, "installed_build", kernel->installed_build);
  cr_json_key_boolean(writer, "reboot_required", kernel->reboot_required);
  cr_json_key_strings(writer, "reboot_packages", kernel->reboot_packages);
}

void cr_host_write_json(const CrHost *host, CrReport *report)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.host/1");
  cr_json_key(writer, "tool");
  cr_report_write_tool(writer, host->scan);
  cr_json_key_string(writer, "host", host->scan->image->name);
  cr_json_key(writer, "os");
  cr_report_write_os(writer, host->scan->os);
  cr_json_key(writer, "kernel");
  cr_json_begin_object(writer);
  cr_kernel_write_json(host->kernel, writer);
  cr_json_key_string(writer, "candidate", host->kernel_update ? host->kernel_update->candidate : NULL);
  cr_json_key_integer(writer, "findings", host->kernel_flaws);
  cr_json_key_integer(writer, "exploited", host->kernel_exploited);
  cr_json_end_object(writer);
  cr_report_write_array(writer, "tools", host->tools, write_tool);
  cr_report_write_array(writer, "engines", host->engines, write_engine);
  cr_report_write_array(writer, "settings", host->settings, write_setting);
  cr_report_write_array(writer, "held", host->held, write_holder);
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, host->problems);
  cr_json_key_boolean(writer, "needs_something", cr_host_needs_something(host));
  cr_json_end_object(writer);
  cr_report_take_json(report, writer);
}
