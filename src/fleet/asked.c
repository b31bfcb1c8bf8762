/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/asked.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

#define MANY 1000U /* files that are taken at once */

char *cr_asked_format_path(const char *folder, const char *plan)
{
  return g_strdup_printf("%s/apply-%s.json", folder, plan);
}

char *cr_asked_find_plan(CrRecord *record, char **text)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  const char *plan = cr_record_find_mark(record, "plan", "", arena, NULL);
  if (text)
    *text = g_strdup(plan);
  return plan ? g_compute_checksum_for_string(G_CHECKSUM_SHA256, plan, -1) : NULL;
}

/* The name says it all: what stands in the file is for people. */
static gboolean asks_for(const char *name, const char *plan)
{
  g_autofree char *wanted = plan ? g_strdup_printf("apply-%s.json", plan) : NULL;
  return !g_strcmp0(name, wanted);
}

gboolean cr_asked_take(const char *folder, CrRecord *record, char **plan, guint *count, GError **error)
{
  g_autofree char *text = NULL, *digest = cr_asked_find_plan(record, &text);
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  gboolean asked = FALSE;
  guint others = 0;
  const char *name;
  while (dir && others < MANY && (name = g_dir_read_name(dir))) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    gboolean ours = g_str_has_prefix(name, "apply-");
    if (ours && unlink(path) != 0) {
      cr_error_set_errno(error, errno, "cannot take '%s'", path);
      return FALSE;
    }
    if (ours && asks_for(name, digest))
      asked = TRUE;
    else
      others += ours;
  }
  *plan = asked ? g_steal_pointer(&text) : NULL;
  if (count)
    *count = others;
  return TRUE;
}
