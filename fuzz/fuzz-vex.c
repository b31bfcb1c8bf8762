/* SPDX-License-Identifier: Apache-2.0 */
/* A VEX document of any form, judged on one finding. */
#include "advisory/suppress.h"

#include "base/error.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static const CrVexFormat *const formats[] = {&cr_vex_openvex, &cr_vex_csaf, &cr_vex_cyclonedx};
  g_autoptr(CrJsonDoc) doc = cr_json_parse((const char *)data, size, "input", NULL);
  if (!doc)
    return 0;
  g_autoptr(CrSuppressions) suppressions = cr_suppressions_new();
  for (guint i = 0; i < G_N_ELEMENTS(formats); i++)
    formats[i]->read(cr_json_get_root(doc), suppressions, NULL);
  CrPackage package = {
      .name = "a", .source_name = "a", .version = "1", .source_version = "1", .purl = "pkg:deb/debian/a@1"};
  CrFinding finding = {.id = "CVE-2024-1", .aliases = cr_strv_empty, .package = &package};
  const CrImage image = {.ref = "x", .id = "sha256:00"};
  g_autoptr(GPtrArray) findings = g_ptr_array_new();
  g_ptr_array_add(findings, &finding);
  g_autoptr(CrArena) arena = cr_arena_new();
  GDate today;
  g_date_clear(&today, 1);
  g_date_set_dmy(&today, 1, G_DATE_JANUARY, 2026);
  CrProblems *problems = cr_problems_new();
  cr_suppressions_apply(suppressions, &image, findings, &today, arena, problems);
  cr_problems_free(problems);
  return 0;
}
