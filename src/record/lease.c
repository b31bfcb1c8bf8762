/* SPDX-License-Identifier: Apache-2.0 */
/* Who may act now. A holder is a process: by its pid, when it started and the boot that both are of, so that a pid that
 * was given again is not taken for it. */
#include "record/private.h"

#include "base/process.h"

#include <string.h>
#include <unistd.h>

/* Field 22 of stat(5), in ticks since the boot; 0: there is no such process. */
static gint64 find_start(gint64 pid)
{
  g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/stat", pid);
  g_autofree char *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, NULL))
    return 0;
  return cr_process_parse_stat(text, 22);
}

static char *read_boot(void)
{
  char *text = NULL;
  if (!g_file_get_contents("/proc/sys/kernel/random/boot_id", &text, NULL, NULL))
    return g_strdup("");
  return g_strchomp(text);
}

static char *read_command(void)
{
  g_autofree char *text = NULL;
  gsize size = 0;
  if (!g_file_get_contents("/proc/self/cmdline", &text, &size, NULL))
    return g_strdup("careen");
  for (gsize i = 0; i + 1 < size; i++)
    if (!text[i])
      text[i] = ' ';
  return g_utf8_make_valid(text, -1);
}

typedef struct {
  gint64 pid, since;
  char *command;
} Holder;

static void clear_holder(Holder *holder)
{
  g_clear_pointer(&holder->command, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Holder, clear_holder)

/* TRUE: another living process has it; NAME NULL: any that acts; "watch": any that watches. */
static gboolean find_holder(CrRecord *record, const char *name, const char *boot, Holder *holder)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record,
                      "SELECT pid, started, boot, command, since FROM leases "
                      "WHERE name=?1 OR (?1 IS NULL AND name NOT LIKE 'watch:%') OR "
                      "(?1='watch' AND name LIKE 'watch:%') ORDER BY name",
                      NULL))
    return FALSE;
  cr_sql_bind_text(&sql, name);
  g_autoptr(CrArena) arena = cr_arena_new();
  while (cr_sql_next(&sql, NULL)) {
    gint64 pid = cr_sql_get_integer(&sql, 0), started = cr_sql_get_integer(&sql, 1);
    if (g_strcmp0(cr_sql_get_text(&sql, 2, arena), boot) != 0 || pid == getpid() || find_start(pid) != started)
      continue;
    *holder = (Holder){pid, cr_sql_get_integer(&sql, 4), g_strdup(cr_sql_get_text(&sql, 3, arena))};
    return TRUE;
  }
  return FALSE;
}

static gboolean take(CrRecord *record, const char *name, const char *boot, GError **error)
{
  g_auto(CrSql) sql = {0};
  g_autofree char *command = read_command();
  if (!cr_sql_prepare(
          &sql, record,
          "INSERT OR REPLACE INTO leases(name, pid, started, boot, command, since) VALUES(?, ?, ?, ?, ?, ?)", error))
    return FALSE;
  cr_sql_bind_text(&sql, name);
  cr_sql_bind_integer(&sql, getpid());
  cr_sql_bind_integer(&sql, find_start(getpid()));
  cr_sql_bind_text(&sql, boot);
  cr_sql_bind_text(&sql, command);
  cr_sql_bind_integer(&sql, g_get_real_time() / G_USEC_PER_SEC);
  return cr_sql_run(&sql, error);
}

gboolean cr_record_take_lease(CrRecord *record, const char *name, GError **error)
{
  g_autofree char *boot = read_boot();
  g_auto(Holder) holder = {0};
  if (!cr_record_begin(record, error))
    return FALSE;
  if (!find_holder(record, name, boot, &holder))
    return cr_record_end(record, take(record, name, boot, error), error);
  cr_record_end(record, FALSE, NULL);
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(holder.since);
  g_autofree char *since = time ? g_date_time_format(time, "%Y-%m-%d %H:%M:%S") : g_strdup("?");
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT,
              "cannot act on '%s': process %" G_GINT64_FORMAT " (%.100s) does, since %s", name, holder.pid,
              holder.command, since);
  return FALSE;
}

void cr_record_drop_lease(CrRecord *record, const char *name)
{
  g_auto(CrSql) sql = {0};
  if (!cr_sql_prepare(&sql, record, "DELETE FROM leases WHERE name=? AND pid=?", NULL))
    return;
  cr_sql_bind_text(&sql, name);
  cr_sql_bind_integer(&sql, getpid());
  cr_sql_run(&sql, NULL); /* what stays is taken over: the process is gone by then */
}

gboolean cr_record_find_lease(CrRecord *record, const char *name, CrArena *arena, gint64 *pid, gint64 *since,
                              const char **command)
{
  g_autofree char *boot = read_boot();
  g_auto(Holder) holder = {0};
  if (!find_holder(record, name, boot, &holder))
    return FALSE;
  *pid = holder.pid;
  *since = holder.since;
  *command = cr_arena_strdup(arena, holder.command);
  return TRUE;
}
