/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/matching.h"

#include <string.h>

static void test_order(void)
{
  static const char *const sorted[] = {"CVE-2009-0001", "CVE-2021-9999", "CVE-2021-10000", "CVE-2024-0001",
                                       "DSA-5000-1",    "GHSA-aaaa",     "GO-2024-1"};
  for (guint i = 0; i + 1 < G_N_ELEMENTS(sorted); i++) {
    g_assert_cmpint(cr_name_compare(sorted[i], sorted[i + 1]), <, 0);
    g_assert_cmpint(cr_name_compare(sorted[i + 1], sorted[i]), >, 0);
  }
  g_assert_cmpstr(cr_name_strip("DEBIAN-CVE-2024-1"), ==, "CVE-2024-1");
  g_assert_cmpstr(cr_name_strip("DEBIAN-TEMP-1"), ==, "DEBIAN-TEMP-1");
  g_assert_true(cr_name_is_erratum("RHSA-2023:1"));
  g_assert_false(cr_name_is_erratum("GHSA-1"));
}

/* "ID=ALIAS,ALIAS", "ID:FLAW" of an erratum, "?ID=…" mute. */
static CrHit make_hit(const char *text, CrArena *arena)
{
  CrAdvisory *advisory = cr_arena_new0(arena, CrAdvisory);
  CrHit hit = {.advisory = advisory, .mute = *text == '?'};
  text += hit.mute;
  const char *equals = strchr(text, '='), *of = strchr(text, ' ');
  const char *end = equals ? equals : of ? of : text + strlen(text);
  advisory->id = cr_arena_strndup(arena, text, (gsize)(end - text));
  advisory->aliases = cr_strv_empty;
  hit.name = of ? cr_arena_strdup(arena, of + 1) : NULL;
  if (equals) {
    g_auto(GStrv) names = g_strsplit(equals + 1, ",", -1);
    const char **aliases = cr_arena_alloc(arena, (g_strv_length(names) + 1) * sizeof *aliases);
    for (guint i = 0; names[i]; i++)
      aliases[i] = cr_arena_strdup(arena, names[i]);
    advisory->aliases = aliases;
  }
  return hit;
}

static void test_groups(void)
{
  static const struct {
    const char *hits, *groups;
  } rows[] = {
      {"PYSEC-1=CVE-2020-1;GHSA-a=CVE-2020-1", "CVE-2020-1=GHSA-a,PYSEC-1"},
      {"PYSEC-1=GHSA-a;GHSA-a=CVE-2020-1", "CVE-2020-1=GHSA-a,PYSEC-1"},
      {"GO-2=CVE-2020-2;GO-1=CVE-2020-1", "CVE-2020-1=GO-1;CVE-2020-2=GO-2"},
      {"GHSA-b;GHSA-a", "GHSA-a=;GHSA-b="},
      {"DEBIAN-CVE-2020-1=CVE-2020-1;CVE-2020-1", "CVE-2020-1="},
      /* an erratum's flaws stay apart, each with its name */
      {"ALSA-1 CVE-2020-1;ALSA-1 CVE-2020-2;ALSA-2 CVE-2020-2", "CVE-2020-1=ALSA-1;CVE-2020-2=ALSA-1,ALSA-2"},
      /* mute hits only lend names */
      {"?DSA-1-1 CVE-2020-1;CVE-2020-1;?DSA-1-1 CVE-2020-9", "CVE-2020-1=DSA-1-1"},
      {"?DSA-1-1 CVE-2020-1", ""},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(GArray) hits = g_array_new(FALSE, FALSE, sizeof(CrHit));
    g_auto(GStrv) texts = g_strsplit(rows[i].hits, ";", -1);
    for (guint k = 0; texts[k]; k++) {
      CrHit hit = make_hit(texts[k], arena);
      g_array_append_val(hits, hit);
    }
    g_autoptr(GPtrArray) groups = cr_names_group(hits, arena);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint k = 0; k < groups->len; k++) {
      const CrHitGroup *group = groups->pdata[k];
      g_autofree char *aliases = g_strjoinv(",", (char **)group->aliases);
      g_string_append_printf(text, "%s%s=%s", k ? ";" : "", group->id, aliases);
      g_assert_false(((const CrHit *)group->hits->pdata[0])->mute);
    }
    g_assert_cmpstr(text->str, ==, rows[i].groups);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/names/order", test_order);
  g_test_add_func("/names/groups", test_groups);
  return g_test_run();
}
