/* SPDX-License-Identifier: Apache-2.0 */
/* Package files from the archives, or the cache, into the workspace: by careen's own process, which has the network. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/progress.h"
#include "base/write-all.h"
#include "remedy/packages-private.h"

#define AT_ONCE 4U

typedef struct {
  CrScan *scan;
  const GPtrArray *changes;
  const char *folder, *ending;
  CrProgress *progress;
  gint next;       /* atomic: the change to be fetched next */
  GMutex lock;     /* of what follows */
  GError *failure; /* the first one in the order of the plan */
  guint failed;
} Fetching;

static void advance(guint64 bytes, gpointer data)
{
  cr_progress_advance(data, bytes);
}

/* Under its name only when it is whole. */
static gboolean copy(int from, const char *path, GError **error)
{
  g_autofree char *part = g_strconcat(path, ".part", NULL);
  int to = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (to < 0) {
    cr_error_set_errno(error, errno, "cannot make '%s'", part);
    return FALSE;
  }
  guint8 buffer[65536];
  gssize n = 0;
  gboolean good = TRUE;
  while (good && (n = read(from, buffer, sizeof buffer)) > 0)
    good = cr_write_all(to, buffer, (gsize)n, part, error);
  if (n < 0)
    cr_error_set_errno(error, errno, "cannot read a package of the cache");
  good = good && n == 0;
  if ((close(to) != 0 || (good && rename(part, path) != 0)) && good) {
    cr_error_set_errno(error, errno, "cannot write '%s'", path);
    good = FALSE;
  }
  if (!good)
    unlink(part);
  return good;
}

static gboolean fetch(Fetching *fetching, guint i, GError **error)
{
  const CrChange *change = fetching->changes->pdata[i];
  if (!change->file.name)
    return TRUE;
  g_autofree char *path = cr_packages_format_path(fetching->folder, change, fetching->ending);
  if (access(path, F_OK) == 0)
    return TRUE;
  CrArchiveFetching watch = {advance, fetching->progress};
  int fd = cr_archives_open_file(fetching->scan->archive_set, &change->file, &fetching->scan->vendor, &watch, error);
  if (fd < 0)
    return FALSE;
  gboolean good = copy(fd, path, error);
  close(fd);
  return good;
}

/* ERROR is taken. */
static void note(Fetching *fetching, guint i, GError *error)
{
  g_mutex_lock(&fetching->lock);
  if (!fetching->failure || i < fetching->failed) {
    g_clear_error(&fetching->failure);
    fetching->failure = error;
    fetching->failed = i;
  } else {
    g_error_free(error);
  }
  g_mutex_unlock(&fetching->lock);
}

static gboolean has_failed(Fetching *fetching)
{
  g_mutex_lock(&fetching->lock);
  gboolean failed = fetching->failure != NULL;
  g_mutex_unlock(&fetching->lock);
  return failed;
}

static gpointer work(gpointer data)
{
  Fetching *fetching = data;
  for (;;) {
    guint i = (guint)g_atomic_int_add(&fetching->next, 1);
    GError *error = NULL;
    if (i >= fetching->changes->len || has_failed(fetching))
      return NULL;
    if (!fetch(fetching, i, &error))
      note(fetching, i, error);
  }
}

gboolean cr_packages_fetch(CrScan *scan, const CrPackagesRun *run, const char *folder, const char *ending,
                           GError **error)
{
  guint64 bytes = 0;
  for (guint i = 0; i < run->plan->changes->len; i++)
    bytes += ((const CrChange *)run->plan->changes->pdata[i])->file.size_bytes;
  g_autofree char *label = g_strdup_printf("fetching %u packages", run->plan->changes->len);
  g_autoptr(CrProgress) progress = cr_progress_new(label, bytes);
  Fetching fetching = {
      .scan = scan, .changes = run->plan->changes, .folder = folder, .ending = ending, .progress = progress};
  g_mutex_init(&fetching.lock);
  GThread *threads[AT_ONCE];
  for (guint i = 0; i < AT_ONCE; i++)
    threads[i] = g_thread_new("packages", work, &fetching);
  for (guint i = 0; i < AT_ONCE; i++) /* nobody is at work when the workspace forks */
    g_thread_join(threads[i]);
  g_mutex_clear(&fetching.lock);
  if (!fetching.failure)
    return TRUE;
  g_propagate_error(error, fetching.failure);
  return FALSE;
}
