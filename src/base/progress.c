/* SPDX-License-Identifier: Apache-2.0 */
/* All bars of the process share the terminal's last line: the oldest is shown, with a count of the others. Whoever
 * advances draws, at most ten times a second; nothing is drawn in the first half second, so that quick work leaves the
 * screen quiet. */
#include "base/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define QUIET_USEC  (500 * 1000)
#define REDRAW_USEC (100 * 1000)
#define BAR_CELLS   20

struct CrProgress {
  char *label;
  guint64 total, done;
  gint64 started;
};

static GMutex lock;
static GPtrArray *bars;
static gboolean enabled;
static gboolean drawn;
static gint64 last_draw;

void cr_progress_set_enabled(gboolean value)
{
  g_mutex_lock(&lock);
  enabled = value && isatty(STDERR_FILENO);
  g_mutex_unlock(&lock);
}

static void erase(void)
{
  if (drawn)
    fputs("\r\033[K", stderr);
  drawn = FALSE;
}

void cr_progress_clear_line(void)
{
  g_mutex_lock(&lock);
  erase();
  g_mutex_unlock(&lock);
}

static guint get_width(void)
{
  struct winsize size;
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return 80;
}

static void append_time(GString *line, guint64 seconds)
{
  if (seconds >= 3600)
    g_string_append_printf(line, "%" G_GUINT64_FORMAT "h%02" G_GUINT64_FORMAT "m", seconds / 3600, seconds / 60 % 60);
  else
    g_string_append_printf(line, "%" G_GUINT64_FORMAT ":%02" G_GUINT64_FORMAT, seconds / 60, seconds % 60);
}

static void draw(gint64 now)
{
  const CrProgress *bar = bars->pdata[0];
  double elapsed = (double)(now - bar->started) / G_USEC_PER_SEC;
  double rate = elapsed > 0 ? (double)bar->done / elapsed : 0;
  g_autofree char *done = g_format_size_full(bar->done, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *speed = g_format_size_full((guint64)rate, G_FORMAT_SIZE_IEC_UNITS);
  g_autoptr(GString) line = g_string_new(bar->label);
  if (bar->total) {
    double part = MIN(1.0, (double)bar->done / (double)bar->total);
    guint cells = (guint)(part * BAR_CELLS);
    g_string_append(line, "  [");
    for (guint i = 0; i < BAR_CELLS; i++)
      g_string_append_c(line, i < cells ? '#' : '.');
    g_string_append_printf(line, "] %3.0f %%", part * 100);
  }
  if (bar->done || bar->total) {
    g_string_append_printf(line, "  %s  %s/s", done, speed);
  } else { /* nothing to count but the time */
    g_string_append(line, "  ");
    append_time(line, (guint64)elapsed);
  }
  if (bar->total > bar->done && rate > 0) {
    g_string_append(line, "  ");
    append_time(line, (guint64)((double)(bar->total - bar->done) / rate));
    g_string_append(line, " left");
  }
  if (bars->len > 1)
    g_string_append_printf(line, "  (+%u)", bars->len - 1);
  guint width = get_width();
  g_autofree char *fit = g_utf8_substring(line->str, 0, MIN((glong)width - 1, g_utf8_strlen(line->str, -1)));
  fprintf(stderr, "\r\033[K%s", fit);
  fflush(stderr);
  drawn = TRUE;
  last_draw = now;
}

CrProgress *cr_progress_new(const char *label, guint64 total_bytes)
{
  CrProgress *progress = g_new0(CrProgress, 1);
  progress->label = g_utf8_make_valid(label, -1);
  for (char *p = progress->label; *p; p++)
    if (g_ascii_iscntrl(*p))
      *p = '?';
  progress->total = total_bytes;
  progress->started = g_get_monotonic_time();
  g_mutex_lock(&lock);
  if (!bars)
    bars = g_ptr_array_new();
  g_ptr_array_add(bars, progress);
  g_mutex_unlock(&lock);
  return progress;
}

void cr_progress_expect(CrProgress *progress, guint64 bytes)
{
  if (!progress)
    return;
  g_mutex_lock(&lock);
  progress->total += bytes;
  g_mutex_unlock(&lock);
}

void cr_progress_advance(CrProgress *progress, guint64 bytes)
{
  if (!progress)
    return;
  g_mutex_lock(&lock);
  progress->done += bytes;
  gint64 now = enabled ? g_get_monotonic_time() : 0;
  if (enabled && now - progress->started > QUIET_USEC && now - last_draw > REDRAW_USEC)
    draw(now);
  g_mutex_unlock(&lock);
}

void cr_progress_free(CrProgress *progress)
{
  if (!progress)
    return;
  g_mutex_lock(&lock);
  g_ptr_array_remove(bars, progress);
  if (!bars->len)
    erase();
  g_mutex_unlock(&lock);
  g_free(progress->label);
  g_free(progress);
}
