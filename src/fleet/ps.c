/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/ps.h"

#include <string.h>
#include <unistd.h>

/* ---- what the engine says ---- */

/* The files that say which packages are installed, by package manager; below them for folders. */
static gboolean is_database(const char *path)
{
  static const char *const files[] = {
      "/var/lib/dpkg/status",
      "/lib/apk/db/installed",
      "/usr/lib/apk/db/installed",
      "/var/lib/rpm/rpmdb.sqlite",
      "/var/lib/rpm/Packages",
      "/var/lib/rpm/Packages.db",
      "/usr/lib/sysimage/rpm/rpmdb.sqlite",
      "/usr/lib/sysimage/rpm/Packages.db",
      "/usr/lib/opkg/status",
  };
  static const char *const folders[] = {"/var/lib/dpkg/status.d/", "/var/lib/pacman/local/"};
  for (guint i = 0; i < G_N_ELEMENTS(files); i++)
    if (!strcmp(files[i], path))
      return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
    if (g_str_has_prefix(path, folders[i]))
      return TRUE;
  return FALSE;
}

/* Answers of 20 MiB: a container that wrote 200,000 files. */
static void find_drift(CrPs *ps, CrPsRow *row, CrDaemon *daemon)
{
  g_autofree char *path = g_strdup_printf("/containers/%s/changes", row->id);
  g_autoptr(GError) cause = NULL;
  g_autoptr(CrJsonDoc) doc = cr_daemon_get(daemon, path, &cause);
  if (!doc) {
    if (!g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND)) {
      g_autofree char *where = g_strdup_printf("container %s", row->name);
      cr_problems_add(ps->problems, CR_PROBLEM_PARTIAL, where, "what it wrote is not known: %s", cause->message);
    }
    return;
  }
  const CrJson *list = cr_json_get_root(doc);
  g_autoptr(GPtrArray) found = g_ptr_array_new();
  for (guint i = 0; i < cr_json_get_length(list); i++) {
    const char *name = cr_json_find_string(cr_json_get_element(list, i), "Path", "");
    if (is_database(name))
      g_ptr_array_add(found, (gpointer)cr_arena_strdup(ps->arena, name + 1));
  }
  row->drifted = cr_arena_list(ps->arena, found);
}

/* The base as it is on this machine is not what the image begins with. */
static const char *find_moved_base(const CrFleetImage *image)
{
  const CrFleetParent *parent = cr_fleet_image_get_base(image);
  return parent && parent->outdated && parent->confidence != CR_CONFIDENCE_GUESS ? parent->image->name : NULL;
}

static void judge_image(CrPsRow *row, const CrFleetContainer *container)
{
  const CrFleetImage *image = container->image;
  if (container->outdated && image->id)
    row->now_id = image->id;
  row->nameless = !image->id; /* what was created from an id has one */
  if (!container->outdated)
    row->base = find_moved_base(image);
}

static CrPsRow *add_row(CrPs *ps, const char *engine, const char *id)
{
  CrPsRow *row = cr_arena_new0(ps->arena, CrPsRow);
  row->engine = engine;
  row->id = id;
  row->state = "running";
  row->drifted = cr_strv_empty;
  row->why = "";
  row->processes = g_ptr_array_new();
  g_ptr_array_add(ps->rows, row);
  return row;
}

static void add_containers(CrPs *ps, const CrFleet *fleet)
{
  for (guint i = 0; i < fleet->containers->len; i++) {
    const CrFleetContainer *item = fleet->containers->pdata[i];
    const CrContainer *container = item->container;
    CrPsRow *row = add_row(ps, cr_daemon_get_kind(item->daemon), container->id);
    row->name = container->name;
    row->state = container->state;
    row->image = item->image->name;
    row->image_id = container->image_id;
    row->fleet = item;
    judge_image(row, item);
    if (container->pid > 0)
      find_drift(ps, row, item->daemon);
  }
}

/* ---- what /proc says ---- */

static CrPsRow *find_row(const CrPs *ps, const char *id)
{
  for (guint i = 0; i < ps->rows->len; i++) {
    CrPsRow *row = ps->rows->pdata[i];
    if (!strcmp(row->id, id))
      return row;
  }
  return NULL;
}

