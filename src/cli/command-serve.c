/* SPDX-License-Identifier: Apache-2.0 */
/* careen serve: the page. A program of its own (src/web, package careen-web), which this one becomes. */
#include "cli/command.h"

#include <errno.h>
#include <unistd.h>

#include "base/error.h"
#include "config.h"

/* Beside careen, as it was built; else where the package has it. Free with g_free. */
static char *find_program(void)
{
  g_autofree char *own = g_file_read_link("/proc/self/exe", NULL);
  g_autofree char *folder = own ? g_path_get_dirname(own) : NULL;
  char *beside = folder ? g_build_filename(folder, "careen-web", NULL) : NULL;
  if (beside && access(beside, X_OK) == 0)
    return beside;
  g_free(beside);
  return g_strdup(CR_LIBEXEC "/careen-web");
}

static void add(GPtrArray *words, const char *option, const char *value)
{
  if (value)
    g_ptr_array_add(words, g_strdup_printf("--%s=%s", option, value));
}

static int run(const CrCall *call, GError **error)
{
  const CrSettings *settings = call->settings;
  g_autofree char *program = find_program();
  g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
  g_ptr_array_add(words, g_strdup(program));
  add(words, "listen", settings->bind);
  add(words, "base-path", settings->base_path);
  add(words, "token-file", settings->token_file);
  add(words, "user-header", settings->user_header);
  add(words, "cache-dir", settings->cache_dir);
  add(words, "spool", settings->allow_apply);
  for (guint i = 0; settings->hosts && i < settings->hosts->len; i++)
    add(words, "host", settings->hosts->pdata[i]);
  g_ptr_array_add(words, NULL);
  execv(program, (char **)words->pdata);
  cr_error_set_errno(error, errno, "cannot start '%s'", program);
  if (error && errno == ENOENT)
    cr_error_set_hint(*error, "apt install careen-web");
  return -1;
}

static const CrExample examples[] = {
    {"careen serve", "the page at http://127.0.0.1:8470/, for this machine alone"},
    {"careen serve --bind unix:/run/careen/web.sock --user-header X-Remote-User",
     "behind a reverse proxy that asks who it is"},
    {"careen serve --base-path /careen --user-header X-Remote-User", "as https://host/careen/ of such a proxy"},
    {"careen serve --bind 0.0.0.0:8470 --token-file /etc/careen/token", "for others, with a token"},
    {NULL, NULL},
};

const CrCommand cr_command_serve = {
    .name = "serve",
    .summary = "what is on record as a page: fleet, images, plan, history, calendar",
    .description =
        "Serve a page of what is on record: the fleet as a picture, each image with its updates, findings and the ways "
        "from its start to what is broken, the newest plan and why, what was done, when the watching ends, and where "
        "something is. Each page has its JSON beside it (/fleet.json, described by /openapi.json), most a CSV.\n\n"
        "Only the record is read: no engine and no network is asked, and nothing can be changed. On 127.0.0.1 and on a "
        "unix socket whoever reaches it may read. Another address is refused without --token-file; a browser asks for "
        "it as the password, a program sends it as \"Authorization: Bearer\". Behind a reverse proxy that knows its "
        "users, --user-header names the header that it sets. Below a path of its site --base-path says which: every "
        "address of the page begins with it, whether the proxy takes it away or leaves it.\n\n"
        "With --allow-apply FOLDER the plan has a button. It asks, and no more: careen apply --asked FOLDER, which a "
        "unit of its own runs, does what is asked for if it is still the newest plan.\n\n"
        "The page is a program of its own, in the package careen-web.",
    .examples = examples,
    .formats = "table",
    .run = run,
};
