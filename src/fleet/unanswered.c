/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/unanswered.h"

#include <string.h>

#define NAMED 5U /* of the images that are concerned */

typedef struct {
  char *place, *reason;
  GPtrArray *names;
} Group;

struct CrUnanswered {
  GPtrArray *groups; /* Group* */
};

static void free_group(gpointer data)
{
  Group *group = data;
  g_free(group->place);
  g_free(group->reason);
  g_ptr_array_unref(group->names);
  g_free(group);
}

CrUnanswered *cr_unanswered_new(void)
{
  CrUnanswered *unanswered = g_new0(CrUnanswered, 1);
  unanswered->groups = g_ptr_array_new_with_free_func(free_group);
  return unanswered;
}

void cr_unanswered_free(CrUnanswered *unanswered)
{
  if (!unanswered)
    return;
  g_ptr_array_unref(unanswered->groups);
  g_free(unanswered);
}

static Group *get_group(CrUnanswered *unanswered, const char *place, const char *reason)
{
  for (guint i = 0; i < unanswered->groups->len; i++) {
    Group *group = unanswered->groups->pdata[i];
    if (!strcmp(group->place, place) && !strcmp(group->reason, reason))
      return group;
  }
  Group *group = g_new0(Group, 1);
  group->place = g_strdup(place);
  group->reason = g_strdup(reason);
  group->names = g_ptr_array_new_with_free_func(g_free);
  g_ptr_array_add(unanswered->groups, group);
  return group;
}

void cr_unanswered_add(CrUnanswered *unanswered, const char *place, const char *reason, const char *name)
{
  Group *group = get_group(unanswered, place, reason);
  if (!g_ptr_array_find_with_equal_func(group->names, name, g_str_equal, NULL))
    g_ptr_array_add(group->names, g_strdup(name));
}

void cr_unanswered_say(const CrUnanswered *unanswered, const char *what, CrProblems *problems)
{
  for (guint i = 0; i < unanswered->groups->len; i++) {
    const Group *group = unanswered->groups->pdata[i];
    guint count = group->names->len;
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint k = 0; k < MIN(count, NAMED); k++)
      g_string_append_printf(names, "%s%s", k ? ", " : "", (const char *)group->names->pdata[k]);
    if (count > NAMED)
      g_string_append_printf(names, " and %u more", count - NAMED);
    cr_problems_add(problems, CR_PROBLEM_NOTE, group->place, "%s: %s %s", group->reason, what, names->str);
  }
}
