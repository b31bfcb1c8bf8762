/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/endings.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/leftover.h"
#include "base/limits.h"

/* Peak of a scan (96 MiB resident, measured by ./bench) with the stacks of its threads. */
#define NEEDED_BYTES (128 * CR_MIB)

/* From signal handlers, and when there is no memory to format with. */
static void say(const char *text)
{
  for (gsize size = strlen(text); size;) {
    gssize n = write(STDERR_FILENO, text, size);
    if (n <= 0)
      return;
    text += n;
    size -= (gsize)n;
  }
}

static void clear_line(void)
{
  if (isatty(STDERR_FILENO))
    say("\r\033[K");
}

/* ---- interrupted ---- */

/* Dying of the signal itself, not of exit(130): a shell's loop ends with Ctrl-C only so, and make deletes its target.
 */
static void on_interrupt(int number)
{
  cr_leftover_remove_all();
  clear_line();
  signal(number, SIG_DFL);
  raise(number); /* blocked until this handler returns */
}

/* ---- no memory, and bugs ---- */

static void on_bug(int number)
{
  cr_leftover_remove_all();
  clear_line();
  if (number == SIGBUS) { /* a mapped file of the cache became shorter, or its disk cannot be read */
    say("careen: cannot go on: a file of the cache was cut short while it was read\n");
    _exit(4);
  }
  if (number == SIGTRAP) { /* GLib, which had no memory even for its own last words */
    say("careen: cannot go on: no memory\n");
    _exit(4);
  }
  say(number == SIGABRT ? "careen: a bug in careen: it found itself in a state that cannot be\n"
                        : "careen: a bug in careen: it used memory that is not its own\n");
  say("hint: please report it with the command line and, if you may, the image\n");
  _exit(70);
}

/* GLib gives up by a message that is fatal; its abort would be exit 133. */
static void on_message(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  (void)data;
  gboolean fatal = (level & G_LOG_FLAG_FATAL) != 0;
  gboolean refused = fatal && (strstr(message, "failed to allocate") || strstr(message, "creating thread"));
  if (!fatal && (level & G_LOG_LEVEL_MASK) > G_LOG_LEVEL_WARNING)
    return;
  clear_line();
  say(refused ? "careen: cannot go on: no memory: " : "careen: a bug in careen: ");
  say(domain ? domain : "");
  say(domain ? ": " : "");
  say(message);
  say("\n");
  if (!fatal)
    return;
  cr_leftover_remove_all();
  _exit(refused ? 4 : 70);
}

gboolean cr_endings_check_memory(GError **error)
{
  void *room = mmap(NULL, NEEDED_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room != MAP_FAILED) {
    munmap(room, NEEDED_BYTES);
    return TRUE;
  }
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot start: less memory may be used than the %d MiB it takes",
              (int)(NEEDED_BYTES / CR_MIB));
  if (error)
    cr_error_set_hint(*error, "see ulimit -v and ulimit -d");
  return FALSE;
}

/* ---- the start ---- */

static void handle(int number, void (*handler)(int))
{
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK}, old;
  /* nohup stays nohup, and a sanitizer's own handlers stay too */
  if (sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
    sigaction(number, &action, NULL);
}

void cr_endings_prepare(void)
{
  /* A closed standard descriptor would be taken by the next file opened, and then be written to. Opened the wrong way
   * round, so that using it still fails. */
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
      _exit(4);
  signal(SIGPIPE, SIG_IGN);        /* the reader has gone: EPIPE tells */
  signal(SIGXFSZ, SIG_IGN);        /* ulimit -f: EFBIG tells */
  signal(SIGCHLD, SIG_DFL);        /* ignored, as some supervisors leave it, it hides how children end */
  static guint8 room[64 * CR_KIB]; /* a stack that has run over cannot hold the handler's frame */
  const stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
  sigaltstack(&stack, NULL);
  const int interrupts[] = {SIGINT, SIGTERM, SIGHUP}, bugs[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
  for (guint i = 0; i < G_N_ELEMENTS(interrupts); i++)
    handle(interrupts[i], on_interrupt);
  for (guint i = 0; i < G_N_ELEMENTS(bugs); i++)
    handle(bugs[i], on_bug);
  g_log_set_default_handler(on_message, NULL);
}
