/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

struct CrOutput {
  int fd;
  char *file;      /* as named by the user; NULL: standard output */
  char *target;    /* links resolved; NULL: written in place (a pipe, /dev/null) */
  char *temporary; /* beside target */
  gboolean gone;   /* the reader has */
};

/* The one name that a signal handler may have to remove. */
static char pending_temporary[4096];

void cr_output_abandon(void)
{
  if (*pending_temporary)
    unlink(pending_temporary);
}

static void forget_temporary(void)
{
  *pending_temporary = 0;
}

static gboolean create_temporary(CrOutput *output, mode_t mode, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(output->target);
  g_autofree char *base = g_path_get_basename(output->target);
  output->temporary = g_strdup_printf("%s/.%s.XXXXXX", folder, base);
  output->fd = g_mkstemp_full(output->temporary, O_RDWR | O_CLOEXEC, (int)mode);
  if (output->fd < 0) {
    int errnum = errno;
    g_clear_pointer(&output->temporary, g_free);
    cr_error_set_errno(error, errnum, "cannot write '%s'", output->file);
    return FALSE;
  }
  fchmod(output->fd, mode);
  g_strlcpy(pending_temporary, output->temporary, sizeof pending_temporary);
  return TRUE;
}

static gboolean open_file(CrOutput *output, GError **error)
{
  struct stat status;
  mode_t mask = umask(0);
  umask(mask);
  if (stat(output->file, &status) < 0) {
    output->target = g_strdup(output->file);
    return create_temporary(output, 0666 & ~mask, error);
  }
  if (S_ISREG(status.st_mode)) {
    g_autofree char *resolved = realpath(output->file, NULL);
    output->target = g_strdup(resolved ? resolved : output->file);
    return create_temporary(output, status.st_mode & 0777, error);
  }
  output->fd = open(output->file, O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (output->fd < 0)
    cr_error_set_errno(error, errno, "cannot write '%s'", output->file);
  return output->fd >= 0;
}

CrOutput *cr_output_open(const char *file, GError **error)
{
  CrOutput *output = g_new0(CrOutput, 1);
  output->fd = STDOUT_FILENO;
  if (!file || !strcmp(file, "-"))
    return output;
  output->file = g_strdup(file);
  if (!open_file(output, error)) {
    output->fd = -1;
    cr_output_discard(output);
    return NULL;
  }
  return output;
}

gboolean cr_output_write(CrOutput *output, const char *text, gsize size, GError **error)
{
  while (size && !output->gone) {
    gssize n = write(output->fd, text, size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && errno == EPIPE) {
      output->gone = TRUE;
      break;
    }
    if (n < 0) {
      cr_error_set_errno(error, errno, "cannot write '%s'", output->file ? output->file : "standard output");
      return FALSE;
    }
    text += n;
    size -= (gsize)n;
  }
  return TRUE;
}

static void free_output(CrOutput *output)
{
  g_free(output->file);
  g_free(output->target);
  g_free(output->temporary);
  g_free(output);
}

void cr_output_discard(CrOutput *output)
{
  if (!output)
    return;
  if (output->file && output->fd >= 0)
    close(output->fd);
  if (output->temporary) {
    unlink(output->temporary);
    forget_temporary();
  }
  free_output(output);
}

gboolean cr_output_finish(CrOutput *output, GError **error)
{
  const char *name = output->file ? output->file : "standard output";
  /* Network and quota file systems tell of a lost write only here. */
  gboolean ok = !output->temporary || fsync(output->fd) == 0;
  int errnum = errno;
  if (close(output->fd) < 0 && ok && errno != EBADF) {
    ok = FALSE;
    errnum = errno;
  }
  output->fd = -1;
  if (ok && output->temporary && rename(output->temporary, output->target) < 0) {
    ok = FALSE;
    errnum = errno;
  }
  if (!ok) {
    cr_error_set_errno(error, errnum, "cannot write '%s'", name);
    cr_output_discard(output);
    return FALSE;
  }
  forget_temporary();
  free_output(output);
  return TRUE;
}

gboolean cr_output_is_terminal(const CrOutput *output)
{
  return isatty(output->fd);
}

guint cr_terminal_get_width(int fd)
{
  struct winsize size;
  if (isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return CLAMP(size.ws_col, 40, 400);
  const char *columns = g_getenv("COLUMNS");
  guint64 width = columns ? g_ascii_strtoull(columns, NULL, 10) : 0;
  if (width > 0)
    return (guint)CLAMP(width, 40, 400);
  return isatty(fd) ? 80 : 120;
}

guint cr_output_get_width(const CrOutput *output)
{
  return cr_terminal_get_width(output->fd);
}
