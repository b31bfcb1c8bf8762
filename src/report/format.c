/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include <string.h>

static const CrReportFormat *const formats[] = {
    &cr_report_table,
    &cr_report_json,
};

const CrReportFormat *cr_report_format_get(const char *name)
{
  for (guint i = 0; name && i < G_N_ELEMENTS(formats); i++)
    if (!strcmp(formats[i]->name, name))
      return formats[i];
  return formats[0];
}
