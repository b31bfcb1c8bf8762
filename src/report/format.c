/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include <string.h>

static const CrReportFormat *const formats[] = {
    &cr_report_table,    &cr_report_json, &cr_report_sarif,    &cr_report_junit,   &cr_report_gitlab,
    &cr_report_markdown, &cr_report_html, &cr_report_csv,      &cr_report_openvex, &cr_report_summary,
    &cr_report_simple,   &cr_report_bugs, &cr_report_packages, &cr_report_detail,
};

void cr_report_do_nothing(CrReport *report)
{
  (void)report;
}

void cr_report_leave_error(CrReport *report, const char *ref, const GError *error)
{
  (void)report, (void)ref, (void)error;
}

/* A gap in the end parts nothing from nothing. */
void cr_report_take_text(CrReport *report, const CrText *text)
{
  gsize length = text->out->len;
  while (length > 1 && text->out->str[length - 1] == '\n' && text->out->str[length - 2] == '\n')
    length--;
  g_string_append_len(report->text, text->out->str, (gssize)length);
}

void cr_report_relieve(CrReport *report)
{
  if (report->drain && report->text->len >= 1024 * 1024)
    report->drain(report);
}

const CrReportFormat *cr_report_format_get(const char *name)
{
  for (guint i = 0; name && i < G_N_ELEMENTS(formats); i++)
    if (!strcmp(formats[i]->name, name))
      return formats[i];
  return formats[0];
}
