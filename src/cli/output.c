/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include "base/error.h"
#include "base/whole-file.h"

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
  char *file;         /* as named by the user; NULL: standard output */
  char *target;       /* links resolved */
  CrWholeFile *whole; /* NULL: written in place (a pipe, /dev/null) */
  gboolean gone;      /* the reader has */
};

static const char *get_name(const CrOutput *output)
{
  return output->file ? output->file : "standard output";
}

/* The result takes the place of TARGET, which need not exist, when it is complete. */
static gboolean open_whole(CrOutput *output, const char *target, mode_t mode, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(target);
  output->target = g_strdup(target);
  output->whole = cr_whole_file_create(folder, ".careen-", mode);
  if (!output->whole) {
    cr_error_set_errno(error, errno, "cannot write '%s'", output->file);
    return FALSE;
  }
  output->fd = cr_whole_file_get_fd(output->whole);
  return TRUE;
}

static gboolean open_file(CrOutput *output, GError **error)
{
  struct stat status;
  mode_t mask = umask(0);
  umask(mask);
  if (stat(output->file, &status) < 0)
    return open_whole(output, output->file, 0666 & ~mask, error);
  if (S_ISREG(status.st_mode)) {
    g_autofree char *resolved = realpath(output->file, NULL);
    return open_whole(output, resolved ? resolved : output->file, status.st_mode & 0777, error);
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
      cr_error_set_errno(error, errno, "cannot write '%s'", get_name(output));
      return FALSE;
    }
    text += n;
    size -= (gsize)n;
  }
  return TRUE;
}

void cr_output_discard(CrOutput *output)
{
  if (!output)
    return;
  if (!output->whole && output->file && output->fd >= 0)
    close(output->fd);
  cr_whole_file_free(output->whole);
  g_free(output->file);
  g_free(output->target);
  g_free(output);
}

gboolean cr_output_finish(CrOutput *output, GError **error)
{
  gboolean ok;
  if (output->whole) {
    ok = cr_whole_file_publish(output->whole, output->target);
  } else {
    /* Network and quota file systems tell of a lost write only here. */
    ok = close(output->fd) == 0 || errno == EBADF;
    output->fd = -1;
  }
  if (!ok)
    cr_error_set_errno(error, errno, "cannot write '%s'", get_name(output));
  cr_output_discard(output);
  return ok;
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
  guint64 width = columns && g_ascii_isdigit(*columns) ? g_ascii_strtoull(columns, NULL, 10) : 0; /* "-5" is none */
  if (width > 0)
    return (guint)CLAMP(width, 40, 400);
  return isatty(fd) ? 80 : 120;
}

guint cr_output_get_width(const CrOutput *output)
{
  return cr_terminal_get_width(output->fd);
}
