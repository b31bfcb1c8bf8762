/* SPDX-License-Identifier: Apache-2.0 */
/* What the members of the family of sources share. */
#include <errno.h>
#include <sys/utsname.h>

#include "base/error.h"
#include "image/manifest.h"
#include "image/source-private.h"

typedef struct {
  gint next, stop;
  guint count;
  gboolean (*run)(guint i, gpointer data, GError **error);
  gpointer data;
  GError **errors; /* one for each thing */
} Jobs;

static gpointer work(gpointer data)
{
  Jobs *jobs = data;
  while (!g_atomic_int_get(&jobs->stop)) {
    guint i = (guint)g_atomic_int_add(&jobs->next, 1);
    if (i >= jobs->count)
      break;
    if (!jobs->run(i, jobs->data, &jobs->errors[i]))
      g_atomic_int_set(&jobs->stop, 1);
  }
  return NULL;
}

gboolean cr_source_run_jobs(guint count, guint jobs, gboolean (*run)(guint i, gpointer data, GError **error),
                            gpointer data, GError **error)
{
  g_autofree GError **errors = g_new0(GError *, count + 1);
  Jobs all = {.count = count, .run = run, .data = data, .errors = errors};
  guint others = CLAMP(jobs, 1, MAX(count, 1)) - 1; /* the caller's own thread is one of them */
  g_autofree GThread **threads = g_new0(GThread *, others + 1);
  for (guint i = 0; i < others; i++)
    threads[i] = g_thread_new("layer", work, &all);
  work(&all);
  for (guint i = 0; i < others; i++)
    g_thread_join(threads[i]);
  gboolean failed = FALSE;
  for (guint i = 0; i < count; i++) {
    if (errors[i] && !failed)
      g_propagate_error(error, g_steal_pointer(&errors[i]));
    else
      g_clear_error(&errors[i]);
    failed = failed || (error && *error);
  }
  return !all.stop;
}

void cr_source_set_path_error(const char *path, int errnum, GError **error)
{
  if (errnum != ENOENT && errnum != ENOTDIR && errnum != ELOOP && errnum != ENAMETOOLONG) {
    cr_error_set_errno(error, errnum, "cannot read '%s'", path);
    return;
  }
  GError *cause = g_error_new(CR_ERROR, CR_ERROR_USAGE, "cannot read '%s': %s", path, g_strerror(errnum));
  cr_error_set_hint(cause, errnum == ENOTDIR ? "a tar file is docker-archive:FILE, oci-archive:FILE or rootfs:FILE"
                                             : "check the path");
  g_propagate_error(error, cause);
}

const char *cr_source_get_own_platform(void)
{
  static gsize once = 0;
  if (g_once_init_enter(&once)) {
    struct utsname name;
    const char *machine = uname(&name) == 0 ? name.machine : "unknown";
    g_once_init_leave(&once, (gsize)g_strdup_printf("linux/%s", cr_platform_get_architecture(machine)));
  }
  return (const char *)once;
}
