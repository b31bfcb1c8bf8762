/* SPDX-License-Identifier: Apache-2.0 */
/* careen-base:BOOT-PID-START-N and careen-rebuild:…: names that an image has while it is built on or not proved yet.
 * They say which process made them, so that what a killed one left can be told from what is in use. */
#include "fleet/rebuild-private.h"

#include <string.h>
#include <unistd.h>

#include "base/process.h"
#include "fleet/kept-name.h"

#define BOOT_DIGITS 8

/* In ticks since the boot (stat(5), field 22); 0: there is no such process. */
static gint64 find_start(gint64 pid)
{
  g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/stat", pid);
  g_autofree char *text = NULL;
  return g_file_get_contents(path, &text, NULL, NULL) ? cr_process_parse_stat(text, 22) : 0;
}

static void read_boot(char boot[BOOT_DIGITS + 1])
{
  g_autofree char *text = NULL;
  gboolean known = g_file_get_contents("/proc/sys/kernel/random/boot_id", &text, NULL, NULL);
  g_strlcpy(boot, known && strlen(text) > BOOT_DIGITS ? text : "00000000", BOOT_DIGITS + 1);
}

const char *cr_rebuild_make_name(const char *kind, CrArena *arena)
{
  char boot[BOOT_DIGITS + 1];
  read_boot(boot);
  return cr_arena_printf(arena, "careen-%s:%s-%x-%" G_GINT64_MODIFIER "x-%08x", kind, boot, (guint)getpid(),
                         find_start(getpid()), g_random_int());
}

gboolean cr_rebuild_is_name(const char *name)
{
  return cr_fleet_is_build_name(name);
}

/* Its maker may still need NAME. */
static gboolean is_in_use(const char *name)
{
  char boot[BOOT_DIGITS + 1];
  read_boot(boot);
  g_auto(GStrv) parts = g_strsplit(strchr(name, ':') + 1, "-", -1);
  if (g_strv_length(parts) != 4 || strcmp(parts[0], boot) != 0)
    return FALSE;
  gint64 pid = g_ascii_strtoll(parts[1], NULL, 16), start = g_ascii_strtoll(parts[2], NULL, 16);
  return find_start(pid) == start;
}

void cr_rebuild_sweep(CrDaemon *daemon)
{
  g_autoptr(CrJsonDoc) doc = cr_daemon_list_images(daemon, NULL);
  const CrJson *list = doc ? cr_json_get_root(doc) : NULL;
  for (guint i = 0; i < cr_json_get_length(list); i++) {
    const CrJson *tags = cr_json_find(cr_json_get_element(list, i), "RepoTags");
    for (guint k = 0; k < cr_json_get_length(tags); k++) {
      const char *name = cr_json_get_string(cr_json_get_element(tags, k), NULL);
      g_autofree char *normal = name ? cr_fleet_normalise_name(name) : NULL;
      if (normal && cr_rebuild_is_name(normal) && !is_in_use(normal))
        cr_daemon_untag_image(daemon, name, NULL, NULL);
    }
  }
}
