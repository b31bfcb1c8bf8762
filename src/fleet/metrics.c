/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/metrics.h"

#include <config.h>
#include <string.h>

/* ---- the format ---- */

static void head(GString *text, const char *name, const char *type, const char *help)
{
  g_string_append_printf(text, "# HELP careen_%s %s\n# TYPE careen_%s %s\n", name, help, name, type);
}

/* A label's value: names out of images and daemons are anything. */
static void append_label(GString *text, const char *name, const char *value)
{
  g_autofree char *valid = g_utf8_make_valid(value, -1);
  g_string_append_printf(text, "%s=\"", name);
  for (const char *c = valid; *c; c++)
    switch (*c) {
    case '\\':
      g_string_append(text, "\\\\");
      break;
    case '"':
      g_string_append(text, "\\\"");
      break;
    case '\n':
      g_string_append(text, "\\n");
      break;
    default:
      g_string_append_c(text, *c);
    }
  g_string_append_c(text, '"');
}

static void value(GString *text, const char *name, gint64 number)
{
  g_string_append_printf(text, "careen_%s %" G_GINT64_FORMAT "\n", name, number);
}

static void labelled(GString *text, const char *name, const char *label, const char *word, gint64 number)
{
  g_string_append_printf(text, "careen_%s{", name);
  append_label(text, label, word);
  g_string_append_printf(text, "} %" G_GINT64_FORMAT "\n", number);
}

/* ---- the watcher itself ---- */

static void append_counts(GString *text, const CrWatchCounts *counts)
{
  head(text, "build_info", "gauge", "The version that runs.");
  g_string_append(text, "careen_build_info{");
  append_label(text, "version", CR_VERSION);
  g_string_append(text, "} 1\n");
  const struct {
    const char *name, *type, *help;
    gint64 number;
  } rows[] = {
      {"start_time_seconds", "gauge", "When this watcher started.", counts->started},
      {"last_round_timestamp_seconds", "gauge", "When the last round began.", counts->last_round},
      {"last_success_timestamp_seconds", "gauge", "When the last round that could be done began.",
       counts->last_success},
      {"next_round_timestamp_seconds", "gauge", "When the next round is due.", counts->next_round},
      {"rounds_total", "counter", "Rounds since the start.", counts->rounds},
      {"failed_rounds_total", "counter", "Rounds that could not be done.", counts->failed_rounds},
      {"notices_sent_total", "counter", "Notices that a target took.", counts->told},
      {"notices_failed_total", "counter", "Notices that no target took.", counts->not_told},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    head(text, rows[i].name, rows[i].type, rows[i].help);
    value(text, rows[i].name, rows[i].number);
  }
  char seconds[G_ASCII_DTOSTR_BUF_SIZE];
  head(text, "last_round_duration_seconds", "gauge", "How long the last round took.");
  g_string_append_printf(text, "careen_last_round_duration_seconds %s\n",
                         g_ascii_formatd(seconds, sizeof seconds, "%.3f", counts->last_seconds));
  head(text, "steps_total", "counter", "Steps by outcome since the start.");
  labelled(text, "steps_total", "outcome", "done", counts->done);
  labelled(text, "steps_total", "outcome", "failed", counts->failed);
  labelled(text, "steps_total", "outcome", "rolled-back", counts->rolled_back);
  labelled(text, "steps_total", "outcome", "refused", counts->refused);
}

/* ---- the fleet ---- */

static void append_verdicts(GString *text, const GPtrArray *facts)
{
  guint verdicts[CR_VERDICT_CURRENT + 1] = {0}, unknown = 0;
  for (guint i = 0; i < facts->len; i++) {
    const CrImageFacts *fact = facts->pdata[i];
    if (fact && fact->error)
      unknown++;
    else if (fact)
      verdicts[fact->verdict]++;
  }
  head(text, "images", "gauge", "Images of the fleet by verdict.");
  for (guint i = 0; i < G_N_ELEMENTS(verdicts); i++)
    labelled(text, "images", "verdict", cr_verdict_get_name((CrVerdict)i), verdicts[i]);
  labelled(text, "images", "verdict", "error", unknown);
}

static void append_image(GString *text, const char *name, const CrImageFacts *fact, guint number)
{
  labelled(text, name, "image", fact->image->name, number);
}

static void append_fixes(GString *text, const GPtrArray *facts)
{
  static const struct {
    const char *name, *help;
  } rows[] = {
      {"image_fixes", "Fixes that can be installed now."},
      {"image_reached_fixes", "…of what the image's process reaches."},
      {"image_exploited_fixes", "…of holes that are exploited in the wild."},
  };
  for (guint r = 0; r < G_N_ELEMENTS(rows); r++) {
    head(text, rows[r].name, "gauge", rows[r].help);
    for (guint i = 0; i < facts->len; i++) {
      const CrImageFacts *fact = facts->pdata[i];
      guint number = 0;
      for (guint k = 0; fact && fact->fixes && k < fact->fixes->len; k++) {
        const CrFactFix *fix = fact->fixes->pdata[k];
        number += r == 0 || (r == 1 && fix->reached) || (r == 2 && fix->exploited);
      }
      if (fact && !fact->error)
        append_image(text, rows[r].name, fact, number);
    }
  }
}

static void append_containers(GString *text, const CrFleet *fleet)
{
  guint outdated = 0, held = 0;
  for (guint i = 0; i < fleet->containers->len; i++) {
    const CrFleetContainer *container = fleet->containers->pdata[i];
    outdated += container->outdated;
    held += container->outdated && !container->may_recreate;
  }
  head(text, "containers", "gauge", "Containers of the fleet: all, those whose image is outdated, of them held.");
  labelled(text, "containers", "state", "all", fleet->containers->len);
  labelled(text, "containers", "state", "outdated", outdated);
  labelled(text, "containers", "state", "held", held);
  head(text, "daemons", "gauge", "Container engines that answer.");
  value(text, "daemons", fleet->daemons->len);
}

static void append_plan(GString *text, const CrFleetPlan *plan)
{
  guint actions[CR_ACTION_HOLD + 1] = {0};
  for (guint i = 0; i < plan->steps->len; i++)
    actions[((const CrFleetStep *)plan->steps->pdata[i])->action]++;
  head(text, "plan_steps", "gauge", "Steps of the last plan by action.");
  for (guint i = CR_ACTION_PATCH; i < G_N_ELEMENTS(actions); i++)
    labelled(text, "plan_steps", "action", cr_action_get_name((CrAction)i), actions[i]);
}

char *cr_metrics_format_fleet(const CrFleet *fleet, const GPtrArray *facts, const CrFleetPlan *plan)
{
  GString *text = g_string_new(NULL);
  append_verdicts(text, facts);
  append_fixes(text, facts);
  append_containers(text, fleet);
  append_plan(text, plan);
  return g_string_free(text, FALSE);
}

char *cr_metrics_format(const CrWatchCounts *counts, const char *fleet)
{
  GString *text = g_string_new(NULL);
  append_counts(text, counts);
  g_string_append(text, fleet ? fleet : "");
  return g_string_free(text, FALSE);
}

char *cr_metrics_format_health(const CrWatchCounts *counts, gint64 now, guint interval_seconds, gboolean *healthy)
{
  gint64 since = counts->last_success ? counts->last_success : counts->started;
  *healthy = now - since <= 3 * (gint64)interval_seconds;
  if (*healthy)
    return g_strdup("ok\n");
  return g_strdup_printf("no round could be done for %" G_GINT64_FORMAT " s\n", now - since);
}
