/* SPDX-License-Identifier: Apache-2.0 */
#include "container/build.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/stop.h"
#include "container/private.h"

#define STEP            " ---> "
#define STEP_DIGITS     12U
#define MOST_STEPS      1000U
#define DEFAULT_SECONDS 3600U
#define DAY_SECONDS     86400U
#define SLACK_MS        10000U /* a step may be silent as long as the build may take: that ends it first */

CrBuildAnswer *cr_build_answer_new(void)
{
  CrBuildAnswer *answer = g_new0(CrBuildAnswer, 1);
  answer->log = g_string_new(NULL);
  answer->steps = g_ptr_array_new_with_free_func(g_free);
  return answer;
}

void cr_build_answer_free(CrBuildAnswer *answer)
{
  g_free(answer->id);
  g_free(answer->why);
  g_string_free(answer->log, TRUE);
  g_ptr_array_unref(answer->steps);
  g_free(answer);
}

static gboolean is_id(const char *text)
{
  return text && g_str_has_prefix(text, "sha256:") && strlen(text) == 71 && strspn(text + 7, "0123456789abcdef") == 64;
}

static void note_step(CrBuildAnswer *answer, const char *words)
{
  gsize arrow = strlen(STEP);
  gboolean is_one = g_str_has_prefix(words, STEP) && strspn(words + arrow, "0123456789abcdef") == STEP_DIGITS &&
                    g_ascii_isspace(words[arrow + STEP_DIGITS]);
  if (is_one && answer->steps->len < MOST_STEPS)
    g_ptr_array_add(answer->steps, g_strndup(words + arrow, STEP_DIGITS));
}

void cr_build_answer_take(CrBuildAnswer *answer, const char *line, gsize size,
                          void (*say)(const char *line, gpointer data), gpointer data)
{
  g_autoptr(CrJsonDoc) doc = size ? cr_json_parse(line, size, "a build", NULL) : NULL;
  const CrJson *root = doc ? cr_json_get_root(doc) : NULL;
  if (!cr_json_is(root, CR_JSON_OBJECT))
    return;
  const char *why = cr_engine_find_failure(root);
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
  note_step(answer, words);
  g_string_append(answer->log, words);
  if (answer->log->len > CR_BUILD_LOG_BYTES)
    g_string_erase(answer->log, 0, (gssize)(answer->log->len - CR_BUILD_LOG_BYTES));
  if (say)
    say(words, data);
}

typedef struct {
  const CrBuildRequest *request;
  CrBuildAnswer *answer;
  gint64 end; /* µs, monotonic */
} Building;

/* What comes in all the time is not waited for, so this is asked here as well as by `watch`. */
static const char *find_end(gpointer user)
{
  const Building *building = user;
  if (cr_stop_is_wanted())
    return "careen was asked to stop";
  return g_get_monotonic_time() >= building->end ? "the build took too long" : NULL;
}

static gboolean on_line(const char *line, gsize size, gpointer user)
{
  Building *building = user;
  cr_build_answer_take(building->answer, line, size, building->request->say, building->request->data);
  return !find_end(building);
}

static gboolean follow(CrStream *stream, Building *building, GError **error)
{
  g_autoptr(GString) pending = g_string_new(NULL);
  const guint8 *data;
  gssize n;
  while ((n = cr_stream_next(stream, &data, error)) > 0)
    if (!cr_daemon_take_lines(pending, (const char *)data, (gsize)n, on_line, building)) {
      g_set_error_literal(error, CR_ERROR, CR_ERROR_ENVIRONMENT, find_end(building));
      return FALSE;
    }
  on_line(pending->str, pending->len, building);
  return n == 0;
}

gboolean cr_daemon_build_image(CrDaemon *daemon, const CrBuildRequest *request, CrBuildAnswer *answer, GError **error)
{
  struct stat info;
  guint seconds = request->seconds ? MIN(request->seconds, DAY_SECONDS) : DEFAULT_SECONDS;
  Building building = {request, answer, g_get_monotonic_time() + (gint64)seconds * G_USEC_PER_SEC};
  if (fstat(request->context, &info) < 0) {
    cr_error_set_errno(error, errno, "cannot read the build context");
    return FALSE;
  }
  g_autofree char *call = g_strdup_printf("/build?%s", request->query);
  g_autofree char *path = cr_daemon_format_path(daemon, call);
  g_autoptr(CrStream) upload = cr_stream_new_fd(request->context, 0, (guint64)info.st_size), stream = NULL;
  g_autoptr(CrHttpResponse) response =
      cr_engine_send_watched(cr_daemon_get_engine(daemon), "POST", path, upload, seconds * 1000 + SLACK_MS, find_end,
                             &building, &stream, error);
  if (!response)
    return FALSE;
  if (response->status != 200) {
    g_autofree char *message = cr_engine_read_message(stream);
    g_set_error(error, CR_ERROR, response->status == 400 ? CR_ERROR_INPUT : CR_ERROR_ENVIRONMENT,
                "cannot build: %.500s (%d)", message ? message : "the engine gave no reason", response->status);
    return FALSE;
  }
  if (!follow(stream, &building, error))
    return FALSE;
  if (answer->why || !answer->id) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot build: %s",
                answer->why ? answer->why : "the engine ended without an image");
    return FALSE;
  }
  return TRUE;
}
