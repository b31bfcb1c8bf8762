/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/tell.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"

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

/* One image that could not be looked at hides flaws, but not the end of another's trouble; an engine hides all it has.
 */
static gboolean is_complete(const CrTelling *telling)
{
  const CrProblems *problems = telling->plan ? telling->plan->problems : NULL;
  for (guint i = 0; problems && i < cr_problems_get_count(problems); i++)
    if (cr_problems_get(problems, i)->kind != CR_PROBLEM_NOTE &&
        cr_fleet_is_engine(cr_problems_get(problems, i)->where))
      return FALSE;
  return problems && !telling->narrowed;
}

static gboolean has_end(const GPtrArray *news)
{
  for (guint i = 0; i < news->len; i++)
    if (!strcmp(((const CrTellItem *)news->pdata[i])->kind, "well"))
      return TRUE;
  return FALSE;
}

static gboolean is_wanted(const CrNotifyConfig *config, const GPtrArray *news, gboolean failure, const char *earlier)
{
  switch (config->report) {
  case CR_REPORT_ALWAYS:
    return TRUE;
  case CR_REPORT_ON_ERROR:
    return failure || earlier || has_end(news); /* who was told of trouble is told of its end */
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
  for (guint i = 0; i < news->len && text->len < UNTOLD_BYTES; i++) {
    const CrTellItem *item = news->pdata[i];
    g_autofree char *safe = item->key || !strcmp(item->kind, "well") ? NULL : cr_escape_terminal(item->text);
    if (safe)
      g_string_append_printf(text, "  %s  %s %s\n", day, item->kind, safe);
    if (text->len >= UNTOLD_BYTES)
      g_string_append(text, "  and more, which 'careen history' has\n");
  }
  if (text->len)
    cr_record_set_mark(telling->record, "untold", name, text->str, NULL);
}

static void remember(const CrTelling *telling, const char *name, const GPtrArray *items, const char *told,
                     gboolean complete, const char *earlier, CrProblems *problems)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = cr_tell_format_told(items, told, complete);
  if ((g_strcmp0(text, told) != 0 && !cr_record_set_mark(telling->record, "told", name, text, &error)) ||
      (earlier && !cr_record_set_mark(telling->record, "untold", name, NULL, &error)))
    cr_problems_add_error(problems, CR_PROBLEM_PARTIAL, "notify", error);
}

static void tell_one(const CrTelling *telling, const CrNotifyTarget *target, const GPtrArray *items, guint *told_count,
                     guint *not_told, CrProblems *problems)
{
  const CrNotifyConfig *config = telling->config;
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GError) error = NULL;
  g_autofree char *name = cr_notify_format_key(target);
  const char *told = cr_record_find_mark(telling->record, "told", name, arena, NULL);
  const char *earlier = cr_record_find_mark(telling->record, "untold", name, arena, NULL);
  gboolean complete = is_complete(telling);
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
