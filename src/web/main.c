/* SPDX-License-Identifier: Apache-2.0 */
/* careen-web: the page, a program of its own, so that careen needs no HTTP server. `careen serve` starts it. */
#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>

#include "base/error.h"
#include "base/log.h"
#include "base/service.h"
#include "config.h"
#include "web/root.h"
#include "web/server.h"

typedef struct {
  char *listen, *record, *cache_dir, *token_file, *user_header, *base_path, *spool;
  char **hosts;
  int rate;
  gboolean version;
} Options;

static int fail(const GError *error)
{
  g_autofree char *text = cr_escape_terminal(error->message);
  const char *hint = cr_error_get_hint(error);
  fprintf(stderr, "careen: %s\n", text);
  if (hint && *hint)
    fprintf(stderr, "hint: %s\n", hint);
  return error->domain == CR_ERROR ? cr_error_get_exit_code(error) : 2;
}

static gboolean parse(int *argc, char ***argv, Options *options, GError **error)
{
  GOptionEntry entries[] = {
      {"listen", 0, 0, G_OPTION_ARG_STRING, &options->listen, "unix:/PATH or HOST:PORT (127.0.0.1:8470)", "ADDRESS"},
      {"record", 0, 0, G_OPTION_ARG_FILENAME, &options->record, "the record (record.db in the state folder)", "FILE"},
      {"cache-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->cache_dir, "indexes of layers, for paths", "FOLDER"},
      {"token-file", 0, 0, G_OPTION_ARG_FILENAME, &options->token_file, "who asks must know what stands in it", "FILE"},
      {"user-header", 0, 0, G_OPTION_ARG_STRING, &options->user_header, "header that the proxy names the user in",
       "NAME"},
      {"base-path", 0, 0, G_OPTION_ARG_STRING, &options->base_path, "below which path of a proxy the page is", "/PATH"},
      {"host", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->hosts, "a name that a browser may ask for", "NAME"},
      {"rate", 0, 0, G_OPTION_ARG_INT, &options->rate, "requests a second of one address (200)", "N"},
      {"spool", 0, 0, G_OPTION_ARG_FILENAME, &options->spool,
       "the page may ask for a plan to be applied, by a file in it", "FOLDER"},
      {"version", 0, 0, G_OPTION_ARG_NONE, &options->version, "the version", NULL},
      {.long_name = NULL},
  };
  g_autoptr(GOptionContext) context = g_option_context_new("- what careen has on record, as a page");
  g_option_context_add_main_entries(context, entries, NULL);
  if (!g_option_context_parse(context, argc, argv, error))
    return FALSE;
  if (*argc > 1 || options->rate < 0)
    return cr_error_refuse(error, CR_ERROR_USAGE, "careen-web --help", "cannot understand '%s'",
                           *argc > 1 ? (*argv)[1] : "--rate");
  return TRUE;
}

static gboolean end(gpointer loop)
{
  g_main_loop_quit(loop);
  return G_SOURCE_CONTINUE;
}

static gboolean serve(const Options *options, GError **error)
{
  CrListenSocket socket = {0};
  const char *address = options->listen ? options->listen : "127.0.0.1:8470";
  CrGuardOptions guarding = {.hosts = (const char *const *)options->hosts,
                             .token_file = options->token_file,
                             .user_header = options->user_header,
                             .rate = (guint)options->rate};
  if (options->base_path && !cr_root_check(options->base_path, error))
    return FALSE;
  if (!cr_listen_socket_open(&socket, address, 1024, TRUE, error))
    return FALSE;
  CrServerOptions serving = {
      .record = options->record, .cache_dir = options->cache_dir, .root = options->base_path, .spool = options->spool};
  g_autoptr(CrGuard) guard = cr_guard_new(&guarding, socket.loopback, socket.path != NULL, error);
  g_autoptr(CrServer) server = guard ? cr_server_new(&serving, &socket, guard, error) : NULL;
  if (server) {
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_unix_signal_add(SIGTERM, end, loop);
    g_unix_signal_add(SIGINT, end, loop);
    const char *root = options->base_path && !socket.path ? options->base_path + 1 : NULL;
    fprintf(stderr, "careen: the page is at %s%s%s\n", socket.address, root ? root : "", root ? "/" : "");
    cr_service_notify("READY=1");
    g_main_loop_run(loop);
    cr_service_notify("STOPPING=1");
  }
  gboolean ok = server != NULL;
  g_clear_pointer(&server, cr_server_free);
  cr_listen_socket_clear(&socket);
  return ok;
}

int main(int argc, char **argv)
{
  Options options = {0};
  g_autoptr(GError) error = NULL;
  setlocale(LC_ALL, "C.UTF-8");
  if (!parse(&argc, &argv, &options, &error))
    return fail(error);
  if (options.version) {
    puts("careen-web " CR_VERSION);
    return 0;
  }
  return serve(&options, &error) ? 0 : fail(error);
}