static void add_processes(CrPs *ps, const CrFleet *fleet, const char *proc)
{
  g_autoptr(GArray) hints = g_array_new(FALSE, TRUE, sizeof(CrContainerHint));
  for (guint i = 0; i < fleet->containers->len; i++) {
    const CrFleetContainer *item = fleet->containers->pdata[i];
    CrContainerHint hint = {item->container->pid, item->container->id, cr_daemon_get_kind(item->daemon),
                            item->container->started};
    g_array_append_val(hints, hint);
  }
  g_autoptr(GPtrArray) list = cr_container_processes_list(proc, (const CrContainerHint *)(gpointer)hints->data,
                                                          hints->len, ps->arena, ps->problems);
  for (guint i = 0; i < list->len; i++) {
    const CrContainerProcess *process = list->pdata[i];
    CrPsRow *row = find_row(ps, process->id);
    if (!row)
      row = add_row(ps, process->engine, process->id);
    if (process->named && !row->fleet)
      row->name = process->id;
    g_ptr_array_add(row->processes, (gpointer)process);
    row->stale += process->why != NULL;
    if (process->parent_replaced && !row->holder && process->parent)
      row->holder = process->parent;
  }
}

/* ---- what it comes to ---- */

static void say(GString *why, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void say(GString *why, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_string_append(why, why->len ? "; " : "");
  g_string_append_vprintf(why, format, args);
  va_end(args);
}

static const CrContainerProcess *find_stale(const CrPsRow *row)
{
  for (guint i = 0; i < row->processes->len; i++) {
    const CrContainerProcess *process = row->processes->pdata[i];
    if (process->why)
      return process;
  }
  return NULL;
}

/* "docker restart web", by whom the container is kept. A new image takes a new container, which is apply's to make. */
static const char *choose_action(const CrPs *ps, const CrPsRow *row)
{
  const CrContainer *container = row->fleet ? row->fleet->container : NULL;
  if (row->now_id || row->base)
    return row->fleet && row->fleet->may_recreate ? "careen apply" : "recreate it";
  if (!row->stale && !row->holder)
    return NULL;
  g_autofree char *command = NULL;
  if (container && cr_container_is_of_unit(container))
    command = g_strdup_printf("systemctl restart %s", container->unit);
  else if (row->name && row->fleet)
    command = g_strdup_printf("%s restart %s", row->engine, row->name);
  return command ? cr_arena_strdup(ps->arena, command) : "restart it";
}

static void judge(CrPs *ps, CrPsRow *row)
{
  g_autoptr(GString) why = g_string_new(NULL);
  const CrContainerProcess *stale = find_stale(row);
  if (row->now_id)
    say(why, "its image is older than what %s is now", row->image);
  if (row->nameless)
    say(why, "its image has lost its name");
  if (row->base)
    say(why, "built on an older %s", row->base);
  if (stale)
    say(why, "%u process%s, %s %s", row->stale,
        row->stale == 1 ? " runs what is no longer there" : "es run what is no longer there", *stale->stale,
        stale->why);
  if (*row->drifted)
    say(why, "packages were changed inside: %s", *row->drifted);
  if (row->holder)
    say(why, "%s was replaced since it began", row->holder);
  row->restart = row->now_id || row->stale || row->holder;
  row->why = cr_arena_strdup(ps->arena, why->str);
  row->with = choose_action(ps, row);
  gboolean runs = row->processes->len || !strcmp(row->state, "running");
  ps->running += runs;
  ps->images += row->now_id != NULL;
  ps->bases += row->base != NULL;
  ps->stale += row->stale > 0;
  ps->drifted += *row->drifted != NULL;
  ps->holders += row->holder != NULL;
}

static int compare_rows(const void *a, const void *b)
{
  const CrPsRow *left = *(const CrPsRow *const *)a, *right = *(const CrPsRow *const *)b;
  if (left->restart != right->restart)
    return right->restart - left->restart;
  if (!*left->why != !*right->why)
    return !*left->why - !*right->why;
  int order = g_strcmp0(left->name ? left->name : left->id, right->name ? right->name : right->id);
  return order ? order : strcmp(left->id, right->id);
}

CrPs *cr_ps_new(const CrFleet *fleet, const char *proc)
{
  CrPs *ps = g_new0(CrPs, 1);
  ps->arena = cr_arena_new();
  ps->problems = cr_problems_new();
  ps->rows = g_ptr_array_new();
  ps->kernel = cr_kernel_look("/", NULL, NULL, ps->arena);
  cr_problems_add_all(ps->problems, fleet->problems);
  add_containers(ps, fleet);
  add_processes(ps, fleet, proc);
  for (guint i = 0; i < ps->rows->len; i++)
    judge(ps, ps->rows->pdata[i]);
  g_ptr_array_sort(ps->rows, compare_rows);
  cr_problems_sort(ps->problems);
  return ps;
}

void cr_ps_free(CrPs *ps)
{
  if (!ps)
    return;
  for (guint i = 0; i < ps->rows->len; i++)
    g_ptr_array_unref(((CrPsRow *)ps->rows->pdata[i])->processes);
  g_ptr_array_unref(ps->rows);
  cr_problems_free(ps->problems);
  cr_arena_free(ps->arena);
  g_free(ps);
}

gboolean cr_ps_needs_restart(const CrPs *ps)
{
  return ps->images || ps->stale || ps->holders;
}
