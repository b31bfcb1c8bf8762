/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/tell.h"

#include <string.h>

#include "base/error.h"

#define UNTOLD_BYTES 16384U /* kept for a target that is out of reach: about two hundred lines */

static guint count_flaws(const GPtrArray *items)
{
  guint count = 0;
  for (guint i = 0; i < items->len; i++) {
    const char *key = ((const CrTellItem *)items->pdata[i])->key;
    count += key && g_str_has_prefix(key, "flaw ");
  }
  return count;
}

/* A first message has no flood of what was always there. */
static GPtrArray *leave_out_flaws(GPtrArray *news)
{
  GPtrArray *out = g_ptr_array_new();
  for (guint i = 0; i < news->len; i++) {
    const char *key = ((const CrTellItem *)news->pdata[i])->key;
    if (!key || !g_str_has_prefix(key, "flaw "))
      g_ptr_array_add(out, news->pdata[i]);
  }
  g_ptr_array_unref(news);
  return out;
}

static gboolean is_wanted(const CrNotifyConfig *config, const GPtrArray *news, gboolean failure, const char *earlier)
{
  switch (config->report) {
  case CR_REPORT_ALWAYS:
    return TRUE;
  case CR_REPORT_ON_ERROR:
    return failure || earlier;
  case CR_REPORT_ON_CHANGE:
    return news->len || earlier;
  }
  return TRUE;
}

/* What happened is told of but once: it waits, with the day, until the target can be told. */
static void keep_untold(const CrTelling *telling, const char *name, const GPtrArray *news, const char *earlier)
{
  g_autoptr(GString) text = g_string_new(earlier);
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(telling->now);
  g_autofree char *day = g_date_time_format(time, "%Y-%m-%d %H:%M");
  for (guint i = 0; i < news->len; i++) {
    const CrTellItem *item = news->pdata[i];
    if (!item->key && text->len < UNTOLD_BYTES)
      g_string_append_printf(text, "  %s  %s %s\n", day, item->kind, item->text);
  }
  if (text->len)
    cr_record_set_mark(telling->record, "untold", name, text->str, NULL);
}

static gboolean remember(const CrTelling *telling, const char *name, const GPtrArray *items, const char *told,
                         gboolean complete, const char *earlier, CrProblems *problems)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = cr_tell_format_told(items, told, complete);
  if ((g_strcmp0(text, told) != 0 && !cr_record_set_mark(telling->record, "told", name, text, &error)) ||
      (earlier && !cr_record_set_mark(telling->record, "untold", name, NULL, &error))) {
    cr_problems_add_error(problems, CR_PROBLEM_PARTIAL, "notify", error);
    return FALSE;
  }
  return TRUE;
}

static void tell_one(const CrTelling *telling, const CrNotifyTarget *target, const GPtrArray *items, guint *told_count,
                     guint *not_told, CrProblems *problems)
{
  const CrNotifyConfig *config = telling->config;
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GError) error = NULL;
  g_autofree char *name = cr_notify_format_target(target);
  const char *told = cr_record_find_mark(telling->record, "told", name, arena, NULL);
  const char *earlier = cr_record_find_mark(telling->record, "untold", name, arena, NULL);
  /* one image that could not be looked at hides flaws, but not the end of another's trouble */
  gboolean complete = telling->plan && !telling->narrowed;
  GPtrArray *chosen = cr_tell_choose(items, told, complete, arena);
  g_autoptr(GPtrArray) news = told ? chosen : leave_out_flaws(chosen);
  CrNotice notice;
  cr_tell_format_notice(telling, news, count_flaws(items), !told, earlier, &notice);
  gboolean wanted = is_wanted(config, news, notice.failure, earlier) || (!told && config->report != CR_REPORT_ON_ERROR);
  if (!wanted || cr_notify_tell(config, target, &notice, &error)) {
    *told_count += wanted;
    remember(telling, name, items, told, complete, earlier, problems);
  } else {
    (*not_told)++;
    cr_problems_add_error(problems, CR_PROBLEM_PARTIAL, "notify", error);
    keep_untold(telling, name, news, earlier);
  }
  cr_tell_clear_notice(&notice);
}

void cr_tell(const CrTelling *telling, guint *told, guint *not_told, CrProblems *problems)
{
  const CrNotifyConfig *config = telling->config;
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GError) error = NULL;
  *told = *not_told = 0;
  if (!config->targets->len)
    return;
  g_autoptr(GPtrArray) items = cr_tell_list(telling, arena, &error);
  if (!items) {
    cr_problems_add_error(problems, CR_PROBLEM_PARTIAL, "notify", error);
    return;
  }
  for (guint i = 0; i < config->targets->len; i++)
    tell_one(telling, config->targets->pdata[i], items, told, not_told, problems);
}
