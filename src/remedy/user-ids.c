/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/user-ids.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/number.h"
#include "base/process.h"
#include "base/read-file.h"

gboolean cr_user_ids_find(const char *text, const char *name, guint id, guint64 *first, guint64 *count)
{
  g_autofree char *number = g_strdup_printf("%u", id);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    g_auto(GStrv) parts = g_strsplit(g_strstrip(lines[i]), ":", -1);
    if (g_strv_length(parts) != 3 || (g_strcmp0(parts[0], name) != 0 && strcmp(parts[0], number) != 0))
      continue;
    if (cr_number_parse_unsigned(parts[1], 1, G_MAXUINT32, first) &&
        cr_number_parse_unsigned(parts[2], 1, G_MAXUINT32, count))
      return TRUE;
  }
  return FALSE;
}

static gboolean map(const char *program, const char *file, pid_t pid, guint own, GError **error)
{
  guint64 first = 0, count = 0;
  g_autoptr(GBytes) bytes = cr_read_file(file, CR_MIB, NULL);
  if (!bytes || !cr_user_ids_find(g_bytes_get_data(bytes, NULL), g_get_user_name(), getuid(), &first, &count)) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot work without root: '%s' gives this user no ids", file);
    if (error)
      cr_error_set_hint(*error, "as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 %s",
                        g_get_user_name());
    return FALSE;
  }
  g_autofree char *process = g_strdup_printf("%d", (int)pid);
  g_autofree char *self = g_strdup_printf("%u", own);
  g_autofree char *start = g_strdup_printf("%" G_GUINT64_FORMAT, first);
  g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, count);
  const char *const argv[] = {program, process, "0", self, "1", "1", start, size, NULL};
  CrProcessRequest request = {.argv = argv, .timeout_ms = 10000};
  g_autoptr(CrProcessResult) result = cr_process_run(&request, error);
  if (!result)
    return FALSE;
  if (result->status == 0)
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot map ids: %s", g_strstrip(result->errors));
  return FALSE;
}

gboolean cr_user_ids_map(pid_t pid, GError **error)
{
  return map("newuidmap", "/etc/subuid", pid, getuid(), error) && map("newgidmap", "/etc/subgid", pid, getgid(), error);
}
