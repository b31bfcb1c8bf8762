/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/smoke.h"

#include <string.h>

#include "base/error.h"

#define SHOWN_LINES 6U

/* The words of the image's own health check, or NULL; CMD-SHELL's text goes to the shell that the image names, in the
 * image. Free with g_free. */
static const char **get_health_check(const CrImage *image)
{
  static const char *const usual[] = {"/bin/sh", "-c", NULL};
  const CrHealthCheck *health = &image->health;
  if (!health->test_kind || !health->command || !health->command[0])
    return NULL;
  gboolean shell = !strcmp(health->test_kind, "CMD-SHELL");
  if (!shell && strcmp(health->test_kind, "CMD") != 0)
    return NULL;
  GPtrArray *words = g_ptr_array_new();
  const char *const *first = !shell                            ? NULL
                             : image->shell && image->shell[0] ? (const char *const *)image->shell
                                                               : usual;
  for (guint i = 0; first && first[i]; i++)
    g_ptr_array_add(words, (gpointer)first[i]);
  for (guint i = 0; health->command[i]; i++)
    g_ptr_array_add(words, (gpointer)health->command[i]);
  g_ptr_array_add(words, NULL);
  return (const char **)g_ptr_array_free(words, FALSE);
}

static void add_output(GString *text, const char *output)
{
  g_autofree char *copy = g_strdup(output ? output : "");
  g_auto(GStrv) lines = g_strsplit(g_strstrip(copy), "\n", -1);
  guint count = g_strv_length(lines), first = count > SHOWN_LINES ? count - SHOWN_LINES : 0;
  g_autofree char *joined = g_strjoinv("; ", lines + first);
  g_string_append(text, *joined ? ": " : "");
  g_string_append(text, joined);
}

char *cr_smoke_describe(const CrTrialRequest *request, const CrTrialResult *result)
{
  GString *text = g_string_new(NULL);
  const char *check = request->check_alone ? "the command" : "the health check";
  switch (result->end) {
  case CR_TRIAL_NOTHING:
    g_string_append(text, "the image names no command that could be started");
    break;
  case CR_TRIAL_STAYED:
    g_string_append_printf(text, "what the image runs was still up after %u.%u s", request->stay_ms / 1000,
                           request->stay_ms % 1000 / 100);
    break;
  case CR_TRIAL_ENDED:
    g_string_append_printf(text, "what the image runs ended with exit code %d", result->status);
    break;
  case CR_TRIAL_CHECKED:
    g_string_append_printf(text, "%s ended with exit code %d", check, result->status);
    break;
  case CR_TRIAL_HUNG:
  default:
    g_string_append_printf(text, "%s did not end within %u seconds", check, request->timeout_ms / 1000);
    break;
  }
  if (!cr_trial_result_is_good(result))
    add_output(text, result->output);
  return g_string_free(text, FALSE);
}

/* In words; *GOOD: it works. */
static char *try_one(const CrRoots *roots, gboolean changed, CrTrialRequest *request, gboolean *good)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *root = cr_workspace_mount_trial(roots, changed, &error);
  CrTrialResult result = {0};
  request->root = root;
  *good = FALSE;
  if (!root || !cr_trial_run(request, &result, &error))
    return g_strdup_printf("it could not be tried: %s (--no-smoke goes without)", error->message);
  *good = cr_trial_result_is_good(&result);
  char *words = cr_smoke_describe(request, &result);
  g_free(result.output);
  return words;
}

/* *HEALTH (g_free) is what the request points to. */
static CrTrialRequest make_request(const CrImage *image, const CrSmokeOptions *options, const char ***health)
{
  *health = options->command ? NULL : get_health_check(image);
  return (CrTrialRequest){
      .image = image,
      .check = options->command ? options->command : (const char *const *)*health,
      .check_alone = options->command != NULL,
      .stay_ms = options->stay_ms ? options->stay_ms : CR_SMOKE_STAY_MS,
      .timeout_ms = options->timeout_ms ? options->timeout_ms : CR_SMOKE_TIMEOUT_MS,
  };
}

char *cr_smoke_try(const CrRoots *roots, const CrImage *image, const CrSmokeOptions *options, gboolean *good)
{
  g_autofree const char **health = NULL;
  CrTrialRequest request = make_request(image, options, &health);
  return try_one(roots, FALSE, &request, good);
}

void cr_smoke_check(const CrRoots *roots, const CrImage *image, const CrSmokeOptions *options, CrCheckList *list)
{
  g_autofree const char **health = NULL;
  CrTrialRequest request = make_request(image, options, &health);
  gboolean good = FALSE, was_good = FALSE;
  g_autofree char *now = try_one(roots, TRUE, &request, &good);
  if (good) {
    cr_check_list_add(list, "smoke", TRUE, now);
    return;
  }
  g_autofree char *before = try_one(roots, FALSE, &request, &was_good);
  g_autofree char *words =
      was_good ? g_strdup_printf("%s; before the updates it worked", now)
               : g_strdup_printf("not proved: it fails with and without the updates; before, %s; now, %s", before, now);
  cr_check_list_add(list, "smoke", !was_good, words);
}
