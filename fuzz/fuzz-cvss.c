/* SPDX-License-Identifier: Apache-2.0 */
#include "model/cvss.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup((const char *)data, size);
  double score = cr_cvss_score(text);
  const char *version = cr_cvss_get_version(text);
  g_assert_true(version ? score >= 0 && score <= 10 : score < 0);
  g_assert_true((cr_cvss_get_severity(score, version) == CR_SEVERITY_UNKNOWN) == !version);
  cr_severity_parse(text);
  return 0;
}
