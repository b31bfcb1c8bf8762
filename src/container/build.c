/* SPDX-License-Identifier: Apache-2.0 */
#include "container/build.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/limits.h"
#include "container/private.h"

CrBuildAnswer *cr_build_answer_new(void)
{
  CrBuildAnswer *answer = g_new0(CrBuildAnswer, 1);
  answer->log = g_string_new(NULL);
  return answer;
}

void cr_build_answer_free(CrBuildAnswer *answer)
{
  g_free(answer->id);
  g_free(answer->why);
  g_string_free(answer->log, TRUE);
  g_free(answer);
}

static gboolean is_id(const char *text)
{
  return text && g_str_has_prefix(text, "sha256:") && strlen(text) == 71 && strspn(text + 7, "0123456789abcdef") == 64;
}

void cr_build_answer_take(CrBuildAnswer *answer, const char *line, gsize size,
                          void (*say)(const char *line, gpointer data), gpointer data)
{
  g_autoptr(CrJsonDoc) doc = size ? cr_json_parse(line, size, "a build", NULL) : NULL;
  const CrJson *root = doc ? cr_json_get_root(doc) : NULL;
  if (!cr_json_is(root, CR_JSON_OBJECT))
    return;
  const char *why = cr_json_find_string(cr_json_find(root, "errorDetail"), "message", NULL);
  why = why ? why : cr_json_find_string(root, "error", NULL);
  if (why && !answer->why)
    answer->why = g_strndup(why, 500);
  const char *id = cr_json_find_string(cr_json_find(root, "aux"), "ID", NULL);
  if (is_id(id)) { /* each stage has one; the last is the result */
    g_free(answer->id);
    answer->id = g_strdup(id);
  }
  const char *words = cr_json_find_string(root, "stream", NULL);
  if (!words)
    return;
  g_string_append(answer->log, words);
  if (answer->log->len > CR_BUILD_LOG_BYTES)
    g_string_erase(answer->log, 0, (gssize)(answer->log->len - CR_BUILD_LOG_BYTES));
  if (say)
    say(words, data);
}

typedef struct {
  CrBuildAnswer *answer;
  void (*say)(const char *line, gpointer data);
  gpointer data;
} Following;

static gboolean on_line(const char *line, gsize size, gpointer user)
{
  const Following *following = user;
  cr_build_answer_take(following->answer, line, size, following->say, following->data);
  return TRUE;
}

static gboolean follow(CrStream *stream, Following *following, GError **error)
{
  g_autoptr(GString) pending = g_string_new(NULL);
  const guint8 *data;
  gssize n;
  while ((n = cr_stream_next(stream, &data, error)) > 0)
    cr_daemon_take_lines(pending, (const char *)data, (gsize)n, on_line, following);
  on_line(pending->str, pending->len, following);
  return n == 0;
}

gboolean cr_daemon_build_image(CrDaemon *daemon, const char *query, int context, CrBuildAnswer *answer,
                               void (*say)(const char *line, gpointer data), gpointer data, GError **error)
{
  struct stat info;
  if (fstat(context, &info) < 0) {
    cr_error_set_errno(error, errno, "cannot read the build context '%s'", query);
    return FALSE;
  }
  g_autofree char *call = g_strdup_printf("/build?%s", query);
  g_autofree char *path = cr_daemon_format_path(daemon, call);
  g_autoptr(CrStream) upload = cr_stream_new_fd(context, 0, (guint64)info.st_size), stream = NULL;
  g_autoptr(CrHttpResponse) response =
      cr_engine_send(cr_daemon_get_engine(daemon), "POST", path, upload, &stream, error);
  if (!response)
    return FALSE;
  if (response->status != 200) {
    g_autofree char *message = cr_engine_read_message(stream);
    g_set_error(error, CR_ERROR, response->status == 400 ? CR_ERROR_INPUT : CR_ERROR_ENVIRONMENT,
                "cannot build: %.500s (%d)", message ? message : "the engine gave no reason", response->status);
    return FALSE;
  }
  Following following = {answer, say, data};
  if (!follow(stream, &following, error))
    return FALSE;
  if (answer->why || !answer->id) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot build: %s",
                answer->why ? answer->why : "the engine ended without an image");
    return FALSE;
  }
  return TRUE;
}
