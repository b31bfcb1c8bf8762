/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/host.h"

#include <string.h>

static gboolean is_kernel(const char *package)
{
  static const char *const names[] = {"kernel", "kernel-core", "kernel-default", "linux-lts", "linux-virt"};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++)
    if (!strcmp(names[i], package))
      return TRUE;
  return g_str_has_prefix(package, "linux-image-");
}

/* What the archive has for the kernel: the update of a package that depends on the newest (linux-image-amd64) or of
 * the one that runs. */
static void look_at_kernel(CrHost *host)
{
  const CrScan *scan = host->scan;
  for (guint i = 0; i < scan->updates->len && !host->kernel_update; i++) {
    const CrUpdate *update = scan->updates->pdata[i];
    if (is_kernel(update->package->name))
      host->kernel_update = update;
  }
  g_autofree char *running = g_strconcat("linux-image-", host->kernel->running, NULL);
  for (guint i = 0; i < scan->findings->len; i++) {
    const CrFinding *finding = scan->findings->pdata[i];
    if (finding->suppressed || strcmp(finding->package->name, running) != 0)
      continue;
    host->kernel_flaws++;
    host->kernel_exploited += finding->exploited;
  }
}

static int compare_settings(const void *a, const void *b)
{
  const CrHostSetting *left = *(const CrHostSetting *const *)a, *right = *(const CrHostSetting *const *)b;
  return left->good - right->good;
}

/* Containers whose first process is held by a program that was replaced since: an upgrade does not reach them. */
static void look_at_holders(CrHost *host)
{
  g_autoptr(GPtrArray) list = cr_container_processes_list("/proc", NULL, 0, host->arena, host->problems);
  const char *last = NULL;
  for (guint i = 0; i < list->len; i++) {
    const CrContainerProcess *process = list->pdata[i];
    if (process->parent_replaced && g_strcmp0(last, process->id) != 0) {
      g_ptr_array_add(host->held, (gpointer)process);
      last = process->id;
    }
  }
}

/* A machine has no start of its own to be named, and notes on the advisories of its other packages are not asked for.
 */
static void take_problems(CrHost *host)
{
  for (guint i = 0; i < cr_problems_get_count(host->scan->problems); i++) {
    const CrProblem *problem = cr_problems_get(host->scan->problems, i);
    if (problem->kind != CR_PROBLEM_NOTE ||
        (strcmp(problem->where, "start") != 0 && strcmp(problem->where, "advisories") != 0))
      cr_problems_add(host->problems, problem->kind, problem->where, "%s", problem->what);
  }
}

CrHost *cr_host_look(const CrScanOptions *options, const CrHostEngine *engines, guint count, GError **error)
{
  g_autoptr(CrHost) host = g_new0(CrHost, 1);
  host->arena = cr_arena_new();
  host->problems = cr_problems_new();
  host->tools = g_ptr_array_new();
  host->settings = g_ptr_array_new();
  host->engines = g_ptr_array_new();
  host->held = g_ptr_array_new();
  CrScanOptions partly = *options;
  partly.source.only = cr_host_list_places(host->arena);
  host->scan = cr_scan_run("host:/", &partly, error);
  if (!host->scan)
    return NULL;
  host->kernel = cr_kernel_look("/", NULL, NULL, host->arena);
  look_at_kernel(host);
  cr_host_list_tools(host);
  for (guint i = 0; i < count; i++)
    cr_host_judge_engine(&engines[i], host->arena, host->settings, host->engines);
  g_ptr_array_sort(host->settings, compare_settings);
  look_at_holders(host);
  take_problems(host);
  cr_problems_sort(host->problems);
  return g_steal_pointer(&host);
}

void cr_host_free(CrHost *host)
{
  if (!host)
    return;
  g_clear_pointer(&host->scan, cr_scan_free);
  g_clear_pointer(&host->tools, g_ptr_array_unref);
  g_clear_pointer(&host->settings, g_ptr_array_unref);
  g_clear_pointer(&host->engines, g_ptr_array_unref);
  g_clear_pointer(&host->held, g_ptr_array_unref);
  cr_problems_free(host->problems);
  cr_arena_free(host->arena);
  g_free(host);
}

gboolean cr_host_needs_something(const CrHost *host)
{
  if (cr_kernel_needs_reboot(host->kernel) || host->kernel_update || host->held->len)
    return TRUE;
  for (guint i = 0; i < host->tools->len; i++) {
    const CrHostTool *tool = host->tools->pdata[i];
    if ((tool->update && tool->update->security) || tool->running_old || (tool->loose && tool->fixable))
      return TRUE;
  }
  return FALSE;
}
